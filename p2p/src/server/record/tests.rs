//! What is remembered, and how it reads.

use super::*;
use crate::breach::Breach;
use crate::driver::error::Refusal;
use crate::driver::rejection::Rejection;

fn id(n: u8) -> NodeId {
    NodeId::new([n; 32])
}

fn record(node: Option<u8>, phase: Phase, outcome: Outcome) -> Record {
    Record {
        time: SystemTime::UNIX_EPOCH,
        node: node.map(id),
        address: Some(([192, 0, 2, 1], 9).into()),
        direction: Direction::Inbound,
        phase,
        is_told: false,
        outcome,
    }
}

fn refused(phase: Phase, error: impl Into<ConnectError>) -> Record {
    record(Some(1), phase, Outcome::Refused(error.into()))
}

fn told(record: Record) -> Record {
    Record {
        is_told: true,
        ..record
    }
}

fn dropped(cause: Cause) -> Record {
    let (lifetime, is_told) = (Duration::from_secs(200), cause.can_send_disconnect());
    Record {
        is_told,
        ..record(
            Some(1),
            Phase::Connected,
            Outcome::Dropped { cause, lifetime },
        )
    }
}

#[test]
fn a_record_tells_what_went_over_the_wire() {
    use DisconnectReason as R;
    let full = Refusal::TooManyPeers { limit: 1 };
    for (record, farewell) in [
        (refused(Phase::Opening, full.clone()), Farewell::Nothing),
        (refused(Phase::Handshake, full.clone()), Farewell::Nothing),
        (
            told(refused(Phase::Handshake, full)),
            Farewell::Sent(R::TooManyPeers),
        ),
        (refused(Phase::Hello, Refusal::Stopping), Farewell::Nothing),
        (
            refused(Phase::Hello, ConnectError::Disconnected(R::UselessPeer)),
            Farewell::Received(R::UselessPeer),
        ),
        (
            told(refused(Phase::Hello, Breach::OtherNodeKey)),
            Farewell::Sent(R::UnexpectedIdentity),
        ),
        (
            told(refused(Phase::Hello, Rejection::from("too old"))),
            Farewell::Sent(R::UselessPeer),
        ),
        (
            refused(Phase::Hello, ConnectError::Timeout(Phase::Hello)),
            Farewell::Nothing,
        ),
        (dropped(Cause::Closed), Farewell::Nothing),
        (dropped(Cause::PingTimeout), Farewell::Sent(R::PingTimeout)),
        (
            dropped(Cause::Remote(R::TooManyPeers)),
            Farewell::Received(R::TooManyPeers),
        ),
    ] {
        assert_eq!(record.farewell(), farewell, "{record}");
    }
}

#[test]
fn records_are_bounded_and_strangers_push_out_no_node() {
    let mut records = Records::new(2);
    let failed = || Outcome::Refused(ConnectError::Timeout(Phase::Handshake));
    for n in 1..=3 {
        let mut dial = record(Some(n), Phase::Handshake, failed());
        dial.direction = Direction::Outbound;
        records.add(dial);
    }
    for _ in 0..5 {
        records.add(record(None, Phase::Handshake, failed()));
    }
    assert_eq!(records.of(&id(1)).len(), 0);
    assert_eq!(records.of(&id(2)).len(), 1);
    assert_eq!(records.of(&id(3)).len(), 1);
    assert_eq!(records.all().len(), 4);
    let mut none = Records::new(0);
    none.add(record(None, Phase::Handshake, failed()));
    assert_eq!(none.all().len(), 0);
}

#[test]
fn whoever_comes_with_fresh_keys_pushes_out_no_node() {
    let mut records = Records::new(2);
    records.add(dropped(Cause::Closed));
    let full = || Outcome::Refused(Refusal::TooManyPeers { limit: 1 }.into());
    for (n, phase) in [(1, Phase::Handshake), (3, Phase::Hello), (4, Phase::Hello)] {
        let mut record = record(Some(n), phase, full());
        record.time += Duration::from_secs(n.into());
        records.add(record);
    }
    assert!(matches!(
        records.of(&id(1))[..],
        [Record {
            outcome: Outcome::Dropped { .. },
            ..
        }]
    ));
    assert_eq!((records.of(&id(3)).len(), records.of(&id(4)).len()), (1, 1));
    let mut again = record(Some(1), Phase::Hello, full());
    again.time += Duration::from_secs(9);
    records.add(again);
    let phases: Vec<Phase> = records.of(&id(1)).iter().map(|it| it.phase).collect();
    assert_eq!(phases, [Phase::Hello, Phase::Connected], "the last first");
}

#[test]
fn an_answer_reads_as_a_sentence() {
    let mut why = Why {
        node: id(1),
        time: SystemTime::UNIX_EPOCH + Duration::from_secs(12),
        connected: None,
        banned: None,
        waits_for_room: None,
        records: Vec::new(),
    };
    assert_eq!(
        why.to_string(),
        "01010101 is no peer; no other connection is remembered"
    );
    why.records = vec![
        told(refused(
            Phase::Handshake,
            Refusal::TooManyPeers { limit: 1 },
        )),
        dropped(Cause::Closed),
    ];
    assert_eq!(
        why.to_string(),
        "01010101 is no peer; 12 s ago its inbound connection from 192.0.2.1:9 ended in the handshake: \
         refused: 1 peers are connected, and no more are allowed; the peer was told: \
         too many peers (0x04) (and 1 earlier)"
    );
    why.banned = Some(Duration::from_secs(7200));
    why.records.remove(0);
    assert_eq!(
        why.to_string(),
        "01010101 is banned for another 2 h; 12 s ago its inbound connection from 192.0.2.1:9 ended \
         after 3 min: the peer closed the connection without a reason; nothing was said"
    );
}

#[test]
fn what_a_peer_says_stays_on_its_line() {
    let record = refused(Phase::Hello, Rejection::from("\u{1b}[31m\nred"));
    assert!(!record.to_string().contains(char::is_control), "{record}");
}
