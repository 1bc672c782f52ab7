//! Runs one connection from session start to shutdown: a task that reads, one that writes, and one for each protocol.

mod arrival;
pub(crate) mod buffer;
pub(crate) mod error;
pub(crate) mod establish;
pub(crate) mod event;
pub(crate) mod randomness;
pub(crate) mod reader;
pub(crate) mod rejection;
pub(crate) mod timing;
pub(crate) mod traffic;
mod waiting;
pub(crate) mod writer;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, unconstrained};
use tokio::time::{sleep, timeout};
use tracing::{Instrument, Span};

use self::buffer::Buffer;
use self::reader::Reader;
use self::timing::Timing;
use self::traffic::{Flow, Observer, Traffic};
use self::writer::{Control, Writer};
use crate::connection::Connection;
use crate::connection::cause::Cause;
use crate::serve::service::AnyService;
use crate::serve::serving::serve;
use crate::session::Egress;
use crate::session::Ingress;

/// Extra time for protocols to end: `disconnected` may start late, and its own time limit should fire before ours,
/// after which the task is abandoned. A shutdown grants more than this.
const SLACK: Duration = Duration::from_millis(200);

/// Runs one connection: a task that reads, one that writes, and one for each of its protocols.
pub(crate) struct Driver<R, W> {
    pub(crate) connection: Arc<Connection>,
    /// The service of each of the connection's channels.
    pub(crate) services: Vec<Arc<dyn AnyService>>,
    pub(crate) ingress: Ingress,
    pub(crate) egress: Egress,
    pub(crate) reader: R,
    pub(crate) writer: W,
    /// Bytes that arrived after Hello.
    pub(crate) buffer: Buffer,
    pub(crate) timing: Arc<Timing>,
    pub(crate) observer: Arc<Observer>,
    /// The span of everything that is logged for this connection.
    pub(crate) span: Span,
}

impl<R, W> Driver<R, W>
where
    R: AsyncRead + Unpin + Send + 'static,
    W: AsyncWrite + Unpin + Send + 'static,
{
    /// Serves the connection until it has ended; when it drains, its protocols finish first.
    ///
    /// `place` is dropped when every protocol has returned. If one of the permits of `lingering` is free, the
    /// stream then lingers for a moment, so that the peer can read why it was dropped.
    ///
    /// This is not an `async fn`, whose future would hold `self` and its moved fields: twice the memory.
    pub(crate) fn run(
        self,
        place: impl Send,
        lingering: Arc<Semaphore>,
    ) -> impl Future<Output = ()> + Send {
        let Self {
            connection,
            services,
            timing,
            observer,
            span,
            ..
        } = self;
        let control = Arc::new(Control::default());
        let mut writer = Writer::new(
            connection.clone(),
            control.clone(),
            self.egress,
            self.writer,
            timing.clone(),
            Traffic::new(observer.clone(), Flow::Sent),
        );
        let ending = Ending {
            writer: if span.is_disabled() {
                tokio::spawn(async move { writer.run().await })
            } else {
                tokio::spawn(async move { writer.run().await }.instrument(span.clone()))
            },
            protocols: serve_all(&connection, services, timing.shutdown_timeout, &span),
            place,
            lingering,
        };
        let mut reader = Reader {
            connection,
            control,
            ingress: self.ingress,
            stream: self.reader,
            buffer: self.buffer,
            timing,
            traffic: Traffic::new(observer, Flow::Received),
            frame: None,
        };
        async move {
            if let Err(cause) = reader.run().await {
                reader.connection.end(cause);
            }
            // Boxed, so that the long-lived task does not reserve space for its end.
            Box::pin(ending.run(&mut reader)).await;
        }
    }
}

/// Ends a connection from which nothing more is read.
struct Ending<P> {
    writer: JoinHandle<()>,
    protocols: Vec<JoinHandle<()>>,
    place: P,
    lingering: Arc<Semaphore>,
}

impl<P: Send> Ending<P> {
    async fn run<R: AsyncRead + Unpin>(self, reader: &mut Reader<R>) {
        let connection = reader.connection.clone();
        reader.traffic.settle(&connection);
        let bound = reader.timing.shutdown_timeout;
        // Only a draining connection is still open here. It ends with its last protocol.
        if timeout(bound, connection.ended()).await.is_err() {
            connection.end(Cause::Stopping);
        }
        let cause = connection.ended().await;
        let Self {
            writer,
            mut protocols,
            place,
            lingering,
        } = self;
        let protocols_end = async {
            let all = async {
                for protocol in &mut protocols {
                    // The protocol has reported its own panic.
                    let _ = protocol.await;
                }
            };
            if timeout(bound.saturating_add(SLACK), all).await.is_err() {
                tracing::warn!("a protocol did not return in time and is left behind");
                // A handler that never yields can't be dropped, so nothing waits for it.
            }
            drop(place);
        };
        let stream_end = async {
            let linger = reader.timing.linger;
            // A peer may not read before it has written, so keep reading while we flush.
            let mut closed = pin!(reader.discard());
            let mut is_closed = false;
            let mut written = pin!(writer);
            loop {
                tokio::select! {
                    // The writer bounds itself.
                    _ = &mut written => break,
                    () = &mut closed, if !is_closed => is_closed = true,
                }
            }
            if !is_closed
                && cause.can_send_disconnect()
                && let Ok(_slot) = lingering.try_acquire()
            {
                let _ = timeout(linger, closed).await;
            }
        };
        tokio::join!(protocols_end, stream_end);
        connection.clear();
    }
}

/// Starts a task for each protocol.
fn serve_all(
    connection: &Arc<Connection>,
    services: Vec<Arc<dyn AnyService>>,
    leaving: Duration,
    span: &Span,
) -> Vec<JoinHandle<()>> {
    let start = |(channel, service): (u16, Arc<dyn AnyService>)| {
        let connection = connection.clone();
        let served = async move {
            // Boxed, because timers are large and this one is short-lived. Unconstrained, so that they run out
            // even if a handler uses up its task's budget whenever it yields.
            let accepting = Box::pin(unconstrained(sleep(service.handshake_timeout())));
            let leaving = || unconstrained(sleep(leaving));
            serve(&*service, &connection, channel, accepting, leaving).await;
        };
        // A span takes up space in the task, so a disabled one is left out.
        if span.is_disabled() {
            tokio::spawn(served)
        } else {
            tokio::spawn(served.instrument(span.clone()))
        }
    };
    (0..).zip(services).map(start).collect()
}

#[cfg(test)]
pub(crate) mod tests;
