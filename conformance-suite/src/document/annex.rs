//! The annexes: the source text with line numbers, the digests of everything it rests on, and lines to sign.

use super::author::Author;
use super::paper::{Block, Entry, Line, Section, Table};
use super::terms;
use super::wording::{say, words};
use crate::number::count;
use lmstd_grammar::source::Source;
use sha2::{Digest, Sha256};

/// Lines for signatures.
const SIGNATURES: usize = 5;

/// The source text, and those that it extends or uses.
pub(super) fn source(author: &Author) -> Section {
    let mut section = Section::new("", "annex-a", words("annex.source"));
    for source in std::iter::once(author.source()).chain(author.other_sources()) {
        let lines: Vec<String> = source.text.lines().map(|line| line.replace('\t', "    ")).collect();
        let values = [
            ("name", &Line::code(file_name(source))),
            ("lines", &Line::text(count(lines.len() as u64))),
            ("digest", &Line::code(digest(source))),
        ];
        section = section.prose(say("annex.file", &values));
        section.blocks.push(Block::Source(lines));
    }
    section
}

/// Revision, digests and sign-off.
pub(super) fn revision(author: &Author) -> Section {
    let mut section = Section::new("", "annex-b", words("annex.revision"));
    section.parts.extend([identity(author), texts(author), sign_off(author)]);
    section
}

fn identity(author: &Author) -> Section {
    let standard = author.standard;
    let mut part = Section::new("B.1", "revision", words("revision"));
    let tool = format!("lmstd-check {}", env!("CARGO_PKG_VERSION"));
    part.blocks.push(Block::Entries(vec![
        Entry::fact(words("doc.id"), vec![Line::code(&standard.id)]),
        Entry::fact(words("version"), vec![Line::code(&standard.version)]),
        Entry::fact(words("lock"), vec![Line::code(&standard.lock)]),
        Entry::fact(words("doc.tool"), vec![Line::text(tool)]),
    ]));
    part.prose(words("revision.lock")).prose(words("revision.check"))
}

/// Every text by its digest: the standard, the architectures, all operations, the measures used.
fn texts(author: &Author) -> Section {
    let mut part = Section::new("B.2", "revision-texts", words("revision.texts"));
    let library = author.library();
    let row = |name: &str, what: &str, source: &Source| vec![Line::code(name), words(what), Line::code(digest(source))];
    let mut rows = vec![row(file_name(author.source()), "text.standard", author.source())];
    rows.extend(author.other_sources().map(|source| row(file_name(source), "text.other", source)));
    for spec in author.standard.models.values() {
        let name = Line::code(&spec.architecture);
        if let Some(architecture) = author.architecture(&spec.architecture)
            && !rows.iter().any(|known| known.first() == Some(&name))
        {
            rows.push(row(&spec.architecture, "text.architecture", author.text_of(architecture.span)));
        }
    }
    rows.extend(library.ops.iter().map(|(name, entry)| row(name, "text.operation", library.sources.get(entry.file))));
    for measure in terms::used(author) {
        if let Some(entry) = library.measures.get(measure) {
            rows.push(row(measure, "text.measure", library.sources.get(entry.file)));
        }
    }
    let head = vec![words("revision.text"), words("revision.what"), Line::text("SHA-256")];
    part.blocks.push(Block::Table(Table::new(words("revision.caption"), head, rows)));
    part
}

fn sign_off(author: &Author) -> Section {
    let standard = author.standard;
    let values = [
        ("version", &Line::text(&standard.version)),
        ("id", &Line::code(&standard.id)),
        ("lock", &Line::code(&standard.lock)),
    ];
    let mut part = Section::new("B.3", "sign-off", words("signoff")).prose(say("signoff.note", &values));
    let head = ["signoff.name", "signoff.role", "signoff.signature", "signoff.date"].map(words);
    let rows = vec![vec![Line::default(); head.len()]; SIGNATURES];
    let table = Table { blank: true, ..Table::new(words("signoff.caption"), head.into(), rows) };
    part.blocks.push(Block::Table(table));
    part
}

/// The last part of a name: where a file lay when the document was made is not part of the standard.
fn file_name(source: &Source) -> &str {
    source.name.rsplit(['/', '\\']).next().unwrap_or(&source.name)
}

fn digest(source: &Source) -> String {
    hex::encode(Sha256::digest(source.text.as_bytes()))
}
