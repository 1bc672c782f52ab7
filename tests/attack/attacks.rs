//! The attacks, by name.

use std::time::Duration;

use crate::protocol::{LARGEST, Message};
use crate::shapes::{BIG, SMALL, Shape, code, encoded};

/// Bytes a second that paced attackers send together: 100 Mbit/s.
const PACE: f64 = 100e6 / 8.0;

/// Requests that a node handles at the same time for a peer.
const CONCURRENT: u8 = 16;

/// Requests for large replies of one peer.
const REPLIES: u64 = 40;

/// Small frames in one write.
const BURST: usize = 500;

/// How long attackers hold what they have caused, at least.
const HOLD: Duration = Duration::from_secs(15);

/// Those of `quick`.
const QUICK: [&str; 7] = [
    "idle",
    "bombs-lists-big-1",
    "bombs-boxes-small-1",
    "replies-1",
    "concurrent-strings-1",
    "stray-trace",
    "tiny",
];

/// One of the attacks.
#[derive(Debug)]
pub(crate) struct Attack {
    pub(crate) name: String,
    /// It is among the few of `quick`.
    pub(crate) quick: bool,
    /// How long it lasts, unless the command line says so.
    pub(crate) time: Duration,
    /// Attackers, each with a connection of its own.
    pub(crate) peers: usize,
    /// What the node logs, if not what it logs by default.
    pub(crate) log: Option<&'static str>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Idle,
    Bombs(Shape, usize),
    Replies,
    Concurrent(Shape),
    Strays,
    Tiny,
}

/// What each attacker does.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The code of its messages.
    pub(crate) code: u64,
    /// Their payloads, compressed.
    pub(crate) payloads: Vec<Vec<u8>>,
    /// Sends each payload once and then waits, rather than all again and again.
    pub(crate) once: bool,
    /// Bytes a second, if it does not send as fast as it can.
    pub(crate) pace: Option<f64>,
    /// Messages that are written together.
    pub(crate) burst: usize,
    /// Reads what the node sends, and throws it away.
    pub(crate) reads: bool,
}

/// All attacks, in the order in which they run.
pub(crate) fn all() -> Vec<Attack> {
    let mut all = vec![attack("idle".into(), 0, Kind::Idle)];
    for shape in Shape::ALL {
        for (frame, size) in [("big", BIG), ("small", SMALL)] {
            for peers in [1, 30] {
                let name = format!("bombs-{}-{frame}-{peers}", shape.name());
                all.push(attack(name, peers, Kind::Bombs(shape, size)));
            }
        }
    }
    for peers in [1, 5] {
        all.push(attack(format!("replies-{peers}"), peers, Kind::Replies).lasting(HOLD));
    }
    for shape in Shape::ALL {
        for peers in [1, 50] {
            let name = format!("concurrent-{}-{peers}", shape.name());
            all.push(attack(name, peers, Kind::Concurrent(shape)).lasting(HOLD));
        }
    }
    all.push(attack("stray".into(), 1, Kind::Strays));
    all.push(attack("stray-trace".into(), 1, Kind::Strays).tracing());
    all.push(attack("idle-trace".into(), 0, Kind::Idle).tracing());
    all.push(attack("tiny".into(), 8, Kind::Tiny));
    for attack in &mut all {
        attack.quick = QUICK.contains(&attack.name.as_str());
    }
    all
}

fn attack(name: String, peers: usize, kind: Kind) -> Attack {
    Attack {
        name,
        quick: false,
        time: Duration::from_secs(10),
        peers,
        log: None,
        kind,
    }
}

impl Attack {
    fn lasting(self, time: Duration) -> Self {
        Self { time, ..self }
    }

    /// With a node that logs all that it can.
    fn tracing(self) -> Self {
        Self {
            log: Some("trace"),
            ..self
        }
    }

    /// What each attacker does. It takes a while to make what is sent.
    pub(crate) fn plan(&self) -> Plan {
        let pace = PACE / self.peers.max(1) as f64;
        let repeated = |code, payload| Plan {
            code,
            payloads: vec![payload],
            once: false,
            pace: Some(pace),
            burst: 1,
            reads: true,
        };
        let once = |code, payloads| Plan {
            code,
            payloads,
            once: true,
            pace: None,
            burst: 1,
            reads: false,
        };
        match self.kind {
            Kind::Idle => once(0, Vec::new()),
            Kind::Bombs(shape, size) => repeated(shape.told(), shape.bomb(None, size)),
            Kind::Replies => {
                let message = Message::GetLarge(LARGEST as u64);
                let payloads = (1..=REPLIES).map(|id| encoded(&message, Some(id)));
                once(code(&message), payloads.collect())
            }
            Kind::Concurrent(shape) => {
                let payloads = (1..=CONCURRENT).map(|id| shape.bomb(Some(id), BIG));
                Plan {
                    reads: true,
                    ..once(shape.kept(), payloads.collect())
                }
            }
            Kind::Strays => {
                let message = Message::Large(vec![0; LARGEST]);
                repeated(code(&message), encoded(&message, Some(1)))
            }
            Kind::Tiny => Plan {
                pace: None,
                burst: BURST,
                ..repeated(code(&Message::Tiny), encoded(&Message::Tiny, None))
            },
        }
    }
}

impl Plan {
    /// The time from one message to the next.
    pub(crate) fn interval(&self) -> Duration {
        match (self.pace, self.payloads.first()) {
            (Some(pace), Some(payload)) => Duration::from_secs_f64(payload.len() as f64 / pace),
            _ => Duration::ZERO,
        }
    }
}
