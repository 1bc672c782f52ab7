//! Asks an execution client for headers and bodies, checks them, and listens.
//!
//! `cargo run --example eth -- --peer ENODE` is for the main network; flags tell of another chain, as in
//! `--network 1337 --genesis 0x.. --fork-time 60`, or `--any` takes the peer's word for it. Ctrl-C ends it.
#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a program says what happens"
)]

use std::error::Error;
use std::io::{IsTerminal, Write, stdout};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use alloy_primitives::B256;
use clap::builder::RangedU64ValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use eth::chain::Chain;
use eth::client::{self, News};
use eth::download::{Progress, download};
use eth::eth::Eth;
use eth::fork_id::Fork;
use eth::types::Status;
use p2p::{Enode, NodeKey, Peer, Server};
use tokio::sync::mpsc;

fn command() -> Command {
    let flag = |name, value, help| Arg::new(name).long(name).value_name(value).help(help);
    let number = || value_parser!(u64);
    Command::new("eth")
        .about("Asks an execution client for headers and bodies, checks them, and listens")
        .arg(
            flag("peer", "ENODE", "The client to ask")
                .required(true)
                .value_parser(value_parser!(Enode)),
        )
        .arg(
            flag(
                "blocks",
                "N",
                "How many blocks to fetch, from the last one down",
            )
            .default_value("1000")
            .value_parser(RangedU64ValueParser::<u64>::new().range(1..)),
        )
        .arg(
            flag(
                "versions",
                "69,70",
                "The versions of eth to offer [default: all]",
            )
            .value_delimiter(',')
            .action(ArgAction::Append)
            .value_parser(number()),
        )
        .arg(
            Arg::new("any")
                .long("any")
                .action(ArgAction::SetTrue)
                .conflicts_with_all([
                    "genesis",
                    "network",
                    "genesis-time",
                    "fork-block",
                    "fork-time",
                ])
                .help("Be on whichever chain the peer is"),
        )
        .arg(
            flag(
                "genesis",
                "HASH",
                "The hash of the genesis block [default: that of mainnet]",
            )
            .requires("network")
            .value_parser(value_parser!(B256)),
        )
        .arg(
            flag("network", "ID", "The network's id, with --genesis")
                .requires("genesis")
                .value_parser(number()),
        )
        .arg(
            flag("genesis-time", "SECONDS", "The time of the genesis block")
                .requires("genesis")
                .default_value("0")
                .value_parser(number()),
        )
        .arg(
            flag("fork-block", "NUMBER", "A fork by number; may be repeated")
                .requires("genesis")
                .action(ArgAction::Append)
                .value_parser(number()),
        )
        .arg(
            flag("fork-time", "SECONDS", "A fork by time; may be repeated")
                .requires("genesis")
                .action(ArgAction::Append)
                .value_parser(number()),
        )
        .arg(
            Arg::new("exit")
                .long("exit")
                .action(ArgAction::SetTrue)
                .help("End after the download"),
        )
}

/// The chain that the command line tells of; `None` for whichever the peer is on.
fn chain(args: &ArgMatches) -> Option<Chain> {
    if args.get_flag("any") {
        return None;
    }
    let number = |name| args.get_one::<u64>(name).copied();
    let numbers = |name| args.get_many::<u64>(name).into_iter().flatten().copied();
    let (Some(genesis), Some(network)) = (args.get_one::<B256>("genesis"), number("network"))
    else {
        return Some(Chain::mainnet());
    };
    let forks = numbers("fork-block").map(Fork::Block);
    let forks = forks.chain(numbers("fork-time").map(Fork::Time));
    let time = number("genesis-time").unwrap_or(0);
    Some(Chain::new(network, *genesis, time, forks))
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let args = command().get_matches();
    let (sender, mut news) = mpsc::channel(64);
    let mut service = client::service(chain(&args), sender);
    if let Some(versions) = args.get_many("versions") {
        service = service.versions(versions.copied());
    }
    let server = Server::builder()
        .private_key(NodeKey::random())
        .name("example-eth")
        .protocol(service)
        .start()
        .await?;
    let enode: &Enode = args.get_one("peer").ok_or("--peer is required")?;
    server.connect(enode).await?;
    let blocks = args.get_one("blocks").copied().unwrap_or(1000);
    loop {
        let news = tokio::select! {
            news = news.recv() => news.ok_or("nobody listens")?,
            () = p2p::interrupted() => break,
        };
        match news {
            News::Met(peer, status) => {
                introduce(&peer, &status);
                let fetching = fetch(&peer, &status, blocks);
                tokio::select! {
                    fetched = fetching => fetched?,
                    () = p2p::interrupted() => break,
                }
                if args.get_flag("exit") {
                    break;
                }
                println!("listening");
                let closed = peer.clone();
                tokio::spawn(async move { println!("the end: {}", closed.closed().await) });
            }
            News::Range(first, last, hash) => println!("has blocks {first} to {last} now, {hash}"),
            News::Sent(hashes) => println!("sent {}", list(&hashes)),
            News::Announced(hashes, fetched) => {
                println!("announced {}; {fetched} fetched", list(&hashes));
            }
        }
    }
    server.shutdown().await;
    Ok(())
}

fn introduce(peer: &Peer<Eth>, status: &Status) {
    println!(
        "{} speaks eth/{} on network {}, genesis {}, fork id {:?}",
        peer.info().client,
        peer.version(),
        status.network_id,
        status.genesis,
        status.fork_id
    );
    println!(
        "has blocks {} to {}, {}",
        status.earliest_block, status.latest_block, status.latest_block_hash
    );
}

async fn fetch(peer: &Peer<Eth>, status: &Status, blocks: u64) -> Result<(), Box<dyn Error>> {
    let first = status.earliest_block;
    let last = status.latest_block;
    let lowest = last.saturating_sub(blocks - 1).max(first);
    let all = last.saturating_sub(lowest) + 1;
    let begun = Instant::now();
    let mut shown = None;
    let show = |progress: Progress| {
        let soon = Duration::from_millis(200);
        if shown.is_none_or(|shown: Instant| shown.elapsed() >= soon) {
            shown = Some(Instant::now());
            say(progress, all);
        }
    };
    let head = (last, status.latest_block_hash);
    let progress = download(peer, head, lowest, show).await?;
    println!(
        "{} headers and {} bodies from {last} down to {lowest}, all as asked, with {} transactions and \
         {} withdrawals, in {:.1?}",
        progress.headers,
        progress.bodies,
        progress.transactions,
        progress.withdrawals,
        begun.elapsed()
    );
    Ok(())
}

/// Shows how far a download is, on one line of a terminal.
fn say(progress: Progress, all: u64) {
    let percent = 100 * progress.bodies / all.max(1);
    let Progress {
        headers, bodies, ..
    } = progress;
    let mut out = stdout();
    let end = if out.is_terminal() { '\r' } else { '\n' };
    // A terminal that is gone is no reason to stop.
    let _ = write!(
        out,
        "{headers} headers, {bodies} bodies of {all}, {percent} %{end}"
    );
    let _ = out.flush();
}

fn list(hashes: &[B256]) -> String {
    match hashes {
        [only] => format!("transaction {only}"),
        [first, ..] => format!("{} transactions, {first} among them", hashes.len()),
        [] => "no transaction".to_owned(),
    }
}
