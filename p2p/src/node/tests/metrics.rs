//! What `--metrics` serves.

use std::time::Duration;

use openmetrics_parser::prometheus::parse_prometheus;
use openmetrics_parser::{MetricsExposition, PrometheusType, PrometheusValue};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::starting::start;
use super::*;
use crate::driver::event::Event;
use crate::serve::tests::text;

/// What a node serves at `/metrics`, as a parser reads it.
async fn page(port: u16) -> MetricsExposition<PrometheusType, PrometheusValue> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("open");
    let request = b"GET /metrics HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n";
    stream.write_all(request).await.expect("written");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("text");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    parse_prometheus(body).expect("the format")
}

/// A port that nobody listens at, or did not a moment ago.
async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    listener.local_addr().expect("an address").port()
}

#[tokio::test]
async fn what_is_counted_is_served_at_the_address_that_it_is_told() {
    let echo = || {
        Text::run(|peer, mut inbox| async move {
            while let Ok(message) = inbox.recv().await {
                peer.send(message).await?;
            }
            Ok(())
        })
    };
    let (server, port) = loop {
        let port = free_port().await;
        let flags = format!("--metrics 127.0.0.1:{port}");
        match start(Node::new(echo()), &flags).await {
            Ok(server) => break (server, port),
            // Somebody was faster.
            Err(NodeError::Metrics(_)) => {}
            Err(error) => panic!("{error}"),
        }
    };
    let other = Node::new(Text::run(|peer, mut inbox| async move {
        for _ in 0..3 {
            peer.send(text("four")).await?;
            inbox.recv().await?;
        }
        Ok(())
    }));
    let other = start(other, &format!("--peer {}", server.enode())).await;
    let other = other.expect("started");
    let mut events = other.events();
    let ended = async { while !matches!(events.recv().await, Ok(Event::Dropped { .. })) {} };
    tokio::time::timeout(Duration::from_secs(20), ended)
        .await
        .expect("it ends");

    let page = page(port).await;
    let family = |name| page.families.get(name).expect("counted");
    for direction in ["sent", "received"] {
        // Other tests of this program may count there too.
        for (name, least) in [
            ("p2p_messages_total", 6.0),
            ("p2p_message_bytes_total", 36.0),
        ] {
            let samples = family(name).iter_samples();
            let mut samples = samples.filter(|sample| {
                let labels = sample.get_labelset().expect("labels");
                labels.get_label_value("message") == Some("Text")
                    && labels.get_label_value("protocol") == Some("foobar")
                    && labels.get_label_value("direction") == Some(direction)
            });
            match samples.next().map(|sample| &sample.value) {
                Some(PrometheusValue::Counter(found)) => {
                    assert!(found.value.as_f64() >= least, "{name}: {found:?}");
                }
                other => panic!("{name}: {other:?}"),
            }
            assert!(samples.next().is_none());
        }
    }
    assert_eq!(family("p2p_peers").family_type, PrometheusType::Gauge);
    let time = family("p2p_handshake_duration_seconds");
    assert_eq!(time.family_type, PrometheusType::Histogram);
    assert_eq!(
        time.help,
        "How long it took from an open connection to a peer"
    );
    other.shutdown().await;
    server.shutdown().await;
}

#[tokio::test]
async fn an_address_for_metrics_that_is_taken_is_an_error_before_anything_starts() {
    let taken = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let address = taken.local_addr().expect("an address");
    let error = start(node(), &format!("--metrics {address}")).await;
    let text = error.expect_err("no address").to_string();
    assert!(text.starts_with("metrics can't be served: "), "{text}");
    assert!(text.contains("in use"), "{text}");
}

#[test]
fn an_address_for_metrics_that_is_none_is_a_wrong_flag() {
    let error = parse("--metrics here").expect_err("no address");
    assert!(error.contains("'here' for '--metrics <ADDR>'"), "{error}");
}
