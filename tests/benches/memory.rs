//! Memory of an idle peer: a server in a process of its own, with peers that another process plays.

use std::io::{BufRead, BufReader, Write};
use std::net::Ipv4Addr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use p2p::session::MessageId;
use p2p::{Enode, NodeKey, Protocol, ServeExt};
use serde_json::Value;
use tests::hand::{self, FIRST_ID};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::go::Go;
use crate::protocol::{Message, Wall, random, serve};
use crate::{ALLOCATOR, part, row};

/// Bytes of the message that goes both ways.
const LARGE: usize = 64 * 1024;

/// When a connection that is quiet gives back its buffers: that, and a good deal more, is waited for.
const PING: Duration = Duration::from_secs(15);

pub(crate) fn run(rows: &mut Vec<Value>, go: Option<&Go>) {
    part("Bytes for each peer of a server");
    for peers in [1000, 10_000] {
        let theirs = go.and_then(|go| of_go(rows, go, peers));
        let mut server = Process::start(&["server"]);
        let node = server.hear();
        let before = server.taken();
        let mut crowd = Process::start(&["peers", &node, &peers.to_string()]);
        let ready = crowd.hear();
        if ready != "ready" {
            println!("| {peers} peers: {ready} | | | |");
            continue;
        }
        let idle = server.taken();
        if let Some(theirs) = theirs {
            let share = each(idle[0], before[0], peers) / theirs;
            let what = format!("{peers} peers, idle, resident, as a share of go-ethereum's");
            row(rows, &what, share, (peers == 10_000).then_some(0.25));
        }
        crowd.say("echo");
        assert_eq!(crowd.hear(), "echoed");
        let busy = server.taken();
        std::thread::sleep(PING * 2 + PING / 3);
        let again = server.taken();
        let bars = |bar| (peers == 10_000).then_some(bar);
        for (what, taken, bar) in [
            ("idle", idle, bars(9.0 * 1024.0)),
            ("right after 64 KiB both ways", busy, None),
            ("35 s later", again, bars(12.0 * 1024.0)),
        ] {
            let what = format!("{peers} peers, {what}");
            row(
                rows,
                &format!("{what}, resident"),
                each(taken[0], before[0], peers),
                bar,
            );
            row(
                rows,
                &format!("{what}, allocated"),
                each(taken[1], before[1], peers),
                bar,
            );
        }
    }
}

/// The growth of a process for each of its peers.
fn each(now: u64, before: u64, peers: u32) -> f64 {
    now.saturating_sub(before) as f64 / f64::from(peers)
}

/// The resident bytes of an idle peer of go-ethereum's server, the same peers played.
fn of_go(rows: &mut Vec<Value>, go: &Go, peers: u32) -> Option<f64> {
    let mut server = Process::spawn(go.server());
    let node = server.hear();
    let before = server.taken();
    let mut crowd = Process::start(&["peers", &node, &peers.to_string()]);
    let ready = crowd.hear();
    if ready != "ready" {
        println!("| {peers} peers of go-ethereum's: {ready} | | | |");
        return None;
    }
    let idle = server.taken();
    let [resident, allocated] = [0, 1].map(|i| each(idle[i], before[i], peers));
    let what = format!("{peers} peers of go-ethereum's, idle");
    row(rows, &format!("{what}, resident"), resident, None);
    row(rows, &format!("{what}, heap and stacks"), allocated, None);
    Some(resident)
}

/// A process that answers on its standard output.
struct Process {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Process {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("it runs"));
        command.arg("child").args(arguments);
        Self::spawn(command)
    }

    fn spawn(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("started");
        Self {
            to: child.stdin.take().expect("piped"),
            from: BufReader::new(child.stdout.take().expect("piped")),
            child,
        }
    }

    fn say(&mut self, line: &str) {
        writeln!(self.to, "{line}").expect("it listens");
    }

    fn hear(&mut self) -> String {
        let mut line = String::new();
        self.from.read_line(&mut line).expect("it answers");
        line.trim_end().to_owned()
    }

    /// Bytes that are resident, and that are allocated.
    fn taken(&mut self) -> [u64; 2] {
        self.say("taken");
        let line = self.hear();
        let (resident, allocated) = line.split_once(' ').expect("two numbers");
        [resident, allocated].map(|number| number.parse().expect("a number"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server that tells its node and, for each line, the memory that is taken.
pub(crate) fn server() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let server = runtime.block_on(serve(Message::handled_by(Wall)));
    println!("{}", server.enode());
    for _ in std::io::stdin().lines() {
        let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells it in /proc");
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes =
            resident.and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok());
        let stats = ALLOCATOR.stats();
        let allocated = stats.bytes_allocated - stats.bytes_deallocated;
        println!("{} {allocated}", kilobytes.expect("a number") * 1024);
    }
}

/// Peers of a node, which send a large message each when they are told, and wait until it is back.
pub(crate) fn peers(node: &str, peers: usize) {
    let node: Enode = node.parse().expect("a node");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let address = (Ipv4Addr::LOCALHOST, node.tcp_port()).into();
    let mut hands = Vec::new();
    for _ in 0..peers {
        let key = NodeKey::random();
        hands.push(runtime.block_on(hand::dial(&key, address, *node.public_key())));
    }
    println!("ready");
    let mut payload = Vec::new();
    let message = Message::Data(random(LARGE).into());
    message.encode(1, None, &mut payload).expect("encoded");
    for _ in std::io::stdin().lines() {
        let mut frame = Vec::new();
        for hand in &mut hands {
            frame.clear();
            let sealed =
                hand.session
                    .egress
                    .message(MessageId(FIRST_ID), &payload, false, &mut frame);
            sealed.expect("it fits");
            let mut back = vec![0; frame.len()];
            runtime.block_on(async {
                let (mut reader, mut writer) = hand.stream.split();
                let (sent, came) =
                    tokio::join!(writer.write_all(&frame), reader.read_exact(&mut back));
                sent.expect("written");
                came.expect("read");
            });
        }
        println!("echoed");
    }
}
