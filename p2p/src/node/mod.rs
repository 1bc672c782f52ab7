//! A finished command-line node over any protocol: flags and a file in, a running server out.

mod amount;
mod args;
mod error;
mod file;
mod http;
mod log;
mod metrics;
mod print;
mod setting;
mod settings;
mod value;

use std::fmt;
use std::io::{IsTerminal, stderr};
use std::path::{Path, PathBuf, absolute};

pub use error::{ConfigError, Mistake, NodeError, Origins, Position, SettingError, ValueError};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use self::args::Args;
use self::error::Origin;
use self::metrics::Exporter;
use self::setting::{Setting, Setup};
use crate::discovery::{BadFile, NodeDatabase};
use crate::identity::NodeKey;
use crate::protocol::{HandledBy, Protocol, Service};
use crate::server::{Builder, Server, StartError};

/// Turns a protocol and a handler into a command-line program.
///
/// Every [`Protocol`] implements it; import it, or [`prelude`](crate::prelude), to use it.
pub trait NodeExt: Protocol {
    /// A node that serves this protocol with one handler, and reads its settings from the command line.
    ///
    /// For a service made by [`accepting`](Protocol::accepting) or [`run`](Protocol::run), or one with options, there is
    /// [`Node::new`].
    fn node<H>(handler: H) -> Node
    where
        Self: HandledBy<H>,
    {
        Node::new(Self::handled_by(handler))
    }
}

impl<P: Protocol> NodeExt for P {}

/// A node that reads its settings from the command line and from a TOML file:
///
/// ```text
/// --listen ADDR      where to listen [default: 127.0.0.1:0, any free port]
/// --peer ENODE       a node to connect to, now and again; may be repeated
/// --key FILE         the node's key, created if there is no such file [default: a new key]
/// --name NAME        what peers are told [default: the protocol's name]
/// --max-peers N      the most peers at a time [default: 50]
/// --metrics ADDR     where to serve metrics to Prometheus, at http://ADDR/metrics [default: nowhere]
/// --log FILTER       what to log: error, warn, info, debug, trace, or by module [default: info]
/// --config FILE      a TOML file of settings
/// --print-config     prints all settings as such a file
/// --help             tells of all settings
/// ```
///
/// [`running_a_node`](crate::running_a_node) explains every setting.
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
                key: None,
                database: None,
                bad_database: BadFile::default(),
                metrics: None,
                log: Log::new().with_default(LevelFilter::INFO),
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

    /// Takes the settings of the file, and then those of the command line.
    fn take(self, args: Args) -> Result<Ready, NodeError> {
        let mut setup = self.setup;
        let mut origins = Vec::new();
        if let Some(path) = &args.config {
            for given in file::read(path)? {
                given.change.apply(&mut setup);
                origins.push((given.setting, Origin::File(path.clone(), given.position)));
            }
        }
        for (setting, change) in args.given {
            change.apply(&mut setup);
            origins.push((setting, Origin::Flag));
        }
        // With a damaged database begun afresh, the key would be moved away.
        if let (Some(key), Some(path)) = (&setup.key, &setup.database)
            && whole(key) == whole(path)
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
    origins: Vec<(&'static Setting, Origin)>,
}

impl Ready {
    async fn start(mut self) -> Result<Server, NodeError> {
        let mut builder = std::mem::take(&mut self.setup.server);
        // Before the server: what it counts goes to the recorder that it finds.
        let exporter = match &self.setup.metrics {
            Some(address) => Some(Exporter::start(address).await?),
            None => None,
        };
        if exporter.is_some() {
            builder = builder.handler_times(true);
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

/// The one path of a file, as far as it can be told.
fn whole(path: &Path) -> PathBuf {
    let whole = path.canonicalize().or_else(|_| absolute(path));
    whole.unwrap_or_else(|_| path.to_owned())
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

/// What is logged.
type Log = Targets;

#[cfg(test)]
mod tests;
