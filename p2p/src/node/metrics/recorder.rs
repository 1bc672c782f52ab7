//! What is counted, by name and labels.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use metrics::atomics::AtomicU64;
use metrics::{
    Counter, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};

use super::text;

/// The upper ends of a histogram's buckets: they suit seconds.
pub(super) const BOUNDS: [f64; 16] = [
    0.000_001, 0.000_005, 0.000_01, 0.000_05, 0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5,
    1.0, 5.0, 10.0, 60.0,
];

/// All series; every clone has the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Registry(Arc<Mutex<Families>>);

/// The series of each name, and what the names mean.
#[derive(Debug, Default)]
pub(super) struct Families {
    pub(super) texts: BTreeMap<String, String>,
    pub(super) families: BTreeMap<String, Family>,
}

/// The series of one name, by their labels as they are written.
#[derive(Debug)]
pub(super) enum Family {
    Counter(BTreeMap<String, Arc<AtomicU64>>),
    Gauge(BTreeMap<String, Arc<AtomicU64>>),
    Histogram(BTreeMap<String, Arc<Buckets>>),
}

/// How many values were in each bucket, and what they amount to.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    /// The last is for what is beyond all bounds.
    pub(super) counts: [AtomicU64; BOUNDS.len() + 1],
    /// A number of floating point.
    pub(super) sum: AtomicU64,
}

impl HistogramFn for Buckets {
    fn record(&self, value: f64) {
        let bucket = BOUNDS.partition_point(|bound| *bound < value);
        if let Some(count) = self.counts.get(bucket) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.sum.increment(value);
    }
}

impl Registry {
    fn families(&self) -> MutexGuard<'_, Families> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All of it as Prometheus reads it.
    pub(super) fn text(&self) -> String {
        text::write(&self.families())
    }

    fn describe(&self, name: &KeyName, text: SharedString) {
        let name = text::name(name.as_str());
        self.families().texts.insert(name, text.into_owned());
    }
}

/// A name that was first of another kind can't be written, and counts nothing.
impl Recorder for Registry {
    fn describe_counter(&self, name: KeyName, _: Option<Unit>, text: SharedString) {
        self.describe(&name, text);
    }

    fn describe_gauge(&self, name: KeyName, _: Option<Unit>, text: SharedString) {
        self.describe(&name, text);
    }

    fn describe_histogram(&self, name: KeyName, _: Option<Unit>, text: SharedString) {
        self.describe(&name, text);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let mut all = self.families();
        let family = all.families.entry(text::name(key.name()));
        match family.or_insert_with(|| Family::Counter(BTreeMap::new())) {
            Family::Counter(series) => series.entry(text::labels(key)).or_default().clone().into(),
            _ => Counter::noop(),
        }
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        let mut all = self.families();
        let family = all.families.entry(text::name(key.name()));
        match family.or_insert_with(|| Family::Gauge(BTreeMap::new())) {
            Family::Gauge(series) => series.entry(text::labels(key)).or_default().clone().into(),
            _ => Gauge::noop(),
        }
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        let mut all = self.families();
        let family = all.families.entry(text::name(key.name()));
        match family.or_insert_with(|| Family::Histogram(BTreeMap::new())) {
            Family::Histogram(series) => {
                series.entry(text::labels(key)).or_default().clone().into()
            }
            _ => Histogram::noop(),
        }
    }
}
