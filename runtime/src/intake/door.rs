//! The one door: a path becomes a manifest and handles, and nothing else ever touches the path.
//!
//! Every file is hashed through the descriptor that later reads it. Where a submission has more files than a process
//! should hold open, the rest is opened again on use and must still be the same inode in the same state; and
//! [`Submission::rehash`] reads everything once more at the end. Knows no formats.

use super::error::{IntakeError, fault, printable};
use super::manifest::{FileEntry, Manifest};
use super::walk::{self, Identity, Only};
use rayon::prelude::*;
use rustix::fs::{Mode, OFlags};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How much a submission may be.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DoorLimits {
    /// Files and folders.
    pub entries: usize,
    /// Folders below the submission's own.
    pub depth: usize,
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Bytes of all files.
    pub total_bytes: u64,
    /// Bytes that files may claim in all without storing them: holes, which cost the submitter nothing and a reader as
    /// much as any other bytes.
    pub unstored_bytes: u64,
    /// Files held open; the others are opened on use.
    pub held: usize,
}

impl Default for DoorLimits {
    fn default() -> Self {
        Self {
            entries: 10_000,
            depth: 32,
            file_bytes: 64 << 30,
            total_bytes: 256 << 30,
            unstored_bytes: 64 << 20,
            held: 128,
        }
    }
}

/// A submission behind the door.
#[derive(Debug)]
pub struct Submission {
    root: Arc<OwnedFd>,
    only: Option<Only>,
    limits: DoorLimits,
    files: Vec<FileHandle>,
    manifest: Manifest,
}

/// One file of a submission: its entry, and its bytes.
#[derive(Debug)]
pub struct FileHandle {
    entry: FileEntry,
    /// Where it lies below the root.
    stored: String,
    identity: Identity,
    held: Option<File>,
    root: Arc<OwnedFd>,
}

impl Submission {
    /// Opens a directory, or one file, and hashes all of it. The path itself is the user's word: links in it are
    /// followed, and a file that a link leads to keeps the link's name. No link below it is followed.
    ///
    /// # Errors
    /// `missing_file`, `unreadable`; `unsafe_path` for anything but plain, singly named files with honest names;
    /// `limit_exceeded`; `tampered` where a file changes while it is hashed.
    pub fn open(path: &Path, limits: &DoorLimits) -> Result<Self, IntakeError> {
        Self::enter(path, limits, &FileHandle::hash)
    }

    /// [`Submission::open`] without reading the files, to look at headers: digests are empty, so that no certificate can
    /// be about it.
    ///
    /// # Errors
    /// Those of [`Submission::open`].
    pub fn open_unhashed(path: &Path, limits: &DoorLimits) -> Result<Self, IntakeError> {
        Self::enter(path, limits, &|_| Ok(String::new()))
    }

    fn enter(
        path: &Path,
        limits: &DoorLimits,
        digest: &(dyn Fn(&FileHandle) -> Result<String, IntakeError> + Sync),
    ) -> Result<Self, IntakeError> {
        let shown = path.display().to_string();
        let meta = std::fs::metadata(path).map_err(|error| IntakeError::system(&shown, "opened", &error))?;
        let (folder, only) = if meta.is_dir() { (path.to_owned(), None) } else { single(path, &shown)? };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::open(folder.as_path(), flags, Mode::empty())
            .map_err(|error| IntakeError::system(&shown, "opened", &error.into()))?;
        let root = Arc::new(root);
        let found = walk::walk(root.as_fd(), only.as_ref(), limits, limits.held)?;
        let files = found
            .into_par_iter()
            .map(|found| {
                let entry = FileEntry { path: found.path, sha256: String::new(), bytes: found.identity.bytes };
                let (stored, identity, held) = (found.stored, found.identity, found.held);
                let mut handle = FileHandle { entry, stored, identity, held, root: Arc::clone(&root) };
                handle.entry.sha256 = digest(&handle)?;
                Ok(handle)
            })
            .collect::<Result<Vec<_>, IntakeError>>()?;
        let manifest = Manifest::new(files.iter().map(|file| file.entry.clone()).collect());
        Ok(Self { root, only, limits: limits.clone(), files, manifest })
    }

    /// The files and the root.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The file at this path inside the submission.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&FileHandle> {
        let by_path = |file: &FileHandle| file.entry.path.as_bytes().cmp(path.as_bytes());
        self.files.binary_search_by(by_path).ok().map(|at| &self.files[at])
    }

    /// All files by the bytes of their paths.
    pub fn files(&self) -> impl Iterator<Item = &FileHandle> {
        self.files.iter()
    }

    /// Walks and hashes everything again.
    ///
    /// # Errors
    /// `tampered` where a file is new, gone, replaced or changed since the submission was opened.
    pub fn rehash(&self) -> Result<(), IntakeError> {
        let again =
            walk::walk(self.root.as_fd(), self.only.as_ref(), &self.limits, 0).map_err(IntakeError::into_tampered)?;
        let mut now = again.iter().peekable();
        for file in &self.files {
            match now.next_if(|found| found.path <= file.entry.path) {
                Some(found) if found.path == file.entry.path && found.identity == file.identity => {}
                Some(found) if found.path == file.entry.path => {
                    return Err(changed(&found.path, "the file was replaced or written to"));
                }
                Some(found) => return Err(changed(&found.path, "the file is new")),
                None => return Err(changed(&file.entry.path, "the file is gone")),
            }
        }
        if let Some(found) = now.next() {
            return Err(changed(&found.path, "the file is new"));
        }
        self.files.par_iter().try_for_each(|file| {
            let sha256 = file.hash().map_err(IntakeError::into_tampered)?;
            if sha256 == file.entry.sha256 {
                return Ok(());
            }
            Err(changed(&file.entry.path, "the contents changed").because(&file.entry.sha256, sha256))
        })
    }
}

/// Bytes read at a time: the most that is allocated before the bytes are known to exist.
const CHUNK: usize = 1 << 20;

impl FileHandle {
    /// Path, digest and size.
    #[must_use]
    pub fn entry(&self) -> &FileEntry {
        &self.entry
    }

    /// The whole file, if it has at most `limit` bytes.
    ///
    /// # Errors
    /// `limit_exceeded`, or those of [`FileHandle::read_at`].
    pub fn read_all(&self, limit: u64) -> Result<Vec<u8>, IntakeError> {
        if self.entry.bytes > limit {
            return Err(IntakeError::new(fault::LIMIT_EXCEEDED, &self.entry.path, "the file is too large (bytes)")
                .because(format!("at most {limit}"), self.entry.bytes)
                .mend("submit a file of an ordinary size for its purpose"));
        }
        self.read_at(0, self.entry.bytes)
    }

    /// Exactly `len` bytes from `offset`. Memory grows with the bytes that arrive.
    ///
    /// # Errors
    /// `truncated_file` where the file is shorter, `tampered` where it is no longer the file that was hashed,
    /// `unreadable`, `limit_exceeded` where there is no memory for it.
    pub fn read_at(&self, offset: u64, len: u64) -> Result<Vec<u8>, IntakeError> {
        let path = &self.entry.path;
        if offset.checked_add(len).is_none_or(|end| end > self.entry.bytes) {
            return Err(IntakeError::new(fault::TRUNCATED_FILE, path, "the file ends too early (bytes)")
                .because(u128::from(offset) + u128::from(len), self.entry.bytes));
        }
        self.with_file(|file| {
            let mut bytes = Vec::new();
            let mut at = offset;
            let mut left = len;
            while left > 0 {
                let step = usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
                let start = bytes.len();
                bytes.try_reserve(step).map_err(|_| no_memory(path, len))?;
                bytes.resize(start + step, 0);
                file.read_exact_at(&mut bytes[start..], at).map_err(|error| match error.kind() {
                    std::io::ErrorKind::UnexpectedEof => changed(path, "the file became shorter"),
                    _ => IntakeError::system(path, "read", &error),
                })?;
                at += step as u64;
                left -= step as u64;
            }
            Ok(bytes)
        })
    }

    /// SHA-256 of what the descriptor gives now, which must be as long as the entry says.
    fn hash(&self) -> Result<String, IntakeError> {
        self.with_file(|file| {
            let mut hash = Sha256::new();
            let mut buffer = vec![0; CHUNK];
            let mut at = 0;
            loop {
                let got = match file.read_at(&mut buffer, at) {
                    Ok(0) => break,
                    Ok(got) => got,
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                    Err(error) => return Err(IntakeError::system(&self.entry.path, "read", &error)),
                };
                hash.update(&buffer[..got]);
                at += got as u64;
                if at > self.entry.bytes {
                    break;
                }
            }
            if at != self.entry.bytes {
                return Err(changed(&self.entry.path, "the file changed its size"));
            }
            Ok(hex::encode(hash.finalize()))
        })
    }

    /// Runs `read` on the file held, or on one opened anew that must be the same file in the same state.
    fn with_file<T>(&self, read: impl FnOnce(&File) -> Result<T, IntakeError>) -> Result<T, IntakeError> {
        if let Some(file) = &self.held {
            return read(file);
        }
        let file = walk::reopen(self.root.as_fd(), &self.stored).map_err(IntakeError::into_tampered)?;
        if Identity::of(&file, &self.entry.path)? != self.identity {
            return Err(changed(&self.entry.path, "the file was replaced or written to"));
        }
        read(&file)
    }
}

/// The folder and the names of the one file that `path` leads to.
fn single(path: &Path, shown: &str) -> Result<(PathBuf, Option<Only>), IntakeError> {
    let real = path.canonicalize().map_err(|error| IntakeError::system(shown, "opened", &error))?;
    let (Some(name), Some(stored), Some(folder)) = (path.file_name(), real.file_name(), real.parent()) else {
        return Err(IntakeError::new(fault::UNSAFE_PATH, shown, "the path does not end in the name of a file")
            .mend("name the file itself"));
    };
    let only = Only::new(name.as_bytes(), stored.as_bytes())?;
    Ok((folder.to_owned(), Some(only)))
}

fn changed(path: &str, what: &str) -> IntakeError {
    IntakeError::new(fault::TAMPERED, path, format!("the submission changed while it was checked: {what}"))
        .mend("check a copy that nothing writes to")
}

fn no_memory(path: &str, len: u64) -> IntakeError {
    IntakeError::new(fault::LIMIT_EXCEEDED, path, format!("there is no memory for {len} bytes of {}", printable(path)))
        .mend("raise the worker's memory limit or submit smaller files")
}
