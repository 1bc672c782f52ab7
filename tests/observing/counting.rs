//! Metrics, through another crate's recorder and read back by a parser.

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};
use openmetrics_parser::prometheus::parse_prometheus;
use openmetrics_parser::{PrometheusType, PrometheusValue};

use super::*;

/// A recorder whose histograms have buckets, as those of a node.
fn recorder() -> PrometheusRecorder {
    let builder = PrometheusBuilder::new().set_buckets(&[0.001, 1.0]);
    builder.expect("buckets").build_recorder()
}

/// A page of metrics, as a parser reads it.
struct Page(openmetrics_parser::MetricsExposition<PrometheusType, PrometheusValue>);

fn page(recorder: &PrometheusRecorder) -> Page {
    Page(parse_prometheus(&recorder.handle().render()).expect("the format"))
}

impl Page {
    /// The value of the one series with these labels, or how many values a histogram has; 0 if there is none.
    fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let Some(family) = self.0.families.get(name) else {
            return 0.0;
        };
        let found = family.iter_samples().find(|sample| {
            let set = sample.get_labelset().expect("labels");
            labels.len() == set.iter().count()
                && labels
                    .iter()
                    .all(|(key, value)| set.get_label_value(key) == Some(value))
        });
        match found.map(|sample| &sample.value) {
            None => 0.0,
            Some(PrometheusValue::Counter(counter)) => counter.value.as_f64(),
            Some(PrometheusValue::Gauge(number)) => number.as_f64(),
            Some(PrometheusValue::Histogram(histogram)) => histogram.count.expect("a count") as f64,
            Some(other) => panic!("{other:?}"),
        }
    }

    /// Messages and their bytes.
    fn messages(&self, message: &str, direction: &str) -> [f64; 2] {
        let labels = [
            ("protocol", "talk"),
            ("message", message),
            ("direction", direction),
        ];
        ["p2p_messages_total", "p2p_message_bytes_total"].map(|name| self.value(name, &labels))
    }
}

/// Waits until a page is as it should be.
async fn until(recorder: &PrometheusRecorder, wanted: impl Fn(&Page) -> bool) {
    bounded(async {
        while !wanted(&page(recorder)) {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn messages_are_counted_by_name_and_direction() {
    let recorder = recorder();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let mut pair = pair(
        builder().configure(|config| config.handler_times = true),
        builder(),
    )
    .await;
    for _ in 0..3 {
        pair.say("four").await;
    }
    // Compressed before it is queued: it counts with what it decompresses to.
    let long = "x".repeat(100_000);
    pair.say(&long).await;
    let page = page(&recorder);
    // Both servers count here: what one sends, the other receives. A payload is a list with one text.
    let bytes = 2.0 * (3.0 * 6.0 + 100_008.0);
    for direction in ["sent", "received"] {
        assert_eq!(page.messages("Say", direction), [8.0, bytes], "{direction}");
        assert_eq!(page.messages("Shout", direction), [0.0; 2]);
        let wire = page.value("p2p_wire_bytes_total", &[("direction", direction)]);
        assert!(wire > 8.0 * 64.0 && wire < 100_000.0, "{wire}");
    }
    let labels = [("protocol", "talk"), ("message", "Say")];
    until(&recorder, |page| {
        page.value("p2p_handler_duration_seconds", &labels) == 4.0
    })
    .await;
    pair.stop().await;
}

#[tokio::test]
async fn connections_are_counted_by_start_and_end() {
    let recorder = recorder();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let mut pair = pair(builder(), builder()).await;
    pair.say("that both are there").await;
    let before = page(&recorder);
    for direction in ["inbound", "outbound"] {
        let labels = [("direction", direction)];
        assert_eq!(before.value("p2p_peers", &labels), 1.0);
        assert_eq!(before.value("p2p_handshakes_total", &labels), 1.0);
        assert_eq!(before.value("p2p_handshake_duration_seconds", &labels), 1.0);
    }
    assert_eq!(before.value("p2p_accepted_total", &[]), 1.0);
    assert_eq!(before.value("p2p_dials_total", &[("result", "peer")]), 1.0);

    let own = pair.asking.enode();
    pair.asking.connect(&own).await.expect_err("not itself");
    pair.stop().await;
    let after = page(&recorder);
    let reached_itself = [("result", "connected_to_self")];
    assert_eq!(after.value("p2p_dials_total", &reached_itself), 1.0);
    let refused = [
        ("direction", "outbound"),
        ("phase", "opening"),
        ("cause", "connected_to_self"),
        ("reason", "connected_to_self"),
    ];
    assert_eq!(after.value("p2p_refused_total", &refused), 1.0);
    for (direction, cause) in [("outbound", "stopping"), ("inbound", "remote")] {
        let dropped = [
            ("direction", direction),
            ("cause", cause),
            ("reason", "quitting"),
        ];
        assert_eq!(after.value("p2p_dropped_total", &dropped), 1.0, "{cause}");
        let labels = [("direction", direction)];
        assert_eq!(after.value("p2p_peers", &labels), 0.0);
        assert_eq!(before.value("p2p_peer_lifetime_seconds", &labels), 0.0);
        assert_eq!(after.value("p2p_peer_lifetime_seconds", &labels), 1.0);
    }
}

#[tokio::test]
async fn requests_are_counted_while_waiting_and_by_end() {
    let recorder = recorder();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let pair = pair(builder(), builder()).await;
    let labels = [("protocol", "talk"), ("message", "Ask")];
    assert_eq!(pair.peer.request(Talk::ask(7)).await.expect("told"), 7);
    let waiting = pair.peer.request(Talk::ask(0));
    let looking = until(&recorder, |page| {
        page.value("p2p_requests_in_flight", &labels[..1]) == 1.0
    });
    let (timed_out, ()) = tokio::join!(waiting, looking);
    timed_out.expect_err("no answer");
    let page = page(&recorder);
    assert_eq!(page.value("p2p_requests_in_flight", &labels[..1]), 0.0);
    assert_eq!(page.value("p2p_request_duration_seconds", &labels), 1.0);
    assert_eq!(page.value("p2p_request_timeouts_total", &labels), 1.0);
    assert_eq!(page.messages("Ask", "sent")[0], 2.0);
    assert_eq!(page.messages("Told", "received")[0], 1.0);

    let late = pair.peer.request(Talk::ask(1)).await;
    late.expect_err("it has not come yet");
    let stray = [("protocol", "talk"), ("message", "Told"), ("kind", "late")];
    until(&recorder, |page| {
        page.value("p2p_stray_replies_total", &stray) == 1.0
    })
    .await;
    pair.stop().await;
}

#[tokio::test]
async fn messages_dropped_for_their_rate_are_counted() {
    let recorder = recorder();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let mut pair = pair(builder(), builder()).await;
    for _ in 0..5 {
        let shout = Talk::Shout("hey".to_owned());
        pair.peer.send(shout).await.expect("sent");
    }
    pair.say("done").await;
    let labels = [("protocol", "talk"), ("message", "Shout")];
    assert_eq!(
        page(&recorder).value("p2p_rate_limited_total", &labels),
        3.0
    );
    assert_eq!(page(&recorder).messages("Shout", "received")[0], 5.0);
    pair.stop().await;
}

#[tokio::test]
async fn pings_are_counted_both_ways() {
    let recorder = recorder();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let builder = || builder().configure(|config| config.ping_interval = Duration::from_millis(10));
    let pair = pair(builder(), builder()).await;
    until(&recorder, |page| {
        ["sent", "received"]
            .iter()
            .all(|direction| page.value("p2p_pings_total", &[("direction", direction)]) > 1.0)
    })
    .await;
    pair.stop().await;
}

#[derive(Debug, Protocol)]
#[protocol(name = "talk", version = 2)]
enum Later {
    Say(String),
}

#[tokio::test]
async fn what_waits_in_queues_shows_within_seconds() {
    let recorder = recorder();
    let _recording = metrics::set_default_local_recorder(&recorder);
    // This end takes nothing out of its queue.
    let deaf = Talk::run(|_, _inbox| std::future::pending());
    // It has another version with a service of its own, which is not counted again.
    let later = Later::run(|_, _inbox| std::future::pending());
    let deaf = builder()
        .protocol(deaf)
        .protocol(later)
        .start()
        .await
        .expect("started");
    let talking = Talk::run(|peer, mut inbox| async move {
        peer.send(Talk::Say("x".repeat(1000))).await?;
        inbox.recv().await?;
        Ok(())
    });
    let talking = builder().protocol(talking).start().await.expect("started");
    talking.connect(&deaf.enode()).await.expect("dialed");
    until(&recorder, |page| page.messages("Say", "received")[0] == 1.0).await;
    let received = [("protocol", "talk"), ("direction", "received")];
    let sent = [("protocol", "all"), ("direction", "sent")];
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(5)).await;
    tokio::time::resume();
    until(&recorder, |page| {
        page.value("p2p_queue_bytes", &received) >= 1003.0
    })
    .await;
    assert!(page(&recorder).value("p2p_queue_bytes", &received) < 2000.0);
    assert_eq!(page(&recorder).value("p2p_queue_bytes", &sent), 0.0);
    talking.shutdown().await;
    deaf.shutdown().await;
    assert_eq!(page(&recorder).value("p2p_queue_bytes", &received), 0.0);
}
