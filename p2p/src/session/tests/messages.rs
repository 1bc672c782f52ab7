use proptest::prelude::*;

use super::*;

/// `foo` with ids 16 to 20 and `hoo` with ids 21 to 320.
fn offers() -> Vec<Offer> {
    vec![
        Offer::new(capability("hoo", 1), 300),
        Offer::new(capability("foo", 2), 5),
        Offer::new(capability("foo", 1), 7),
    ]
}

/// A session, and the raw sending half of its peer.
fn session(versions: [u64; 2]) -> (Session, Sealer) {
    let theirs = hello(&key(2), versions[1], &[("foo", 1), ("foo", 2), ("hoo", 1)]);
    raw_with(versions[0]).session(&offers(), &theirs)
}

fn sent(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out);
    out
}

#[test]
fn two_ends_talk_from_hello_to_disconnect() {
    for (versions, snappy) in [
        ([5, 5], true),
        ([5, 6], true),
        ([4, 5], false),
        ([4, 4], false),
    ] {
        let [mut one, mut two] = sessions_of(handshake(), &offers(), versions);
        assert_eq!((one.egress.snappy(), two.egress.snappy()), (snappy, snappy));
        assert_eq!(one.shared, two.shared);
        let ids: Vec<_> = one
            .shared
            .iter()
            .map(|s| (s.offer, s.first_id.0, s.length))
            .collect();
        assert_eq!(ids, [(1, 16, 5), (0, 21, 300)]);

        let payload = b"payload ".repeat(20);
        assert_eq!(one.shared[1].id(235), MessageId(256));
        for (id, shared, code) in [
            (18, 0, 2),
            (20, 0, 4),
            (21, 1, 0),
            (256, 1, 235),
            (320, 1, 299),
        ] {
            let wire = sent(|out| {
                one.egress
                    .message(MessageId(id), &payload, false, out)
                    .expect("sent");
            });
            assert_eq!(wire.len() < 100, snappy, "{}", wire.len());
            let seen = next(&mut two.ingress, &wire);
            assert_eq!(seen, Ok(Seen::Message(shared, code, payload.clone())));
        }
        let wire = sent(|out| one.egress.ping(out));
        assert_eq!(next(&mut two.ingress, &wire), Ok(Seen::Ping));
        let wire = sent(|out| two.egress.pong(out));
        assert_eq!(next(&mut one.ingress, &wire), Ok(Seen::Pong));
        let reason = DisconnectReason::TooManyPeers;
        let wire = sent(|out| two.egress.disconnect(reason, out));
        assert_eq!(next(&mut one.ingress, &wire), Ok(Seen::Disconnect(reason)));
    }
}

#[test]
fn many_messages_in_one_buffer_come_one_by_one() {
    let [mut one, mut two] = sessions(&offers(), [5, 5]);
    let mut wire = Vec::new();
    for length in 0..50_u8 {
        let payload = vec![length; length.into()];
        one.egress
            .message(MessageId(18), &payload, false, &mut wire)
            .expect("sent");
    }
    let mut at = 0;
    let mut count = 0;
    while at < wire.len() {
        match two.ingress.next(&mut wire[at..]) {
            Ok(Step::Event {
                event: Event::Message { body, .. },
                consumed,
            }) => {
                assert_eq!(body.len(), count);
                assert_eq!(body.is_empty(), count == 0);
                count += 1;
                at += consumed;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(count, 50);
    assert!(matches!(
        two.ingress.next(&mut []),
        Ok(Step::Incomplete { needed: 32 })
    ));
}

#[test]
fn a_payload_compressed_once_goes_to_every_peer_with_snappy() {
    let payload = vec![7; 500];
    let block = compress(&payload).expect("compressed");
    let [mut one, mut two] = sessions(&offers(), [5, 5]);
    let wire = sent(|out| {
        one.egress
            .message(MessageId(18), &block, true, out)
            .expect("sent");
    });
    let seen = next(&mut two.ingress, &wire);
    assert_eq!(seen, Ok(Seen::Message(0, 2, payload.clone())));

    let mut out = vec![1];
    let refused = one
        .egress
        .message(MessageId(18), &[0xff; 500], true, &mut out);
    assert_eq!((refused, out), (Err(EgressError::NotCompressed), vec![1]));

    let [mut one, mut two] = sessions(&offers(), [5, 4]);
    let mut out = vec![1];
    let refused = one.egress.message(MessageId(18), &block, true, &mut out);
    assert_eq!((refused, out), (Err(EgressError::NoSnappy), vec![1]));
    let wire = sent(|out| {
        one.egress
            .message(MessageId(18), &payload, false, out)
            .expect("sent");
    });
    assert!(next(&mut two.ingress, &wire).is_ok(), "the session goes on");
}

#[test]
fn a_message_too_large_to_send_changes_nothing() {
    for version in [4, 5] {
        let [mut one, mut two] = sessions(&offers(), [5, version]);
        let mut out = vec![1];
        let large = vec![0; MAX_MESSAGE + 1];
        assert_eq!(
            one.egress.message(MessageId(18), &large, false, &mut out),
            Err(EgressError::TooLarge {
                size: MAX_MESSAGE + 1,
                limit: MAX_MESSAGE
            })
        );
        // The id does not fit beside it, compressed or not: random bytes can't be compressed.
        let mut large = Vec::with_capacity(MAX_MESSAGE);
        let mut number = 1_u32;
        while large.len() < MAX_MESSAGE {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            large.push((number >> 24) as u8);
        }
        let refused = one.egress.message(MessageId(18), &large, false, &mut out);
        assert!(matches!(refused, Err(EgressError::TooLarge { size, .. }) if size > MAX_MESSAGE));
        assert_eq!(out, [1]);
        let wire = sent(|out| {
            one.egress
                .message(MessageId(18), b"small", false, out)
                .expect("sent");
        });
        assert!(next(&mut two.ingress, &wire).is_ok());
    }
}

#[test]
fn the_largest_message_comes_through() {
    let [mut one, mut two] = sessions(&offers(), [5, 5]);
    let wire = sent(|out| {
        let payload = vec![0; MAX_MESSAGE];
        one.egress
            .message(MessageId(18), &payload, false, out)
            .expect("sent");
    });
    assert!(matches!(
        next(&mut two.ingress, &wire),
        Ok(Seen::Message(0, 2, payload)) if payload.len() == MAX_MESSAGE
    ));
}

#[test]
fn a_second_hello_is_a_breach_of_protocol() {
    let (mut session, mut peer) = session([5, 5]);
    let again = crate::rlp::encode(&hello(&key(2), 5, &[])).expect("encoded");
    let wire = frame(&mut peer, 0, &again);
    let breach = next(&mut session.ingress, &wire).expect_err("refused");
    assert_eq!(breach, Breach::SecondHello);
    assert_eq!(breach.reason(), DisconnectReason::ProtocolBreach);
}

#[test]
fn reserved_ids_are_ignored_with_any_payload() {
    let (mut session, mut peer) = session([5, 5]);
    for id in 4..16 {
        for payload in [&b""[..], &[0xc0], &[0xff; 3000]] {
            let wire = frame(&mut peer, id, payload);
            assert_eq!(next(&mut session.ingress, &wire), Ok(Seen::Ignored));
        }
    }
    for (id, seen) in [(2, Seen::Ping), (3, Seen::Pong)] {
        for payload in [&b""[..], &[0xc0], &[1, 0, 0xc0], &[0xff; 3]] {
            let wire = frame(&mut peer, id, payload);
            assert_eq!(next(&mut session.ingress, &wire).as_ref(), Ok(&seen));
        }
    }
}

#[test]
fn an_id_out_of_range_is_a_breach_that_names_it() {
    for id in [321, 322, 1 << 32, u64::MAX] {
        let (mut session, mut peer) = session([5, 5]);
        let wire = frame(&mut peer, id, &[1, 0, 0xc0]);
        let breach = next(&mut session.ingress, &wire).expect_err("refused");
        assert_eq!(
            breach,
            Breach::UnknownMessage {
                id: MessageId(id),
                end: MessageId(321)
            }
        );
        assert_eq!(breach.reason(), DisconnectReason::ProtocolBreach);
    }
    let (session, mut peer) = raw().session(&[], &hello(&key(2), 5, &[]));
    assert_eq!(session.shared, []);
    let wire = frame(&mut peer, 16, &[0xc0]);
    let id = MessageId(16);
    let end = MessageId(16);
    let mut ingress = session.ingress;
    assert_eq!(
        next(&mut ingress, &wire),
        Err(Breach::UnknownMessage { id, end })
    );
}

#[test]
fn a_frame_without_a_message_id_is_a_breach() {
    for data in [&[0x00][..], &[0xc0], &[0x81, 0x05], &[0x81]] {
        let (mut session, mut peer) = session([5, 5]);
        let wire = sent(|out| {
            peer.seal(out, |out| out.extend_from_slice(data))
                .expect("sealed");
        });
        assert_eq!(next(&mut session.ingress, &wire), Err(Breach::MessageId));
    }
}

#[test]
fn a_snappy_bomb_is_refused_before_it_is_decompressed() {
    for (block, size) in [
        (&[0xff, 0xff, 0xff, 0xff, 0x0f, 0, 7][..], u32::MAX as usize),
        (&[0x80, 0x80, 0x80, 0x08, 0, 7], 1 << 24),
    ] {
        let (mut session, mut peer) = session([5, 5]);
        let mut wire = frame(&mut peer, 18, block);
        assert_eq!(
            session.ingress.next(&mut wire).map(|_| ()),
            Err(Breach::PayloadTooLarge {
                size,
                limit: MAX_MESSAGE
            })
        );
    }
    // Below the limit, but no such block is that short.
    let (mut session, mut peer) = session([5, 5]);
    let mut wire = frame(&mut peer, 18, &[0xff, 0xff, 0xff, 0x07, 0, 7]);
    assert_eq!(
        session.ingress.next(&mut wire).map(|_| ()),
        Err(Breach::Snappy)
    );
}

#[test]
fn frames_are_no_larger_than_the_largest_message_can_need() {
    let ours = [Offer {
        capability: capability("foo", 2),
        length: 2,
        max_size: 5000,
    }];
    for (version, limit) in [(4, 5009), (5, 32 + 5000 + 833 + 9)] {
        for size in [limit, limit + 1] {
            let theirs = hello(&key(2), version, &[("foo", 2)]);
            let (mut session, mut peer) = raw().session(&ours, &theirs);
            let mut wire = frame(&mut peer, 17, &vec![0; size - 1]);
            match session.ingress.next(&mut wire[..32]) {
                Ok(Step::Incomplete { .. }) => assert_eq!(size, limit),
                refused => assert_eq!(
                    refused.map(|_| ()),
                    Err(Breach::FrameTooLarge {
                        size: limit + 1,
                        limit
                    })
                ),
            }
        }
    }
}

#[test]
fn a_block_that_declares_another_length_is_a_breach() {
    for block in [&[][..], &[5, 0, 7], &[1, 4, 7, 7], &[0x80], &[3, 2, 0]] {
        let (mut session, mut peer) = session([5, 5]);
        let wire = frame(&mut peer, 18, block);
        assert_eq!(
            next(&mut session.ingress, &wire),
            Err(Breach::Snappy),
            "{block:?}"
        );
    }
}

#[test]
fn without_snappy_a_payload_is_where_it_came() {
    let (mut session, mut peer) = session([5, 4]);
    let mut wire = frame(&mut peer, 18, b"payload");
    match session.ingress.next(&mut wire) {
        Ok(Step::Event {
            event: Event::Message { body, .. },
            ..
        }) => {
            assert_eq!(body.plain(), Some(&b"payload"[..]));
            assert_eq!((body.len(), body.wire_len()), (7, 7));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_damaged_frame_ends_the_session() {
    let [mut one, mut two] = sessions(&offers(), [5, 5]);
    let mut wire = sent(|out| one.egress.ping(out));
    wire[40] ^= 1;
    let breach = next(&mut two.ingress, &wire).expect_err("refused");
    assert_eq!(breach, Breach::Unauthentic);
    let wire = sent(|out| one.egress.ping(out));
    assert_eq!(next(&mut two.ingress, &wire), Err(Breach::Failed));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_frame_is_read_without_a_panic(
        id in prop_oneof![0_u64..400, any::<u64>()],
        payload in prop::collection::vec(any::<u8>(), 0..300),
        version in 4_u64..6,
    ) {
        let (mut session, mut peer) = session([5, version]);
        let wire = frame(&mut peer, id, &payload);
        let _ = next(&mut session.ingress, &wire);
    }

    #[test]
    fn messages_come_through_in_any_pieces(
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..400), 1..6),
        piece in 1_usize..90,
    ) {
        let [mut one, mut two] = sessions(&offers(), [5, 5]);
        let wire = sent(|out| {
            for payload in &payloads {
                one.egress.message(MessageId(18), payload, false, out).expect("sent");
            }
        });
        let mut buffer = Vec::new();
        let mut came = Vec::new();
        for piece in wire.chunks(piece) {
            buffer.extend_from_slice(piece);
            while let Step::Event { event, consumed } =
                two.ingress.next(&mut buffer).expect("good frames")
            {
                if let Event::Message { body, .. } = event {
                    let mut payload = Vec::new();
                    body.copy_to(&mut payload).expect("decompressed");
                    came.push(payload);
                }
                buffer.drain(..consumed);
            }
        }
        prop_assert_eq!(came, payloads);
    }
}
