//! Handles to the program's metrics: those of the recorder that it has installed, or no-ops without one.

pub(crate) mod names;

use std::time::Instant;

pub(crate) use ::metrics::{Counter, Gauge, Histogram};
use ::metrics::{Key, KeyName, Label, Level, Metadata, with_recorder};

use self::names::{ALL, Kind, Labels, Metric};

static METADATA: Metadata<'static> = Metadata::new("p2p", Level::INFO, Some("p2p"));

fn key(metric: Metric, labels: Labels<'_>) -> Key {
    let labels = labels.iter();
    let labels = labels.map(|(key, value)| Label::from_static_parts(key, value));
    Key::from_parts(metric.name, labels.collect::<Vec<_>>())
}

/// The counter of this metric with these labels.
pub(crate) fn counter(metric: Metric, labels: Labels<'_>) -> Counter {
    with_recorder(|recorder| recorder.register_counter(&key(metric, labels), &METADATA))
}

/// The gauge of this metric with these labels.
pub(crate) fn gauge(metric: Metric, labels: Labels<'_>) -> Gauge {
    with_recorder(|recorder| recorder.register_gauge(&key(metric, labels), &METADATA))
}

/// The histogram of this metric with these labels.
pub(crate) fn histogram(metric: Metric, labels: Labels<'_>) -> Histogram {
    with_recorder(|recorder| recorder.register_histogram(&key(metric, labels), &METADATA))
}

/// Gives the recorder the unit and meaning of each metric.
pub(crate) fn describe() {
    with_recorder(|recorder| {
        for metric in ALL {
            let name = KeyName::from(metric.name);
            let unit = Some(metric.unit);
            let text = metric.text.into();
            match metric.kind {
                Kind::Counter => recorder.describe_counter(name, unit, text),
                Kind::Gauge => recorder.describe_gauge(name, unit, text),
                Kind::Histogram => recorder.describe_histogram(name, unit, text),
            }
        }
    });
}

/// A running measurement of time.
#[must_use = "it counts when it is recorded"]
pub(crate) struct Timed<'a>(Option<(&'a Histogram, Instant)>);

impl<'a> Timed<'a> {
    /// Starts, if there is a clock.
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
