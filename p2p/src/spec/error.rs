//! Why a specification can't be generated, or does not match a file.

use std::fmt;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::difference::Difference;
use super::vector_error::VectorError;

/// The wire format of a protocol does not match a file, or can't be determined.
///
/// `Debug` is as readable as `Display`, so a test can return it or unwrap it.
#[non_exhaustive]
#[derive(Error)]
pub enum SpecError {
    /// The wire format has changed, or the file is not complete yet.
    #[error("{}", changed(path, protocol, differences))]
    Changed {
        /// The file.
        path: PathBuf,
        /// The protocol's name.
        protocol: &'static str,
        /// What has changed, version by version.
        differences: Vec<Difference>,
    },
    /// The document has changed.
    #[error(
        "the document differs from line {line} of {}: expected {now:?}, found {was:?}; if that is right, \
         write it anew with UPDATE_SPEC=1",
        path.display()
    )]
    Document {
        /// The file.
        path: PathBuf,
        /// The number of the first line that differs, counted from 1.
        line: usize,
        /// The line in the file.
        was: String,
        /// The line in the document.
        now: String,
    },
    /// There is no file to compare with.
    #[error("there is no {} yet; write it with UPDATE_SPEC=1 and commit it", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file can't be read.
    #[error("{} can't be read: {cause}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The file can't be written.
    #[error("{} can't be written: {cause}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The file was not written by this library, or was changed by hand.
    #[error(
        "line {line} of {} can't be understood, expected {expected}; restore the file from version \
         control",
        path.display()
    )]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The number of the line, counted from 1.
        line: usize,
        /// What should be there.
        expected: &'static str,
    },
    /// An example of a message does not survive a round trip.
    #[error(transparent)]
    Vector(Box<VectorError>),
}

impl From<VectorError> for SpecError {
    fn from(error: VectorError) -> Self {
        Self::Vector(Box::new(error))
    }
}

impl fmt::Debug for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

fn changed(path: &std::path::Path, protocol: &str, differences: &[Difference]) -> String {
    let mut text = format!(
        "the wire of {protocol} is not what {} says:\n",
        path.display()
    );
    for difference in differences {
        text += &format!("  {difference}\n");
    }
    let broken = differences.iter().filter(|it| it.breaks_peers());
    let mut broken: Vec<String> = broken
        .map(|difference| format!("{protocol}/{}", difference.version()))
        .collect();
    broken.dedup();
    if !broken.is_empty() {
        let broken = broken.join(" and ");
        text += &format!(
            "Peers that speak {broken} can't know: devp2p compares names and versions only. Undo the change, \
             or make it in a new version, with `versions` on the enum and `since` and `until` on its \
             variants.\nIf nobody speaks {broken} yet, or if names have changed alone, "
        );
    } else {
        text += "If that is right, ";
    }
    text + "write the file anew: UPDATE_SPEC=1 cargo test"
}
