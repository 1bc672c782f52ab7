//! Measures one attack, with a node and honest peers of its own.

use std::time::{Duration, Instant};

use crate::attacks::Attack;
use crate::process::{Log, Process};

/// Memory at which the node is ended, before it takes that of the whole machine.
pub(crate) const MOST: u64 = 8 << 30;

/// How often memory is looked at.
const SAMPLE: Duration = Duration::from_millis(50);

/// How long the honest peers run before anything counts.
const WARM: Duration = Duration::from_millis(500);

/// How long things take, and with how many threads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// Threads of the node, if not one for each processor.
    pub(crate) threads: Option<usize>,
    /// How long the honest peers are alone.
    pub(crate) before: Duration,
    /// The attack's length, if not its own.
    pub(crate) during: Option<Duration>,
    /// How long the node has to give back memory.
    pub(crate) after: Duration,
}

/// What has happened.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) before: Requests,
    pub(crate) during: Requests,
    /// Requests that failed after the attack.
    pub(crate) failed_after: u64,
    /// The node's processor time for each second of the attack.
    pub(crate) processors: f64,
    /// Bytes above those of the idle node, at most and at the end.
    pub(crate) peak: u64,
    pub(crate) left: u64,
    /// Lines that the node has written during the attack.
    pub(crate) lines: u64,
    /// What the node has logged until the attackers left.
    pub(crate) log: Log,
    /// Bytes, connections and refused connections of the attackers.
    pub(crate) sent: u64,
    pub(crate) connections: u64,
    pub(crate) refused: u64,
    pub(crate) end: End,
}

/// What became of the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// It runs.
    Runs,
    /// It took too much memory, during the attack or after it, and was killed.
    Killed,
    /// It ended by itself, with this line as its last.
    Died(String),
}

/// How the honest peers' requests went.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Requests {
    /// Answers a second.
    pub(crate) rate: f64,
    /// Milliseconds that an answer took.
    pub(crate) median: f64,
    pub(crate) p99: f64,
    pub(crate) failed: u64,
}

/// Lets the attackers at a node.
pub(crate) fn measure(attack: &Attack, settings: Settings) -> Outcome {
    let mut arguments = vec!["--role", "node"];
    if let Some(log) = attack.log {
        arguments.extend(["--log", log]);
    }
    let mut node = Process::start_on(settings.threads, &arguments);
    let url = node.hear();
    let mut honest = Process::start(&["--role", "honest", &url]);
    let mut attackers = Process::start_last(&["--role", "attackers", &attack.name, &url]);
    for process in [&mut honest, &mut attackers] {
        assert_eq!(process.hear(), "ready", "{}", process.log().last);
    }
    std::thread::sleep(WARM);
    requests(&mut honest, WARM);
    std::thread::sleep(settings.before);
    let before = requests(&mut honest, settings.before);

    let idle = node.resident();
    let spent = node.spent();
    let lines = node.log().lines;
    let started = Instant::now();
    attackers.say("start");
    let mut peak = watch(&mut node, settings.during.unwrap_or(attack.time));
    let time = started.elapsed();
    let during = requests(&mut honest, time);
    let processors = (node.spent().saturating_sub(spent)).as_secs_f64() / time.as_secs_f64();
    let log = node.log();

    let [connections, refused, sent] = attackers.ask("tell");
    drop(attackers);
    peak = peak.max(watch(&mut node, settings.after));
    let left = node.resident();
    let failed_after = requests(&mut honest, settings.after).failed;
    let end = match (node.is_running(), peak > MOST) {
        (true, _) => End::Runs,
        (false, true) => End::Killed,
        (false, false) => End::Died(node.log().last),
    };
    Outcome {
        before,
        during,
        failed_after,
        processors,
        peak: peak.saturating_sub(idle),
        left: left.saturating_sub(idle),
        lines: log.lines - lines,
        log,
        sent,
        connections,
        refused,
        end,
    }
}

/// Waits, and gives the most memory that the node has taken meanwhile. A node that takes too much is ended.
fn watch(node: &mut Process, time: Duration) -> u64 {
    let end = Instant::now() + time;
    let mut peak = 0;
    while Instant::now() < end && node.is_running() {
        peak = peak.max(node.resident());
        if peak > MOST {
            node.kill();
        }
        std::thread::sleep(SAMPLE.min(end.saturating_duration_since(Instant::now())));
    }
    peak
}

/// Asks how the requests went since the last question, which was asked `time` ago.
fn requests(honest: &mut Process, time: Duration) -> Requests {
    let [answers, median, p99, failed] = honest.ask("tell");
    Requests {
        rate: answers as f64 / time.as_secs_f64(),
        median: median as f64 / 1e3,
        p99: p99 as f64 / 1e3,
        failed,
    }
}
