//! As much of HTTP/1.1 as it takes to be asked for one page.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// The largest request in bytes.
const REQUEST: u64 = 8 * 1024;

/// The most connections at a time. Others wait in the operating system's queue.
const CONNECTIONS: usize = 16;

/// How long one connection may take.
const TIME: Duration = Duration::from_secs(10);

/// How long to wait when the operating system can't give a connection.
const PAUSE: Duration = Duration::from_millis(200);

/// Answers `GET /metrics` with what `page` gives, one request a connection.
pub(super) async fn serve(
    listener: TcpListener,
    page: impl Fn() -> String + Clone + Send + 'static,
) {
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    // The semaphore is never closed.
    while let Ok(slot) = slots.clone().acquire_owned().await {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "could not accept a connection for metrics");
                sleep(PAUSE).await;
                continue;
            }
        };
        let page = page.clone();
        tokio::spawn(async move {
            answer_in_time(stream, page).await;
            drop(slot);
        });
    }
}

async fn answer_in_time(stream: impl AsyncRead + AsyncWrite + Unpin, page: impl Fn() -> String) {
    // Whoever does not listen to the end misses something.
    let _ = timeout(TIME, answer(stream, page)).await;
}

async fn answer(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    page: impl Fn() -> String,
) -> io::Result<()> {
    let head = head(&mut stream).await?;
    let (status, body) = match Asked::of(&head) {
        Asked::Metrics => ("200 OK", page()),
        Asked::Elsewhere => ("404 Not Found", "there is only /metrics\n".to_owned()),
        Asked::Otherwise => ("405 Method Not Allowed", "there is only GET\n".to_owned()),
        Asked::Nothing => ("400 Bad Request", "this is no request\n".to_owned()),
    };
    let allow = match status.starts_with("405") {
        true => "Allow: GET\r\n",
        false => "",
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n\
         Content-Length: {length}\r\n{allow}Connection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await?;
    // Closed with something unread, the connection would be reset, and what was written lost.
    let mut rest = [0; 1024];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

/// The request up to its empty line, or as much as there is.
async fn head(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut stream = stream.take(REQUEST);
    let mut head = Vec::new();
    while stream.read_buf(&mut head).await? > 0 {
        if head.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
            break;
        }
    }
    Ok(head)
}

/// What a request is for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Metrics,
    Elsewhere,
    Otherwise,
    Nothing,
}

impl Asked {
    fn of(head: &[u8]) -> Self {
        let Some(end) = head.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
            return Self::Nothing;
        };
        let text = String::from_utf8_lossy(&head[..end]);
        let line = text.lines().next().unwrap_or_default();
        let [method, target, version] = line.split(' ').collect::<Vec<_>>()[..] else {
            return Self::Nothing;
        };
        let path = target.split('?').next().unwrap_or_default();
        match (version.starts_with("HTTP/1."), method, path) {
            (false, _, _) => Self::Nothing,
            (true, "GET", "/metrics") => Self::Metrics,
            (true, "GET", _) => Self::Elsewhere,
            (true, _, _) => Self::Otherwise,
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::duplex;

    use super::*;

    async fn asked(request: &[u8]) -> String {
        let (ours, mut theirs) = duplex(64 * 1024);
        let answering = tokio::spawn(answer(ours, || "x 1\n".to_owned()));
        theirs.write_all(request).await.expect("taken");
        theirs.shutdown().await.expect("closed");
        let mut answer = String::new();
        theirs.read_to_string(&mut answer).await.expect("text");
        answering.await.expect("no panic").expect("answered");
        answer
    }

    #[tokio::test]
    async fn only_a_get_of_the_page_is_answered_with_it() {
        let answer = asked(b"GET /metrics HTTP/1.1\r\nHost: me\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(answer.contains("\r\nContent-Length: 4\r\n"), "{answer}");
        assert!(answer.ends_with("\r\n\r\nx 1\n"), "{answer}");
        for (request, status) in [
            ("GET /metrics?a=b HTTP/1.0\r\n\r\n", "200"),
            ("GET / HTTP/1.1\r\n\r\n", "404"),
            ("POST /metrics HTTP/1.1\r\n\r\n", "405"),
            ("GET /metrics HTTP/2\r\n\r\n", "400"),
            ("GET /metrics\r\n\r\n", "400"),
            ("GET /metrics HTTP/1.1\r\n", "400"),
            ("", "400"),
        ] {
            let answer = asked(request.as_bytes()).await;
            let start = format!("HTTP/1.1 {status} ");
            assert!(answer.starts_with(&start), "{request:?}: {answer}");
            assert_eq!(answer.contains("x 1"), status == "200", "{request:?}");
        }
    }

    #[tokio::test]
    async fn a_request_without_end_is_read_no_further() {
        let mut request = b"GET /metrics HTTP/1.1\r\nCookie: ".to_vec();
        request.resize(100_000, b'x');
        let (ours, theirs) = duplex(1024);
        let answering = tokio::spawn(answer(ours, String::new));
        let (mut reader, mut writer) = tokio::io::split(theirs);
        let writing = async { writer.write_all(&request[..REQUEST as usize]).await };
        let mut answer = [0; 16];
        let reading = timeout(TIME, reader.read_exact(&mut answer));
        let (written, read) = tokio::join!(writing, reading);
        written.expect("taken");
        read.expect("in time").expect("an answer");
        assert!(answer.starts_with(b"HTTP/1.1 400 "));
        drop((reader, writer));
        // The page has ended, whether or not all of it was read.
        let _ = answering.await.expect("no panic");
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_says_nothing_keeps_no_place() {
        let (ours, mut theirs) = duplex(64);
        tokio::spawn(answer_in_time(ours, String::new));
        let read = timeout(2 * TIME, async { theirs.read(&mut [0; 1]).await.ok() });
        assert_eq!(read.await, Ok(Some(0)));
    }
}
