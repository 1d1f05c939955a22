//! Starters: for each kind of model a folder with a standard, a tiny submission that meets it, and data, so that every
//! command has something to work on at once.
//!
//! One file a kind, one line in [`ALL`]. The texts lie in `templates/` and are whole documents under the id
//! `my-standard`, so that editors and people can read them as they are. Made here is only what follows from others:
//! the name, the lock file, the weights. Gives files and writes none.

mod causal_lm;
mod encoder;
mod speech;
mod tabular;
mod vision;
mod weights;

use crate::folder::{LOCK, Lock};
use indexmap::IndexMap;
use sha2::{Digest, Sha256};

/// The id that the templates carry.
const ID: &str = "my-standard";
/// The document that holds an architecture of the starter's own.
const MODEL: &str = "model.lms";
/// The longest name.
const LONGEST: usize = 64;

/// Every starter.
pub const ALL: &[Starter] = &[encoder::STARTER, causal_lm::STARTER, vision::STARTER, speech::STARTER, tabular::STARTER];

/// What is made for one kind of model.
pub struct Starter {
    /// As the command line names it.
    pub kind: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    standard: &'static str,
    /// None where the architecture is built in.
    model: Option<&'static str>,
    config: &'static str,
    tokenizer: Option<&'static str>,
    /// Names below `data/` and contents.
    data: &'static [(&'static str, &'static str)],
}

/// One file of a starter.
pub struct File {
    /// Its path inside the starter's folder, with `/` between its parts.
    pub path: String,
    /// Its contents.
    pub bytes: Vec<u8>,
}

/// The starter of a kind.
pub fn find(kind: &str) -> Option<&'static Starter> {
    ALL.iter().find(|starter| starter.kind == kind)
}

/// Whether a name can be both the id of a standard and the name of a folder.
///
/// # Errors
/// The reason as a sentence.
pub fn check(name: &str) -> Result<(), String> {
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let begins = name.starts_with(|first: char| first.is_ascii_alphabetic());
    if begins && name.len() <= LONGEST && name.split('-').all(plain) {
        return Ok(());
    }
    let rule =
        format!("a letter, then letters, digits and `_`, with single `-` between them, at most {LONGEST} in all");
    Err(format!("`{name}` cannot be the id of a standard: {rule}"))
}

impl Starter {
    /// All files of the starter for a standard called `name`; the same name gives the same bytes.
    ///
    /// # Errors
    /// A sentence. Only templates that do not fit each other cause one.
    pub fn files(&self, name: &str) -> Result<Vec<File>, String> {
        let named = |text: &str| text.replace(ID, name);
        let standard = named(self.standard);
        let model = self.model.map(named);
        let mut files = vec![
            text("README.md", named(include_str!("templates/README.md"))),
            text("sample/README.md", named(include_str!("templates/card.md"))),
            text("sample/config.json", self.config.to_owned()),
            File {
                path: "sample/model.safetensors".into(),
                bytes: weights::safetensors(&standard, model.as_deref(), self.config)?,
            },
        ];
        files.extend(self.tokenizer.map(|tokenizer| text("sample/tokenizer.json", tokenizer.to_owned())));
        files.extend(self.data.iter().map(|(file, rows)| text(&format!("data/{file}"), (*rows).to_owned())));
        if let Some(model) = model {
            files.push(text(LOCK, lock(&model)?));
            files.push(text(MODEL, model));
        }
        files.push(text("standard.lms", standard));
        Ok(files)
    }
}

fn text(path: &str, text: String) -> File {
    File { path: path.to_owned(), bytes: text.into_bytes() }
}

/// The lock file that pins the architecture, as `lint --fix` would write it.
fn lock(model: &str) -> Result<String, String> {
    let documents = IndexMap::from([(MODEL.to_owned(), hex::encode(Sha256::digest(model.as_bytes())))]);
    let text = serde_json::to_string_pretty(&Lock { lock: 1, documents }).map_err(|error| error.to_string())?;
    Ok(format!("{text}\n"))
}
