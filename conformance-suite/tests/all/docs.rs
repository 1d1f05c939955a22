//! The documentation as tests: every example does what its page says, both spellings say the same, every code has its
//! page, limits are those of the source, links lead somewhere, and the editor grammar knows every keyword.
//!
//! `LMSTD_BLESS=1` writes the pages of the codes anew.

use crate::support::root;
use lmstd_compiler::compile;
use lmstd_compiler::diag::render::render;
use lmstd_compiler::diag::{Severity, code};
use lmstd_compiler::modules::{Documents, Read};
use lmstd_conformance_suite::{measure, standards};
use lmstd_grammar::source::{SourceMap, Spelling};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

const FENCE: &str = "```";

/// A fenced block of a page.
struct Block {
    tags: Vec<String>,
    text: String,
    /// Page and line, for messages.
    place: String,
}

impl Block {
    fn is(&self, tag: &str) -> bool {
        self.tags.iter().any(|known| known == tag)
    }

    /// The code that it must be refused with, if it must.
    fn refused_with(&self) -> Option<&str> {
        let code = self.tags.iter().find(|tag| tag.starts_with("LMS-")).map(String::as_str);
        assert_eq!(self.is("fail"), code.is_some(), "{}: `fail` and a code belong together", self.place);
        code
    }

    /// The file that its first line names it.
    fn file(&self) -> Option<&str> {
        let first = self.text.lines().next()?;
        let name = first.strip_prefix(if self.is("yaml") { "# " } else { "// " })?;
        let ends = name.ends_with(".lms") || name.ends_with(".yaml");
        (ends && !name.contains(' ')).then_some(name)
    }
}

/// Files below a folder with an ending, in order.
fn below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().unwrap() != "node_modules" {
            found.extend(below(&path, ending));
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The pages that are written by hand.
fn pages() -> Vec<PathBuf> {
    let docs = root().join("docs");
    let own = below(&docs, "md").into_iter().filter(|page| !page.starts_with(docs.join("errors")));
    own.chain(["README.md", "CONTRIBUTING.md"].map(|name| root().join(name))).collect()
}

fn short(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

fn blocks(page: &Path) -> Vec<Block> {
    let text = std::fs::read_to_string(page).unwrap();
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in text.lines().enumerate() {
        if let Some(mut block) = open.take() {
            if line == FENCE {
                found.push(block);
            } else {
                block.text.push_str(line);
                block.text.push('\n');
                open = Some(block);
            }
        } else if let Some(tags) = line.strip_prefix(FENCE) {
            let tags = tags.split_whitespace().map(str::to_owned).collect();
            open = Some(Block { tags, text: String::new(), place: format!("{}:{}", short(page), number + 1) });
        }
    }
    assert!(open.is_none(), "{}: a block does not end", short(page));
    found
}

/// Members of a standard, inside one that has the model `classifier` and the dataset `reviews`.
fn inside(members: &str) -> String {
    let mut text = "standard example 1.0.0 {\n".to_owned();
    if !members.contains("model classifier =") {
        text.push_str("  model classifier = bert.SequenceClassification\n");
    }
    if !members.contains("dataset reviews {") {
        text.push_str("  dataset reviews {\n    text: text\n    label: class {negative, positive}\n");
        text.push_str("    split test { rows >= 500 }\n  }\n");
    }
    text + members + "  clause EXAMPLE must { conforms(classifier) and schema(reviews) }\n}\n"
}

/// Statements of a program, inside one that has a few fields and inputs.
fn program(statements: &str) -> String {
    let head = "architecture example.Program {
  config {
    vocab_size: int in 1..=100_000 = 1_000
    hidden_size: int in 1..=4_096 = 64
    num_heads: int in 1..=64 = 4
    num_layers: int in 1..=64 = 2
    window: int? in 1..=65_536
    act: text in {\"relu\", \"gelu\", \"tanh\"} = \"gelu\"
    require hidden_size % num_heads == 0
  }
  inputs {
    x: float[batch, seq, hidden_size]
    ids: int[batch, seq] in 0..vocab_size
    keep: bool[batch, seq] = true
  }
  outputs {
    y: float[batch, seq, hidden_size]
  }
  forward {
";
    format!("{head}{statements}    output y = x\n  }}\n}}\n")
}

/// Whether a text begins with an item, and so is a whole document.
fn is_whole(text: &str) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty() && !line.starts_with("//"));
    let word = first.and_then(|line| line.split_whitespace().next());
    let heads = ["standard", "architecture", "op", "measure", "library", "use", "export"];
    word.is_some_and(|word| heads.contains(&word))
}

/// The document that a block stands for, and its name.
fn document(block: &Block) -> (String, String) {
    let yaml = block.is("yaml");
    let name = block.file().unwrap_or(if yaml { "case.yaml" } else { "case.lms" });
    let text = match block.is("body") {
        true => program(&block.text),
        false if yaml || is_whole(&block.text) => block.text.clone(),
        false => inside(&block.text),
    };
    (name.to_owned(), text)
}

/// The documents that blocks of one page give a name to, and the built-in ones.
#[derive(Default)]
struct Named(HashMap<String, String>);

impl Documents for Named {
    fn read(&self, target: &str) -> Result<Read, String> {
        let own = self.0.get(target).cloned();
        let text = own.or_else(|| standards::find(target).map(str::to_owned)).ok_or("it does not exist")?;
        Ok(Read { text, pinned: true })
    }
}

#[test]
fn every_example_does_what_its_page_says() {
    let library = measure::library();
    let (mut count, mut wrong) = (0, Vec::new());
    for page in pages() {
        let mut named = Named::default();
        for block in blocks(&page).iter().filter(|block| block.is("lms") || block.is("yaml")) {
            count += 1;
            let (name, text) = document(block);
            let compiled = compile(&name, &text, &library, &named);
            let faults = compiled.diagnostics.iter().filter(|fault| fault.severity == Severity::Error);
            let errors: Vec<&str> = faults.map(|fault| fault.code.id).collect();
            let right = match block.refused_with() {
                Some(code) => errors.contains(&code),
                None => errors.is_empty(),
            };
            if !right {
                let shown = render(&compiled.diagnostics, &compiled.sources, false, 100);
                wrong.push(format!("{} ({}):\n{shown}", block.place, block.tags.join(" ")));
            } else if errors.is_empty() && block.file().is_some() {
                named.0.insert(name, text);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 50, "{count} examples");
}

/// The canonical `.lms` text of a document, without its comments and blank lines, which are its author's.
fn canonical(text: &str, spelling: Spelling) -> String {
    let mut sources = SourceMap::default();
    let name = if spelling == Spelling::Yaml { "case.yaml" } else { "case.lms" };
    let file = sources.add(name, text, spelling);
    let (mut document, errors) = lmstd_grammar::parse(file, &sources);
    assert!(errors.is_empty(), "{errors:?} in\n{text}");
    document.comments.clear();
    let text = lmstd_grammar::format(&document, &sources, Spelling::Lms);
    text.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn both_spellings_say_the_same() {
    let mut count = 0;
    for page in pages() {
        let all = blocks(&page);
        for pair in all.windows(2).filter(|pair| pair[1].is("same")) {
            assert!(pair[0].is("lms") && pair[1].is("yaml"), "{}", pair[1].place);
            let (lms, yaml) = (canonical(&pair[0].text, Spelling::Lms), canonical(&pair[1].text, Spelling::Yaml));
            assert!(lms == yaml, "{} says something else:\n{lms}\n{yaml}", pair[1].place);
            count += 1;
        }
    }
    assert!(count >= 7, "{count} pairs");
}

/// What a thousand of codes is about.
const THOUSANDS: [(char, &str); 6] = [
    ('0', "Form"),
    ('1', "Names"),
    ('2', "Types, units and shapes"),
    ('3', "Standards"),
    ('4', "Warnings"),
    ('5', "Documents"),
];

/// How the index of the codes begins.
const INDEX: &str = "# Codes

Every message of the compiler has a code, which keeps its meaning for ever. These pages are made from the catalogue in
`compiler/src/diag/code/`; `lmstd-check explain CODE` prints them. A block marked `fail` is refused with the code of its
page, or warned of; one marked `pass` is not. A block that is no whole document stands in a standard that has the model
`m` and the dataset `reviews`. The document `blocks.lms` is a library `blocks 1.2.0` with the operation `twice`,
`base.lms` a standard, and `circle.lms` uses itself.
";

/// The pages of `docs/errors`, by file name.
fn error_pages() -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    let mut index = INDEX.to_owned();
    for (digit, title) in THOUSANDS {
        index.push_str(&format!("\n## {title}\n\n| code | meaning |\n| --- | --- |\n"));
        let letter = |id: &str| id.trim_start_matches("LMS-").chars().nth(1);
        for code in code::all().filter(|code| letter(code.id) == Some(digit)) {
            index.push_str(&format!("| [{0}]({0}.md) | {1} |\n", code.id, code.title));
            let page = format!(
                "# {}: {}\n\n{}\n\n---\n\n[All codes](README.md) · `lmstd-check explain {}`\n",
                code.id,
                code.title,
                code.explanation.trim(),
                code.id
            );
            pages.insert(format!("{}.md", code.id), page);
        }
    }
    assert_eq!(pages.len(), code::all().count(), "a code is of no known thousand");
    pages.insert("README.md".to_owned(), index);
    pages
}

#[test]
fn every_code_has_its_page() {
    let folder = root().join("docs/errors");
    let expected = error_pages();
    let names = || -> BTreeSet<String> {
        let entries = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
        entries.map(|name| name.to_str().unwrap().to_owned()).collect()
    };
    if std::env::var_os("LMSTD_BLESS").is_some_and(|value| value == "1") {
        std::fs::create_dir_all(&folder).unwrap();
        for gone in names().into_iter().filter(|name| name.starts_with("LMS-") && !expected.contains_key(name)) {
            std::fs::remove_file(folder.join(gone)).unwrap();
        }
        expected.iter().for_each(|(name, text)| std::fs::write(folder.join(name), text).unwrap());
    }
    for (name, text) in &expected {
        let found = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(found == *text, "docs/errors/{name} is not what the catalogue says; LMSTD_BLESS=1 writes it");
    }
    assert_eq!(names(), expected.into_keys().collect::<BTreeSet<_>>(), "other files stand beside the pages");
}

/// The reference of operations, printed from the rows of the primitives and from the library's own files.
fn operations_page() -> String {
    let library = lmstd_conformance_suite::measure::library();
    let mut page = "# Operations\n\nWritten by the tests from the rows in `compiler/src/op` and the files in \
        `compiler/std/ops`; `lmstd-check explain NAME` shows one of them.\n\n## Primitives\n\nWhat an engine has a kernel \
        for. Operators of the language are written as such; `..` stands for any axes, and shapes broadcast.\n\n\
        | name | signature | meaning | example |\n| --- | --- | --- | --- |\n"
        .to_owned();
    let cell = |text: &str| text.replace('|', "\\|");
    for primitive in lmstd_compiler::op::Primitive::ALL {
        let row = primitive.row();
        let cells = [row.signature, row.doc, row.example].map(cell);
        page += &format!("| `{}` | `{}` | {} | {} |\n", row.name, cells[0], cells[1], cells[2]);
    }
    page += "\n## Composites\n\nPrograms of the language, made of primitives and of each other. A kernel of the engine may \
        stand in for one only while it agrees with it.\n";
    let names: BTreeSet<&String> = library.ops.keys().collect();
    for name in names {
        let entry = &library.ops[name];
        let text = library.sources.slice(entry.item.span);
        let signature = text.lines().skip_while(|line| line.starts_with("///")).collect::<Vec<_>>().join("\n");
        let doc = entry.item.doc.as_ref().map_or("", |doc| doc.value.as_str());
        let doc: Vec<&str> = doc.lines().map(str::trim).collect();
        page += &format!("\n### {name}\n\n{}\n\n```text\n{}\n```\n", doc.join("\n"), signature.trim());
    }
    page
}

#[test]
fn every_operation_is_in_the_reference() {
    let file = root().join("docs/language/operations.md");
    let page = operations_page();
    if std::env::var_os("LMSTD_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(&file, &page).unwrap();
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(found == page, "docs/language/operations.md is not what the library says; LMSTD_BLESS=1 writes it");
}

#[test]
fn the_limits_are_those_of_the_source() {
    let page = std::fs::read_to_string(root().join("docs/language/limits.md")).unwrap();
    let mut count = 0;
    for line in page.lines() {
        let parts: Vec<&str> = line.split('`').collect();
        for three in parts.windows(3).filter(|three| three[0].ends_with(".rs") && three[1] == ": ") {
            let source = std::fs::read_to_string(root().join(three[0])).unwrap();
            let constant = format!("const {};", three[2]);
            assert!(source.contains(&constant), "{} has no `{constant}`", three[0]);
            count += 1;
        }
    }
    assert!(count >= 10, "{count} limits");
}

#[test]
fn links_lead_somewhere() {
    let mut count = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        let mut fenced = false;
        for line in text.lines() {
            fenced ^= line.starts_with(FENCE);
            for rest in line.split("](").skip(1).filter(|_| !fenced) {
                let target = rest.split([')', '#']).next().unwrap();
                if target.is_empty() || target.contains(':') {
                    continue;
                }
                count += 1;
                let path = page.parent().unwrap().join(target);
                assert!(path.exists(), "{}: `{target}` leads nowhere", short(&page));
            }
        }
    }
    assert!(count >= 20, "{count} links");
}

fn editors() -> PathBuf {
    root().join("docs/editors")
}

fn parsed(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", short(path)))
}

/// What stands under any of the keys, anywhere in a JSON value.
fn under<'v>(value: &'v Value, keys: &[&str], found: &mut Vec<&'v str>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                found.extend(value.as_str().filter(|_| keys.contains(&key.as_str())));
                under(value, keys, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| under(item, keys, found)),
        _ => {}
    }
}

#[test]
fn the_editor_grammar_knows_every_keyword() {
    let grammar = parsed(&editors().join("lms.tmLanguage.json"));
    assert_eq!(grammar["scopeName"], "source.lms");
    let mut patterns = Vec::new();
    under(&grammar, &["match", "begin", "end", "while"], &mut patterns);
    let words: BTreeSet<&str> =
        patterns.iter().flat_map(|pattern| pattern.split(|char: char| !char.is_ascii_alphabetic())).collect();
    let pest = std::fs::read_to_string(root().join("grammar/src/lms.pest")).unwrap();
    let mut keywords = Vec::new();
    for line in pest.lines().filter(|line| line.starts_with("kw_") || line.starts_with("op_")) {
        let quoted = line.split('"').skip(1).step_by(2);
        keywords.extend(quoted.filter(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic())));
    }
    assert!(keywords.len() > 50, "{}", keywords.len());
    let missing: Vec<&&str> = keywords.iter().filter(|word| !words.contains(**word)).collect();
    assert!(missing.is_empty(), "the editor grammar lacks {missing:?}");
}

#[test]
fn the_editor_grammar_is_whole() {
    let grammar = parsed(&editors().join("lms.tmLanguage.json"));
    let mut patterns = Vec::new();
    under(&grammar, &["match", "begin", "end", "while"], &mut patterns);
    assert!(patterns.len() > 60, "{}", patterns.len());
    for pattern in patterns {
        // The JSON Schema library compiles patterns with a backtracking engine, as editors do.
        let schema = json!({ "type": "string", "pattern": pattern });
        let fault = jsonschema::validator_for(&schema).err();
        assert!(fault.is_none(), "`{pattern}` is no regular expression: {fault:?}");
    }
    let mut includes = Vec::new();
    under(&grammar, &["include"], &mut includes);
    for include in includes {
        let name = include.strip_prefix('#').unwrap();
        assert!(grammar["repository"].get(name).is_some(), "nothing is called `{include}`");
    }
}

#[test]
fn the_extension_is_well_formed() {
    let folder = editors().join("vscode");
    let package = parsed(&folder.join("package.json"));
    assert_eq!(package["version"], env!("CARGO_PKG_VERSION"), "the extension has the version of the program");
    assert!(folder.join(package["main"].as_str().unwrap()).is_file());
    let language = &package["contributes"]["languages"][0];
    assert_eq!(language["id"], "lms");
    parsed(&folder.join(language["configuration"].as_str().unwrap()));
    assert_eq!(package["contributes"]["grammars"][0]["scopeName"], "source.lms");
    let script = std::fs::read_to_string(folder.join("extension.js")).unwrap();
    let mut settings = Vec::new();
    for key in package["contributes"]["configuration"]["properties"].as_object().unwrap().keys() {
        settings.push(key.strip_prefix("lmstd.").unwrap());
    }
    for setting in settings {
        assert!(script.contains(&format!("\"{setting}\"")), "the extension does not read `lmstd.{setting}`");
    }
}
