//! A finished command-line node over any protocol: flags in, a running server out.

mod args;
mod log;
mod metrics;

use std::fmt;
use std::io::{IsTerminal, stderr};

use thiserror::Error;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use self::args::Args;
use self::metrics::Exporter;
use crate::identity::{KeyFileError, NodeKey};
use crate::protocol::{HandledBy, Protocol, Service};
use crate::server::{Builder, Server, StartError};

/// Turns a protocol and a handler into a command-line program.
///
/// It is there for every [`Protocol`]; import it, or [`prelude`](crate::prelude), to use it.
pub trait NodeExt: Protocol {
    /// A node that serves this protocol with one handler, and takes its settings from the command line.
    fn node<H>(handler: H) -> Node
    where
        Self: HandledBy<H>,
    {
        Node::new(Self::handled_by(handler))
    }
}

impl<P: Protocol> NodeExt for P {}

/// A node that takes its settings from the command line:
///
/// ```text
/// --listen ADDR      where to listen [default: 127.0.0.1:0, any free port]
/// --peer ENODE       a node to connect to, now and again; may be repeated
/// --key FILE         the node's key, created if there is no such file [default: a new key]
/// --name NAME        what peers are told [default: the protocol's name]
/// --max-peers N      the most peers at a time [default: 50]
/// --metrics ADDR     where to serve metrics to Prometheus, at http://ADDR/metrics [default: nowhere]
/// --log FILTER       what to log: error, warn, info, debug, trace, or by module [default: info]
/// ```
///
/// Made with [`NodeExt::node`], or with [`Node::new`] from any [`Service`].
#[derive(Debug)]
#[must_use = "nothing runs before run or start is called"]
pub struct Node {
    name: &'static str,
    server: Builder,
}

impl Node {
    /// A node that serves this protocol.
    pub fn new<P: Protocol>(service: Service<P>) -> Self {
        Self {
            name: P::NAME,
            server: Server::builder()
                .name(P::NAME)
                .listen_addr("127.0.0.1:0")
                .protocol(service),
        }
    }

    /// Adds another protocol, spoken on the same connections.
    pub fn protocol<P: Protocol>(mut self, service: Service<P>) -> Self {
        self.server = self.server.protocol(service);
        self
    }

    /// Changes settings of the server. A flag that is given on the command line comes after it.
    pub fn with(mut self, settings: impl FnOnce(Builder) -> Builder) -> Self {
        self.server = settings(self.server);
        self
    }

    /// Runs the node until Ctrl-C, or on Unix SIGTERM, and then shuts it down. The second time ends the
    /// program at once, with status 130.
    ///
    /// It reads the command line, prints the node's enode URL to standard output and logs to standard
    /// error. `--help` and wrong flags end the program with a text that says what is possible.
    ///
    /// # Errors
    ///
    /// [`NodeError`] if the node can't start; returned from `main`, it prints as one sentence.
    pub async fn run(self) -> Result<(), NodeError> {
        let server = self.start().await?;
        interrupted().await;
        tracing::info!("stopping; once more ends the program at once");
        tokio::select! {
            () = server.shutdown() => Ok(()),
            () = interrupted() => std::process::exit(130),
        }
    }

    /// Starts the node as [`run`](Self::run) does, and gives the server to a program that goes on.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub async fn start(self) -> Result<Server, NodeError> {
        let args = Args::parse(self.name);
        // A program may have set up logging of its own.
        let _ = tracing_subscriber::registry()
            .with(
                tracing_subscriber::fmt::layer()
                    .with_writer(stderr)
                    .with_ansi(stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()),
            )
            .with(args.log.clone())
            .try_init();
        self.start_with(args).await
    }

    async fn start_with(self, args: Args) -> Result<Server, NodeError> {
        let mut builder = self.server.static_nodes(args.peers);
        // Before the server: what it counts goes to the recorder that it finds.
        let exporter = match &args.metrics {
            Some(address) => Some(Exporter::start(address).await?),
            None => None,
        };
        if exporter.is_some() {
            builder = builder.handler_times(true);
        }
        if let Some(path) = &args.key {
            builder = builder.private_key(NodeKey::load_or_create(path)?);
        } else if !builder.has_private_key() {
            builder = builder.private_key(NodeKey::random());
        }
        if let Some(name) = args.name {
            builder = builder.name(name);
        }
        if let Some(address) = args.listen {
            builder = builder.listen_addr(address);
        }
        if let Some(peers) = args.max_peers {
            builder = builder.max_peers(peers);
        }
        let (server, events) = builder.start_watched().await?;
        say(&server.enode());
        let id = server.public_key().node_id();
        tracing::info!("node {id:#} listens at {}", server.enode());
        let watching = log::events(events);
        match exporter {
            Some(exporter) => {
                tracing::info!("metrics at http://{}/metrics", exporter.address());
                tokio::spawn(async move {
                    tokio::select! {
                        () = watching => {}
                        () = exporter.serve() => {}
                    }
                });
            }
            None => drop(tokio::spawn(watching)),
        }
        Ok(server)
    }
}

#[expect(clippy::print_stdout, reason = "a command-line program's result")]
fn say(line: &impl fmt::Display) {
    println!("{line}");
}

/// Waits for Ctrl-C, or on Unix for SIGTERM, to shut a started node down by.
///
/// # Cancel safety
///
/// From the first call on, neither ends the program by itself, and one that comes between two calls is
/// lost: in a loop, keep one future and poll it again.
pub async fn interrupted() {
    let ctrl_c = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending::<()>().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = ctrl_c => {}
        () = terminate => {}
    }
}

/// Why a node can't start.
#[non_exhaustive]
#[derive(Error)]
pub enum NodeError {
    /// The key file.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The server's settings.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The address of metrics.
    #[error("metrics can't be served: {0}")]
    Metrics(StartError),
    /// The program records metrics by itself.
    #[error("metrics can't be served: the program has a recorder of its own, leave out --metrics")]
    Recorder,
}

/// As `Display`: `main` prints an error with `Debug`.
impl fmt::Debug for NodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What is logged.
type Log = Targets;

#[cfg(test)]
mod tests;
