//! The other end of a connection, played by hand with the pure layers.

use super::*;

/// One end of a stream, played by hand.
pub(crate) struct Hand<S = DuplexStream> {
    pub(crate) session: Session,
    pub(crate) stream: S,
    /// Bytes that were received and not read yet.
    pub(crate) buffer: Vec<u8>,
}

/// A message of the other end, or its end.
#[derive(Debug, PartialEq)]
pub(crate) enum Heard {
    Message(u64, Vec<u8>),
    Ping,
    Pong,
    Disconnect(DisconnectReason),
    Closed,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Hand<S> {
    /// The frame of a message.
    pub(crate) fn frame(&mut self, id: u64, payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let sealed = self
            .session
            .egress
            .message(MessageId(id), payload, false, &mut out);
        sealed.expect("it fits");
        out
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("written");
    }

    /// Waits for the next message, or the end.
    pub(crate) async fn next(&mut self) -> Heard {
        loop {
            match self.session.ingress.next(&mut self.buffer).expect("frames") {
                Step::Incomplete { .. } => {}
                Step::Event { event, consumed } => {
                    let heard = match event {
                        Event::Message { shared, code, body } => {
                            let mut payload = Vec::new();
                            body.copy_to(&mut payload).expect("decompressed");
                            Heard::Message(self.session.shared[shared].first_id.0 + code, payload)
                        }
                        Event::Ping => Heard::Ping,
                        Event::Pong => Heard::Pong,
                        Event::Disconnect(reason) => Heard::Disconnect(reason),
                        Event::Ignored => panic!("an id without meaning"),
                    };
                    self.buffer.drain(..consumed);
                    return heard;
                }
            }
            if self.stream.read_buf(&mut self.buffer).await.expect("read") == 0 {
                return Heard::Closed;
            }
        }
    }
}

impl Hand {
    pub(super) async fn send(&mut self, id: u64, words: &str) {
        let frame = self.frame(id, &payload(words));
        self.write(&frame).await;
    }

    pub(super) async fn ping(&mut self) {
        let frame = self.frame(2, &[0xc0]);
        self.write(&frame).await;
    }

    pub(super) async fn pong(&mut self) {
        let frame = self.frame(3, &[0xc0]);
        self.write(&frame).await;
    }

    pub(super) fn disconnect(&mut self, reason: DisconnectReason) -> Vec<u8> {
        let mut out = Vec::new();
        self.session.egress.disconnect(reason, &mut out);
        out
    }

    pub(super) async fn hear(&mut self) -> Heard {
        self.next().await
    }

    /// Waits for a message, which should be this one.
    pub(super) async fn expect(&mut self, id: u64, words: &str) {
        assert_eq!(self.hear().await, Heard::Message(id, payload(words)));
    }

    /// Waits for the reason of the end, and for the end.
    pub(super) async fn expect_end(&mut self, reason: DisconnectReason) {
        assert_eq!(self.hear().await, Heard::Disconnect(reason));
        assert_eq!(self.hear().await, Heard::Closed);
    }
}

pub(crate) fn payload(words: &str) -> Vec<u8> {
    let mut payload = Vec::new();
    text(words).encode(1, None, &mut payload).expect("encoded");
    payload
}
