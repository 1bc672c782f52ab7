//! The file that holds the wire of a protocol, to compare with.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use super::error::SpecError;
use super::parse;
use super::snapshot::{MessageWire, Snapshot, VersionWire, hex, unhex};
use crate::protocol::numbers::Code;

/// True if files are to be written and not compared.
pub(super) fn is_update() -> bool {
    env::var_os("UPDATE_SPEC").is_some_and(|value| !value.is_empty())
}

/// Makes a relative path start at the folder of the package that cargo runs.
pub(super) fn resolve(path: &Path) -> PathBuf {
    match env::var_os("CARGO_MANIFEST_DIR") {
        Some(folder) => Path::new(&folder).join(path),
        None => path.to_owned(),
    }
}

/// Reads a file that must exist.
pub(super) fn read(path: &Path) -> Result<String, SpecError> {
    fs::read_to_string(path).map_err(|cause| {
        let path = path.to_owned();
        match cause.kind() {
            io::ErrorKind::NotFound => SpecError::Missing { path },
            _ => SpecError::Read { path, cause },
        }
    })
}

/// Writes a file, and makes its folder if there is none.
pub(super) fn write(path: &Path, text: &str) -> Result<(), SpecError> {
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    let written = folder.and_then(|()| fs::write(path, text));
    written.map_err(|cause| {
        let path = path.to_owned();
        SpecError::Write { path, cause }
    })
}

/// Compares a file with the expected text, line by line.
pub(super) fn compare(path: PathBuf, now: &str) -> Result<(), SpecError> {
    let was = read(&path)?;
    let mut left = was.lines();
    let mut right = now.lines();
    let mut line = 1;
    loop {
        match (left.next(), right.next()) {
            (None, None) => return Ok(()),
            (was, now) if was == now => line += 1,
            (was, now) => {
                return Err(SpecError::Document {
                    path,
                    line,
                    was: was.unwrap_or_default().to_owned(),
                    now: now.unwrap_or_default().to_owned(),
                });
            }
        }
    }
}

/// The text of the file.
pub(super) fn render(snapshot: &Snapshot) -> String {
    let protocol = &snapshot.protocol;
    let mut text = format!(
        "# The wire of {protocol}, made from its code. Peers that speak a version rely on every line of it:\n\
         # what changes belongs in a new version. UPDATE_SPEC=1 cargo test writes this file.\n"
    );
    for version in &snapshot.versions {
        text += &format!(
            "\n{protocol}/{} length {} keccak256 {}\n",
            version.number,
            version.length,
            version.fingerprint(protocol)
        );
        for message in &version.messages {
            text += &format!("{} {} {}", message.code, message.name, message.wire);
            if let Some(reply) = message.reply {
                text += &format!(" -> {reply}");
            }
            text.push('\n');
            for payload in &message.payloads {
                text += &format!("  {}\n", hex(payload));
            }
        }
    }
    text
}

/// Reads the text of the file.
pub(super) fn parse(path: &Path, text: &str) -> Result<Snapshot, SpecError> {
    let mut snapshot: Option<Snapshot> = None;
    let mut fingerprints = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line_number = number + 1;
        let malformed = |expected| SpecError::Malformed {
            path: path.to_owned(),
            line: line_number,
            expected,
        };
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.is_empty() || words.first() == Some(&"#") {
            continue;
        }
        if let Some((protocol, version, fingerprint)) = heading(&words) {
            let found = snapshot.get_or_insert_with(|| Snapshot {
                protocol: protocol.to_owned(),
                versions: Vec::new(),
            });
            if found.protocol != protocol {
                return Err(malformed("versions of one protocol only"));
            }
            found.versions.push(version);
            fingerprints.push((line_number, fingerprint));
            continue;
        }
        let version = snapshot.as_mut().and_then(|it| it.versions.last_mut());
        let version =
            version.ok_or_else(|| malformed("a version, as in `foobar/1 length 1 ..`"))?;
        if line.starts_with(' ') {
            let payload = unhex(line.trim());
            let message = version.messages.last_mut();
            let (Some(payload), Some(message)) = (payload, message) else {
                return Err(malformed("an example of a message in hexadecimal digits"));
            };
            message.payloads.push(payload);
        } else {
            version.messages.push(message(line).map_err(malformed)?);
        }
    }
    let malformed = |line, expected| SpecError::Malformed {
        path: path.to_owned(),
        line,
        expected,
    };
    let snapshot =
        snapshot.ok_or_else(|| malformed(1, "a version, as in `foobar/1 length 1 ..`"))?;
    for (version, (line, fingerprint)) in snapshot.versions.iter().zip(&fingerprints) {
        if version.fingerprint(&snapshot.protocol).to_string() != *fingerprint {
            return Err(malformed(*line, "the fingerprint of the lines below"));
        }
    }
    Ok(snapshot)
}

/// `foobar/1 length 1 keccak256 ..`
fn heading<'a>(words: &[&'a str]) -> Option<(&'a str, VersionWire, String)> {
    let [name, "length", length, "keccak256", fingerprint] = words else {
        return None;
    };
    let (protocol, number) = name.rsplit_once('/')?;
    let version = VersionWire {
        number: number.parse().ok()?,
        length: length.parse().ok()?,
        messages: Vec::new(),
    };
    Some((protocol, version, (*fingerprint).to_owned()))
}

/// `0x00 GetBlocks [request-id: uint64, start: uint64] -> 0x01`
fn message(line: &str) -> Result<MessageWire, &'static str> {
    let wanted = "a message, as in `0x00 Text [text]`";
    let mut parts = line.splitn(3, ' ');
    let code = parts.next().and_then(hexadecimal).ok_or(wanted)?;
    let name = parts.next().ok_or(wanted)?.to_owned();
    let (wire, rest) = parse::wire(parts.next().ok_or(wanted)?)?;
    let reply = match rest.trim() {
        "" => None,
        rest => {
            let reply = rest.strip_prefix("-> ").and_then(hexadecimal);
            Some(reply.ok_or("the end of the line, or the code of a reply, as in `-> 0x01`")?)
        }
    };
    Ok(MessageWire {
        code,
        name,
        wire,
        reply,
        payloads: Vec::new(),
    })
}

fn hexadecimal(word: &str) -> Option<Code> {
    let digits = word.strip_prefix("0x")?;
    u64::from_str_radix(digits, 16).ok().map(Code)
}
