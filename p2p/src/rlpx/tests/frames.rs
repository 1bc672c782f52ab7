use hex_literal::hex;
use proptest::prelude::*;

use super::spec::Spec;
use super::{direction, secrets};
use crate::rlpx::error::FrameError;
use crate::rlpx::frame::MAX_FRAME;
use crate::rlpx::opener::{Opened, Opener};
use crate::rlpx::sealer::Sealer;

fn seal(sealer: &mut Sealer, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    sealer
        .seal(&mut out, |out| out.extend_from_slice(data))
        .expect("it fits");
    out
}

/// Opens a buffer that holds exactly one frame.
fn open(opener: &mut Opener, frame: &[u8]) -> Result<Vec<u8>, FrameError> {
    let mut buffer = frame.to_vec();
    match opener.open(&mut buffer, MAX_FRAME)? {
        Opened::Frame { data, consumed } => {
            assert_eq!(consumed, frame.len());
            Ok(data.to_vec())
        }
        Opened::Incomplete { needed } => panic!("{needed} bytes wanted, {} given", frame.len()),
    }
}

fn needed(opener: &mut Opener, part: &[u8]) -> usize {
    match opener.open(&mut part.to_vec(), MAX_FRAME) {
        Ok(Opened::Incomplete { needed }) => needed,
        other => panic!("{other:?}"),
    }
}

#[test]
fn go_ethereums_golden_frame_has_the_same_ciphertext() {
    // Its test replaces the MAC's hash by a constant, so that only the ciphertext can be compared.
    let header = hex!("00828ddae471818bb0bfa6b551d1cb42");
    let data = hex!("ba628a4ba590cb43f7848f41c4382885");
    let frame = seal(&mut secrets().into_halves().0, &hex!("08c401020304"));
    assert_eq!(frame.len(), 64);
    assert_eq!(frame[..16], header);
    assert_eq!(frame[32..48], data);
}

#[test]
fn a_frame_of_size_0_is_refused() {
    let frame = Spec::new(secrets()).frame(&[]);
    assert_eq!(frame.len(), 48);
    let (mut sealer, mut opener) = direction();
    assert_eq!(open(&mut opener, &frame), Err(FrameError::Empty));
    assert_eq!(open(&mut opener, &frame), Err(FrameError::Failed));

    let mut out = vec![1, 2, 3];
    assert_eq!(sealer.seal(&mut out, |_| ()), Err(FrameError::Empty));
    assert_eq!(out, [1, 2, 3]);
}

#[test]
fn a_frame_over_the_limit_is_refused_early() {
    let (mut sealer, mut opener) = direction();
    let mut frame = seal(&mut sealer, &[7; 2048]);
    assert!(matches!(
        opener.open(&mut frame[..32], 2048),
        Ok(Opened::Incomplete { needed: 2096 })
    ));
    let (_, mut opener) = direction();
    assert_eq!(
        opener.open(&mut frame[..32], 2047).map(|_| ()),
        Err(FrameError::TooLarge {
            size: 2048,
            limit: 2047
        })
    );
    assert_eq!(
        opener.open(&mut frame, 2048).map(|_| ()),
        Err(FrameError::Failed)
    );
}

#[test]
fn data_too_large_to_seal_changes_nothing() {
    let (mut sealer, mut opener) = direction();
    let mut out = seal(&mut sealer, b"before");
    let before = out.clone();
    assert_eq!(
        sealer.seal(&mut out, |out| out
            .resize(before.len() + 32 + MAX_FRAME + 1, 0)),
        Err(FrameError::TooLarge {
            size: MAX_FRAME + 1,
            limit: MAX_FRAME
        })
    );
    assert_eq!(out, before);
    let after = seal(&mut sealer, b"after");
    assert_eq!(open(&mut opener, &before).as_deref(), Ok(&b"before"[..]));
    assert_eq!(open(&mut opener, &after).as_deref(), Ok(&b"after"[..]));
}

#[test]
fn the_largest_frame_is_sealed_and_announced() {
    let (mut sealer, mut opener) = direction();
    let frame = seal(&mut sealer, &vec![7; MAX_FRAME]);
    assert_eq!(frame.len(), 32 + (1 << 24) + 16);
    assert_eq!(needed(&mut opener, &frame[..40]), frame.len());
}

#[test]
fn a_flipped_bit_ends_the_stream() {
    let frame = seal(&mut direction().0, b"some data of 27 bytes in it");
    for bit in 0..8 * frame.len() {
        let (_, mut opener) = direction();
        let mut bad = frame.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(
            open(&mut opener, &bad),
            Err(FrameError::Unauthentic),
            "{bit}"
        );
        assert_eq!(open(&mut opener, &frame), Err(FrameError::Failed));
    }
}

#[test]
fn data_is_not_decrypted_before_it_is_verified() {
    let (mut sealer, mut opener) = direction();
    let mut frame = seal(&mut sealer, &[7; 64]);
    frame[100] ^= 1;
    let before = frame.clone();
    assert!(opener.open(&mut frame, MAX_FRAME).is_err());
    assert_eq!(frame, before);
}

#[test]
fn frames_repeated_left_out_or_swapped_are_refused() {
    let (mut sealer, mut opener) = direction();
    let first = seal(&mut sealer, b"1");
    let second = seal(&mut sealer, b"2");
    assert_eq!(open(&mut opener, &second), Err(FrameError::Unauthentic));
    let (_, mut opener) = direction();
    assert!(open(&mut opener, &first).is_ok());
    assert_eq!(open(&mut opener, &first), Err(FrameError::Unauthentic));
}

#[test]
fn an_opener_says_how_much_it_needs() {
    let (mut sealer, mut opener) = direction();
    let frame = seal(&mut sealer, &[7; 17]);
    assert_eq!(frame.len(), 32 + 32 + 16);
    for length in [0, 1, 31] {
        assert_eq!(needed(&mut opener, &frame[..length]), 32);
    }
    for length in [32, 33, 40, 40, 63, 64, 65, 79] {
        assert_eq!(needed(&mut opener, &frame[..length]), 80);
    }
    // A buffer that is shorter than before is a caller's mistake, but does no harm.
    assert_eq!(needed(&mut opener, &frame[..10]), 80);
    assert_eq!(open(&mut opener, &frame).as_deref(), Ok(&[7; 17][..]));
}

proptest! {
    #[test]
    fn frames_are_those_of_the_specification(
        all in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..200), 1..6),
    ) {
        let (mut sealer, _) = direction();
        let mut spec = Spec::new(secrets());
        for data in &all {
            prop_assert_eq!(seal(&mut sealer, data), spec.frame(data));
        }
    }

    #[test]
    fn a_stream_comes_through_however_it_is_split(
        all in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..300), 1..8),
        splits in prop::collection::vec(1_usize..100, 1..20),
    ) {
        let (mut sealer, mut opener) = direction();
        let mut stream = Vec::new();
        for data in &all {
            sealer.seal(&mut stream, |out| out.extend_from_slice(data)).expect("it fits");
        }
        let mut buffer = Vec::new();
        let mut came = Vec::new();
        let mut splits = splits.into_iter().cycle();
        while !stream.is_empty() {
            let split = splits.next().map_or(1, |split| split.min(stream.len()));
            buffer.extend(stream.drain(..split));
            loop {
                let consumed = match opener.open(&mut buffer, 300).expect("good frames") {
                    Opened::Frame { data, consumed } => {
                        came.push(data.to_vec());
                        consumed
                    }
                    Opened::Incomplete { needed } => {
                        prop_assert!(needed > buffer.len());
                        break;
                    }
                };
                buffer.drain(..consumed);
            }
        }
        prop_assert_eq!(came, all);
    }

    #[test]
    fn any_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 32..200)) {
        let (_, mut opener) = direction();
        prop_assert_eq!(open(&mut opener, &bytes), Err(FrameError::Unauthentic));
    }
}
