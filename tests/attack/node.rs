//! The node that is attacked, in a process of its own: a command-line node with the default settings.

use p2p::prelude::*;

use crate::protocol::{Handler, Message};

/// Every attacker and the honest peers find room. They all connect from this machine, whose addresses no limit is for.
const MAX_PEERS: usize = 64;

/// What selects this role on the command line, which the node reads too.
#[derive(Debug, Default, p2p::Settings)]
struct Role {
    /// The part that this process plays.
    #[setting(heading = "Attack", value_name = "ROLE", example = "\"node\"")]
    role: String,
}

/// Serves until the process ends.
pub(crate) async fn run() -> Result<(), p2p::NodeError> {
    let (_, node) = Node::named("attack").settings(Role::default())?;
    let node = node.protocol(Message::handled_by(Handler::warm()));
    let node = node.with(|server| {
        server.configure(|config| {
            config.max_peers = MAX_PEERS;
            config.no_dial = true;
        })
    });
    node.run().await
}
