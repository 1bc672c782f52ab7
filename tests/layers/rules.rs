//! The rules between the files of a crate. Each gives a line for everything that breaks it.

use std::collections::BTreeMap;

use crate::circles::{self, Graph};
use crate::imports::{Crate, Import, ROOT, Sources};

/// The modules at the top, each with the groups of modules that it may import from.
pub(crate) type Table = [(&'static str, &'static [&'static [&'static str]])];

/// The most lines of a file, without its comments and inline tests.
const LONGEST: usize = 500;

/// The module at the top that a file belongs to.
fn top(file: &str) -> &str {
    file.split('/')
        .next()
        .unwrap_or(file)
        .trim_end_matches(".rs")
}

/// The modules without a line in the table, and the lines without a module.
pub(crate) fn unlisted(library: &Crate<'_>, table: &Table) -> Vec<String> {
    let mut modules: Vec<&str> = library.files().into_iter().map(top).collect();
    modules.dedup();
    let is_listed = |module: &&&str| table.iter().any(|(listed, _)| listed == *module);
    let unlisted = modules.iter().filter(|module| **module != top(ROOT));
    let unlisted = unlisted.filter(|module| !is_listed(module)).map(|module| {
        format!("the module {module} has no line in TABLE: add one with the modules that it may import from")
    });
    let stale = table.iter().filter(|(listed, _)| !modules.contains(listed));
    let stale = stale.map(|(listed, _)| {
        format!("TABLE has a line for {listed}, and there is no such module: take the line out")
    });
    unlisted.chain(stale).collect()
}

/// The imports of modules that the table does not allow. A module without a line is left to `unlisted`.
pub(crate) fn upward(library: &Crate<'_>, table: &Table) -> Vec<String> {
    let mut wrong = Vec::new();
    for import in library.imports() {
        // A name that is re-exported at the root belongs to the layer that it comes from.
        let is_of_root = import.to == ROOT;
        let to = if is_of_root {
            &import.defined_in
        } else {
            &import.to
        };
        let from = top(&import.from);
        let to = top(to);
        let Some((_, allowed)) = table.iter().find(|(module, _)| *module == from) else {
            continue;
        };
        let is_allowed = allowed.iter().any(|group| group.contains(&to));
        if from != to && to != top(ROOT) && !is_allowed {
            wrong.push(format!(
                "{}:{} imports `{}` of {to}, which is not below {from}: move what it needs down, or allow it in \
                 {from}'s line of TABLE",
                import.from, import.line, import.written
            ));
        }
    }
    wrong
}

/// The imports by way of the root, which imports from every file: each closes a circle.
pub(crate) fn through_root(library: &Crate<'_>) -> Vec<String> {
    let imports = library.imports();
    let imports = imports.iter().filter(|import| import.to == ROOT);
    let wrong = imports.map(|import| {
        format!(
            "{}:{} imports `{}` by way of {ROOT}, which imports from every file: import it from {}",
            import.from, import.line, import.written, import.defined_in
        )
    });
    wrong.collect()
}

/// The circles of files, without the root.
pub(crate) fn circles(library: &Crate<'_>) -> Vec<String> {
    let imports = library.imports();
    let mut graph = Graph::new();
    let mut places: BTreeMap<(&str, &str), &Import> = BTreeMap::new();
    for import in imports
        .iter()
        .filter(|import| import.from != ROOT && import.to != ROOT)
    {
        graph.entry(&import.from).or_default().insert(&import.to);
        places.entry((&import.from, &import.to)).or_insert(import);
    }
    let mut wrong = Vec::new();
    for (files, short) in circles::circles(&graph) {
        let names: Vec<&str> = files.iter().copied().collect();
        wrong.push(format!(
            "{} files import each other in circles: {}. Import a name from the file that defines it, or move what \
             two files need into a third. The shortest circles:",
            files.len(),
            names.join(", ")
        ));
        for circle in short {
            wrong.push(format!("  {}", circle.join(" > ")));
            for pair in circle.windows(2) {
                let import = places[&(pair[0], pair[1])];
                let mut line = format!(
                    "    {}:{} imports `{}`",
                    import.from, import.line, import.written
                );
                if import.defined_in != import.to {
                    line += &format!(", which {} defines", import.defined_in);
                }
                wrong.push(line);
            }
        }
    }
    wrong
}

/// The places in these modules that name what they must not.
pub(crate) fn named(
    library: &Crate<'_>,
    modules: &[&str],
    is_wrong: impl Fn(&str) -> bool,
    advice: &str,
) -> Vec<String> {
    let names = library.names();
    let names = names
        .iter()
        .filter(|(file, ..)| modules.contains(&top(file)));
    let wrong = names.filter(|(.., name)| is_wrong(name));
    wrong
        .map(|(file, line, name)| format!("{file}:{line}: `{name}` {advice}"))
        .collect()
}

/// Checks for names of sockets, clocks, threads and randomness.
pub(crate) fn is_impure(name: &str) -> bool {
    const BEGINNINGS: [&str; 5] = [
        "tokio",
        "getrandom",
        "std::net::Tcp",
        "std::net::Udp",
        "std::thread",
    ];
    BEGINNINGS.iter().any(|with| name.starts_with(with))
        || name.ends_with("Instant::now")
        || name.contains("SystemTime")
}

/// The files that are too long.
pub(crate) fn long(library: &Crate<'_>, sources: &Sources) -> Vec<String> {
    let lengths = library
        .files()
        .into_iter()
        .map(|file| (file, lines(&sources[file])));
    let long = lengths.filter(|(_, lines)| *lines > LONGEST);
    long.map(|(file, lines)| {
        format!("{file} has {lines} lines, at most {LONGEST} are allowed: split it")
    })
    .collect()
}

fn lines(text: &str) -> usize {
    let code = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or(text);
    let is_comment = |line: &&str| line.trim_start().starts_with("//");
    code.lines().filter(|line| !is_comment(line)).count()
}
