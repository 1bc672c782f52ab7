//! Measuring: pieces of work in turn, A B A B, by the clock and by processor time.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// Threads of this name do the other end's part: their processor time is not counted.
pub(crate) const SINK: &str = "sink";

/// How much is measured.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Rounds of each measurement; the median counts.
    pub(crate) runs: usize,
    /// About how long one round takes.
    pub(crate) round: Duration,
    /// Measures go-ethereum too.
    pub(crate) go: bool,
}

/// The time that a piece of work took.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spent {
    pub(crate) wall: Duration,
    /// Processor time of all threads but those that are not to count.
    pub(crate) cpu: Duration,
    /// That of the threads of one name, where it is most.
    pub(crate) busiest: Duration,
}

/// A piece of work, which takes how often to do it.
pub(crate) type Work<'a> = &'a mut dyn FnMut(usize) -> Spent;

/// The time for doing a piece of work once, in seconds, as each round measured it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Series {
    pub(crate) wall: Vec<f64>,
    pub(crate) cpu: Vec<f64>,
    pub(crate) busiest: Vec<f64>,
}

impl Series {
    /// The same work `times` as often.
    pub(crate) fn times(&self, times: f64) -> Self {
        let scaled = |values: &[f64]| values.iter().map(|value| value * times).collect();
        Self {
            wall: scaled(&self.wall),
            cpu: scaled(&self.cpu),
            busiest: scaled(&self.busiest),
        }
    }

    /// Processor time in place of the clock's.
    pub(crate) fn by_cpu(&self) -> Self {
        Self {
            wall: self.cpu.clone(),
            ..self.clone()
        }
    }

    /// The busiest end's processor time in place of the clock's.
    pub(crate) fn by_busiest(&self) -> Self {
        Self {
            wall: self.busiest.clone(),
            ..self.clone()
        }
    }

    /// This work and another one after it.
    pub(crate) fn plus(&self, other: &Self) -> Self {
        let sum = |one: &[f64], other: &[f64]| {
            let pairs = one.iter().zip(other);
            pairs.map(|(one, other)| one + other).collect()
        };
        Self {
            wall: sum(&self.wall, &other.wall),
            cpu: sum(&self.cpu, &other.cpu),
            busiest: sum(&self.busiest, &other.busiest),
        }
    }

    /// Subtracts another series round by round, and divides the rest into `parts`.
    pub(crate) fn beyond(&self, other: &Self, parts: f64) -> Self {
        let less = |one: &[f64], other: &[f64]| {
            let pairs = one.iter().zip(other);
            pairs.map(|(one, other)| (one - other) / parts).collect()
        };
        Self {
            wall: less(&self.wall, &other.wall),
            cpu: less(&self.cpu, &other.cpu),
            busiest: less(&self.busiest, &other.busiest),
        }
    }
}

/// The median, and the least and the most.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Spread {
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        Self {
            median: values[values.len() / 2],
            least: values[0],
            most: values[values.len() - 1],
        }
    }
}

impl Settings {
    /// Measures pieces of work in turn.
    pub(crate) fn in_turn<const N: usize>(&self, mut works: [Work<'_>; N]) -> [Series; N] {
        let counts = works.each_mut().map(|work| self.calibrate(work));
        self.so_often(works, counts)
    }

    /// Measures pieces of work in turn. Each is done its count of times in a round.
    pub(crate) fn so_often<const N: usize>(
        &self,
        mut works: [Work<'_>; N],
        counts: [usize; N],
    ) -> [Series; N] {
        let mut series = [const { Vec::new() }; N];
        for _ in 0..self.runs {
            for (i, work) in works.iter_mut().enumerate() {
                series[i].push(work(counts[i]));
            }
        }
        std::array::from_fn(|i| {
            let each = |time: fn(&Spent) -> Duration| {
                let times = series[i].iter();
                times
                    .map(|spent| time(spent).as_secs_f64() / counts[i] as f64)
                    .collect()
            };
            Series {
                wall: each(|spent| spent.wall),
                cpu: each(|spent| spent.cpu),
                busiest: each(|spent| spent.busiest),
            }
        })
    }

    /// Finds how often a piece of work is done in about a round, and warms it up.
    fn calibrate(&self, work: &mut Work<'_>) -> usize {
        let mut count = 1;
        loop {
            let time = work(count).wall;
            if time > self.round / 10 {
                let rate = count as f64 / time.as_secs_f64();
                return ((rate * self.round.as_secs_f64()) as usize).max(1);
            }
            count *= 4;
        }
    }
}

/// Times work of any threads.
pub(crate) fn time(work: impl FnOnce()) -> Spent {
    let before = threads();
    let start = Instant::now();
    work();
    let wall = start.elapsed();
    let spent = threads().into_iter().map(|(name, time)| {
        let before = before.get(&name).copied().unwrap_or_default();
        time.saturating_sub(before)
    });
    let spent: Vec<Duration> = spent.collect();
    Spent {
        wall,
        cpu: spent.iter().sum(),
        busiest: spent.into_iter().max().unwrap_or_default(),
    }
}

/// Times work of this thread alone, which takes less by itself.
pub(crate) fn time_here(work: impl FnOnce()) -> Spent {
    let cpu = this_thread();
    let start = Instant::now();
    work();
    let wall = start.elapsed();
    let cpu = this_thread().saturating_sub(cpu);
    Spent {
        wall,
        cpu,
        busiest: cpu,
    }
}

fn this_thread() -> Duration {
    schedstat(Path::new("/proc/thread-self/schedstat")).unwrap_or_default()
}

/// Processor time of the threads that are there now and count, by their names.
fn threads() -> BTreeMap<String, Duration> {
    let tasks = fs::read_dir("/proc/self/task").expect("Linux tells of threads in /proc");
    let mut times = BTreeMap::new();
    for path in tasks.filter_map(|task| Some(task.ok()?.path())) {
        // One that has just ended has no files.
        if let Ok(name) = fs::read_to_string(path.join("comm"))
            && name.trim_end() != SINK
            && let Some(time) = schedstat(&path.join("schedstat"))
        {
            *times.entry(name).or_default() += time;
        }
    }
    times
}

/// The first number of such a file: nanoseconds on a processor.
fn schedstat(path: &Path) -> Option<Duration> {
    let text = fs::read_to_string(path).ok()?;
    let nanos = text.split_ascii_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanos))
}
