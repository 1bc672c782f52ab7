//! From an open stream to a session: auth and ack, then Hello.

use std::io::ErrorKind;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::buffer::Buffer;
use super::error::{ConnectError, Phase};
use super::randomness::fill_random;
use super::timing::Timing;
use crate::connection::info::Direction;
use crate::disconnect::DisconnectReason;
use crate::identity::{NodeKey, PublicKey};
use crate::rlpx::{self, Accepted, Initiator, Opener, Recipient, Sealer, Secrets, packet_size};
use crate::session::{self, Egress, Hello, HelloError, HelloEvent, HelloExchange, Offer, Session};

/// The two halves of a stream, and who opened it.
pub(crate) struct Stream<R, W> {
    pub(crate) reader: R,
    pub(crate) writer: W,
    pub(crate) direction: Direction,
}

/// A connection with keys, before Hello.
pub(crate) struct Encrypted<R, W> {
    stream: Stream<R, W>,
    sealer: Sealer,
    opener: Opener,
    remote: PublicKey,
    /// Bytes that arrived after the handshake.
    buffer: Buffer,
    /// Our ack, if the peer has opened the connection. It is sent together with Hello or Disconnect.
    unsent: Vec<u8>,
}

/// A connection with a session.
pub(crate) struct Established<R, W> {
    pub(crate) stream: Stream<R, W>,
    pub(crate) session: Session,
    /// Bytes that arrived after Hello.
    pub(crate) buffer: Buffer,
}

/// Why there is no session. After a breach it holds the stream, to send the peer the reason.
pub(crate) struct Failed<R, W> {
    pub(crate) error: ConnectError,
    breached: Option<(Stream<R, W>, Box<Egress>)>,
}

/// Bounds the time of a phase.
async fn in_time<T>(
    phase: Phase,
    timing: &Timing,
    work: impl Future<Output = Result<T, ConnectError>>,
) -> Result<T, ConnectError> {
    timeout(timing.handshake, work)
        .await
        .unwrap_or(Err(ConnectError::Timeout(phase)))
}

/// Opens a connection to the node with the key `remote`.
pub(crate) async fn initiate<R: AsyncRead + Unpin, W: AsyncWrite + Unpin>(
    mut stream: Stream<R, W>,
    key: &NodeKey,
    remote: PublicKey,
    timing: &Timing,
) -> Result<Encrypted<R, W>, ConnectError> {
    let mut buffer = Buffer::default();
    let secrets = in_time(Phase::Handshake, timing, async {
        let initiator = Initiator::new(key, remote, &mut fill_random);
        stream.write(Phase::Handshake, initiator.auth()).await?;
        let ack = stream.packet(&mut buffer).await?;
        Ok(initiator.read_ack(&ack)?)
    })
    .await?;
    Ok(Encrypted::new(stream, secrets, remote, buffer, Vec::new()))
}

/// Responds to the auth of a peer that has connected. The ack is sent by [`greet`](Encrypted::greet) or
/// [`refuse`](Encrypted::refuse), in one write with Hello or Disconnect.
pub(crate) async fn respond<R: AsyncRead + Unpin, W: AsyncWrite + Unpin>(
    mut stream: Stream<R, W>,
    key: &NodeKey,
    timing: &Timing,
) -> Result<Encrypted<R, W>, ConnectError> {
    let mut buffer = Buffer::default();
    let (accepted, ack) = in_time(Phase::Handshake, timing, async {
        let auth = stream.packet(&mut buffer).await?;
        Ok(Recipient::read_auth(key, &auth, &mut fill_random)?)
    })
    .await?;
    let Accepted { secrets, remote } = accepted;
    Ok(Encrypted::new(stream, secrets, remote, buffer, ack))
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Stream<R, W> {
    fn error(&self, phase: Phase) -> impl Fn(std::io::Error) -> ConnectError + use<R, W> {
        let direction = self.direction;
        move |error| ConnectError::io(phase, direction, error)
    }

    async fn write(&mut self, phase: Phase, bytes: &[u8]) -> Result<(), ConnectError> {
        let error = self.error(phase);
        self.writer.write_all(bytes).await.map_err(&error)?;
        self.writer.flush().await.map_err(error)
    }

    /// Reads one handshake packet of at most 2 KiB. Bytes after it stay in the buffer.
    async fn packet(&mut self, buffer: &mut Buffer) -> Result<Vec<u8>, ConnectError> {
        let error = self.error(Phase::Handshake);
        loop {
            let filled = buffer.filled();
            let needed = match filled.first_chunk() {
                Some(head) => packet_size(*head)?,
                None => rlpx::HEAD,
            };
            if let Some(packet) = filled.get(..needed).map(<[u8]>::to_vec) {
                buffer.consume(needed);
                return Ok(packet);
            }
            let read = buffer.read(&mut self.reader, needed).await;
            if read.map_err(&error)? == 0 {
                return Err(error(ErrorKind::UnexpectedEof.into()));
            }
        }
    }

    /// Writes the last bytes, and reads on for a moment so that the peer can read them.
    async fn farewell(mut self, bytes: &[u8], timing: &Timing) {
        let _ = timeout(timing.linger, async {
            self.writer.write_all(bytes).await?;
            self.writer.shutdown().await?;
            let mut buffer = Buffer::default();
            while buffer.read(&mut self.reader, 1).await? > 0 {
                buffer.consume(usize::MAX);
            }
            Ok::<(), std::io::Error>(())
        })
        .await;
    }
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Encrypted<R, W> {
    fn new(
        stream: Stream<R, W>,
        secrets: Secrets,
        remote: PublicKey,
        buffer: Buffer,
        unsent: Vec<u8>,
    ) -> Self {
        let (sealer, opener) = secrets.into_halves();
        Self {
            stream,
            sealer,
            opener,
            remote,
            buffer,
            unsent,
        }
    }

    /// The peer's key. The peer proves that it owns the key with its first frame.
    pub(crate) fn remote(&self) -> &PublicKey {
        &self.remote
    }

    /// Sends Disconnect instead of Hello.
    pub(crate) async fn refuse(mut self, reason: DisconnectReason, timing: Arc<Timing>) {
        let mut out = std::mem::take(&mut self.unsent);
        session::refuse(self.sealer, reason, &mut out);
        self.stream.farewell(&out, &timing).await;
    }

    /// Exchanges Hello. `offers` are those in our Hello.
    ///
    /// The keys are moved out of `self` before the future is made, so that it does not reserve space for them.
    pub(crate) fn greet(
        self,
        ours: &Hello,
        offers: &[Offer],
        timing: &Timing,
    ) -> impl Future<Output = Result<Established<R, W>, Failed<R, W>>> {
        let exchange = self.exchange(ours, offers);
        async move {
            let timed_out = |_| Err(ConnectError::Timeout(Phase::Hello).into());
            timeout(timing.handshake, exchange)
                .await
                .unwrap_or_else(timed_out)
        }
    }

    fn exchange(
        self,
        ours: &Hello,
        offers: &[Offer],
    ) -> impl Future<Output = Result<Established<R, W>, Failed<R, W>>> {
        let Self {
            mut stream,
            sealer,
            opener,
            remote,
            mut buffer,
            unsent: mut out,
        } = self;
        let started = HelloExchange::start(sealer, opener, remote, ours, &mut out);
        async move {
            // The builder has checked the size of our Hello.
            let Ok(mut exchange) = started else {
                return Err(stream.error(Phase::Hello)(ErrorKind::InvalidInput.into()).into());
            };
            // If this fails, a peer that refuses us may have closed already; its reason can still be read.
            let written = stream.write(Phase::Hello, &out).await;
            loop {
                match exchange.read(buffer.filled()) {
                    Ok(HelloEvent::Incomplete {
                        exchange: unfinished,
                        needed,
                    }) => {
                        exchange = unfinished;
                        let error = stream.error(Phase::Hello);
                        let read = buffer.read(&mut stream.reader, needed).await;
                        if read.map_err(&error)? == 0 {
                            written?;
                            return Err(error(ErrorKind::UnexpectedEof.into()).into());
                        }
                    }
                    Ok(HelloEvent::Hello {
                        exchanged,
                        consumed,
                    }) => {
                        written?;
                        buffer.consume(consumed);
                        return Ok(Established {
                            stream,
                            session: exchanged.into_session(offers),
                            buffer,
                        });
                    }
                    Ok(HelloEvent::Disconnected { reason, .. }) => {
                        return Err(ConnectError::Disconnected(reason).into());
                    }
                    Err(HelloError { breach, egress }) => {
                        return Err(Failed {
                            error: breach.into(),
                            breached: Some((stream, egress)),
                        });
                    }
                }
            }
        }
    }
}

impl<R, W> From<ConnectError> for Failed<R, W> {
    fn from(error: ConnectError) -> Self {
        Self {
            error,
            breached: None,
        }
    }
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Failed<R, W> {
    /// The error, and if the peer can be told, the future that sends it the reason.
    pub(crate) fn refuse(
        self,
        timing: Arc<Timing>,
    ) -> (ConnectError, Option<impl Future<Output = ()>>) {
        let reason = self.error.reason();
        let refusal = self.breached.zip(reason);
        let refusal = refusal.map(|((stream, mut egress), reason)| async move {
            let mut out = Vec::new();
            egress.disconnect(reason, &mut out);
            stream.farewell(&out, &timing).await;
        });
        (self.error, refusal)
    }
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Established<R, W> {
    /// Sends Disconnect before any protocol is served.
    pub(crate) async fn refuse(mut self, reason: DisconnectReason, timing: Arc<Timing>) {
        let mut out = Vec::new();
        self.session.egress.disconnect(reason, &mut out);
        self.stream.farewell(&out, &timing).await;
    }
}
