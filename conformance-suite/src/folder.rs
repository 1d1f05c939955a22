//! The folder of a standard: the texts of the documents that it uses, and `lmstd.lock`, which says which texts they are.
//!
//! Only regular files inside the folder are read, no link is followed, and no text is longer than a standard may be.
//! `lmstd.lock` holds the SHA-256 of every document that a standard of the folder uses. A text that differs from its
//! digest is refused; `lint --fix` writes the digests anew.

use crate::standards;
use indexmap::IndexMap;
use lmstd_compiler::Compiled;
use lmstd_compiler::diag::code;
use lmstd_compiler::modules::{BUILT_IN, Documents, Read};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Name of the lock file.
pub const LOCK: &str = "lmstd.lock";
/// The longest text that is read.
pub const LONGEST: u64 = 1 << 20;

/// What `lmstd.lock` holds.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// Version of this format.
    pub lock: u32,
    /// SHA-256 in hex of every document, by its path inside the folder.
    pub documents: IndexMap<String, String>,
}

/// Reads documents of one folder.
pub struct Folder {
    root: Option<PathBuf>,
    lock: Result<Lock, String>,
    /// Whether texts that differ from the lock are read all the same, to write it anew.
    renew: bool,
}

impl Folder {
    /// The folder of a standard; none for a built-in one, which uses built-in documents only.
    pub fn new(root: Option<&Path>, renew: bool) -> Folder {
        let lock = root.map_or(Ok(Lock::default()), read_lock);
        Folder { root: root.map(Path::to_path_buf), lock, renew }
    }

    fn file(&self, target: &str) -> Result<Read, String> {
        let root = self.root.as_deref().ok_or("a built-in standard uses built-in documents only")?;
        let lock = self.lock.as_ref().map_err(Clone::clone)?;
        let text = read_inside(root, target)?;
        let Some(locked) = lock.documents.get(target) else { return Ok(Read { text, pinned: false }) };
        let same = *locked == digest(&text);
        if !same && !self.renew {
            return Err(format!("its text is not the one that {LOCK} names; if it is right, run `lint --fix`"));
        }
        Ok(Read { text, pinned: same })
    }

    /// The lock after a compilation: what was there, with the digests of the documents just read. `None` where nothing
    /// changes.
    pub fn renewed(&self, compiled: &Compiled) -> Option<Lock> {
        let old = self.lock.clone().unwrap_or_default();
        let mut new = Lock { lock: 1, documents: old.documents.clone() };
        for (target, file) in compiled.documents.iter().filter(|(target, _)| !target.starts_with(BUILT_IN)) {
            new.documents.insert(target.clone(), digest(&compiled.sources.get(*file).text));
        }
        new.documents.sort_keys();
        (new.documents != old.documents).then_some(new)
    }
}

impl Documents for Folder {
    fn read(&self, target: &str) -> Result<Read, String> {
        if target.starts_with(BUILT_IN) {
            let text = standards::find(target).ok_or_else(|| {
                let known: Vec<&str> = standards::ALL.iter().map(|(name, _)| *name).collect();
                format!("there is no such built-in document; there are {}", known.join(", "))
            })?;
            return Ok(Read { text: text.into(), pinned: true });
        }
        self.file(target)
    }
}

fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

fn read_lock(root: &Path) -> Result<Lock, String> {
    if std::fs::symlink_metadata(root.join(LOCK)).is_err() {
        return Ok(Lock::default());
    }
    let text = read_inside(root, LOCK).map_err(|why| format!("{LOCK} cannot be read: {why}"))?;
    let lock: Lock = serde_json::from_str(&text).map_err(|error| format!("{LOCK} is damaged: {error}"))?;
    if lock.lock != 1 {
        return Err(format!("{LOCK} was written by another version of this program"));
    }
    Ok(lock)
}

/// The text of a regular file inside `root`, no link followed on the way.
fn read_inside(root: &Path, target: &str) -> Result<String, String> {
    let mut path = root.to_path_buf();
    for part in target.split('/') {
        path.push(part);
        let kind = std::fs::symlink_metadata(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => "it does not exist".to_owned(),
            _ => format!("it cannot be read ({error})"),
        })?;
        if kind.file_type().is_symlink() {
            return Err("it is a link or lies behind one".into());
        }
    }
    let file = File::open(&path).map_err(|error| format!("it cannot be read ({error})"))?;
    if !file.metadata().is_ok_and(|found| found.is_file()) {
        return Err("it is no regular file".into());
    }
    text_of(file)
}

/// The text of an open file, of which no more than [`LONGEST`] bytes are read.
///
/// # Errors
/// One sentence for people without the file's name.
pub fn text_of(file: File) -> Result<String, String> {
    let mut bytes = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LONGEST {
        return Err(format!("it is longer than {LONGEST} bytes ({})", code::TOO_LONG.id));
    }
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8".into())
}
