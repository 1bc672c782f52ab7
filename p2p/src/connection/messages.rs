//! The messages of one version of a protocol, as connections look them up: one row for each.

use std::sync::Mutex;
use std::time::Instant;

use crate::bucket::Bucket;
use crate::meters::names::{
    HANDLER_TIME, Labels, MESSAGE_BYTES, MESSAGES, RATE_LIMITED, REQUEST_TIME, REQUEST_TIMEOUTS,
    REQUESTS_IN_FLIGHT, STRAY_REPLIES,
};
use crate::meters::{Counter, Gauge, Histogram, Timed, counter, gauge, histogram};
use crate::protocol::Protocol;
use crate::protocol::numbers::Code;
use crate::protocol::show::show;
use crate::protocol::table::{MessageInfo, MessageKind};
use crate::timer;

/// The messages of a version, shared by all connections on which it is spoken.
#[derive(Debug)]
pub(crate) struct Messages {
    /// The protocol's name.
    pub(crate) protocol: &'static str,
    pub(crate) version: u64,
    /// Ordered by code.
    rows: Box<[Row]>,
    /// The metrics of messages with an unknown code.
    unknown: Series,
    in_flight: Gauge,
    /// True if handlers are timed, which reads the clock twice for each message.
    times_handlers: bool,
    show: fn(u64, Code, &[u8]) -> String,
}

/// All that is known about one message.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) info: &'static MessageInfo,
    pub(crate) series: Series,
    /// The most bytes that its payload can have.
    pub(crate) largest: usize,
    /// The position of its token bucket among those of a connection, if it has a rate.
    pub(crate) bucket: Option<usize>,
}

/// Which metrics are recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Metering {
    /// None, as in a pipe.
    Off,
    /// Those of messages and requests.
    Messages,
    /// The same, and the times of handlers.
    Handlers,
}

/// The metrics of one message.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) received: Volume,
    pub(crate) sent: Volume,
    /// Messages beyond their rate.
    pub(crate) limited: Counter,
    /// Replies that came too late.
    pub(crate) late: Counter,
    /// Replies that were never asked for.
    pub(crate) unsolicited: Counter,
    timed_out: Counter,
    answered: Histogram,
    handled: Histogram,
}

/// The messages in one direction, and their bytes.
#[derive(Debug)]
pub(crate) struct Volume {
    pub(crate) messages: Counter,
    pub(crate) bytes: Counter,
}

impl Volume {
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
}

impl Series {
    const NOOP: Self = Self {
        received: Volume::noop(),
        sent: Volume::noop(),
        limited: Counter::noop(),
        late: Counter::noop(),
        unsolicited: Counter::noop(),
        timed_out: Counter::noop(),
        answered: Histogram::noop(),
        handled: Histogram::noop(),
    };

    /// Counts in both directions, and nothing else.
    fn volumes(protocol: &'static str, message: &'static str) -> Self {
        let volume = |direction| {
            Volume::new(&[
                ("protocol", protocol),
                ("message", message),
                ("direction", direction),
            ])
        };
        Self {
            received: volume("received"),
            sent: volume("sent"),
            ..Self::NOOP
        }
    }

    fn new(protocol: &'static str, info: &MessageInfo, times_handlers: bool) -> Self {
        let labels = [("protocol", protocol), ("message", info.name)];
        let stray = |kind| counter(STRAY_REPLIES, &[labels[0], labels[1], ("kind", kind)]);
        let mut series = Self::volumes(protocol, info.name);
        if info.rate.is_some() {
            series.limited = counter(RATE_LIMITED, &labels);
        }
        match info.kind {
            MessageKind::Reply => {
                series.late = stray("late");
                series.unsolicited = stray("unsolicited");
            }
            MessageKind::Request { .. } => {
                series.timed_out = counter(REQUEST_TIMEOUTS, &labels);
                series.answered = histogram(REQUEST_TIME, &labels);
            }
            MessageKind::Notification => {}
        }
        if times_handlers && info.kind != MessageKind::Reply {
            series.handled = histogram(HANDLER_TIME, &labels);
        }
        series
    }
}

impl Row {
    pub(crate) fn is_request(&self) -> bool {
        matches!(self.info.kind, MessageKind::Request { .. })
    }
}

impl Messages {
    pub(crate) fn new<P: Protocol>(version: u64, metering: Metering) -> Self {
        let protocol = P::NAME;
        let times_handlers = metering == Metering::Handlers;
        let infos = P::MESSAGES.iter().filter(|info| info.is_in(version));
        let mut infos: Vec<&'static MessageInfo> = infos.collect();
        infos.sort_by_key(|info| info.code);
        let mut buckets = 0..;
        let rows = infos.into_iter().map(|info| Row {
            info,
            largest: P::largest(info).min(info.max_size),
            series: match metering {
                Metering::Off => Series::NOOP,
                _ => Series::new(protocol, info, times_handlers),
            },
            bucket: info.rate.and_then(|_| buckets.next()),
        });
        let rows = rows.collect();
        let is_off = metering == Metering::Off;
        Self {
            protocol,
            version,
            rows,
            unknown: if is_off {
                Series::NOOP
            } else {
                Series::volumes(protocol, "unknown")
            },
            in_flight: if is_off {
                Gauge::noop()
            } else {
                gauge(REQUESTS_IN_FLIGHT, &[("protocol", protocol)])
            },
            times_handlers,
            show: show::<P>,
        }
    }

    /// The message that has this code.
    #[inline]
    pub(crate) fn row(&self, code: Code) -> Option<&Row> {
        // Most protocols use every code from 0 on.
        if let Some(row) = usize::try_from(code.0)
            .ok()
            .and_then(|code| self.rows.get(code))
            && row.info.code == code
        {
            return Some(row);
        }
        let found = self.rows.binary_search_by_key(&code, |row| row.info.code);
        found.ok().and_then(|index| self.rows.get(index))
    }

    /// The most bytes that a payload of any message can have.
    pub(crate) fn largest(&self) -> usize {
        self.rows
            .iter()
            .map(|row| row.info.max_size)
            .max()
            .unwrap_or_default()
    }

    /// The name of the message that has this code.
    pub(crate) fn name_of(&self, code: Code) -> Option<&'static str> {
        self.row(code).map(|row| row.info.name)
    }

    pub(crate) fn has_requests(&self) -> bool {
        self.rows.iter().any(Row::is_request)
    }

    /// Full token buckets for the messages that have a rate, in the order of their rows.
    pub(crate) fn buckets(&self, now: Instant) -> Box<[Mutex<Bucket>]> {
        let rates = self.rows.iter().filter_map(|row| row.info.rate);
        rates.map(|rate| Mutex::new(rate.bucket(now))).collect()
    }

    /// A payload on one line, as a log shows it.
    pub(crate) fn show(&self, code: Code, payload: &[u8]) -> String {
        (self.show)(self.version, code, payload)
    }

    /// The metrics of the message that has this code.
    pub(crate) fn series(&self, code: Code) -> &Series {
        self.row(code).map_or(&self.unknown, |row| &row.series)
    }

    /// Times the handling of a message, if the program wants it.
    #[inline]
    pub(crate) fn time_handling(&self, code: Code) -> Timed<'_> {
        if self.times_handlers {
            Timed::begin(&self.series(code).handled, timer::now)
        } else {
            Timed::nothing()
        }
    }

    /// Times a request that was sent.
    pub(crate) fn time_request(&self, code: Code) -> Timed<'_> {
        Timed::begin(&self.series(code).answered, timer::now)
    }

    /// Counts a request that was not answered in time.
    pub(crate) fn count_timeout(&self, code: Code) {
        self.series(code).timed_out.increment(1);
    }

    /// Counts a request in flight until the guard is dropped.
    pub(crate) fn waiting(&self) -> InFlight<'_> {
        self.in_flight.increment(1.0);
        InFlight(&self.in_flight)
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::channel::{Channel, Ids};
    use super::super::pending::RequestLimits;
    use super::super::queue::Queue;
    use super::*;
    use crate::message_id::MessageId;
    use crate::protocol::error::{DecodeError, EncodeError};
    use crate::protocol::numbers::{RequestId, Version};
    use crate::protocol::rate::Rate;

    struct Sparse;

    impl Protocol for Sparse {
        const NAME: &'static str = "sparse";
        const VERSIONS: &'static [Version] = &[];
        const MESSAGES: &'static [MessageInfo] = &[
            MessageInfo::new(Code(7), "Seven").rate(Rate::per_second(3)),
            MessageInfo::new(Code(2), "Free"),
            MessageInfo::new(Code(0), "New")
                .since(2)
                .rate(Rate::per_minute(1)),
            MessageInfo::new(Code(0), "Old")
                .until(1)
                .rate(Rate::per_hour(1)),
        ];

        fn info(&self) -> &'static MessageInfo {
            &Self::MESSAGES[0]
        }

        fn encode(&self, _: u64, _: Option<RequestId>, _: &mut Vec<u8>) -> Result<(), EncodeError> {
            Ok(())
        }

        fn decode(_: u64, _: Code, _: &[u8]) -> Result<Self, DecodeError> {
            Ok(Self)
        }
    }

    #[test]
    fn a_row_is_found_by_its_code() {
        let messages = Messages::new::<Sparse>(2, Metering::Off);
        let names = [0, 1, 2, 7, 8, u64::MAX].map(|code| messages.name_of(Code(code)));
        let expected = [Some("New"), None, Some("Free"), Some("Seven"), None, None];
        assert_eq!(names, expected);
    }

    #[test]
    fn each_message_of_a_version_has_its_own_bucket() {
        let now = Instant::now();
        let names = |version| {
            let messages = Arc::new(Messages::new::<Sparse>(version, Metering::Off));
            let inbox = Arc::new(Queue::new(1024));
            let limits = RequestLimits::default();
            let ids = Ids {
                first: MessageId(16),
                length: 9,
            };
            let channel = Channel::new(messages, ids, inbox, Arc::new(()), limits, Some(now));
            let mut excess = Vec::new();
            for code in [0, 2, 7].map(Code).repeat(4) {
                let row = channel.messages.row(code).expect("a message");
                if row
                    .bucket
                    .is_some_and(|bucket| !channel.take_token(bucket, now))
                {
                    excess.push(row.info.name);
                }
            }
            excess
        };
        assert_eq!(names(1), ["Old", "Old", "Old", "Seven"]);
        assert_eq!(names(2), ["New", "New", "New", "Seven"]);
    }
}
