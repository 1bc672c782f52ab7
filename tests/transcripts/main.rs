//! Recorded runs with go-ethereum, replayed: what we send is the same byte for byte, and what came
//! is understood.
//!
//! A transcript is a line for each packet or frame: `>` for what we sent and `<` for what came, what
//! it is, and its bytes in hex. `interop/record.rs` records them. Some frames hold what the snap crate
//! makes of their payload: if a new version compresses otherwise, that is no fault, and they are to be
//! recorded anew.

#![allow(clippy::expect_used, clippy::panic)]

use std::collections::VecDeque;

use tests::script::{self, Wire};

#[test]
fn a_run_that_we_dialed_replays() {
    let mut wire = Replay::new(include_str!("we_dial.txt"));
    script::we_dial(&mut wire);
    wire.finish();
}

#[test]
fn a_run_that_go_ethereum_dialed_replays() {
    let mut wire = Replay::new(include_str!("peer_dials.txt"));
    script::peer_dials(&mut wire);
    wire.finish();
}

/// The rest of a transcript.
struct Replay<'t> {
    lines: VecDeque<Line<'t>>,
    /// Bytes that were received and not given to the script yet.
    coming: VecDeque<u8>,
}

#[derive(Debug, PartialEq)]
struct Line<'t> {
    direction: &'t str,
    label: &'t str,
    bytes: Vec<u8>,
}

impl<'t> Replay<'t> {
    fn new(transcript: &'t str) -> Self {
        let lines = transcript.lines().filter(|line| !line.starts_with('#'));
        let lines = lines.map(|line| {
            let (direction, rest) = line.split_once(' ').expect("a direction");
            let (label, hex) = rest.rsplit_once(' ').expect("a label and bytes");
            let bytes = hex.as_bytes().chunks(2).map(|pair| {
                let pair = str::from_utf8(pair).expect("ASCII");
                u8::from_str_radix(pair, 16).expect("hex")
            });
            Line {
                direction,
                label,
                bytes: bytes.collect(),
            }
        });
        Self {
            lines: lines.collect(),
            coming: VecDeque::new(),
        }
    }

    fn finish(self) {
        assert_eq!(self.lines, []);
    }
}

impl Wire for Replay<'_> {
    fn send(&mut self, label: &str, bytes: &[u8]) {
        let sent = Line {
            direction: ">",
            label,
            bytes: bytes.to_vec(),
        };
        assert_eq!(Some(sent), self.lines.pop_front());
    }

    fn receive(&mut self, buffer: &mut Vec<u8>, length: usize) {
        if self.coming.is_empty() {
            let line = self.lines.front().expect("something more came");
            assert_eq!(line.direction, "<", "{}", line.label);
            self.coming.extend(&line.bytes);
        }
        let more = length - buffer.len();
        assert!(more <= self.coming.len(), "more is wanted than came");
        buffer.extend(self.coming.drain(..more));
    }

    fn received(&mut self, label: &str) {
        assert!(self.coming.is_empty(), "{label}: less was read than came");
        let line = self.lines.pop_front().expect("something came");
        assert_eq!(line.label, label);
    }

    fn cue(&mut self, _: &str) {}
}
