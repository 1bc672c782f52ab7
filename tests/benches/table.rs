//! The table that is printed, and the JSON that is written, of the same rows.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::measure::{Series, Settings, Spread};

/// The rows that were measured.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Value>,
    missed: usize,
}

/// How two works are compared.
#[derive(Debug, Clone, Copy)]
enum By {
    /// Times a second, as a share of the other's.
    Rate,
    /// Processor time each, in times of the other's.
    Cpu,
    /// Time by the clock each, and how much more it is.
    Latency,
}

/// The bar that a row must reach.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bar {
    AtLeast(f64),
    AtMost(f64),
    /// At least the first; the second is what the limit itself reaches.
    Within(f64, f64),
    /// Nothing: the row is there to be looked at.
    None,
}

impl Bar {
    /// At least `least` times the other work, or less where `bound` leaves no room for it.
    pub(crate) fn within(least: f64, bound: &Series, theirs: &Series) -> Self {
        if cfg!(feature = "simd") {
            // The bound hashes by sha3, which is no bound then.
            return Self::AtLeast(least);
        }
        let pairs = bound.wall.iter().zip(&theirs.wall);
        let reach = Spread::of(pairs.map(|(bound, theirs)| theirs / bound));
        Self::Within(least, reach.median)
    }
}

impl Table {
    /// Begins a part of the table.
    pub(crate) fn part(&mut self, title: &str) {
        println!("\n### {title}\n");
        println!("| work | measured | against | measured | ratio | least to most | bar | |");
        println!("|---|---:|---|---:|---:|---:|---:|---|");
    }

    /// Times a second, beside another work's.
    pub(crate) fn rate(
        &mut self,
        what: &str,
        ours: &Series,
        against: &str,
        theirs: &Series,
        bar: Bar,
    ) {
        let pairs = ours.wall.iter().zip(&theirs.wall);
        let ratio = Spread::of(pairs.map(|(ours, theirs)| theirs / ours));
        let each = |series: &Series| Spread::of(series.wall.iter().map(|time| 1.0 / time));
        self.row(
            By::Rate,
            what,
            each(ours),
            against,
            each(theirs),
            ratio,
            bar,
        );
    }

    /// Times a second of the busiest end by its processor time, beside another work's. What others do on
    /// the machine moves it little.
    pub(crate) fn busiest(
        &mut self,
        what: &str,
        ours: &Series,
        against: &str,
        theirs: &Series,
        bar: Bar,
    ) {
        self.rate(what, &ours.by_busiest(), against, &theirs.by_busiest(), bar);
    }

    /// The same of all ends together.
    pub(crate) fn cpu_rate(
        &mut self,
        what: &str,
        ours: &Series,
        against: &str,
        theirs: &Series,
        bar: Bar,
    ) {
        self.rate(what, &ours.by_cpu(), against, &theirs.by_cpu(), bar);
    }

    /// Processor time each, beside another work's.
    pub(crate) fn cpu(
        &mut self,
        what: &str,
        ours: &Series,
        against: &str,
        theirs: &Series,
        bar: Bar,
    ) {
        let pairs = ours.cpu.iter().zip(&theirs.cpu);
        let ratio = Spread::of(pairs.map(|(ours, theirs)| ours / theirs));
        let each = |series: &Series| Spread::of(series.cpu.iter().map(|time| time * 1e6));
        self.row(By::Cpu, what, each(ours), against, each(theirs), ratio, bar);
    }

    /// Time by the clock each, and the difference in microseconds to another work's.
    pub(crate) fn latency(
        &mut self,
        what: &str,
        ours: &Series,
        against: &str,
        theirs: &Series,
        bar: Bar,
    ) {
        let pairs = ours.wall.iter().zip(&theirs.wall);
        let more = Spread::of(pairs.map(|(ours, theirs)| (ours - theirs) * 1e6));
        let each = |series: &Series| Spread::of(series.wall.iter().map(|time| time * 1e6));
        self.row(
            By::Latency,
            what,
            each(ours),
            against,
            each(theirs),
            more,
            bar,
        );
    }

    #[expect(clippy::too_many_arguments, reason = "they are the columns")]
    fn row(
        &mut self,
        by: By,
        what: &str,
        ours: Spread,
        against: &str,
        theirs: Spread,
        ratio: Spread,
        bar: Bar,
    ) {
        let met = match bar {
            Bar::AtLeast(least) | Bar::Within(least, _) => Some(ratio.median >= least),
            Bar::AtMost(most) => Some(ratio.median <= most),
            Bar::None => None,
        };
        self.missed += usize::from(met == Some(false));
        let (sign, limit) = match bar {
            Bar::AtLeast(least) | Bar::Within(least, _) => ("≥ ", Some(least)),
            Bar::AtMost(most) => ("≤ ", Some(most)),
            Bar::None => ("", None),
        };
        // Where even the limit does not come so far, no work on the library will.
        let said = match (met, bar) {
            (Some(true), _) => "met",
            (Some(false), Bar::Within(least, reach)) if reach < least => "limit",
            (Some(false), _) => "missed",
            (None, _) => "",
        };
        let compared = |value: f64| match by {
            By::Rate if against.starts_with("go-ethereum") => format!("{value:.2}×"),
            By::Rate => format!("{:.0}%", 100.0 * value),
            By::Cpu => format!("{value:.2}×"),
            By::Latency => format!("{value:+.1} µs"),
        };
        println!(
            "| {what} | {} | {against} | {} | {} | {} to {} | {sign}{} | {} |",
            shown(by, ours.median),
            shown(by, theirs.median),
            compared(ratio.median),
            compared(ratio.least),
            compared(ratio.most),
            limit.map(compared).unwrap_or_default(),
            said,
        );
        let spread = |spread: Spread| json!({"median": spread.median, "least": spread.least, "most": spread.most});
        self.rows.push(json!({
            "work": what,
            "unit": unit(by),
            "measured": spread(ours),
            "against": against,
            "against_measured": spread(theirs),
            "compared_by": format!("{by:?}").to_lowercase(),
            "ratio": spread(ratio),
            "bar": limit.map(|limit| format!("{sign}{limit}")),
            "met": met,
            "said": said,
        }));
    }

    /// Writes the rows to a file below the target directory, and says where.
    pub(crate) fn write(&self, name: &str, settings: &Settings) {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let all = json!({"machine": machine(), "runs": settings.runs, "rows": self.rows});
        fs::write(&path, format!("{all:#}\n")).expect("the target directory can be written");
        println!(
            "\n{} rows, {} bars missed; JSON: {}",
            self.rows.len(),
            self.missed,
            path.display()
        );
    }
}

fn unit(by: By) -> &'static str {
    match by {
        By::Rate => "1/s",
        By::Cpu => "µs of processor time",
        By::Latency => "µs",
    }
}

fn shown(by: By, value: f64) -> String {
    match by {
        By::Rate if value >= 1e4 => format!("{:.1}k/s", value / 1e3),
        By::Rate => format!("{value:.0}/s"),
        By::Cpu | By::Latency if value < 1.0 => format!("{:.1} ns", value * 1e3),
        By::Cpu | By::Latency if value >= 1e3 => format!("{:.2} ms", value / 1e3),
        By::Cpu | By::Latency => format!("{value:.2} µs"),
    }
}

/// Describes the machine, for the head of the table.
pub(crate) fn machine() -> Value {
    let first = |path: &str, key: &str| {
        let text = fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(key))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let said = |program: &str, argument: &str| {
        let output = std::process::Command::new(program)
            .arg(argument)
            .output()
            .ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    json!({
        "date": said("date", "-uI"),
        "processor": first("/proc/cpuinfo", "model name"),
        "processors": std::thread::available_parallelism().map_or(0, usize::from),
        "kernel": fs::read_to_string("/proc/sys/kernel/osrelease").map(|text| text.trim().to_owned()).ok(),
        "rustc": said("rustc", "--version"),
        "go": said("go", "version"),
    })
}
