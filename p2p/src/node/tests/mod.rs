use super::*;
use crate::serve::tests::Text;

mod docs;
mod files;
mod flags;
mod metrics;
mod own;
mod starting;
mod table;

const KEY: &str = "1dd9d65c4552b5eb43d5ad55a2ee3f56c6cbc1c64a5c8d659f51fcd51bace24351232b8d7821617d2b29b54b81cdefb9b3e9c37d7fd5f63270bcc9e1a6f6a439";

fn node() -> Node {
    Node::new(Text::run(|_, _| std::future::pending()))
}

/// Reads flags, each in a word.
fn parse(args: &str) -> Result<Args, String> {
    let args = std::iter::once("foobar").chain(args.split_whitespace());
    Args::try_parse("foobar", &node().setup, args).map_err(|error| error.to_string())
}

/// Reads the bytes of a file of a node's settings.
fn parse_file(bytes: &[u8]) -> Result<Vec<(setup::Given, Position)>, Vec<Mistake>> {
    file::parse(bytes, &node().setup.rows())
}

fn args(text: &str) -> Args {
    parse(text).expect("valid flags")
}

/// A file of this test's own, which is removed in the end.
struct TempFile(PathBuf);

impl TempFile {
    /// A path at which there is no file.
    fn none(name: &str) -> Self {
        let name = format!("p2p-{}-{name}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn with(name: &str, content: impl AsRef<[u8]>) -> Self {
        let file = Self::none(name);
        std::fs::write(&file.0, content).expect("written");
        file
    }

    fn path(&self) -> std::path::Display<'_> {
        self.0.display()
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
