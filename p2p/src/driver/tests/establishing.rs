//! The handshake and Hello, with peers that are slow, wrong or refused.

use tokio::io::{ReadHalf, WriteHalf};
use tokio::time::{Instant, sleep};

use super::*;
use crate::driver::error::{ConnectError, Phase};
use crate::driver::establish::{Encrypted, Stream, initiate, respond};
use crate::rlpx::{self, HEAD, Initiator, Opener, Recipient, Sealer, packet_size};
use crate::serve::tests::recorder;
use crate::session::refuse;

type EncryptedDuplex = Encrypted<ReadHalf<DuplexStream>, WriteHalf<DuplexStream>>;
type Duplex = Stream<ReadHalf<DuplexStream>, WriteHalf<DuplexStream>>;

fn stream(stream: DuplexStream, direction: Direction) -> Duplex {
    let (reader, writer) = split(stream);
    Stream {
        reader,
        writer,
        direction,
    }
}

/// The accepting end, with key 1, and the stream of the connecting end.
fn listening() -> (
    JoinHandle<Result<EncryptedDuplex, ConnectError>>,
    DuplexStream,
) {
    let (ours, theirs) = duplex(4096);
    let listening = tokio::spawn(async move {
        let stream = stream(ours, Direction::Inbound);
        respond(stream, &key(1), &Timing::default()).await
    });
    (listening, theirs)
}

/// The two halves of the other end, before Hello.
type Played = (Sealer, Opener);

/// Starts the exchange with the node of key 1. The Hello of this end is not sent.
fn exchange((sealer, opener): Played) -> HelloExchange {
    let remote = *key(1).public_key();
    let ours = hello(2, &[]);
    HelloExchange::start(sealer, opener, remote, &ours, &mut Vec::new()).expect("it fits")
}

/// As [`listening`], after the handshake: our end goes on to Hello, the other is played by hand.
async fn greeting() -> (JoinHandle<Result<(), ConnectError>>, Played, DuplexStream) {
    let (listening, mut theirs) = listening();
    let two = key(2);
    let mut fill = rlpx::tests::random(1);
    let initiator = Initiator::new(&two, *key(1).public_key(), &mut fill);
    theirs.write_all(initiator.auth()).await.expect("written");
    let encrypted = bounded(listening).await.expect("not cancelled");
    let encrypted = encrypted.expect("keys");
    let services: [Arc<dyn AnyService>; 1] = [Arc::new(recorder().0)];
    let offers = offers(&services);
    let greeted = tokio::spawn(async move {
        let timing = Arc::new(Timing::default());
        let greeted = encrypted.greet(&hello(1, &offers), &offers, &timing).await;
        let Err(failed) = greeted else {
            return Ok(());
        };
        let (error, refusal) = failed.refuse(timing);
        if let Some(refusal) = refusal {
            refusal.await;
        }
        Err(error)
    });
    let mut ack = vec![0; HEAD];
    theirs.read_exact(&mut ack).await.expect("read");
    ack.resize(packet_size([ack[0], ack[1], ack[2]]).expect("a size"), 0);
    theirs.read_exact(&mut ack[HEAD..]).await.expect("read");
    let secrets = initiator.read_ack(&ack).expect("accepted");
    (greeted, secrets.into_halves(), theirs)
}

/// Reads the session that Hello leads to, and returns it with the bytes after Hello.
async fn read(mut exchange: HelloExchange, stream: &mut DuplexStream) -> (Session, Vec<u8>) {
    let mut buffer = Vec::new();
    loop {
        match exchange.read(&mut buffer).expect("frames") {
            HelloEvent::Incomplete {
                exchange: unfinished,
                ..
            } => {
                exchange = unfinished;
                let read = stream.read_buf(&mut buffer).await.expect("read");
                assert_ne!(read, 0, "closed");
            }
            HelloEvent::Hello {
                exchanged,
                consumed,
            } => {
                buffer.drain(..consumed);
                return (exchanged.into_session(&[]), buffer);
            }
            other @ HelloEvent::Disconnected { .. } => panic!("{other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_says_nothing_is_given_up_after_5_seconds() {
    let begin = Instant::now();
    let (listening, _theirs) = listening();
    let failed = bounded(listening).await.expect("not cancelled");
    assert!(matches!(
        failed,
        Err(ConnectError::Timeout(Phase::Handshake))
    ));
    assert_eq!(begin.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_sends_byte_by_byte_gains_no_time() {
    let begin = Instant::now();
    let (listening, mut theirs) = listening();
    let two = key(2);
    let mut fill = rlpx::tests::random(1);
    let initiator = Initiator::new(&two, *key(1).public_key(), &mut fill);
    for &byte in initiator.auth() {
        if theirs.write_all(&[byte]).await.is_err() {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    let failed = bounded(listening).await.expect("not cancelled");
    assert!(matches!(
        failed,
        Err(ConnectError::Timeout(Phase::Handshake))
    ));
    assert_eq!(begin.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn hello_has_5_seconds_of_its_own() {
    let (greeted, _played, _theirs) = greeting().await;
    let begin = Instant::now();
    let failed = bounded(greeted).await.expect("not cancelled");
    assert!(matches!(failed, Err(ConnectError::Timeout(Phase::Hello))));
    assert_eq!(begin.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn another_protocol_on_the_port_is_turned_away_at_once() {
    let (listening, mut theirs) = listening();
    let begin = Instant::now();
    let request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    theirs.write_all(request).await.expect("written");
    let failed = bounded(listening).await.expect("not cancelled");
    assert!(matches!(failed, Err(ConnectError::Handshake(_))));
    assert_eq!(begin.elapsed().as_secs(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_auth_for_another_key_is_an_error_and_the_dialer_suspects_a_wrong_key() {
    let (listening, theirs) = listening();
    let dialing = tokio::spawn(async move {
        let stream = stream(theirs, Direction::Outbound);
        initiate(stream, &key(2), *key(3).public_key(), &Timing::default()).await
    });
    let failed = bounded(listening).await.expect("not cancelled");
    assert!(matches!(
        failed,
        Err(ConnectError::Handshake(rlpx::HandshakeError::Crypto))
    ));
    let failed = bounded(dialing).await.expect("not cancelled");
    let error = failed.err().expect("no connection");
    assert_eq!(error.to_string(), "closed during the handshake: wrong key?");
}

#[tokio::test(start_paused = true)]
async fn a_breach_in_place_of_hello_is_told() {
    let (greeted, played, mut theirs) = greeting().await;
    theirs.write_all(&[7; 64]).await.expect("written");
    let (session, buffer) = read(exchange(played), &mut theirs).await;
    let mut hand = Hand {
        session,
        stream: theirs,
        buffer,
    };
    let reason = DisconnectReason::ProtocolBreach;
    assert_eq!(hand.hear().await, Heard::Disconnect(reason));
    drop(hand);
    let failed = bounded(greeted).await.expect("not cancelled");
    assert!(matches!(failed, Err(ConnectError::Breach(_))), "{failed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_disconnect_in_place_of_hello_is_the_reason() {
    let (greeted, (sealer, _), mut theirs) = greeting().await;
    let mut bytes = Vec::new();
    refuse(sealer, DisconnectReason::TooManyPeers, &mut bytes);
    theirs.write_all(&bytes).await.expect("written");
    drop(theirs);
    let failed = bounded(greeted).await.expect("not cancelled");
    assert!(
        matches!(
            failed,
            Err(ConnectError::Disconnected(DisconnectReason::TooManyPeers))
        ),
        "{failed:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_in_place_of_hello_is_closed() {
    let (greeted, _played, theirs) = greeting().await;
    drop(theirs);
    let failed = bounded(greeted).await.expect("not cancelled");
    assert!(matches!(
        failed,
        Err(ConnectError::Closed {
            phase: Phase::Hello,
            ..
        })
    ));
}

#[tokio::test(start_paused = true)]
async fn the_ack_goes_out_in_one_write_with_hello_or_with_the_reason() {
    for refused in [false, true] {
        let (listening, mut theirs) = listening();
        let two = key(2);
        let mut fill = rlpx::tests::random(1);
        let initiator = Initiator::new(&two, *key(1).public_key(), &mut fill);
        theirs.write_all(initiator.auth()).await.expect("written");
        let encrypted = bounded(listening).await.expect("not cancelled");
        let encrypted = encrypted.expect("keys");
        let answering = tokio::spawn(async move {
            let timing = Arc::new(Timing::default());
            if refused {
                let reason = DisconnectReason::TooManyPeers;
                encrypted.refuse(reason, timing).await;
            } else {
                let _ = encrypted.greet(&hello(1, &[]), &[], &timing).await;
            }
        });
        let mut came = vec![0; 4096];
        let count = theirs.read(&mut came).await.expect("read");
        let size = packet_size([came[0], came[1], came[2]]).expect("a size");
        let secrets = initiator.read_ack(&came[..size]).expect("accepted");
        let said = exchange(secrets.into_halves())
            .read(&mut came[size..count])
            .expect("a frame");
        let expected = match said {
            HelloEvent::Hello { .. } => !refused,
            HelloEvent::Disconnected { reason, .. } => {
                refused && reason == DisconnectReason::TooManyPeers
            }
            HelloEvent::Incomplete { .. } => false,
        };
        assert!(expected, "{said:?}");
        drop(theirs);
        bounded(answering).await.expect("not cancelled");
    }
}

/// The dialer reads the ack and Hello at once, or byte by byte, and nothing is lost between them.
#[tokio::test(start_paused = true)]
async fn what_comes_behind_the_ack_is_not_lost() {
    for chunk in [usize::MAX, 1] {
        let (ours, mut theirs) = duplex(4096);
        let dialing = tokio::spawn(async move {
            let stream = stream(ours, Direction::Outbound);
            let timing = Timing::default();
            let encrypted = initiate(stream, &key(2), *key(1).public_key(), &timing).await?;
            let greeted = encrypted.greet(&hello(2, &[]), &[], &timing).await;
            greeted.map_err(|failed| failed.error)
        });
        let mut auth = vec![0; HEAD];
        theirs.read_exact(&mut auth).await.expect("read");
        auth.resize(packet_size([auth[0], auth[1], auth[2]]).expect("a size"), 0);
        theirs.read_exact(&mut auth[HEAD..]).await.expect("read");
        let mut fill = rlpx::tests::random(1);
        let accepted = Recipient::read_auth(&key(1), &auth, &mut fill);
        let (accepted, mut out) = accepted.expect("an auth");
        let (sealer, opener) = accepted.secrets.into_halves();
        let ours = hello(1, &[]);
        HelloExchange::start(sealer, opener, accepted.remote, &ours, &mut out).expect("it fits");
        let behind = out.len();
        out.extend_from_slice(b"and more");
        for piece in out.chunks(chunk.min(out.len())) {
            theirs.write_all(piece).await.expect("written");
            tokio::task::yield_now().await;
        }
        let established = bounded(dialing).await.expect("not cancelled");
        let mut established = established.expect("a session");
        assert_eq!(established.session.hello.public_key, *key(1).public_key());
        let buffer = &mut established.buffer;
        while buffer.filled().len() < out.len() - behind {
            let read = buffer.read(&mut established.stream.reader, 8).await;
            assert_ne!(read.expect("read"), 0);
        }
        assert_eq!(buffer.filled(), b"and more");
    }
}
