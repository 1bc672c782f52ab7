//! Which file imports from which: the modules of a crate, and what the paths in them name.

use std::collections::BTreeMap;
use std::slice;

use crate::code::{self, Code, Path, Use};

/// The files of a crate, by their paths from its `src`, with their texts.
pub(crate) type Sources = BTreeMap<String, String>;

/// The path of a module, from the crate's root.
type ModulePath = Vec<String>;

/// The file that the crate begins with. It re-exports names of every other.
pub(crate) const ROOT: &str = "lib.rs";

/// A place where one file names something of another.
#[derive(Debug)]
pub(crate) struct Import {
    pub(crate) from: String,
    pub(crate) line: usize,
    /// The path as it is written there.
    pub(crate) written: String,
    /// The file of the module that the path names, which may only re-export the name.
    pub(crate) to: String,
    /// The file that defines the name, or that of the module if it is a module that is named.
    pub(crate) defined_in: String,
}

/// The code of a module in one of its files.
struct Scope {
    module: ModulePath,
    file: String,
    code: Code,
}

/// A crate's modules.
pub(crate) struct Crate<'s> {
    sources: &'s Sources,
    /// Their files: more than one where features choose between them.
    files: BTreeMap<ModulePath, Vec<String>>,
    scopes: Vec<Scope>,
}

impl<'s> Crate<'s> {
    /// Follows the declarations of modules from the root, without those for tests.
    pub(crate) fn read(sources: &'s Sources) -> Self {
        let mut found = Self {
            sources,
            files: BTreeMap::new(),
            scopes: Vec::new(),
        };
        found.read_file(Vec::new(), ROOT.to_owned(), "");
        found
    }

    /// The files that are no tests.
    pub(crate) fn files(&self) -> Vec<&str> {
        let mut files: Vec<&str> = self.files.values().flatten().map(String::as_str).collect();
        files.sort_unstable();
        files.dedup();
        files
    }

    /// Every import of another file.
    pub(crate) fn imports(&self) -> Vec<Import> {
        let mut imports = Vec::new();
        for scope in &self.scopes {
            let used = scope.code.uses.iter().map(|used| &used.path);
            for path in used.chain(&scope.code.paths) {
                self.find(scope, path, &mut imports);
            }
        }
        imports
    }

    /// Every path that a file names, with its line, as it reads with the file's `use` lines put in for its first name.
    pub(crate) fn names(&self) -> Vec<(&str, usize, String)> {
        let mut names = Vec::new();
        for scope in &self.scopes {
            let file = scope.file.as_str();
            for Use { path, .. } in &scope.code.uses {
                names.push((file, path.line, path.names.join("::")));
            }
            for path in &scope.code.paths {
                let used = scope
                    .code
                    .uses
                    .iter()
                    .find(|used| used.name == path.names[0]);
                let first = used.map_or(&path.names[..1], |used| &used.path.names);
                let whole = [first, &path.names[1..]].concat();
                names.push((file, path.line, whole.join("::")));
            }
        }
        names
    }

    /// Reads a file with the modules that it declares, whose files are in this folder.
    fn read_file(&mut self, module: ModulePath, file: String, folder: &str) {
        let files = self.files.entry(module.clone()).or_default();
        if !files.contains(&file) {
            files.push(file.clone());
            let code = code::read(&file, &self.sources[&file]);
            self.read_scope(module, file, folder, code);
        }
    }

    fn read_scope(&mut self, module: ModulePath, file: String, folder: &str, mut code: Code) {
        for declared in std::mem::take(&mut code.modules) {
            let inner = [&module[..], slice::from_ref(&declared.name)].concat();
            let inner_folder = join(folder, &declared.name);
            if let Some(code) = declared.inline {
                self.files.insert(inner.clone(), vec![file.clone()]);
                self.read_scope(inner, file.clone(), &inner_folder, code);
                continue;
            }
            if declared
                .file
                .as_ref()
                .is_none_or(|(_, is_chosen)| *is_chosen)
            {
                let names = [
                    format!("{inner_folder}.rs"),
                    format!("{inner_folder}/mod.rs"),
                ];
                let found = names
                    .into_iter()
                    .find(|name| self.sources.contains_key(name));
                let found = found.unwrap_or_else(|| panic!("{file}: {inner:?} has no file"));
                self.read_file(inner.clone(), found, &inner_folder);
            }
            if let Some((name, _)) = declared.file {
                let beside = file.rsplit_once('/').map_or("", |(beside, _)| beside);
                let file = join(beside, &name);
                let folder = file
                    .rsplit_once('/')
                    .map_or("", |(folder, _)| folder)
                    .to_owned();
                self.read_file(inner, file, &folder);
            }
        }
        self.scopes.push(Scope { module, file, code });
    }

    /// Adds an import for each file that a path names, but that which it stands in.
    fn find(&self, scope: &Scope, path: &Path, imports: &mut Vec<Import>) {
        let Some((module, rest)) = self.resolve(scope, &path.names, 0) else {
            return;
        };
        for to in &self.files[&module] {
            if *to != scope.file {
                imports.push(Import {
                    from: scope.file.clone(),
                    line: path.line,
                    written: path.names.join("::"),
                    to: to.clone(),
                    defined_in: self
                        .defined_in(&module, rest.first(), 0)
                        .unwrap_or(to)
                        .clone(),
                });
            }
        }
    }

    /// The module that a path names or goes through last, and the names behind it; `None` if it is of another crate
    /// or names nothing of a module.
    fn resolve(
        &self,
        scope: &Scope,
        names: &[String],
        depth: usize,
    ) -> Option<(ModulePath, Vec<String>)> {
        let (first, mut rest) = names.split_first()?;
        let mut module = match first.as_str() {
            "crate" => Vec::new(),
            "self" => scope.module.clone(),
            "super" => {
                let mut module = scope.module.clone();
                module.pop()?;
                while rest.first().is_some_and(|next| next == "super") {
                    module.pop()?;
                    rest = &rest[1..];
                }
                module
            }
            name => {
                let child = [&scope.module[..], slice::from_ref(first)].concat();
                if self.files.contains_key(&child) {
                    child
                } else {
                    return self.resolve_used(scope, name, names, depth);
                }
            }
        };
        while let Some((next, behind)) = rest.split_first() {
            let child = [&module[..], slice::from_ref(next)].concat();
            if !self.files.contains_key(&child) {
                break;
            }
            module = child;
            rest = behind;
        }
        Some((module, rest.to_vec()))
    }

    /// The same for a path that begins with a module which a `use` line brings in. If the line brings in another
    /// name, it is the line that imports.
    fn resolve_used(
        &self,
        scope: &Scope,
        name: &str,
        names: &[String],
        depth: usize,
    ) -> Option<(ModulePath, Vec<String>)> {
        let used = scope.code.uses.iter().find(|used| used.name == name)?;
        if depth > 8 || used.path.names == names {
            return None;
        }
        let (module, rest) = self.resolve(scope, &used.path.names, depth + 1)?;
        if !rest.is_empty() {
            return None;
        }
        let absolute = ["crate".to_owned()].into_iter().chain(module);
        let names: Vec<String> = absolute.chain(names[1..].iter().cloned()).collect();
        self.resolve(scope, &names, depth + 1)
    }

    /// The file that defines a name of a module, found by following the re-exports.
    fn defined_in(
        &self,
        module: &ModulePath,
        name: Option<&String>,
        depth: usize,
    ) -> Option<&String> {
        let first = self.files.get(module)?.first();
        let Some(name) = name else { return first };
        if depth > 8 {
            return first;
        }
        let scopes = self.scopes.iter().filter(|scope| scope.module == *module);
        let mut uses =
            scopes.flat_map(|scope| scope.code.uses.iter().map(move |used| (scope, used)));
        let Some((scope, used)) = uses.find(|(_, used)| used.name == *name) else {
            return first;
        };
        match self.resolve(scope, &used.path.names, 0) {
            Some((module, rest)) => self.defined_in(&module, rest.first(), depth + 1),
            None => first,
        }
    }
}

/// A path from the crate's `src`, with `..` taken out.
fn join(folder: &str, name: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in name.split('/') {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}
