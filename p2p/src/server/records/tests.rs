//! Which records are kept, and how they read.

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
        reason_sent: false,
        outcome,
    }
}

fn refused(phase: Phase, error: impl Into<ConnectError>) -> Record {
    record(Some(1), phase, Outcome::Refused(error.into()))
}

fn told(record: Record) -> Record {
    Record {
        reason_sent: true,
        ..record
    }
}

fn dropped(cause: Cause) -> Record {
    let lifetime = Duration::from_secs(200);
    let reason_sent = cause.can_send_disconnect();
    Record {
        reason_sent,
        ..record(
            Some(1),
            Phase::Connected,
            Outcome::Dropped { cause, lifetime },
        )
    }
}

#[test]
fn a_record_has_the_reason_on_the_wire() {
    use DisconnectReason as R;
    let full = Refusal::TooManyPeers { limit: 1 };
    for (record, reason) in [
        (refused(Phase::Opening, full.clone()), WireReason::Nothing),
        (refused(Phase::Handshake, full.clone()), WireReason::Nothing),
        (
            told(refused(Phase::Handshake, full)),
            WireReason::Sent(R::TooManyPeers),
        ),
        (
            refused(Phase::Hello, Refusal::Stopping),
            WireReason::Nothing,
        ),
        (
            refused(Phase::Hello, ConnectError::Disconnected(R::UselessPeer)),
            WireReason::Received(R::UselessPeer),
        ),
        (
            told(refused(Phase::Hello, Breach::OtherNodeKey)),
            WireReason::Sent(R::UnexpectedIdentity),
        ),
        (
            told(refused(Phase::Hello, Rejection::from("too old"))),
            WireReason::Sent(R::UselessPeer),
        ),
        (
            refused(Phase::Hello, ConnectError::Timeout(Phase::Hello)),
            WireReason::Nothing,
        ),
        (dropped(Cause::Closed), WireReason::Nothing),
        (
            dropped(Cause::PingTimeout),
            WireReason::Sent(R::PingTimeout),
        ),
        (
            dropped(Cause::Remote(R::TooManyPeers)),
            WireReason::Received(R::TooManyPeers),
        ),
    ] {
        assert_eq!(record.wire_reason(), reason, "{record}");
    }
}

#[test]
fn strangers_push_out_no_node() {
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
fn fresh_keys_push_out_no_node() {
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
fn an_explanation_reads_as_a_sentence() {
    let mut explanation = Explanation {
        node: id(1),
        time: SystemTime::UNIX_EPOCH + Duration::from_secs(12),
        connected: None,
        banned: None,
        waits_for_room: None,
        records: Vec::new(),
    };
    assert_eq!(
        explanation.to_string(),
        "01010101 is no peer; no other connection is remembered"
    );
    explanation.records = vec![
        told(refused(
            Phase::Handshake,
            Refusal::TooManyPeers { limit: 1 },
        )),
        dropped(Cause::Closed),
    ];
    assert_eq!(
        explanation.to_string(),
        "01010101 is no peer; 12 s ago its inbound connection from 192.0.2.1:9 ended in the handshake: \
         refused: 1 peers are connected, and no more are allowed; the peer was told: \
         too many peers (0x04) (and 1 earlier)"
    );
    explanation.banned = Some(Duration::from_secs(7200));
    explanation.records.remove(0);
    assert_eq!(
        explanation.to_string(),
        "01010101 is banned for another 2 h; 12 s ago its inbound connection from 192.0.2.1:9 ended \
         after 3 min: the peer closed the connection without a reason; nothing was said"
    );
}

#[test]
fn control_characters_of_a_peer_are_escaped() {
    let record = refused(Phase::Hello, Rejection::from("\u{1b}[31m\nred"));
    assert!(!record.to_string().contains(char::is_control), "{record}");
}
