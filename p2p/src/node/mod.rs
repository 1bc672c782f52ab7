//! A finished command-line node over any protocol: flags and a file in, a running server out.

mod args;
mod error;
mod file;
mod http;
mod log;
mod metrics;
mod print;
mod prose;
mod setup;

use std::fmt;
use std::io::{IsTerminal, stderr};
use std::path::{Path, PathBuf, absolute};

pub use error::{ConfigError, Mistake, NodeError, Origins, Position, SettingError};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use self::args::Args;
use self::error::Origin;
use self::metrics::Exporter;
use self::setup::Setup;
use crate::identity::NodeKey;
use crate::nodes::database::NodeDatabase;
use crate::protocol::Protocol;
use crate::serve::dispatch::HandledBy;
use crate::serve::ext::ServeExt;
use crate::serve::service::Service;
use crate::server::builder::Builder;
use crate::server::error::StartError;
use crate::server::handle::Server;
use crate::server::setting::Row;
pub use crate::server::setting::value::ValueError;

/// Turns a protocol and a handler into a command-line program.
///
/// Every [`Protocol`] implements it; import it, or [`prelude`](crate::prelude), to use it.
pub trait NodeExt: Protocol {
    /// A node that serves this protocol with one handler, and reads its settings from the command line.
    ///
    /// For a service made by [`accepting`](ServeExt::accepting) or [`run`](ServeExt::run), or one with options, there is
    /// [`Node::new`].
    fn node<H>(handler: H) -> Node
    where
        Self: HandledBy<H>,
    {
        Node::new(Self::handled_by(handler))
    }
}

impl<P: Protocol> NodeExt for P {}

/// A node that reads its settings from the command line and from a TOML file.
///
/// [`running_a_node`](crate::running_a_node) shows its flags and explains every setting.
///
/// Created with [`NodeExt::node`], or with [`Node::new`] from any [`Service`].
#[derive(Debug)]
#[must_use = "nothing runs before run or start is called"]
pub struct Node {
    name: &'static str,
    setup: Setup,
}

impl Node {
    /// A node that serves this protocol.
    pub fn new<P: Protocol>(service: Service<P>) -> Self {
        Self {
            name: P::NAME,
            setup: Setup {
                server: Server::builder()
                    .name(P::NAME)
                    .listen_addr("127.0.0.1:0")
                    .protocol(service),
                ..Setup::default()
            },
        }
    }

    /// Adds another protocol, spoken on the same connections.
    pub fn protocol<P: Protocol>(self, service: Service<P>) -> Self {
        self.with(|server| server.protocol(service))
    }

    /// Changes settings of the server. A file overrides them, and the command line overrides both;
    /// lists are merged.
    pub fn with(mut self, settings: impl FnOnce(Builder) -> Builder) -> Self {
        self.setup.server = settings(self.setup.server);
        self
    }

    /// Runs the node until Ctrl-C, or on Unix SIGTERM, and then shuts it down. A second signal ends the
    /// program at once, with status 130.
    ///
    /// It reads the command line and the file named there, prints the node's enode URL to standard
    /// output, and logs to standard error. `--help`, `--print-config` and invalid flags print a text that says
    /// what is possible, and end the program.
    ///
    /// # Errors
    ///
    /// [`NodeError`] if the node can't start. When returned from `main`, it prints as one sentence, or as one
    /// line for each mistake in the file.
    pub async fn run(self) -> Result<(), NodeError> {
        let server = self.start().await?;
        interrupted().await;
        tracing::info!("stopping; once more ends the program at once");
        tokio::select! {
            () = server.shutdown() => Ok(()),
            () = interrupted() => std::process::exit(130),
        }
    }

    /// Starts the node like [`run`](Self::run), and returns the server, so the program can continue.
    ///
    /// # Errors
    ///
    /// As for [`run`](Self::run).
    pub async fn start(self) -> Result<Server, NodeError> {
        let args = Args::parse(self.name, &self.setup);
        let prints = args.print_config;
        let ready = self.take(args)?;
        if prints {
            say(&print::toml(&ready.setup).trim_end());
            std::process::exit(0);
        }
        // A program may have set up logging of its own.
        let _ = tracing_subscriber::registry()
            .with(
                tracing_subscriber::fmt::layer()
                    .with_writer(stderr)
                    .with_ansi(stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()),
            )
            .with(ready.setup.log.clone())
            .try_init();
        ready.start().await
    }

    /// Applies the settings of the file, and then those of the command line.
    fn take(self, args: Args) -> Result<Ready, NodeError> {
        let mut setup = self.setup;
        let mut origins = Vec::new();
        if let Some(path) = &args.config {
            for (given, position) in file::read(path)? {
                setup.apply(&given);
                origins.push((given.row, Origin::File(path.clone(), position)));
            }
        }
        for given in args.given {
            setup.apply(&given);
            origins.push((given.row, Origin::Flag));
        }
        // Otherwise `start-afresh` would see the key file as a damaged database, and rename it.
        if let (Some(key), Some(path)) = (&setup.key, &setup.database)
            && canonical(key) == canonical(path)
        {
            let path = path.clone();
            return Err(NodeError::SameFile { path });
        }
        let ready = Ready { setup, origins };
        match ready.setup.server.config.check() {
            Ok(()) => Ok(ready),
            Err(error) => Err(ready.wrong(error)),
        }
    }
}

/// A node with all its settings.
#[derive(Debug)]
struct Ready {
    setup: Setup,
    /// Where each setting was given, in the order in which they were applied.
    origins: Vec<(&'static Row, Origin)>,
}

impl Ready {
    async fn start(mut self) -> Result<Server, NodeError> {
        let mut builder = std::mem::take(&mut self.setup.server);
        // Before the server, which counts to the recorder that is installed when it starts.
        let exporter = match &self.setup.metrics {
            Some(address) => Some(Exporter::start(address).await?),
            None => None,
        };
        if exporter.is_some() {
            builder.config.handler_times = true;
        }
        if let Some(path) = &self.setup.database {
            let database = NodeDatabase::open(path, self.setup.bad_database)?;
            builder = builder.node_database(database);
        }
        if let Some(path) = &self.setup.key {
            builder = builder.private_key(NodeKey::load_or_create(path)?);
        } else if builder.private_key.is_none() {
            builder = builder.private_key(NodeKey::random());
        }
        let started = builder.start_watched().await;
        let (server, events) = started.map_err(|error| self.wrong(error))?;
        say(&server.enode());
        let id = server.public_key().node_id();
        match server.listen_addr() {
            Some(_) => tracing::info!("node {id:#} listens at {}", server.enode()),
            None => tracing::info!("node {id:#} only dials"),
        }
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

    fn wrong(&self, error: StartError) -> NodeError {
        let origins = Origins::of(&error, &self.origins);
        NodeError::Start { error, origins }
    }
}

/// The canonical path of a file, or if it does not exist its absolute path.
fn canonical(path: &Path) -> PathBuf {
    let canonical = path.canonicalize().or_else(|_| absolute(path));
    canonical.unwrap_or_else(|_| path.to_owned())
}

#[expect(clippy::print_stdout, reason = "a command-line program's result")]
fn say(line: &impl fmt::Display) {
    println!("{line}");
}

/// Waits for Ctrl-C, or on Unix for SIGTERM, so that you can shut down a node that you have started.
///
/// # Cancel safety
///
/// After the first call, these signals no longer end the program by themselves, and a signal that arrives
/// between two calls is lost: in a loop, keep one future and poll it again.
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

#[cfg(test)]
mod tests;
