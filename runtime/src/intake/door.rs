//! The one door: a path becomes a manifest and handles, and nothing else ever touches the path.
//!
//! Every file is hashed through the descriptor that later reads it. Where a submission has more files than a process
//! should hold open, the rest is opened again on use and must still be the same inode in the same state. Whatever is
//! read later is held, block by block, against what was hashed ([`Blocks`]): a reader is given the bytes that the
//! manifest speaks of, or the run ends as tampered, also where a file is changed and changed back in between. And
//! [`Submission::rehash`] reads everything once more at the end. Knows no formats.

use super::blocks::{BLOCK, Blocks};
use super::error::{IntakeError, fault, printable};
use super::exponents::Float;
use super::manifest::{FileEntry, Manifest};
use super::walk::{self, Identity, Only};
use crate::world::{RealWorld, World};
use rayon::prelude::*;
use rustix::fs::{Mode, OFlags};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::ops::Range;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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
    /// What was hashed, to hold later reads against; of no block where nothing was.
    blocks: Blocks,
    /// Whether a reader was refused bytes that are not those that were hashed.
    misread: AtomicBool,
}

/// The digest of a file, and what later reads are held against.
type Hashing<'f> = dyn Fn(&FileHandle, Work) -> Result<(String, Blocks), IntakeError> + Sync + 'f;

/// How a file is hashed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Work {
    /// On one thread: the others have files of their own.
    Alone,
    /// SHA-256 of a file is one chain, so other threads do beside it what else there is to do.
    Beside,
}

impl Work {
    /// For files of these sizes. Who waits for others takes up another file meanwhile, inside of the first; so this is only
    /// done where there are few of them.
    fn of(sizes: impl Iterator<Item = u64>) -> Self {
        let long = sizes.filter(|bytes| *bytes > CHUNK as u64).count();
        if long < rayon::current_num_threads() { Self::Beside } else { Self::Alone }
    }
}

impl Submission {
    /// Opens a directory, or one file, and hashes all of it. The path itself is the user's word: links in it are
    /// followed, and a file that a link leads to keeps the link's name. No link below it is followed.
    ///
    /// # Errors
    /// `missing_file`, `unreadable`; `unsafe_path` for anything but plain, singly named files with honest names;
    /// `limit_exceeded`; `tampered` where a file changes while it is hashed.
    pub fn open(path: &Path, limits: &DoorLimits) -> Result<Self, IntakeError> {
        let mut key = [0; 8];
        RealWorld.random(&mut key).map_err(|error| IntakeError::system("the submission", "opened", &error))?;
        Self::enter(path, limits, &|file, work| {
            let mut blocks = Blocks::new(u64::from_le_bytes(key));
            let sha256 = file.hash(work, |chunk| blocks.add(chunk))?;
            Ok((sha256, blocks))
        })
    }

    /// [`Submission::open`] without reading the files, to look at headers: digests are empty, so that no certificate can
    /// be about it.
    ///
    /// # Errors
    /// Those of [`Submission::open`].
    pub fn open_unhashed(path: &Path, limits: &DoorLimits) -> Result<Self, IntakeError> {
        Self::enter(path, limits, &|_, _| Ok((String::new(), Blocks::none())))
    }

    fn enter(path: &Path, limits: &DoorLimits, digest: &Hashing<'_>) -> Result<Self, IntakeError> {
        let shown = path.display().to_string();
        let meta = std::fs::metadata(path).map_err(|error| IntakeError::system(&shown, "opened", &error))?;
        let (folder, only) = if meta.is_dir() { (path.to_owned(), None) } else { single(path, &shown)? };
        // A single file's folder is only passed through, so that a process which may not list it can still open the file.
        let access = if only.is_some() { OFlags::PATH } else { OFlags::RDONLY };
        let flags = access | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::open(folder.as_path(), flags, Mode::empty())
            .map_err(|error| IntakeError::system(&shown, "opened", &error.into()))?;
        let root = Arc::new(root);
        let found = walk::walk(root.as_fd(), only.as_ref(), limits, limits.held)?;
        let work = Work::of(found.iter().map(|found| found.identity.bytes));
        let files = found
            .into_par_iter()
            .map(|found| {
                let entry = FileEntry { path: found.path, sha256: String::new(), bytes: found.identity.bytes };
                let (stored, identity, held) = (found.stored, found.identity, found.held);
                let (blocks, misread, root) = (Blocks::none(), AtomicBool::new(false), Arc::clone(&root));
                let mut handle = FileHandle { entry, stored, identity, held, root, blocks, misread };
                (handle.entry.sha256, handle.blocks) = digest(&handle, work)?;
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
    /// `tampered` where a file is new, gone, replaced or changed since the submission was opened, or was so for a while:
    /// once a reader was refused bytes, nothing mends the run.
    pub fn rehash(&self) -> Result<(), IntakeError> {
        if let Some(file) = self.files.iter().find(|file| file.misread.load(Ordering::Relaxed)) {
            return Err(changed(&file.entry.path, "for a while the contents were others"));
        }
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
        let work = Work::of(self.files.iter().map(|file| file.entry.bytes));
        self.files.par_iter().try_for_each(|file| {
            let sha256 = file.hash(work, |_| ()).map_err(IntakeError::into_tampered)?;
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

    /// Exactly `len` bytes from `offset`, which are those that were hashed. Memory grows with the bytes that arrive.
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
        // Whole blocks are read, since only these can be held against what was hashed.
        let (block, end) = (BLOCK as u64, offset + len);
        let first = if self.blocks.is_none() { offset } else { offset - offset % block };
        let last = if self.blocks.is_none() { end } else { end.next_multiple_of(block).min(self.entry.bytes) };
        self.with_file(|file| {
            let mut bytes = Vec::new();
            let mut at = first;
            while at < last {
                // What comes before the first byte wanted is dropped while there is little to move.
                let most = if at < offset { block } else { CHUNK as u64 };
                let start = bytes.len();
                at += self.append(file, &mut bytes, at, most.min(last - at))?;
                if start == 0 && first < offset {
                    bytes.drain(..usize::try_from(offset - first).map_or(bytes.len(), |skip| skip.min(bytes.len())));
                }
            }
            bytes.truncate(usize::try_from(len).unwrap_or(bytes.len()));
            Ok(bytes)
        })
    }

    /// Reads `step` bytes from `at`, where a block begins, and holds them against what was hashed; gives `step`.
    fn append(&self, file: &File, bytes: &mut Vec<u8>, at: u64, step: u64) -> Result<u64, IntakeError> {
        let path = &self.entry.path;
        let (start, more) = (bytes.len(), usize::try_from(step).unwrap_or(CHUNK));
        bytes.try_reserve(more).map_err(|_| no_memory(path, step))?;
        bytes.resize(start + more, 0);
        file.read_exact_at(&mut bytes[start..], at).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => self.misread("the file became shorter"),
            _ => IntakeError::system(path, "read", &error),
        })?;
        if self.blocks.hold(&bytes[start..], at) { Ok(step) } else { Err(self.misread("the contents changed")) }
    }

    /// A refusal to give bytes that are not those that were hashed, which the run is not to forget.
    fn misread(&self, what: &str) -> IntakeError {
        self.misread.store(true, Ordering::Relaxed);
        changed(&self.entry.path, what)
    }

    /// Whether the numbers of a type in those bytes, of which one begins at the first, are known to be finite since the file
    /// was hashed. If not, they must be read.
    pub(crate) fn are_finite(&self, float: Float, bytes: Range<u64>) -> bool {
        self.blocks.are_finite(float, bytes)
    }

    /// SHA-256 of what the descriptor gives now, which must be as long as the entry says. `seen` is shown all of it.
    fn hash(&self, work: Work, mut seen: impl FnMut(&[u8]) + Send) -> Result<String, IntakeError> {
        self.with_file(|file| {
            let read = |buffer: &mut Vec<u8>, at| {
                buffer.resize(CHUNK, 0);
                fill(file, buffer, at).map_err(|error| IntakeError::system(&self.entry.path, "read", &error))
            };
            let mut hash = Sha256::new();
            let (mut buffer, mut next) = (Vec::new(), Vec::new());
            let mut got = read(&mut buffer, 0)?;
            let mut at = got as u64;
            while got == CHUNK && at <= self.entry.bytes {
                let mut digest = || hash.update(&buffer);
                let mut rest = || {
                    seen(&buffer);
                    read(&mut next, at)
                };
                let more = if work == Work::Beside {
                    rayon::join(digest, rest).1
                } else {
                    digest();
                    rest()
                };
                got = more?;
                at += got as u64;
                std::mem::swap(&mut buffer, &mut next);
            }
            hash.update(&buffer[..got]);
            seen(&buffer[..got]);
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
            return Err(self.misread("the file was replaced or written to"));
        }
        read(&file)
    }
}

/// Reads until the buffer is full or the file ends.
fn fill(file: &File, buffer: &mut [u8], at: u64) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], at + filled as u64) {
            Ok(0) => break,
            Ok(got) => filled += got,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
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
