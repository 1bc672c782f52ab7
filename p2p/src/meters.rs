//! Handles to what is counted, from whichever recorder the program has installed, or to nothing.

mod described;
pub(crate) mod names;

use std::time::Instant;

pub(crate) use ::metrics::{Counter, Gauge, Histogram};
use ::metrics::{Key, KeyName, Label, Level, Metadata, with_recorder};

use self::described::{ALL, Kind};
use self::names::Labels;

static METADATA: Metadata<'static> = Metadata::new("p2p", Level::INFO, Some("p2p"));

fn key(name: &'static str, labels: Labels<'_>) -> Key {
    let labels = labels.iter();
    let labels = labels.map(|(key, value)| Label::from_static_parts(key, value));
    Key::from_parts(name, labels.collect::<Vec<_>>())
}

/// The counter with this name and these labels.
pub(crate) fn counter(name: &'static str, labels: Labels<'_>) -> Counter {
    with_recorder(|recorder| recorder.register_counter(&key(name, labels), &METADATA))
}

/// The gauge with this name and these labels.
pub(crate) fn gauge(name: &'static str, labels: Labels<'_>) -> Gauge {
    with_recorder(|recorder| recorder.register_gauge(&key(name, labels), &METADATA))
}

/// The histogram with this name and these labels.
pub(crate) fn histogram(name: &'static str, labels: Labels<'_>) -> Histogram {
    with_recorder(|recorder| recorder.register_histogram(&key(name, labels), &METADATA))
}

/// Tells the recorder what each name means.
pub(crate) fn describe() {
    with_recorder(|recorder| {
        for (name, kind, unit, text) in ALL {
            let (name, unit, text) = (KeyName::from(*name), Some(*unit), (*text).into());
            match kind {
                Kind::Counter => recorder.describe_counter(name, unit, text),
                Kind::Gauge => recorder.describe_gauge(name, unit, text),
                Kind::Histogram => recorder.describe_histogram(name, unit, text),
            }
        }
    });
}

/// When something began that is timed.
#[must_use = "it counts when it is recorded"]
pub(crate) struct Timed<'a>(Option<(&'a Histogram, Instant)>);

impl<'a> Timed<'a> {
    /// Begins, if there is a clock.
    pub(crate) fn begin(histogram: &'a Histogram, now: impl FnOnce() -> Option<Instant>) -> Self {
        Self(now().map(|now| (histogram, now)))
    }

    /// Measures nothing.
    pub(crate) fn nothing() -> Self {
        Self(None)
    }

    /// Records how long it took, once.
    #[inline]
    pub(crate) fn record(&mut self, now: impl FnOnce() -> Option<Instant>) {
        if let Some((histogram, since)) = self.0.take()
            && let Some(now) = now()
        {
            histogram.record(now.saturating_duration_since(since));
        }
    }
}
