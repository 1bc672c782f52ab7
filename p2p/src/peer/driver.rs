//! One connection from its session's begin to its end.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, unconstrained};
use tokio::time::{Instant, sleep, timeout};
use tracing::{Instrument, Span};

use super::Timing;
use super::buffer::Buffer;
use super::passing::{Observer, Passing, Way};
use super::reader::Reader;
use super::writer::{Control, Writer};
use crate::protocol::{AnyService, Buckets, Cause, Connection, serve};
use crate::session::{Egress, Ingress};

/// How much later than its bound `disconnected` may begin, so that it is dropped by its own task and not
/// left behind. A shutdown grants more than that.
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
    /// What has arrived behind Hello.
    pub(crate) buffer: Buffer,
    pub(crate) timing: Arc<Timing>,
    pub(crate) observer: Arc<Observer>,
    /// What is logged for this connection, is logged in it.
    pub(crate) span: Span,
}

impl<R, W> Driver<R, W>
where
    R: AsyncRead + Unpin + Send + 'static,
    W: AsyncWrite + Unpin + Send + 'static,
{
    /// Serves the connection until it has ended; when it drains, its protocols finish first.
    ///
    /// `place` is dropped when every protocol has returned. After it the stream lingers for a moment,
    /// if one of `lingering` is free, so that the peer can read why it was dropped.
    ///
    /// It is no async function because that would keep room for `self` beside what becomes of it.
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
        let now = Instant::now().into_std();
        let channels = connection.channels.iter().zip(&services);
        let rates = channels
            .map(|(channel, service)| Buckets::new(service.messages(), channel.version, now))
            .collect();
        let mut writer = Writer::new(
            connection.clone(),
            control.clone(),
            self.egress,
            self.writer,
            timing.clone(),
            Passing::new(observer.clone(), Way::Sent),
        );
        let ending = Ending {
            writer: match span.is_disabled() {
                true => tokio::spawn(async move { writer.run().await }),
                false => tokio::spawn(async move { writer.run().await }.instrument(span.clone())),
            },
            protocols: serve_all(&connection, services, timing.shutdown_timeout, &span),
            place,
            lingering,
        };
        let mut reader = Reader {
            connection,
            control,
            rates,
            ingress: self.ingress,
            stream: self.reader,
            buffer: self.buffer,
            timing,
            passing: Passing::new(observer, Way::Received),
        };
        async move {
            if let Err(cause) = reader.run().await {
                reader.connection.end(cause);
            }
            // What is needed only now takes up no room before.
            Box::pin(ending.run(&mut reader)).await;
        }
    }
}

/// What is left to do when nothing more is to be read.
struct Ending<P> {
    writer: JoinHandle<()>,
    protocols: Vec<JoinHandle<()>>,
    place: P,
    lingering: Arc<Semaphore>,
}

impl<P: Send> Ending<P> {
    async fn run<R: AsyncRead + Unpin>(self, reader: &mut Reader<R>) {
        let connection = reader.connection.clone();
        reader.passing.settle(&connection);
        let bound = reader.timing.shutdown_timeout;
        // Only a drained connection takes time here.
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
                    // A panic is the protocol's own, and told by it.
                    let _ = protocol.await;
                }
            };
            if timeout(bound.saturating_add(SLACK), all).await.is_err() {
                tracing::warn!("a protocol did not return in time and is left behind");
                // A handler that never yields can't be dropped; it is not waited for.
            }
            drop(place);
        };
        let stream_end = async {
            let linger = reader.timing.linger;
            // A peer may read only when it has written, so that reading goes on while we flush.
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
                && cause.can_be_told()
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
    let start = |(channel, service): (usize, Arc<dyn AnyService>)| {
        let connection = connection.clone();
        let served = async move {
            // Timers are large, and these are not needed for long. They run out even if a handler leaves
            // its task nothing to do whenever it yields.
            let accepting = Box::pin(unconstrained(sleep(service.handshake_timeout())));
            let leaving = || unconstrained(sleep(leaving));
            serve(&*service, &connection, channel, accepting, leaving).await;
        };
        // A span takes room in the task, which one that is disabled is not worth.
        match span.is_disabled() {
            true => tokio::spawn(served),
            false => tokio::spawn(served.instrument(span.clone())),
        }
    };
    services.into_iter().enumerate().map(start).collect()
}
