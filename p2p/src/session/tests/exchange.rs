use hex_literal::hex;
use proptest::prelude::*;

use super::*;
use crate::rlp;
use crate::session::hello::HelloError;

fn read(exchange: HelloExchange, mut wire: Vec<u8>) -> Result<HelloEvent, HelloError> {
    exchange.read(&mut wire)
}

/// Reads a peer's Hello with this payload.
fn receive(payload: &[u8]) -> Result<Hello, Breach> {
    let mut raw = raw();
    let wire = frame(&mut raw.peer.0, 0, payload);
    match read(raw.exchange, wire).map_err(|error| error.breach)? {
        HelloEvent::Hello { exchanged, .. } => Ok(exchanged.hello().clone()),
        other => panic!("{other:?}"),
    }
}

/// A Hello of these encoded fields before the key, the key, and these encoded fields after it.
fn payload(before: &[u8], key: &[u8], after: &[u8]) -> Vec<u8> {
    let mut items = before.to_vec();
    rlp::Writer::new(&mut items).bytes(key);
    items.extend_from_slice(after);
    list(&items)
}

fn list(items: &[u8]) -> Vec<u8> {
    let mut list = Vec::new();
    let mut writer = rlp::Writer::new(&mut list);
    writer.list(items.len());
    writer.raw(items);
    list
}

/// Version 5, client `x`, no capabilities, port 0.
const PLAIN: [u8; 4] = hex!("05 78 c0 80");

fn good_key() -> [u8; 64] {
    key(2).public_key().to_bytes()
}

#[test]
fn hello_comes_through_in_any_pieces() {
    let [one, two] = ends();
    let ours = hello(&key(1), P2P_VERSION, &[("foo", 1), ("bar", 300)]);
    let (_, mut wire) = start(one, 2, &ours);
    let (mut exchange, _) = start(two, 1, &hello(&key(2), P2P_VERSION, &[]));
    wire.extend_from_slice(b"more");
    let total = wire.len() - 4;
    for length in 0..total {
        match exchange.read(&mut wire[..length]) {
            Ok(HelloEvent::Incomplete {
                exchange: unfinished,
                needed,
            }) => {
                assert_eq!(needed, if length < 32 { 32 } else { total });
                exchange = unfinished;
            }
            other => panic!("{length}: {other:?}"),
        }
    }
    match exchange.read(&mut wire) {
        Ok(HelloEvent::Hello {
            exchanged,
            consumed,
        }) => {
            assert_eq!((exchanged.hello(), consumed), (&ours, total));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn our_hello_encodes_zeros_as_80() {
    let [ours, (_, mut opener)] = ends();
    let (_, wire) = start(ours, 2, &hello(&key(1), 5, &[("foo", 1)]));
    let data = open(&mut opener, wire);
    // The message id and the listen port are 0.
    let start = hex!("80 f854 05 88746573742f312e30 c6 c583666f6f01 80 b840");
    assert_eq!(data[..start.len()], start);
    assert_eq!(data[start.len()..], key(1).public_key().to_bytes());
}

#[test]
fn further_elements_of_hello_are_ignored() {
    for after in [
        &hex!("01")[..],
        &hex!("c2 01 02"),
        &hex!("80 80 c0 83 01 02 03"),
    ] {
        assert!(
            receive(&payload(&PLAIN, &good_key(), after)).is_ok(),
            "{after:x?}"
        );
    }
}

#[test]
fn any_listen_port_and_any_version_are_accepted() {
    for (before, read) in [
        (&hex!("05 78 c0 00")[..], 0),
        (&hex!("05 78 c0 82 0000"), 0),
        (&hex!("05 78 c0 c0"), 0),
        (&hex!("05 78 c0 8a ffffffffffffffffffff"), 0),
        (&hex!("05 78 c0 83 010000"), 0),
        (&hex!("05 78 c0 82 765f"), 30303),
    ] {
        let hello = receive(&payload(before, &good_key(), &[])).expect("accepted");
        assert_eq!(hello.listen_port, read, "{before:x?}");
    }
    for (version, read) in [
        (&hex!("80")[..], 0),
        (&hex!("04"), 4),
        (&hex!("8203e8"), 1000),
        (&hex!("88ffffffffffffffff"), u64::MAX),
        (&hex!("89010000000000000000"), u64::MAX),
    ] {
        let before = [version, &hex!("78 c0 80")].concat();
        let hello = receive(&payload(&before, &good_key(), &[])).expect("accepted");
        assert_eq!(hello.version, read);
    }
}

#[test]
fn only_absurd_capabilities_are_left_out() {
    let entries = [
        &hex!("c5 83666f6f 01")[..],
        &hex!("cd 8b" "6c6f6e6765727468616e38" "01"),
        &hex!("c2 80 01"),
        &hex!("ce 83666f6f 89 010000000000000000" "00"),
        &hex!("c4 83666f6f"),
        &hex!("c6 83666f6f 01 02"),
        &hex!("83666f6f"),
        &hex!("c5 83ff1b0a 05"),
    ]
    .concat();
    let before = [&hex!("05 78")[..], &list(&entries), &hex!("80")].concat();
    let hello = receive(&payload(&before, &good_key(), &[])).expect("accepted");
    let shown: Vec<String> = hello.capabilities.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["foo/1", "longerthan8/1", "/1", "\\xff\\x1b\\n/5"]);
}

#[test]
fn a_bad_node_key_is_an_invalid_identity() {
    for (key, length) in [
        (&[][..], 0),
        (&[7; 63], 63),
        (&[7; 65], 65),
        (&[0; 64], 64),
        (&[4], 1),
    ] {
        let breach = receive(&payload(&PLAIN, key, &[])).expect_err("refused");
        assert_eq!(breach, Breach::NodeKey { length });
        assert_eq!(breach.reason(), DisconnectReason::InvalidIdentity);
    }
}

#[test]
fn another_node_key_is_an_unexpected_identity() {
    for key in [key(3).public_key().to_bytes(), [1; 64]] {
        let breach = receive(&payload(&PLAIN, &key, &[])).expect_err("refused");
        assert_eq!(breach, Breach::OtherNodeKey);
        assert_eq!(breach.reason(), DisconnectReason::UnexpectedIdentity);
    }
}

#[test]
fn a_malformed_hello_is_a_breach_of_protocol() {
    let good = payload(&PLAIN, &good_key(), &[]);
    let mut cases = vec![vec![], vec![0xc0], vec![0x80], list(&PLAIN)];
    cases.push(good[..good.len() - 1].to_vec());
    cases.push([&good[..], &[0]].concat());
    cases.push(payload(&hex!("05 78 80 80"), &good_key(), &[]));
    cases.push(payload(&hex!("c0 78 c0 80"), &good_key(), &[]));
    cases.push(payload(&hex!("05 78 c1 b8 80"), &good_key(), &[]));
    for payload in cases {
        let breach = receive(&payload).expect_err("refused");
        assert!(matches!(breach, Breach::Hello(_)), "{breach:?}");
        assert_eq!(breach.reason(), DisconnectReason::ProtocolBreach);
    }
}

#[test]
fn a_clients_name_is_cut_and_safe_to_print() {
    let mut name = "evil\x1b[2J\n\u{202e}\"\u{e9}".as_bytes().to_vec();
    name.push(0xff);
    name.extend([b'x'; 1000]);
    let mut before = vec![5];
    rlp::Writer::new(&mut before).bytes(&name);
    before.extend(hex!("c0 80"));
    let client = receive(&payload(&before, &good_key(), &[]))
        .expect("accepted")
        .client;
    assert!(
        client.starts_with("evil\\u{1b}[2J\\n\\u{202e}\"\\u{e9}\\u{fffd}xxx"),
        "{client}"
    );
    assert_eq!(client.len(), MAX_CLIENT);

    let mut before = vec![5];
    rlp::Writer::new(&mut before).bytes(&[0xff; 1000]);
    before.extend(hex!("c0 80"));
    let client = receive(&payload(&before, &good_key(), &[]))
        .expect("accepted")
        .client;
    assert!(
        client.len() <= MAX_CLIENT && client.ends_with("\\u{fffd}"),
        "{client}"
    );
}

#[test]
fn a_message_before_hello_is_a_breach_of_protocol() {
    for id in [2, 3, 4, 15, 16, 128, 256, u64::MAX] {
        let mut raw = raw();
        let wire = frame(&mut raw.peer.0, id, &[0xc0]);
        let breach = read(raw.exchange, wire).expect_err("refused").breach;
        let id = MessageId(id);
        assert_eq!(breach, Breach::BeforeHello { id });
        assert_eq!(breach.reason(), DisconnectReason::ProtocolBreach);
    }
}

#[test]
fn more_than_2_kib_before_hello_is_refused_early() {
    for (size, good) in [(MAX_HELLO, true), (MAX_HELLO + 1, false)] {
        let mut raw = raw();
        let mut wire = frame(&mut raw.peer.0, 0, &vec![0; size]);
        match raw.exchange.read(&mut wire[..32]) {
            Ok(HelloEvent::Incomplete { .. }) => assert!(good),
            Err(error) => {
                assert!(!good);
                let size = 2050;
                let limit = 2049;
                assert_eq!(error.breach, Breach::FrameTooLarge { size, limit });
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn our_hello_over_2_kib_is_an_error() {
    let remote = *key(2).public_key();
    let mut ours = hello(&key(1), 5, &[("foo", 1)]);
    ours.client = "x".repeat(2000);
    let [(sealer, opener), (other_sealer, other_opener)] = ends();
    let mut wire = Vec::new();
    assert!(matches!(
        HelloExchange::start(sealer, opener, remote, &ours, &mut wire),
        Err(EgressError::TooLarge { limit: 2048, .. })
    ));
    assert!(wire.is_empty());
    ours.client = String::new();
    let started = HelloExchange::start(other_sealer, other_opener, remote, &ours, &mut wire);
    assert!(started.is_ok());
}

#[test]
fn wrong_keys_show_at_the_first_frame() {
    let raw = raw();
    let (mut stranger, _) = crate::rlpx::tests::direction();
    let wire = frame(&mut stranger, 0, &payload(&PLAIN, &good_key(), &[]));
    let error = read(raw.exchange, wire).expect_err("refused");
    assert_eq!(error.breach, Breach::Unauthentic);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_first_message_is_read_without_a_panic(
        id in 0_u64..3,
        payload in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let mut raw = raw();
        let wire = frame(&mut raw.peer.0, id, &payload);
        let _ = read(raw.exchange, wire);
    }
}
