//! The handshake and Hello, with peers that are slow, wrong or refused.

use tokio::io::{ReadHalf, WriteHalf};
use tokio::time::{Instant, sleep};

use super::super::{ConnectError, Encrypted, Phase, Stream, initiate, respond};
use super::*;
use crate::protocol::tests::recorder;
use crate::rlpx::{self, HEAD, Initiator, Recipient, packet_size};

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

/// The end that was connected to, with key 1, and the stream of whoever has connected.
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

/// As [`listening`], after the handshake: our end goes on to Hello, the other is played by hand.
async fn greeting() -> (JoinHandle<Result<(), ConnectError>>, Opening, DuplexStream) {
    let (listening, mut theirs) = listening();
    let (two, mut fill) = (key(2), rlpx::tests::random(1));
    let initiator = Initiator::new(&two, *key(1).public_key(), &mut fill);
    theirs.write_all(initiator.auth()).await.expect("written");
    let encrypted = bounded(listening).await.expect("not cancelled");
    let mut encrypted = encrypted.expect("keys");
    let services: [Arc<dyn AnyService>; 1] = [Arc::new(recorder().0)];
    let offers = offers(&services);
    let greeted = tokio::spawn(async move {
        let (hello, timing) = (hello(1, &offers), Arc::new(Timing::default()));
        let greeted = encrypted.greet(&hello, &timing).await;
        if let Err(ConnectError::Breach(breach)) = &greeted {
            encrypted.refuse(breach.reason(), timing).await;
        }
        greeted.map(drop)
    });
    let mut ack = vec![0; HEAD];
    theirs.read_exact(&mut ack).await.expect("read");
    ack.resize(packet_size([ack[0], ack[1], ack[2]]).expect("a size"), 0);
    theirs.read_exact(&mut ack[HEAD..]).await.expect("read");
    let secrets = initiator.read_ack(&ack).expect("accepted");
    let (sealer, opener) = secrets.into_halves();
    let opening = Opening::new(sealer, opener, *key(1).public_key());
    (greeted, opening, theirs)
}

/// Reads what comes in place of Hello, or behind it.
async fn read(opening: &mut Opening, stream: &mut DuplexStream, buffer: &mut Vec<u8>) -> Greeting {
    loop {
        match opening.read(buffer).expect("frames") {
            Greeting::Incomplete { .. } => {
                assert_ne!(stream.read_buf(buffer).await.expect("read"), 0, "closed");
            }
            found => return found,
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
    let (two, mut fill) = (key(2), rlpx::tests::random(1));
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
    let (greeted, _opening, _theirs) = greeting().await;
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
    let (greeted, mut opening, mut theirs) = greeting().await;
    theirs.write_all(&[7; 64]).await.expect("written");
    let mut buffer = Vec::new();
    let first = read(&mut opening, &mut theirs, &mut buffer).await;
    let Greeting::Hello { consumed, .. } = first else {
        panic!("{first:?}");
    };
    buffer.drain(..consumed);
    let second = read(&mut opening, &mut theirs, &mut buffer).await;
    let Greeting::Disconnected { reason, .. } = second else {
        panic!("{second:?}");
    };
    assert_eq!(reason, DisconnectReason::ProtocolBreach);
    drop(theirs);
    let failed = bounded(greeted).await.expect("not cancelled");
    assert!(matches!(failed, Err(ConnectError::Breach(_))), "{failed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_disconnect_in_place_of_hello_is_the_reason() {
    let (greeted, mut opening, mut theirs) = greeting().await;
    let mut bytes = Vec::new();
    opening.disconnect(DisconnectReason::TooManyPeers, &mut bytes);
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
    let (greeted, _opening, theirs) = greeting().await;
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
        let (two, mut fill) = (key(2), rlpx::tests::random(1));
        let initiator = Initiator::new(&two, *key(1).public_key(), &mut fill);
        theirs.write_all(initiator.auth()).await.expect("written");
        let encrypted = bounded(listening).await.expect("not cancelled");
        let mut encrypted = encrypted.expect("keys");
        let answering = tokio::spawn(async move {
            let timing = Arc::new(Timing::default());
            if refused {
                let reason = DisconnectReason::TooManyPeers;
                encrypted.refuse(reason, timing).await;
            } else {
                let _ = encrypted.greet(&hello(1, &[]), &timing).await;
            }
        });
        let mut came = vec![0; 4096];
        let count = theirs.read(&mut came).await.expect("read");
        let size = packet_size([came[0], came[1], came[2]]).expect("a size");
        let secrets = initiator.read_ack(&came[..size]).expect("accepted");
        let (sealer, opener) = secrets.into_halves();
        let mut opening = Opening::new(sealer, opener, *key(1).public_key());
        let said = opening.read(&mut came[size..count]).expect("a frame");
        let expected = match said {
            Greeting::Hello { .. } => !refused,
            Greeting::Disconnected { reason, .. } => {
                refused && reason == DisconnectReason::TooManyPeers
            }
            Greeting::Incomplete { .. } => false,
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
            let mut encrypted = initiate(stream, &key(2), *key(1).public_key(), &timing).await?;
            let hello = encrypted.greet(&hello(2, &[]), &timing).await?;
            Ok::<_, ConnectError>(encrypted.established(hello, &[]))
        });
        let mut auth = vec![0; HEAD];
        theirs.read_exact(&mut auth).await.expect("read");
        auth.resize(packet_size([auth[0], auth[1], auth[2]]).expect("a size"), 0);
        theirs.read_exact(&mut auth[HEAD..]).await.expect("read");
        let mut fill = rlpx::tests::random(1);
        let accepted = Recipient::read_auth(&key(1), &auth, &mut fill);
        let (accepted, mut out) = accepted.expect("an auth");
        let (sealer, opener) = accepted.secrets.into_halves();
        let mut opening = Opening::new(sealer, opener, accepted.remote);
        opening.hello(&hello(1, &[]), &mut out).expect("it fits");
        let behind = out.len();
        out.extend_from_slice(b"and more");
        for piece in out.chunks(chunk.min(out.len())) {
            theirs.write_all(piece).await.expect("written");
            tokio::task::yield_now().await;
        }
        let established = bounded(dialing).await.expect("not cancelled");
        let mut established = established.expect("a session");
        assert_eq!(established.hello.public_key, *key(1).public_key());
        let buffer = &mut established.buffer;
        while buffer.filled().len() < out.len() - behind {
            let read = buffer.read(&mut established.stream.reader, 8).await;
            assert_ne!(read.expect("read"), 0);
        }
        assert_eq!(buffer.filled(), b"and more");
    }
}
