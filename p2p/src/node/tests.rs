use std::time::Duration;

use openmetrics_parser::prometheus::parse_prometheus;
use openmetrics_parser::{MetricsExposition, PrometheusType, PrometheusValue};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::Event;
use crate::protocol::tests::{Text, text};

fn parse(args: &str) -> Result<Args, String> {
    let args = std::iter::once("foobar").chain(args.split_whitespace());
    Args::try_parse("foobar", args).map_err(|error| error.to_string())
}

#[test]
fn without_flags_a_programs_own_settings_stand() {
    let args = parse("").expect("valid");
    assert!(args.listen.is_none() && args.name.is_none() && args.max_peers.is_none());
    assert!(args.peers.is_empty() && args.key.is_none());
}

#[test]
fn every_flag_is_read() {
    let key = *NodeKey::random().public_key();
    let args = format!(
        "--listen :30303 --metrics :9100 --peer enode://{key}@127.0.0.1:1 --peer enode://{key}@127.0.0.1:2 \
         --key node.key --name me --max-peers 3 --log p2p=debug,warn"
    );
    let args = parse(&args).expect("valid");
    assert_eq!(args.listen.as_deref(), Some(":30303"));
    assert_eq!(args.name.as_deref(), Some("me"));
    assert_eq!(args.metrics.as_deref(), Some(":9100"));
    let ports: Vec<u16> = args.peers.iter().map(crate::Enode::tcp_port).collect();
    assert_eq!((ports, args.max_peers), (vec![1, 2], Some(3)));
    assert_eq!(args.key, Some("node.key".into()));
}

#[test]
fn a_wrong_flag_says_what_is_wrong_and_what_is_possible() {
    let error = parse("--peer enode://12@127.0.0.1:1").expect_err("no key");
    assert!(error.contains("--peer <ENODE>"), "{error}");
    assert!(
        error.contains("128 hex digits was expected, 2 characters came"),
        "{error}"
    );
    let error = parse("--lissen x").expect_err("no flag");
    assert!(error.contains("'--listen'"), "{error}");
    let error = parse("--max-peers many").expect_err("no number");
    assert!(error.contains("invalid digit"), "{error}");
}

#[test]
fn help_names_every_flag() {
    let help = parse("--help").expect_err("help ends the program");
    for flag in [
        "--listen",
        "--peer",
        "--key",
        "--name",
        "--max-peers",
        "--log",
        "--metrics",
    ] {
        assert!(help.contains(flag), "{help}");
    }
}

#[tokio::test]
async fn a_node_keeps_its_key_in_the_file_that_it_is_told() {
    let path = std::env::temp_dir().join(format!("p2p-{}-node-key", std::process::id()));
    let mut keys = Vec::new();
    for _ in 0..2 {
        let node = Node::new(Text::run(|_, _| std::future::pending()));
        let args = parse(&format!("--key {}", path.display())).expect("valid");
        let server = node.start_with(args).await.expect("started");
        keys.push(*server.public_key());
        server.shutdown().await;
    }
    std::fs::remove_file(&path).expect("it was created");
    assert_eq!(keys[0], keys[1]);
}

#[tokio::test]
async fn a_key_file_that_holds_no_key_is_an_error_before_anything_starts() {
    let path = std::env::temp_dir().join(format!("p2p-{}-bad-key", std::process::id()));
    std::fs::write(&path, "secret").expect("written");
    let node = Node::new(Text::run(|_, _| std::future::pending()));
    let args = parse(&format!("--key {}", path.display())).expect("valid");
    let error = node.start_with(args).await.expect_err("no key");
    std::fs::remove_file(&path).expect("there");
    assert!(
        format!("{error:?}").contains("is not a key file"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_flag_that_is_given_comes_after_a_programs_setting_and_a_default_before() {
    let key = NodeKey::random();
    let start = async |flags: &str| {
        let node = Node::new(Text::run(|_, _| std::future::pending()))
            .with(|server| server.private_key(key.clone()).name("mine"));
        let args = parse(flags).expect("valid");
        let server = node.start_with(args).await.expect("started");
        assert_eq!(server.public_key(), key.public_key());
        server.name().to_owned()
    };
    assert_eq!(start("").await, "mine");
    assert_eq!(start("--name given").await, "given");
}

/// What a node serves at `/metrics`, as a parser reads it.
async fn page(port: u16) -> MetricsExposition<PrometheusType, PrometheusValue> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("open");
    let request = b"GET /metrics HTTP/1.1\r\nHost: node\r\n\r\n";
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
        let args = parse(&format!("--metrics 127.0.0.1:{port}")).expect("valid");
        match Node::new(echo()).start_with(args).await {
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
    let args = parse(&format!("--peer {}", server.enode())).expect("valid");
    let other = other.start_with(args).await.expect("started");
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
async fn an_address_for_metrics_that_is_taken_or_none_is_an_error_before_anything_starts() {
    let taken = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let address = taken.local_addr().expect("an address").to_string();
    for (address, said) in [
        (address.as_str(), "in use"),
        ("here", "listen address \"here\""),
    ] {
        let node = Node::new(Text::run(|_, _| std::future::pending()));
        let args = parse(&format!("--metrics {address}")).expect("valid");
        let error = node.start_with(args).await.expect_err("no address");
        let text = error.to_string();
        assert!(text.starts_with("metrics can't be served: "), "{text}");
        assert!(text.contains(said), "{text}");
    }
}
