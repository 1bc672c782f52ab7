//! Reads how often each function was called from what callgrind writes.

use std::collections::BTreeMap;

/// The calls of each function of ours, and its file.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    /// By the function's path, without closures.
    counts: BTreeMap<String, u64>,
    /// The calls that each makes of others of ours.
    made: BTreeMap<String, u64>,
    /// The file of each, from `p2p/src`.
    files: BTreeMap<String, String>,
}

/// A function, and how often it is called for each message.
#[derive(Debug)]
pub(crate) struct Function<'c> {
    pub(crate) name: &'c str,
    pub(crate) file: &'c str,
    pub(crate) calls: u64,
    /// It calls others of ours each time.
    pub(crate) is_caller: bool,
}

impl Calls {
    pub(crate) fn read(text: &str) -> Self {
        let mut calls = Self::default();
        // The function that the lines are about, and the one that it calls.
        let mut own = "";
        let mut caller = "";
        let mut file = None;
        let mut name = "";
        for line in text.lines() {
            let Some((key, value)) = line.split_once('=') else {
                continue;
            };
            match key {
                "fl" => own = value,
                "fn" => caller = value,
                "cfi" | "cfl" => file = Some(value),
                "cfn" => name = value,
                "calls" => {
                    let count = value.split(' ').next().unwrap_or_default();
                    // One without a file is in that of its caller.
                    let file = file.take().unwrap_or(own);
                    calls.add(caller, file, name, count.parse().unwrap_or(0));
                }
                _ => {}
            }
        }
        calls
    }

    fn add(&mut self, caller: &str, file: &str, name: &str, count: u64) {
        let Some(name) = ours(name) else {
            return;
        };
        *self.counts.entry(name.to_owned()).or_default() += count;
        if let Some(caller) = ours(caller)
            && caller != name
        {
            *self.made.entry(caller.to_owned()).or_default() += count;
        }
        // The file of a closure can be that of a macro.
        if let Some((_, file)) = file.split_once("p2p/src/") {
            self.files.insert(name.to_owned(), file.to_owned());
        }
    }

    /// The functions that are called once or more often for each message.
    pub(crate) fn of_each(&self, messages: u64) -> Vec<Function<'_>> {
        let functions = self.counts.iter().filter_map(|(name, calls)| {
            Some(Function {
                name,
                file: self.files.get(name)?,
                calls: calls / messages,
                is_caller: self.made.get(name).is_some_and(|made| *made >= messages),
            })
        });
        functions.filter(|function| function.calls > 0).collect()
    }
}

/// The path of a function of ours, or of the one that a closure of ours stands in.
fn ours(name: &str) -> Option<&str> {
    if !name.starts_with("p2p::") && !name.starts_with("<p2p::") {
        return None;
    }
    let end = name
        .find("::{{closure}}")
        .or_else(|| name.find("::{closure#"));
    Some(&name[..end.unwrap_or(name.len())])
}

/// A function's path without the modules in it: `p2p::driver::reader::Reader<R>::run` is `Reader<R>::run`.
pub(crate) fn short(name: &str) -> String {
    let mut short = String::new();
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        let end = rest.find(|c| !is_path(c)).unwrap_or(rest.len());
        if end == 0 {
            short.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let mut path = &rest[..end];
        while let Some((module, behind)) = path.split_once("::")
            && module.starts_with(char::is_lowercase)
        {
            path = behind;
        }
        short += path;
        rest = &rest[end..];
    }
    short
}
