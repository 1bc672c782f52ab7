//! Serves what is counted to Prometheus, at `http://ADDR/metrics`.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;

use super::error::NodeError;
use super::http::{self, Page};
use crate::server::listen::listen;
use crate::sync::lock;

/// The upper bounds of a histogram's buckets, which suit seconds.
const BUCKETS: [f64; 16] = [
    0.000_001, 0.000_005, 0.000_01, 0.000_05, 0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5,
    1.0, 5.0, 10.0, 60.0,
];

/// How often recorded values move into their buckets. Until then each takes 8 bytes.
const UPKEEP: Duration = Duration::from_secs(1);

/// The recorder that this module has installed, if it has.
static INSTALLED: Mutex<Option<PrometheusHandle>> = Mutex::new(None);

/// Serves all metrics at one address.
#[derive(Debug)]
pub(super) struct Exporter {
    listener: TcpListener,
    address: SocketAddr,
    recorder: PrometheusHandle,
}

impl Exporter {
    /// Listens at an address, and records from now on.
    pub(super) async fn start(address: &str) -> Result<Self, NodeError> {
        let listening = listen(address).await;
        let (listener, address) = listening.map_err(NodeError::Metrics)?;
        Ok(Self {
            listener,
            address,
            recorder: recorder()?,
        })
    }

    /// The address that it listens at.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until the future is dropped.
    pub(super) async fn serve(self) {
        let page = Page {
            path: "/metrics",
            content_type: "text/plain; version=0.0.4; charset=utf-8",
            text: Box::new(move || self.recorder.render()),
        };
        http::serve(self.listener, vec![page]).await;
    }
}

/// The program's recorder, which the first call installs.
fn recorder() -> Result<PrometheusHandle, NodeError> {
    let mut installed = lock(&INSTALLED);
    if let Some(recorder) = &*installed {
        return Ok(recorder.clone());
    }
    let recorder = build().build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(|_| NodeError::Recorder)?;
    keep_up(handle.clone());
    Ok(installed.insert(handle).clone())
}

fn build() -> PrometheusBuilder {
    let builder = PrometheusBuilder::new();
    // Only an empty list of buckets is an error.
    builder.set_buckets(&BUCKETS).unwrap_or_default()
}

/// Bounds the recorder's memory as long as the program runs, for it records even while no node serves metrics.
fn keep_up(recorder: PrometheusHandle) {
    let upkeep = move || {
        loop {
            thread::sleep(UPKEEP);
            recorder.run_upkeep();
        }
    };
    let started = thread::Builder::new().name("p2p-metrics".into());
    if let Err(error) = started.spawn(upkeep) {
        tracing::warn!(%error, "metrics take memory until they are read, for there is no thread for them");
    }
}

#[cfg(test)]
mod tests {
    use metrics::{Key, Label, Level, Metadata, Recorder, Unit};
    use openmetrics_parser::PrometheusValue;
    use openmetrics_parser::prometheus::parse_prometheus;

    use super::*;

    const METADATA: Metadata<'static> = Metadata::new("test", Level::INFO, None);

    fn key(name: &'static str, labels: &[(&'static str, &'static str)]) -> Key {
        let labels = labels.iter();
        let labels = labels.map(|(key, value)| Label::new(*key, *value));
        Key::from_parts(name, labels.collect::<Vec<_>>())
    }

    #[test]
    fn a_parser_reads_odd_names_and_labels() {
        let recorder = build().build_recorder();
        let odd = [("a-b", "\"\n, x=\"y\\z\""), ("2", "")];
        recorder.describe_counter("my.calls".into(), Some(Unit::Count), "a\\b\nc".into());
        for count in [40, 2] {
            let calls = recorder.register_counter(&key("my.calls", &odd), &METADATA);
            calls.increment(count);
        }
        let level = recorder.register_gauge(&key("level", &[]), &METADATA);
        level.set(-1.5);
        let time = recorder.register_histogram(&key("time", &[("of", "day")]), &METADATA);
        for value in [0.0, 0.001, 0.002, 1e9] {
            time.record(value);
        }

        let text = recorder.handle().render();
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
