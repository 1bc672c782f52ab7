//! What is counted of the messages of one version of a protocol.

use super::{Code, Kind, MessageInfo};
use crate::meters::names::{
    HANDLER_TIME, Labels, MESSAGE_BYTES, MESSAGES, RATE_LIMITED, REQUEST_TIME, REQUEST_TIMEOUTS,
    REQUESTS_IN_FLIGHT, STRAY_REPLIES,
};
use crate::meters::{Counter, Gauge, Histogram, Timed, counter, gauge, histogram};
use crate::timer;

/// The series of one version's messages, shared by all peers.
#[derive(Debug)]
pub(crate) struct Meter {
    rows: Box<[(Code, Series)]>,
    /// Of codes that the version has no message for.
    unknown: Series,
    in_flight: Gauge,
    /// Whether handlers are timed, which takes two looks at the clock.
    handlers: bool,
}

/// The series of one message.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) received: Flow,
    pub(crate) sent: Flow,
    pub(crate) limited: Counter,
    pub(crate) late: Counter,
    pub(crate) unsolicited: Counter,
    timed_out: Counter,
    answered: Histogram,
    handled: Histogram,
}

/// Messages that pass in one direction.
#[derive(Debug)]
pub(crate) struct Flow {
    messages: Counter,
    bytes: Counter,
}

impl Flow {
    fn new(labels: Labels<'_>) -> Self {
        Self {
            messages: counter(MESSAGES, labels),
            bytes: counter(MESSAGE_BYTES, labels),
        }
    }

    const fn noop() -> Self {
        Self {
            messages: Counter::noop(),
            bytes: Counter::noop(),
        }
    }

    pub(crate) fn add(&self, messages: u64, bytes: u64) {
        self.messages.increment(messages);
        self.bytes.increment(bytes);
    }
}

impl Series {
    const NOOP: Self = Self {
        received: Flow::noop(),
        sent: Flow::noop(),
        limited: Counter::noop(),
        late: Counter::noop(),
        unsolicited: Counter::noop(),
        timed_out: Counter::noop(),
        answered: Histogram::noop(),
        handled: Histogram::noop(),
    };

    fn flows(protocol: &'static str, message: &'static str) -> Self {
        let flow = |direction| {
            Flow::new(&[
                ("protocol", protocol),
                ("message", message),
                ("direction", direction),
            ])
        };
        Self {
            received: flow("received"),
            sent: flow("sent"),
            ..Self::NOOP
        }
    }

    fn new(protocol: &'static str, row: &MessageInfo, handlers: bool) -> Self {
        let labels = [("protocol", protocol), ("message", row.name)];
        let stray = |kind| counter(STRAY_REPLIES, &[labels[0], labels[1], ("kind", kind)]);
        let mut series = Self::flows(protocol, row.name);
        if row.rate.is_some() {
            series.limited = counter(RATE_LIMITED, &labels);
        }
        match row.kind {
            Kind::Reply => {
                series.late = stray("late");
                series.unsolicited = stray("unsolicited");
            }
            Kind::Request { .. } => {
                series.timed_out = counter(REQUEST_TIMEOUTS, &labels);
                series.answered = histogram(REQUEST_TIME, &labels);
            }
            Kind::Notification => {}
        }
        if handlers && row.kind != Kind::Reply {
            series.handled = histogram(HANDLER_TIME, &labels);
        }
        series
    }
}

impl Meter {
    /// Counts nothing.
    pub(crate) fn nothing() -> Self {
        Self {
            rows: Box::default(),
            unknown: Series::NOOP,
            in_flight: Gauge::noop(),
            handlers: false,
        }
    }

    /// Counts the messages of this version.
    pub(crate) fn new(
        protocol: &'static str,
        messages: &'static [MessageInfo],
        version: u64,
        handlers: bool,
    ) -> Self {
        let rows = messages.iter().filter(|row| row.is_in(version));
        let mut rows: Box<[_]> = rows
            .map(|row| (row.code, Series::new(protocol, row, handlers)))
            .collect();
        rows.sort_by_key(|(code, _)| *code);
        Self {
            rows,
            unknown: Series::flows(protocol, "unknown"),
            in_flight: gauge(REQUESTS_IN_FLIGHT, &[("protocol", protocol)]),
            handlers,
        }
    }

    /// The series of the message that has this code.
    pub(crate) fn of(&self, code: Code) -> &Series {
        let found = self.rows.binary_search_by_key(&code, |(code, _)| *code);
        let row = found.ok().and_then(|place| self.rows.get(place));
        row.map_or(&self.unknown, |(_, series)| series)
    }

    /// Times the handling of a message, if that is wanted.
    #[inline]
    pub(crate) fn handling(&self, code: Code) -> Timed<'_> {
        match self.handlers {
            true => Timed::begin(&self.of(code).handled, timer::now),
            false => Timed::nothing(),
        }
    }

    /// Counts a request that begins to wait, until what it returns is dropped.
    pub(crate) fn waiting(&self) -> InFlight<'_> {
        self.in_flight.increment(1.0);
        InFlight(&self.in_flight)
    }

    /// Times a request that was sent.
    pub(crate) fn asked(&self, code: Code) -> Timed<'_> {
        Timed::begin(&self.of(code).answered, timer::now)
    }

    /// Counts a request that was not answered in time.
    pub(crate) fn timed_out(&self, code: Code) {
        self.of(code).timed_out.increment(1);
    }
}

/// A request in flight.
#[derive(Debug)]
pub(crate) struct InFlight<'a>(&'a Gauge);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}
