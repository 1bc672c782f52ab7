//! Checks the wire format and the document against files.

use std::path::Path;

use super::compare::differences;
use super::describe::Describe;
use super::error::SpecError;
use super::snapshot::Snapshot;
use super::specification::Specification;
use super::vector_error::VectorError;
use super::{file, markdown};

impl<P: Describe> Specification<P> {
    /// A document in the style of ethereum/devp2p's `caps`.
    ///
    /// It includes the documentation of the enum, its variants, their fields and the structs in them.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        markdown::document(self)
    }

    /// Checks that the wire format of every version matches a file, and that all examples in the file can
    /// still be decoded.
    ///
    /// A relative path starts at the directory of the package being tested. If the environment has
    /// `UPDATE_SPEC`, the file is [written](Self::write) instead.
    ///
    /// # Errors
    ///
    /// [`SpecError`], whose text says what has changed and what to do about it.
    pub fn check(&self, path: impl AsRef<Path>) -> Result<(), SpecError> {
        let path = file::resolve(path.as_ref());
        if file::is_update() {
            return self.write(path);
        }
        let was = file::parse(&path, &file::read(&path)?)?;
        let differences = differences::<P>(&was, &self.snapshot()?);
        if differences.is_empty() {
            return Ok(());
        }
        let protocol = P::NAME;
        Err(SpecError::Changed {
            path,
            protocol,
            differences,
        })
    }

    /// Writes the file that [`check`](Self::check) reads.
    ///
    /// # Errors
    ///
    /// [`SpecError::Write`] if the file can't be written, [`SpecError::Vector`] as for [`vectors`](Self::vectors).
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), SpecError> {
        file::write(
            &file::resolve(path.as_ref()),
            &file::render(&self.snapshot()?),
        )
    }

    /// Checks that a file contains the [document](Self::to_markdown), or writes it if the environment has
    /// `UPDATE_SPEC`.
    ///
    /// # Errors
    ///
    /// [`SpecError::Document`] with the first line that differs.
    pub fn check_markdown(&self, path: impl AsRef<Path>) -> Result<(), SpecError> {
        let path = file::resolve(path.as_ref());
        let now = self.to_markdown();
        if file::is_update() {
            return file::write(&path, &now);
        }
        file::compare(path, &now)
    }

    /// The wire of all versions with examples.
    fn snapshot(&self) -> Result<Snapshot, VectorError> {
        let mut versions = P::VERSIONS.to_vec();
        versions.sort_unstable_by_key(|version| version.number);
        let mut snapshot = Snapshot {
            protocol: P::NAME.to_owned(),
            versions: versions.iter().map(|version| self.wire(version)).collect(),
        };
        for version in &mut snapshot.versions {
            for vector in self.vectors(version.number)? {
                let mut messages = version.messages.iter_mut();
                if let Some(message) = messages.find(|message| message.code == vector.code) {
                    message.payloads.push(vector.payload);
                }
            }
        }
        Ok(snapshot)
    }
}
