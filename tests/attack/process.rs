//! Processes of this program that play another part: the node, and the honest peers.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What a process counts its processor time in: Linux has 100 a second for all programs.
const TICK: Duration = Duration::from_millis(10);

/// What a line says of a peer that was dropped, before its client's name.
const LOST: &str = ": lost ";

/// A process that answers on its standard output. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    log: Arc<Mutex<Log>>,
}

/// What a process has written to its standard error.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log {
    pub(crate) lines: u64,
    /// Why attackers were dropped, and how often.
    pub(crate) dropped: BTreeMap<String, u64>,
    /// Why honest peers were.
    pub(crate) honest: Vec<String>,
    /// The last line.
    pub(crate) last: String,
}

impl Process {
    /// Starts this program in another role.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::spawn(Command::new(program()).args(arguments))
    }

    /// The same, on a number of threads.
    pub(crate) fn start_on(threads: Option<usize>, arguments: &[&str]) -> Self {
        let mut command = Command::new(program());
        if let Some(threads) = threads {
            // Tokio reads it.
            command.env("TOKIO_WORKER_THREADS", threads.to_string());
        }
        Self::spawn(command.args(arguments))
    }

    /// The same, with the processor time that all others leave: attackers are on machines of their own.
    pub(crate) fn start_last(arguments: &[&str]) -> Self {
        let mut command = Command::new("nice");
        command.args(["-n", "19"]).arg(program());
        Self::spawn(command.args(arguments))
    }

    fn spawn(command: &mut Command) -> Self {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("started");
        let log = Arc::new(Mutex::new(Log::default()));
        let errors = child.stderr.take().expect("piped");
        let reading = log.clone();
        std::thread::spawn(move || read(errors, &reading));
        Self {
            to: child.stdin.take().expect("piped"),
            from: BufReader::new(child.stdout.take().expect("piped")),
            child,
            log,
        }
    }

    /// Says a line, and gives the numbers that come back.
    pub(crate) fn ask<const N: usize>(&mut self, line: &str) -> [u64; N] {
        self.say(line);
        let said = self.hear();
        let numbers = said.split(' ').map_while(|number| number.parse().ok());
        let numbers: Vec<u64> = numbers.collect();
        let numbers = <[u64; N]>::try_from(numbers);
        numbers.unwrap_or_else(|_| panic!("{line}: {said:?}, {}", self.log().last))
    }

    pub(crate) fn say(&mut self, line: &str) {
        writeln!(self.to, "{line}").expect("it listens");
    }

    pub(crate) fn hear(&mut self) -> String {
        let mut line = String::new();
        self.from.read_line(&mut line).expect("it answers");
        line.trim_end().to_owned()
    }

    pub(crate) fn log(&self) -> Log {
        lock(&self.log).clone()
    }

    /// Resident bytes, or 0 if it has ended.
    pub(crate) fn resident(&self) -> u64 {
        let status = self.proc("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
        number.map_or(0, |number| number.parse::<u64>().expect("a number") * 1024)
    }

    /// Processor time that all its threads have spent.
    pub(crate) fn spent(&self) -> Duration {
        let stat = self.proc("stat");
        // The name in parentheses may contain anything.
        let fields = stat.rsplit(')').next().unwrap_or_default();
        let times = fields.split_whitespace().skip(11).take(2);
        let ticks: u32 = times.map(|time| time.parse::<u32>().unwrap_or(0)).sum();
        TICK * ticks
    }

    fn proc(&self, file: &str) -> String {
        let path = format!("/proc/{}/{file}", self.child.id());
        std::fs::read_to_string(path).unwrap_or_default()
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_none())
    }

    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Ends this process when nobody holds the other end of its input any more.
pub(crate) fn end_with_input() {
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(0);
    });
}

/// Reads what a process logs, so that it never has to wait.
fn read(errors: ChildStderr, log: &Mutex<Log>) {
    for line in BufReader::new(errors).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        let mut log = lock(log);
        log.lines += 1;
        if let Some((_, lost)) = line.split_once(LOST) {
            if let Some((_, cause)) = lost.split_once(" (hand): ") {
                *log.dropped.entry(cause.to_owned()).or_default() += 1;
            } else {
                log.honest.push(lost.to_owned());
            }
        }
        log.last = line.into_owned();
    }
}

fn program() -> PathBuf {
    std::env::current_exe().expect("it runs")
}

fn lock(log: &Mutex<Log>) -> MutexGuard<'_, Log> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}
