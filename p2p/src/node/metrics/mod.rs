//! What `--metrics` does: everything that is counted, as Prometheus reads it, over HTTP.

mod http;
mod recorder;
mod text;

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use tokio::net::TcpListener;

use self::recorder::Registry;
use crate::node::NodeError;
use crate::server::listen::listen;

/// What this module has recorded in the program so far, once it does.
static RECORDED: Mutex<Option<Registry>> = Mutex::new(None);

/// Everything that is counted, at an address.
#[derive(Debug)]
pub(super) struct Exporter {
    listener: TcpListener,
    address: SocketAddr,
    registry: Registry,
}

impl Exporter {
    /// Listens at an address, and records from now on.
    pub(super) async fn start(address: &str) -> Result<Self, NodeError> {
        let listening = listen(address).await;
        let (listener, address) = listening.map_err(NodeError::Metrics)?;
        Ok(Self {
            listener,
            address,
            registry: registry()?,
        })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until it is dropped.
    pub(super) async fn serve(self) {
        http::serve(self.listener, move || self.registry.text()).await;
    }
}

/// What the program's recorder has, which is installed if there is none.
fn registry() -> Result<Registry, NodeError> {
    let mut recorded = RECORDED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(registry) = &*recorded {
        return Ok(registry.clone());
    }
    let registry = Registry::default();
    metrics::set_global_recorder(registry.clone()).map_err(|_| NodeError::Recorder)?;
    Ok(recorded.insert(registry).clone())
}
