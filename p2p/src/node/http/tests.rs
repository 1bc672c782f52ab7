//! A client for each thing that a client may do.

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::{advance, timeout};

use super::*;

const GET: &[u8] = b"GET /metrics HTTP/1.1\r\n\r\n";

/// A server of one page with this text.
fn server(text: &'static str) -> Connections {
    Connections::new(vec![Page {
        path: "/metrics",
        content_type: "text/plain; version=0.0.4",
        text: Box::new(|| text.to_owned()),
    }])
}

fn connect(connections: &mut Connections) -> DuplexStream {
    let (ours, theirs) = duplex(1024);
    connections.add(theirs);
    ours
}

/// What a client reads until its connection is closed.
async fn rest(stream: &mut DuplexStream) -> String {
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.expect("text");
    rest
}

async fn asked(request: &[u8]) -> String {
    let mut connections = server("x 1\n");
    let mut stream = connect(&mut connections);
    stream.write_all(request).await.expect("taken");
    stream.shutdown().await.expect("closed");
    rest(&mut stream).await
}

/// Asks for the page on a connection that stays open.
async fn get(stream: &mut DuplexStream) {
    stream.write_all(GET).await.expect("taken");
    let mut answer = Vec::new();
    while !answer.ends_with(b"x 1\n") {
        let read = stream.read_buf(&mut answer).await.expect("an answer");
        assert!(read > 0, "{answer:?}");
    }
}

#[tokio::test]
async fn only_get_and_head_of_a_page_succeed() {
    let answer = asked(GET).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("\r\ncontent-length: 4\r\n"), "{answer}");
    assert!(answer.contains("\r\ncontent-type: text/plain; version=0.0.4\r\n"));
    assert!(answer.ends_with("\r\n\r\nx 1\n"), "{answer}");
    for (request, status) in [
        ("GET /metrics?a=b HTTP/1.0\r\n\r\n", "200"),
        ("GET / HTTP/1.1\r\n\r\n", "404"),
        ("HEAD / HTTP/1.1\r\n\r\n", "404"),
        ("POST /metrics HTTP/1.1\r\n\r\n", "405"),
        ("DELETE / HTTP/1.1\r\n\r\n", "405"),
        ("GET /metrics HTTP/2\r\n\r\n", "400"),
        ("GET /metrics\r\n\r\n", "400"),
    ] {
        let answer = asked(request.as_bytes()).await;
        let status_line = format!(" {status} ");
        assert!(
            answer[8..].starts_with(&status_line),
            "{request:?}: {answer}"
        );
        assert_eq!(answer.contains("x 1"), status == "200", "{request:?}");
        assert_eq!(answer.contains("allow: GET, HEAD\r\n"), status == "405");
    }
    assert_eq!(asked(b"GET /metrics HTTP/1.1\r\n").await, "");
}

#[tokio::test]
async fn head_is_answered_as_get_without_body() {
    let head = asked(b"HEAD /metrics HTTP/1.1\r\n\r\n").await;
    let get = asked(GET).await;
    let without_date = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.starts_with("date:"));
        lines.map(str::to_owned).collect()
    };
    let expected = get.strip_suffix("x 1\n").expect("a body");
    assert_eq!(without_date(&head), without_date(expected));
    assert!(head.contains("content-length: 4\r\n"), "{head}");
}

#[tokio::test]
async fn a_head_without_end_is_refused() {
    let mut request = b"GET /metrics HTTP/1.1\r\nCookie: ".to_vec();
    request.resize(100_000, b'x');
    let mut connections = server("");
    let (mut reader, mut writer) = tokio::io::split(connect(&mut connections));
    let mut answer = [0; 13];
    let (written, read) = tokio::join!(writer.write_all(&request), reader.read_exact(&mut answer));
    written.expect_err("not all is read");
    read.expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 431 ");
}

#[tokio::test(start_paused = true)]
async fn a_head_must_come_in_two_seconds() {
    for start in [&b""[..], b"GET /met"] {
        let mut connections = server("x 1\n");
        let mut stream = connect(&mut connections);
        stream.write_all(start).await.expect("taken");
        let opened = Instant::now();
        assert_eq!(rest(&mut stream).await, "");
        let open = opened.elapsed();
        assert!(
            open.abs_diff(HEAD_TIMEOUT) < Duration::from_millis(10),
            "{open:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_asked_again_within_two_seconds() {
    let mut connections = server("x 1\n");
    let mut stream = connect(&mut connections);
    for _ in 0..3 {
        get(&mut stream).await;
        sleep(HEAD_TIMEOUT - Duration::from_millis(10)).await;
    }
    get(&mut stream).await;
    assert_eq!(rest(&mut stream).await, "");
}

#[tokio::test(start_paused = true)]
async fn an_answer_must_be_read_in_ten_seconds() {
    // All but the end of the second is in the buffers of both ends, so that the server has nothing left to make.
    for length in [100_000, 4_000] {
        let mut connections = server("x".repeat(length).leak());
        let mut stream = connect(&mut connections);
        stream.write_all(GET).await.expect("taken");
        let asked = Instant::now();
        sleep(ANSWER_TIMEOUT - Duration::from_millis(10)).await;
        assert!(!connections.open[0].task.is_finished(), "{length}");
        sleep(Duration::from_millis(20)).await;
        assert!(connections.open[0].task.is_finished(), "{length}");
        assert!(asked.elapsed() < ANSWER_TIMEOUT + HEAD_TIMEOUT);
        assert!(rest(&mut stream).await.len() < length, "{length}");
    }
}

/// As many connections as there may be, each a millisecond younger than the one before it.
async fn crowd(connections: &mut Connections) -> Vec<DuplexStream> {
    let mut streams = Vec::new();
    for _ in 0..CONNECTIONS {
        streams.push(connect(connections));
        advance(Duration::from_millis(1)).await;
    }
    streams
}

/// Those of the connections that the server has closed, without an answer.
async fn closed(streams: &mut [DuplexStream]) -> Vec<usize> {
    let mut closed = Vec::new();
    for (index, stream) in streams.iter_mut().enumerate() {
        let mut byte = [0];
        let read = timeout(Duration::from_millis(1), stream.read(&mut byte));
        if let Ok(read) = read.await {
            assert_eq!(read.expect("closed"), 0, "{index}");
            closed.push(index);
        }
    }
    closed
}

#[tokio::test(start_paused = true)]
async fn the_longest_idle_gives_way_to_the_17th() {
    let mut connections = server("x 1\n");
    let mut streams = crowd(&mut connections).await;
    // After its answer, the first is idle for a shorter time than all others.
    get(&mut streams[0]).await;
    streams.push(connect(&mut connections));
    assert_eq!(closed(&mut streams).await, [1]);
    for index in [0, 2, 15, 16] {
        get(&mut streams[index]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_gives_way_if_none_is_idle() {
    let mut connections = server("x".repeat(100_000).leak());
    let mut streams = crowd(&mut connections).await;
    // None reads its answer, which is longer than what waits between the two ends.
    for stream in &mut streams[..15] {
        stream.write_all(GET).await.expect("taken");
        advance(Duration::from_millis(1)).await;
    }
    let busy = |connections: &Connections| {
        let open = connections.open.iter();
        let busy = open.filter(|other| matches!(other.activity.get(), Activity::Answering(_)));
        busy.count()
    };
    assert_eq!(busy(&connections), 15);
    streams.push(connect(&mut connections));
    assert_eq!(closed(&mut streams[15..]).await, [0]);
    streams[16].write_all(GET).await.expect("taken");
    advance(Duration::from_millis(1)).await;
    assert_eq!(busy(&connections), 16);
    streams.push(connect(&mut connections));
    assert_eq!(busy(&connections), 15);
    // The first had written the most that is not read, and no more.
    assert!(rest(&mut streams[0]).await.len() < 10_000);
    assert!(rest(&mut streams[1]).await.len() > 100_000);
}

#[tokio::test]
async fn finished_connections_are_forgotten() {
    let mut connections = server("x 1\n");
    for _ in 0..100 {
        let mut stream = connect(&mut connections);
        let request = b"GET /metrics HTTP/1.1\r\nConnection: close\r\n\r\n";
        stream.write_all(request).await.expect("taken");
        assert!(rest(&mut stream).await.ends_with("x 1\n"));
        tokio::task::yield_now().await;
    }
    assert!(connections.open.len() <= 2);
}
