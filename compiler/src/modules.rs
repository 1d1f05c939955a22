//! The documents that a document uses: found, read once, parsed, held against the versions asked for.
//!
//! A target that begins with `lmstd/` is built in; every other one is a path relative to the document that names it,
//! which must stay inside the folder of the first document. Texts come in through [`Documents`]; this file knows no
//! folders and no links. Cycles, escapes and unknown versions are faults at the line that asks; what is left loads.

use crate::diag::{Diagnostic, Sink, code, syntax};
use crate::inherit;
use crate::library::Library;
use lmstd_grammar::ast::{Architecture, Document, Function, Item, Reference, Standard};
use lmstd_grammar::source::{SourceMap, Spelling};
use lmstd_grammar::span::FileId;
use std::collections::HashMap;

/// The most documents that one compilation reads.
pub const MAX_DOCUMENTS: usize = 64;
/// Where built-in documents live.
pub const BUILT_IN: &str = "lmstd/";

/// Gives the texts of documents.
pub trait Documents {
    /// The text of a document: a built-in name, or a normal path (no `.` or `..`) inside the folder of the first one.
    ///
    /// # Errors
    /// One sentence for people without the document's name, for example "it does not exist".
    fn read(&self, target: &str) -> Result<Read, String>;
}

/// A text that was read.
#[derive(Clone, Debug)]
pub struct Read {
    /// The text.
    pub text: String,
    /// Whether something outside the text says which text it must be: it is built in, or its digest is in a lock file.
    pub pinned: bool,
}

/// No document uses another one.
pub struct NoDocuments;

impl Documents for NoDocuments {
    fn read(&self, _: &str) -> Result<Read, String> {
        Err("there are no other documents here".into())
    }
}

/// One document and where its references lead.
#[derive(Debug)]
pub struct Module {
    /// Its target: empty for the first document.
    pub target: String,
    /// Its text.
    pub file: FileId,
    /// Its tree.
    pub document: Document,
    /// Its architectures in source order, each with what it takes over from the one it extends.
    pub architectures: Vec<Architecture>,
    /// The module of each of its `use` lines; none where it could not be had.
    pub uses: Vec<Option<usize>>,
    /// The module that its standard extends.
    pub parent: Option<usize>,
}

/// All documents of one compilation, the first one first.
#[derive(Debug)]
pub struct Modules {
    /// In the order of first use.
    pub list: Vec<Module>,
}

impl Modules {
    /// Reads the first document and all that it uses.
    pub fn load(
        (name, text): (&str, &str),
        documents: &dyn Documents,
        sources: &mut SourceMap,
        sink: &mut Sink,
    ) -> Modules {
        let document = parse(name, text, sources, sink);
        Modules::around(document, documents, sources, sink)
    }

    /// Reads all that an already parsed first document uses; its text is in `sources`, its faults of form are told.
    pub fn around(document: Document, documents: &dyn Documents, sources: &mut SourceMap, sink: &mut Sink) -> Modules {
        let uses = vec![None; document.uses.len()];
        let file = document.file;
        let first = Module { target: String::new(), file, document, architectures: Vec::new(), uses, parent: None };
        let mut loader = Loader { documents, sources, sink, modules: vec![first], known: HashMap::new() };
        loader.follow(0, &mut vec![String::new()]);
        Modules { list: loader.modules }
    }

    /// The first document.
    pub fn main(&self) -> &Module {
        &self.list[0]
    }

    /// What a module gives to those who use it: its own items, and those it exports from others.
    fn exports<'m>(&'m self, index: usize, seen: &mut Vec<usize>, found: &mut Vec<&'m Item>) {
        if seen.contains(&index) {
            return;
        }
        seen.push(index);
        let module = &self.list[index];
        found.extend(&module.document.items);
        for (line, used) in module.document.uses.iter().zip(&module.uses) {
            if let (true, Some(used)) = (line.export, used) {
                self.exports(*used, seen, found);
            }
        }
    }

    /// The items that a module may name: its own, and what the modules it uses or extends give.
    pub fn visible(&self, index: usize) -> Vec<&Item> {
        let module = &self.list[index];
        let mut found: Vec<&Item> = module.document.items.iter().collect();
        let mut seen = vec![index];
        for used in module.uses.iter().flatten().chain(&module.parent) {
            self.exports(*used, &mut seen, &mut found);
        }
        if let Some(parent) = module.parent {
            // What the parent names is taken over with its members.
            found.extend(self.visible(parent));
        }
        let mut unique: Vec<&Item> = Vec::new();
        found.into_iter().for_each(|item| {
            if !unique.iter().any(|known| std::ptr::eq(*known, item)) {
                unique.push(item);
            }
        });
        unique
    }

    /// The standard of a module.
    pub fn standard(&self, index: usize) -> Option<&Standard> {
        self.list[index].document.items.iter().find_map(|item| match item {
            Item::Standard(standard) => Some(standard),
            _ => None,
        })
    }

    /// Merges every architecture with the one it extends; done once, before any name is resolved.
    pub fn inherit(&mut self, library: &Library, sink: &mut Sink) {
        let visible = |index: usize| -> HashMap<&str, &Architecture> {
            self.visible(index).into_iter().filter_map(architecture).map(|one| (one.name.as_str(), one)).collect()
        };
        let scopes: Vec<HashMap<&str, &Architecture>> = (0..self.list.len()).map(visible).collect();
        // A name means what it means in the text that it stands in.
        let known = |from: &Architecture, name: &str| {
            let scope = self.list.iter().position(|module| module.file == from.span.file());
            let own = scope.and_then(|index| scopes[index].get(name).copied());
            own.or_else(|| library.architectures.get(name).map(|entry| &entry.item))
        };
        let mut merged = Vec::with_capacity(self.list.len());
        for (module, scope) in self.list.iter().zip(&scopes) {
            let built_in = library.architectures.keys().map(String::as_str);
            let names: Vec<&str> = scope.keys().copied().chain(built_in).collect();
            let own = module.document.items.iter().filter_map(architecture);
            merged.push(own.map(|one| inherit::merged(one, &known, &names, sink)).collect());
        }
        self.list.iter_mut().zip(merged).for_each(|(module, merged)| module.architectures = merged);
    }

    /// The merged architectures that a module may name.
    pub fn visible_architectures(&self, index: usize) -> impl Iterator<Item = &Architecture> {
        let names: Vec<&Architecture> = self.visible(index).into_iter().filter_map(architecture).collect();
        let merged = move |own: &Architecture| names.iter().any(|one| one.name.span == own.name.span);
        self.architectures().map(|(_, own)| own).filter(move |own| merged(own))
    }

    /// Every architecture of every document, with its module.
    pub fn architectures(&self) -> impl Iterator<Item = (usize, &Architecture)> {
        let modules = self.list.iter().enumerate();
        modules.flat_map(|(index, module)| module.architectures.iter().map(move |own| (index, own)))
    }

    /// Every operation of every document, with its module.
    pub fn ops(&self) -> impl Iterator<Item = (usize, &Function)> {
        self.items().filter_map(|(index, item)| match item {
            Item::Op(op) => Some((index, op)),
            _ => None,
        })
    }

    fn items(&self) -> impl Iterator<Item = (usize, &Item)> {
        self.list.iter().enumerate().flat_map(|(index, module)| module.document.items.iter().map(move |i| (index, i)))
    }
}

fn architecture(item: &Item) -> Option<&Architecture> {
    match item {
        Item::Architecture(architecture) => Some(architecture),
        _ => None,
    }
}

/// Reads a text; its faults of form are told.
fn parse(name: &str, text: &str, sources: &mut SourceMap, sink: &mut Sink) -> Document {
    let file = sources.add(name, text, Spelling::of_name(name));
    let (document, errors) = lmstd_grammar::parse(file, sources);
    errors.iter().for_each(|error| sink.push(syntax::from_syntax(error)));
    document
}

struct Loader<'d> {
    documents: &'d dyn Documents,
    sources: &'d mut SourceMap,
    sink: &'d mut Sink,
    modules: Vec<Module>,
    known: HashMap<String, Option<usize>>,
}

impl Loader<'_> {
    fn parse(&mut self, target: String, name: &str, text: &str) -> usize {
        let document = parse(name, text, self.sources, self.sink);
        let uses = vec![None; document.uses.len()];
        let file = document.file;
        self.modules.push(Module { target, file, document, architectures: Vec::new(), uses, parent: None });
        self.modules.len() - 1
    }

    /// Loads what a module refers to; `open` are the targets on the way here.
    fn follow(&mut self, index: usize, open: &mut Vec<String>) {
        let uses: Vec<Reference> = self.modules[index].document.uses.iter().map(|line| line.of.clone()).collect();
        for (line, reference) in uses.iter().enumerate() {
            self.modules[index].uses[line] = self.load(index, reference, open);
        }
        let parent = self.modules[index].document.items.iter().find_map(|item| match item {
            Item::Standard(standard) => standard.extends.clone(),
            _ => None,
        });
        if let Some(reference) = parent {
            let found = self.load(index, &reference, open);
            self.modules[index].parent = found.filter(|&parent| self.has_standard(parent, &reference));
        }
    }

    fn has_standard(&mut self, index: usize, reference: &Reference) -> bool {
        let items = &self.modules[index].document.items;
        let holds = items.iter().any(|item| matches!(item, Item::Standard(_)));
        if !holds {
            let message = format!("`{}` holds no standard to extend", reference.target.value);
            self.sink.push(
                Diagnostic::error(&code::UNKNOWN_DOCUMENT, reference.target.span, message)
                    .help("`use` documents of architectures; extend a standard"),
            );
        }
        holds
    }

    fn load(&mut self, from: usize, reference: &Reference, open: &mut Vec<String>) -> Option<usize> {
        let target = self.target(&self.modules[from].target.clone(), reference)?;
        if let Some(at) = open.iter().position(|known| *known == target) {
            let name = |target: &String| if target.is_empty() { "this document" } else { target.as_str() }.to_owned();
            let way: Vec<String> = open[at..].iter().chain([&target]).map(name).collect();
            let message = format!("documents use each other in a circle: {}", way.join(" -> "));
            self.sink.push(
                Diagnostic::error(&code::IMPORT_CYCLE, reference.target.span, message)
                    .help("move what both need into a third document"),
            );
            return None;
        }
        if let Some(known) = self.known.get(&target).copied() {
            return known.filter(|&index| self.has_version(index, reference));
        }
        let loaded = self.read(&target, reference);
        self.known.insert(target.clone(), loaded);
        let index = loaded?;
        open.push(target);
        self.follow(index, open);
        open.pop();
        self.has_version(index, reference).then_some(index)
    }

    fn read(&mut self, target: &str, reference: &Reference) -> Option<usize> {
        if self.modules.len() >= MAX_DOCUMENTS {
            let message = format!("more than {MAX_DOCUMENTS} documents are used");
            self.sink.push(Diagnostic::error(&code::UNKNOWN_DOCUMENT, reference.target.span, message));
            return None;
        }
        match self.documents.read(target) {
            Ok(read) => {
                if !read.pinned {
                    let message = format!("nothing pins the text of `{target}`");
                    self.sink.push(
                        Diagnostic::warning(&code::UNPINNED, reference.span, message)
                            .here("may change unseen")
                            .help("run `lmstd-check lint --fix`, which writes its digest into lmstd.lock"),
                    );
                }
                let name = if target.starts_with(BUILT_IN) { format!("{target}.lms") } else { target.to_owned() };
                Some(self.parse(target.to_owned(), &name, &read.text))
            }
            Err(why) => {
                let message = format!("`{}` cannot be used: {why}", reference.target.value);
                self.sink.push(Diagnostic::error(&code::UNKNOWN_DOCUMENT, reference.target.span, message));
                None
            }
        }
    }

    /// The normal target of a reference in the document `from`.
    fn target(&mut self, from: &str, reference: &Reference) -> Option<String> {
        let written = reference.target.as_str();
        if written.starts_with(BUILT_IN) {
            return Some(written.to_owned());
        }
        let refused = |message: String, help: &str| {
            Diagnostic::error(&code::OUTSIDE_FOLDER, reference.target.span, message).help(help.to_owned())
        };
        let own = from.starts_with(BUILT_IN);
        let odd = |part: &str| part.chars().any(|char| char.is_control() || "\\:*?\"<>|".contains(char));
        if own || written.starts_with('/') || written.is_empty() || written.split('/').any(odd) {
            let message = format!("`{written}` is no path inside the standard's own folder");
            self.sink.push(refused(message, "write a path relative to this document, with `/` between its parts"));
            return None;
        }
        let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
        for part in written.split('/') {
            match part {
                "" | "." => {}
                ".." if parts.pop().is_none() => {
                    let message = format!("`{written}` leaves the standard's own folder");
                    self.sink.push(refused(message, "copy the document into this folder"));
                    return None;
                }
                ".." => {}
                part => parts.push(part),
            }
        }
        Some(parts.join("/"))
    }

    /// Whether the version of a document is one that the reference accepts.
    fn has_version(&mut self, index: usize, reference: &Reference) -> bool {
        let Some(asked) = &reference.versions else { return true };
        let range = match semver::VersionReq::parse(asked.as_str()) {
            Ok(range) => range,
            Err(error) => {
                let message = format!("`{}` is not a range of versions", asked.value);
                let fault = Diagnostic::error(&code::BAD_VERSION, asked.span, message);
                self.sink.push(fault.help("write for example `1.*`, `^1.2` or `=1.2.0`").note(error.to_string()));
                return false;
            }
        };
        let version = self.modules[index].document.items.iter().find_map(|item| match item {
            Item::Standard(standard) => Some(&standard.version),
            Item::Library(library) => Some(&library.version),
            _ => None,
        });
        let target = &reference.target.value;
        let (message, help) = match version.map(|version| (semver::Version::parse(version.as_str()), version)) {
            Some((Ok(version), _)) if range.matches(&version) => return true,
            Some((Ok(version), _)) => (
                format!("`{target}` is version {version}, which `{}` does not accept", asked.value),
                "ask for a version that there is, or bring the document that has it".to_owned(),
            ),
            Some((Err(_), version)) => (
                format!("`{target}` has no version that could be compared: `{}`", version.value),
                "give the document a version such as `1.0.0`".to_owned(),
            ),
            None => (
                format!("`{target}` has no version"),
                "begin that document with `library NAME 1.0.0`, or ask for no version".to_owned(),
            ),
        };
        self.sink.push(Diagnostic::error(&code::WRONG_VERSION, asked.span, message).help(help));
        false
    }
}
