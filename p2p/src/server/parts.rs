//! The parts of a server that are not data: sources of nodes, a database, an admission rule, a dialer.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::stream::AnyDialer;
use crate::connection::info::PeerInfo;
use crate::driver::rejection::Rejection;
#[cfg(feature = "database")]
use crate::nodes::database::NodeDatabase;
use crate::serve::service::AnyService;
use crate::session::Offer;
use crate::source::NodeSource;

/// The parts of a server that its program gives it besides the [`Config`](super::config::Config).
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Where nodes to dial come from.
    pub(super) sources: Vec<Arc<dyn NodeSource>>,
    /// Remembers the nodes that the server meets.
    #[cfg(feature = "database")]
    pub(super) database: Option<NodeDatabase>,
    /// The program's own admission rule.
    pub(super) rule: Option<Rule>,
    /// Opens connections in place of TCP.
    pub(super) dialer: Option<Box<dyn AnyDialer>>,
    /// Resolves host names in place of the system.
    #[cfg(test)]
    pub(super) names: Option<super::tests::Names>,
}

impl Parts {
    pub(super) fn has_sources(&self) -> bool {
        #[cfg(feature = "database")]
        if self.database.is_some() {
            return true;
        }
        !self.sources.is_empty()
    }
}

/// The capabilities in this node's Hello, and who serves them.
#[derive(Debug)]
pub(super) struct Offered {
    pub(super) offers: Vec<Offer>,
    /// The service of each offer.
    pub(super) offered_by: Vec<Arc<dyn AnyService>>,
    /// Each service once.
    pub(super) services: Vec<Arc<dyn AnyService>>,
}

/// The program's own admission rule.
#[derive(Clone)]
pub(super) struct Rule(pub(super) Arc<RuleFn>);

type RuleFn = dyn Fn(&PeerInfo) -> Result<(), Rejection> + Send + Sync;

impl Rule {
    /// Asks whether to admit a node. If the rule panics, the node is refused.
    pub(super) fn ask(&self, info: &PeerInfo) -> Result<(), Rejection> {
        let asked = catch_unwind(AssertUnwindSafe(|| (self.0)(info)));
        asked.unwrap_or_else(|_| Err("the rule panicked".into()))
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rule")
    }
}
