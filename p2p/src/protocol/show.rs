//! Text for a log that contains what a peer has sent: on one line, escaped, and not too long.

use std::fmt::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Protocol;
use super::numbers::Code;

/// Text is cut after this many bytes.
const CUT: usize = 1024;

/// Decodes a payload and formats the message with its `Debug`.
pub(crate) fn show<P: Protocol>(version: u64, code: Code, payload: &[u8]) -> String {
    let mut line = Line(String::new());
    // Logging must not fail, whatever the peer has sent and whatever the user's `Debug` does.
    let shown = catch_unwind(AssertUnwindSafe(|| {
        match P::decode(version, code, payload) {
            Ok(message) => write!(line, "{}", Shown(&message)),
            Err(error) => write!(line, "undecodable: {error}"),
        }
    }));
    let Line(mut text) = line;
    match shown {
        Ok(Ok(())) => {}
        Ok(Err(fmt::Error)) => text.push_str(".."),
        Err(_) => text.push_str(" panicked"),
    }
    text
}

struct Shown<'a, P>(&'a P);

impl<P: Protocol> fmt::Display for Shown<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.show(f)
    }
}

/// Displays a text that may contain what a peer has sent: control characters are escaped, and long text is cut.
pub(crate) struct Escaped<T>(pub(crate) T);

impl<T: fmt::Display> fmt::Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = Line(String::new());
        let whole = write!(line, "{}", self.0).is_ok();
        f.write_str(&line.0)?;
        f.write_str(if whole { "" } else { ".." })
    }
}

/// Text without control characters, which fails when it becomes too long.
struct Line(String);

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            if self.0.len() >= CUT {
                return Err(fmt::Error);
            }
            if character.is_control() {
                self.0.extend(character.escape_default());
            } else {
                self.0.push(character);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::tests::{Text, text};

    fn shown(words: &str) -> String {
        let mut payload = Vec::new();
        text(words).encode(1, None, &mut payload).expect("encoded");
        show::<Text>(1, Code(0), &payload)
    }

    #[test]
    fn what_a_peer_writes_stays_on_its_line_and_is_cut() {
        assert_eq!(shown("a\nb\u{1b}[2J"), r#"Text("a\nb\u{1b}[2J")"#);
        let long = shown(&"x".repeat(1 << 20));
        assert!(long.ends_with("xx.."), "{long}");
        assert_eq!(long.len(), CUT + 2);
    }

    #[test]
    fn a_payload_that_is_no_message_is_told_as_that() {
        let line = show::<Text>(1, Code(0), &[0x80]);
        assert!(line.starts_with("undecodable: message Text"), "{line}");
    }
}
