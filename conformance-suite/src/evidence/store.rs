//! Blobs under the SHA-256 of their bytes: `OUT/evidence/HEX`. Knows no media types and no meaning; the log does.
//!
//! A blob appears whole or not at all (a temporary file in OUT, flushed, then linked to its name) and is never
//! overwritten or deleted. Reading checks the digest.

use super::{Fault, is_hex_digest, read_file, sha256_hex};
use lmstd_runtime::world::{READABLE, write_new};
use std::fs;
use std::path::{Path, PathBuf};

/// The longest blob that is read back, in bytes (4 GiB).
const LIMIT: u64 = 4 << 30;

/// The blobs of an OUT folder.
#[derive(Clone, Debug)]
pub struct Store {
    out: PathBuf,
}

impl Store {
    /// Opens the store of `out` for writing; makes the folders that are missing.
    pub fn create(out: &Path) -> Result<Store, Fault> {
        let fault =
            |error| Fault::new("evidence", format!("the folder cannot be made ({error})"), "choose another --out");
        fs::create_dir_all(out.join("evidence")).map_err(fault)?;
        Store::open(out)
    }

    /// Opens the store of `out`; `evidence` must be a real folder.
    pub fn open(out: &Path) -> Result<Store, Fault> {
        match fs::symlink_metadata(out.join("evidence")) {
            Ok(metadata) if metadata.is_dir() => Ok(Store { out: out.to_owned() }),
            _ => Err(Fault::new("evidence", "there is no such folder", "give the folder that a run wrote")),
        }
    }

    /// Keeps `bytes` and gives their SHA-256 in hex. Bytes that are kept already are left as they are; a file of that
    /// name with other bytes is a fault, not overwritten.
    pub fn put(&self, bytes: &[u8]) -> Result<String, Fault> {
        let hex = sha256_hex(bytes);
        let (name, path) = (format!("evidence/{hex}"), self.path(&hex));
        if fs::symlink_metadata(&path).is_ok() {
            self.get(&hex)?;
            return Ok(hex);
        }
        // The temporary file lies in OUT: `evidence` holds nothing that the log does not name.
        write_new(&path, &self.out, bytes, READABLE)
            .map_err(|error| Fault::new(name, format!("it cannot be written ({error})"), "make room and run again"))?;
        Ok(hex)
    }

    /// The bytes kept under a SHA-256 in hex, or `sha256:` and hex; checked.
    pub fn get(&self, digest: &str) -> Result<Vec<u8>, Fault> {
        let hex = digest.strip_prefix("sha256:").unwrap_or(digest);
        if !is_hex_digest(hex) {
            return Err(Fault::new("evidence", "a digest is not 64 lower-case hex digits", ""));
        }
        let name = format!("evidence/{hex}");
        let bytes = read_file(&self.path(hex), &name, LIMIT)?;
        if sha256_hex(&bytes) != hex {
            return Err(Fault::new(name, "its bytes are not those that its name stands for", "restore it from a copy"));
        }
        Ok(bytes)
    }

    /// Names of everything in the folder, sorted; names that are not UTF-8 are shown with replacement characters.
    pub fn names(&self) -> Result<Vec<String>, Fault> {
        let fault = |error| Fault::new("evidence", format!("the folder cannot be read ({error})"), "");
        let mut names = Vec::new();
        for entry in fs::read_dir(self.out.join("evidence")).map_err(fault)? {
            names.push(entry.map_err(fault)?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    fn path(&self, hex: &str) -> PathBuf {
        self.out.join("evidence").join(hex)
    }
}
