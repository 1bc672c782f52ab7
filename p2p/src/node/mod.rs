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

use std::any::Any;
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
pub use crate::server::settings::ValueError;
use crate::server::settings::{Row, Settings};

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
/// Created with [`NodeExt::node`], with [`Node::new`] from any [`Service`], or with [`Node::named`] by a program
/// that reads settings of its own before it makes its handlers.
#[derive(Debug)]
#[must_use = "nothing runs before run or start is called"]
pub struct Node {
    name: &'static str,
    setup: Setup,
    /// Where settings were given, once they have been read.
    origins: Option<Vec<Given>>,
}

/// A setting of the server, and where it was given.
type Given = (&'static Row, Origin);

impl Node {
    /// A node that serves this protocol.
    pub fn new<P: Protocol>(service: Service<P>) -> Self {
        Self::named(P::NAME).protocol(service)
    }

    /// A node without a protocol yet, for [`settings`](Self::settings). The name stands in the help, and is what
    /// peers see if `--name` says nothing else.
    pub fn named(name: &'static str) -> Self {
        Self {
            name,
            setup: Setup {
                server: Server::builder().name(name).listen_addr("127.0.0.1:0"),
                ..Setup::default()
            },
            origins: None,
        }
    }

    /// Adds the program's own settings, reads the command line and the file, and returns what they say.
    ///
    /// They stand beside the node's settings everywhere: as flags, as keys in the file, in `--help` and in
    /// `--print-config`, which end the program here. The values given are the defaults. Call it once, after
    /// [`with`](Self::with): what is changed later overrides flags and file.
    ///
    /// ```no_run
    /// # use p2p::prelude::*;
    /// # #[derive(Debug, Protocol)]
    /// # #[protocol(name = "foobar", version = 1)]
    /// # enum Message {
    /// #     Text(String),
    /// # }
    /// #[derive(Debug, p2p::Settings)]
    /// struct Greeting {
    ///     /// The words to greet with.
    ///     #[setting(heading = "Greeting")]
    ///     words: String,
    /// }
    ///
    /// struct Greeter(Greeting);
    ///
    /// # #[async_trait]
    /// # impl MessageHandler for Greeter {
    /// #     async fn text(&self, _: &Peer<Message>, _: String) -> p2p::Result {
    /// #         println!("{}", self.0.words);
    /// #         Ok(())
    /// #     }
    /// # }
    /// #[tokio::main]
    /// async fn main() -> Result<(), p2p::NodeError> {
    ///     let words = "hello".into();
    ///     let (greeting, node) = Node::named("foobar").settings(Greeting { words })?;
    ///     node.protocol(Message::handled_by(Greeter(greeting))).run().await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`NodeError`] if the file or the settings have mistakes, if a flag of the program's is one of the node's
    /// too, or if the settings have been read already.
    pub fn settings<S: Settings>(mut self, defaults: S) -> Result<(S, Self), NodeError> {
        self = self.adding(defaults)?;
        let args = Args::parse(self.name, &self.setup);
        self.read_as(args)
    }

    /// Adds settings that the program alone has.
    fn adding<S: Settings>(mut self, defaults: S) -> Result<Self, NodeError> {
        if self.origins.is_some() {
            let text = "have been read already: put all of them into one struct".into();
            return Err(NodeError::Settings { text });
        }
        let taken = ["config", "print-config", "help"];
        for row in Settings::rows(&defaults) {
            let is_taken = self.setup.rows().iter().any(|other| other.flag == row.flag);
            if is_taken || taken.contains(&row.flag) {
                let Row { field, flag, .. } = row;
                let text = format!(
                    "{field} has the flag --{flag}, which every node has: rename it, or write \
                     #[setting(flag = \"..\")]"
                );
                return Err(NodeError::Settings { text });
            }
        }
        self.setup.own = Box::new(defaults);
        Ok(self)
    }

    /// Reads all settings, and takes out the program's own.
    fn read_as<S: Settings>(mut self, args: Args) -> Result<(S, Self), NodeError> {
        self = self.read(args)?;
        let own = std::mem::replace(&mut self.setup.own, Box::new(()));
        let own: Box<dyn Any> = own;
        match own.downcast() {
            Ok(own) => Ok((*own, self)),
            Err(_) => unreachable!("`adding` has put them there"),
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
    pub async fn start(mut self) -> Result<Server, NodeError> {
        if self.origins.is_none() {
            let args = Args::parse(self.name, &self.setup);
            self = self.read(args)?;
        }
        // A program may have set up logging of its own.
        let _ = tracing_subscriber::registry()
            .with(
                tracing_subscriber::fmt::layer()
                    .with_writer(stderr)
                    .with_ansi(stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()),
            )
            .with(self.setup.log.clone())
            .try_init();
        self.start_server().await
    }

    /// Reads all settings, or prints them and ends the program.
    fn read(self, args: Args) -> Result<Self, NodeError> {
        let prints = args.print_config;
        let node = self.take(args)?;
        if prints {
            say(&print::toml(&node.setup).trim_end());
            std::process::exit(0);
        }
        Ok(node)
    }

    /// Applies the settings of the file, and then those of the command line.
    fn take(mut self, args: Args) -> Result<Self, NodeError> {
        let setup = &mut self.setup;
        let mut origins = Vec::new();
        if let Some(path) = &args.config {
            for (given, position) in file::read(path, &setup.rows())? {
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
        // Errors of the server are about its own settings, which may share a field's name with the program's.
        let own = setup.own_rows();
        origins.retain(|(row, _)| !own.iter().any(|it| std::ptr::eq(it, *row)));
        self.origins = Some(origins);
        match self.setup.server.config.check() {
            Ok(()) => Ok(self),
            Err(error) => Err(self.wrong(error)),
        }
    }

    async fn start_server(mut self) -> Result<Server, NodeError> {
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
        let mebibytes = server.most_memory() / (1024 * 1024);
        tracing::info!("peers can make this node hold at most {mebibytes} MiB");
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
        let origins = Origins::of(&error, self.origins.as_deref().unwrap_or_default());
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
