//! Prometheus's text format, version 0.0.4.

use std::fmt::{self, Write};
use std::sync::atomic::Ordering;

use metrics::Key;

use super::recorder::{BOUNDS, Buckets, Families, Family};

/// Writes all series.
pub(super) fn write(all: &Families) -> String {
    let mut out = String::new();
    for (name, family) in &all.families {
        let text = all.texts.get(name).map(String::as_str);
        // A string takes whatever is written.
        let _ = write_family(&mut out, name, text, family);
    }
    out
}

fn write_family(out: &mut String, name: &str, text: Option<&str>, family: &Family) -> fmt::Result {
    if let Some(text) = text {
        writeln!(out, "# HELP {name} {}", escaped(text, false))?;
    }
    match family {
        Family::Counter(series) => {
            writeln!(out, "# TYPE {name} counter")?;
            for (labels, value) in series {
                let value = value.load(Ordering::Relaxed);
                writeln!(out, "{name}{} {value}", braced(labels))?;
            }
        }
        Family::Gauge(series) => {
            writeln!(out, "# TYPE {name} gauge")?;
            for (labels, value) in series {
                let value = Number(f64::from_bits(value.load(Ordering::Relaxed)));
                writeln!(out, "{name}{} {value}", braced(labels))?;
            }
        }
        Family::Histogram(series) => {
            writeln!(out, "# TYPE {name} histogram")?;
            for (labels, buckets) in series {
                write_histogram(out, name, labels, buckets)?;
            }
        }
    }
    Ok(())
}

fn write_histogram(out: &mut String, name: &str, labels: &str, buckets: &Buckets) -> fmt::Result {
    let comma = if labels.is_empty() { "" } else { "," };
    let bounds = BOUNDS.into_iter().chain([f64::INFINITY]);
    let mut all = 0;
    for (bound, count) in bounds.zip(&buckets.counts) {
        all += count.load(Ordering::Relaxed);
        let bound = Number(bound);
        writeln!(out, "{name}_bucket{{{labels}{comma}le=\"{bound}\"}} {all}")?;
    }
    let (labels, sum) = (braced(labels), buckets.sum.load(Ordering::Relaxed));
    writeln!(out, "{name}_sum{labels} {}", Number(f64::from_bits(sum)))?;
    writeln!(out, "{name}_count{labels} {all}")
}

fn braced(labels: &str) -> String {
    match labels.is_empty() {
        true => String::new(),
        false => format!("{{{labels}}}"),
    }
}

struct Number(f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            f64::INFINITY => f.write_str("+Inf"),
            f64::NEG_INFINITY => f.write_str("-Inf"),
            number => number.fmt(f),
        }
    }
}

/// A name with underscores for what may not stand in one.
pub(super) fn name(text: &str) -> String {
    let fits = |at: usize, c: char| match c {
        '0'..='9' => at > 0,
        _ => c.is_ascii_alphabetic() || c == '_' || c == ':',
    };
    let characters = text.chars().enumerate();
    let replaced = characters.map(|(at, c)| if fits(at, c) { c } else { '_' });
    replaced.collect()
}

/// A key's labels as they are written, without braces; of two with one name, the first.
pub(super) fn labels(key: &Key) -> String {
    let mut names: Vec<String> = Vec::new();
    let mut parts = Vec::new();
    for label in key.labels() {
        let name = name(label.key()).replace(':', "_");
        if !names.contains(&name) {
            parts.push(format!("{name}=\"{}\"", escaped(label.value(), true)));
            names.push(name);
        }
    }
    parts.join(",")
}

fn escaped(text: &str, quoted: bool) -> String {
    let text = text.replace('\\', r"\\").replace('\n', r"\n");
    match quoted {
        true => text.replace('"', "\\\""),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use metrics::{Label, Level, Metadata, Recorder, Unit};
    use openmetrics_parser::PrometheusValue;
    use openmetrics_parser::prometheus::parse_prometheus;

    use super::super::recorder::Registry;
    use super::*;

    const METADATA: Metadata<'static> = Metadata::new("test", Level::INFO, None);

    fn key(name: &'static str, labels: &[(&'static str, &'static str)]) -> Key {
        let labels = labels.iter();
        let labels = labels.map(|(key, value)| Label::new(*key, *value));
        Key::from_parts(name, labels.collect::<Vec<_>>())
    }

    #[test]
    fn whatever_a_program_counts_a_parser_reads() {
        let registry = Registry::default();
        let odd = [("a-b", "\"\\\n, x=\"y\""), ("a_b", "second"), ("2", "")];
        registry.describe_counter("my.calls".into(), Some(Unit::Count), "a\\b\nc".into());
        let calls = registry.register_counter(&key("my.calls", &odd), &METADATA);
        calls.increment(40);
        // The same series again.
        registry
            .register_counter(&key("my.calls", &odd), &METADATA)
            .increment(2);
        registry
            .register_gauge(&key("level", &[]), &METADATA)
            .set(-1.5);
        let time = registry.register_histogram(&key("time", &[("of", "day")]), &METADATA);
        for value in [0.0, 0.001, 0.002, 1e9] {
            time.record(value);
        }
        // A name of another kind.
        registry
            .register_gauge(&key("time", &[]), &METADATA)
            .set(1.0);

        let text = registry.text();
        let page = parse_prometheus(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let only = |name: &str| {
            let mut samples = page.families[name].iter_samples();
            let sample = samples.next().expect("a sample");
            assert!(samples.next().is_none());
            sample
        };
        let calls = only("my_calls");
        let labels = calls.get_labelset().expect("labels");
        assert_eq!(labels.get_label_value("a_b"), Some(odd[0].1), "{text}");
        assert_eq!(labels.get_label_value("_"), Some(""));
        assert_eq!(page.families["my_calls"].help, "a\\b\nc");
        let PrometheusValue::Counter(value) = &calls.value else {
            panic!("{calls:?}");
        };
        assert_eq!(value.value.as_f64(), 42.0);
        let PrometheusValue::Gauge(level) = &only("level").value else {
            panic!("no gauge");
        };
        assert_eq!(level.as_f64(), -1.5);
        let PrometheusValue::Histogram(time) = &only("time").value else {
            panic!("no histogram");
        };
        assert_eq!(time.count, Some(4));
        let below = |bound: f64| {
            let mut buckets = time.buckets.iter();
            let bucket = buckets.find(|bucket| bucket.upper_bound == bound);
            bucket.map(|bucket| bucket.count.as_f64())
        };
        assert_eq!(
            [0.000_001, 0.001, 0.005, 60.0, f64::INFINITY].map(below),
            [1.0, 2.0, 3.0, 3.0, 4.0].map(Some)
        );
    }
}
