//! A small HTTP/1 server for pages of text.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};

use crate::sync::lock;

/// How long a client may take to send the head of a request, counted from its connection or its last answer.
const HEAD_TIMEOUT: Duration = Duration::from_secs(2);

/// How long an answer may take, however much the client reads of it.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// The largest head of a request in bytes, and the size of the pieces in which an answer is written.
const BUFFER: usize = 8 * 1024;

/// The most connections at a time.
const CONNECTIONS: usize = 16;

/// How long to wait when the operating system can't give a connection.
const PAUSE: Duration = Duration::from_millis(200);

/// A page, made anew for each request.
pub(super) struct Page {
    /// The path of its URL.
    pub(super) path: &'static str,
    pub(super) content_type: &'static str,
    pub(super) text: Box<dyn Fn() -> String + Send + Sync>,
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path)
    }
}

/// Answers `GET` and `HEAD` until the future is dropped.
pub(super) async fn serve(listener: TcpListener, pages: Vec<Page>) {
    let mut connections = Connections::new(pages);
    loop {
        match listener.accept().await {
            Ok((stream, _)) => connections.add(stream),
            Err(error) => {
                tracing::warn!(%error, "could not accept an HTTP connection");
                sleep(PAUSE).await;
            }
        }
    }
}

/// What a connection is doing, and since when. The connection with the smallest value is closed for a new one: the one
/// that has been idle longest, or if none is idle, the one that has been answering longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Activity {
    /// It waits for a request, or for the rest of one.
    Idle(Instant),
    /// Its answer is being written.
    Answering(Instant),
}

impl Activity {
    fn since(self) -> Instant {
        match self {
            Self::Idle(since) | Self::Answering(since) => since,
        }
    }
}

#[derive(Debug, Clone)]
struct Shared(Arc<Mutex<Activity>>);

impl Shared {
    fn get(&self) -> Activity {
        *lock(&self.0)
    }

    fn set(&self, activity: Activity) {
        *lock(&self.0) = activity;
    }

    /// Waits until the client has done nothing new for as long as an answer may take.
    async fn overdue(&self) {
        loop {
            let limit = self.get().since() + ANSWER_TIMEOUT;
            if limit <= Instant::now() {
                return;
            }
            sleep_until(limit).await;
        }
    }
}

/// The open connections; they are closed when they are dropped.
#[derive(Debug)]
struct Connections {
    pages: Arc<[Page]>,
    open: Vec<Connection>,
}

#[derive(Debug)]
struct Connection {
    task: JoinHandle<()>,
    activity: Shared,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Connections {
    fn new(pages: Vec<Page>) -> Self {
        Self {
            pages: pages.into(),
            open: Vec::new(),
        }
    }

    /// Answers on this stream, and closes another one if there are too many.
    fn add(&mut self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        self.open.retain(|other| !other.task.is_finished());
        let others = self.open.iter().enumerate();
        let smallest = others.min_by_key(|(_, other)| other.activity.get());
        if let Some((index, _)) = smallest
            && self.open.len() >= CONNECTIONS
        {
            self.open.swap_remove(index);
        }
        let activity = Shared(Arc::new(Mutex::new(Activity::Idle(Instant::now()))));
        let answering = answer(stream, self.pages.clone(), activity.clone());
        self.open.push(Connection {
            task: tokio::spawn(answering),
            activity,
        });
    }
}

/// Answers the requests of one connection.
async fn answer(stream: impl AsyncRead + AsyncWrite + Unpin, pages: Arc<[Page]>, activity: Shared) {
    let progress = activity.clone();
    let service = service_fn(move |request| {
        activity.set(Activity::Answering(Instant::now()));
        let response = response(&request, &pages);
        let response = response.map(|text| Rest {
            text: text.into(),
            activity: activity.clone(),
        });
        std::future::ready(Ok::<_, Infallible>(response))
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .half_close(true)
        .max_buf_size(BUFFER);
    tokio::select! {
        // An error only means that the client left early.
        _ = http.serve_connection(TokioIo::new(stream), service) => {}
        // A client that stops reading its answer.
        () = progress.overdue() => {}
    }
}

fn response<B>(request: &hyper::Request<B>, pages: &[Page]) -> Response<String> {
    let path = request.uri().path();
    let mut response = Response::default();
    let mut content_type = "text/plain; charset=utf-8";
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        let allowed = HeaderValue::from_static("GET, HEAD");
        response.headers_mut().insert(ALLOW, allowed);
        *response.body_mut() = "there are only GET and HEAD\n".to_owned();
    } else if let Some(page) = pages.iter().find(|page| page.path == path) {
        content_type = page.content_type;
        *response.body_mut() = (page.text)();
    } else {
        let paths: Vec<_> = pages.iter().map(|page| page.path).collect();
        *response.status_mut() = StatusCode::NOT_FOUND;
        *response.body_mut() = format!("there is only {}\n", paths.join(", "));
    }
    let content_type = HeaderValue::from_static(content_type);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

/// The text that is still to be written. It is passed on in pieces, so that the connection counts as idle only when
/// the client has read nearly all of it.
struct Rest {
    text: Bytes,
    activity: Shared,
}

impl Body for Rest {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let length = self.text.len().min(BUFFER);
        let piece = self.text.split_to(length);
        Poll::Ready((length > 0).then(|| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.text.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.text.len() as u64)
    }
}

impl Drop for Rest {
    fn drop(&mut self) {
        self.activity.set(Activity::Idle(Instant::now()));
    }
}

#[cfg(test)]
mod tests;
