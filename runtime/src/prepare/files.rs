//! The files that cells of a table name: those beside the data file, or those of the folder that is the data.

use crate::dataset::shown;
use crate::dataset::table::Table;
use crate::intake::door::Submission;
use crate::media::MediaLimits;
use rustix::fs::{Mode as Access, OFlags};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// The files that cells of one table name.
#[derive(Clone, Debug)]
pub struct Files {
    place: Place,
    limits: MediaLimits,
}

#[derive(Clone, Debug)]
enum Place {
    /// Below a folder, opened when they are asked for.
    Beside(PathBuf),
    /// Of a folder that was hashed.
    Hashed(Arc<Submission>),
}

impl Files {
    /// Those of a table.
    pub fn of(table: &Table) -> Files {
        match &table.files {
            Some(files) => Files { place: Place::Hashed(files.clone()), limits: MediaLimits::default() },
            None => Files::beside(&table.path),
        }
    }

    /// Those beside the data file at `table`.
    pub fn beside(table: &Path) -> Files {
        let folder = table.parent().filter(|parent| !parent.as_os_str().is_empty());
        Files::below(folder.unwrap_or(Path::new(".")))
    }

    /// Those below a folder.
    pub fn below(folder: &Path) -> Files {
        Files { place: Place::Beside(folder.to_owned()), limits: MediaLimits::default() }
    }

    /// The SHA-256 of a file, in hex.
    ///
    /// # Errors
    /// As [`Files::read`].
    pub fn digest(&self, path: &str) -> Result<String, String> {
        match &self.place {
            Place::Hashed(files) => {
                files.file(path).map(|file| file.entry().sha256.clone()).ok_or_else(|| told(path, "is not there"))
            }
            Place::Beside(_) => Ok(hex::encode(Sha256::digest(self.read(path)?))),
        }
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// A sentence that names the path, where it leads elsewhere, through a link, to no regular file, to one too large, or
    /// to one that changed since it was hashed.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        match &self.place {
            Place::Beside(folder) => beside(folder, path, self.limits.bytes),
            Place::Hashed(files) => {
                let file = files.file(path).ok_or_else(|| told(path, "is not there"))?;
                let bytes = file.read_all(self.limits.bytes);
                let bytes = bytes.map_err(|error| told(path, &format!("cannot be used: {}", error.message)))?;
                if hex::encode(Sha256::digest(&bytes)) == file.entry().sha256 {
                    return Ok(bytes);
                }
                Err(told(path, "changed while the data were read"))
            }
        }
    }
}

fn told(path: &str, why: &str) -> String {
    format!("the file `{}` {why}", shown(path))
}

fn beside(folder: &Path, path: &str, most: u64) -> Result<Vec<u8>, String> {
    let told = |why: &str| told(path, why);
    let mut parts = Vec::new();
    for part in Path::new(path).components() {
        match part {
            Component::Normal(name) => parts.push(name),
            Component::CurDir => {}
            _ => return Err(told("lies outside of the folder of the data")),
        }
    }
    let Some((name, folders)) = parts.split_last() else { return Err(told("is no file")) };
    let refused = |error: rustix::io::Errno| match error {
        rustix::io::Errno::NOENT => told("is not there"),
        rustix::io::Errno::LOOP | rustix::io::Errno::NOTDIR => told("lies behind a symbolic link"),
        other => told(&format!("cannot be read: {}", other.kind())),
    };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut folder = rustix::fs::open(folder, flags, Access::empty()).map_err(refused)?;
    for inner in folders {
        folder = rustix::fs::openat(&folder, *inner, flags | OFlags::NOFOLLOW, Access::empty()).map_err(refused)?;
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::openat(&folder, *name, flags, Access::empty()).map_err(refused)?);
    if !file.metadata().is_ok_and(|metadata| metadata.is_file()) {
        return Err(told("is no regular file"));
    }
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes).map_err(|_| told("cannot be read"))?;
    if bytes.len() as u64 > most {
        return Err(told(&format!("is larger than the limit of {most} bytes")));
    }
    Ok(bytes)
}
