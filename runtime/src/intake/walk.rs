//! The walk over a submission's directory: plain files and directories only, no link followed, no name trusted.
//!
//! Works on descriptors, never on joined paths, so that nothing swapped in on the way can lead outside. Knows no
//! contents.

use super::door::DoorLimits;
use super::error::{IntakeError, fault, is_plain};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, SeekFrom};
use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use tokenizers::NormalizedString;

/// A file is hollow where it stores fewer than one in so many of its bytes.
const HOLLOW: u64 = 8;

/// What tells one state of one file from another without reading it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
    pub(super) bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Identity {
    /// The identity behind a descriptor.
    pub(super) fn of(file: &File, at: &str) -> Result<Self, IntakeError> {
        let meta = file.metadata().map_err(|error| IntakeError::system(at, "read", &error))?;
        Ok(Self {
            device: meta.dev(),
            inode: meta.ino(),
            bytes: meta.len(),
            modified: (meta.mtime(), meta.mtime_nsec()),
            changed: (meta.ctime(), meta.ctime_nsec()),
        })
    }
}

/// A file met on the walk.
#[derive(Debug)]
pub(super) struct Found {
    /// Path inside the submission.
    pub(super) path: String,
    /// Where it lies below the root: its path, unless that was a link that the user named.
    pub(super) stored: String,
    /// Its state when it was opened.
    pub(super) identity: Identity,
    /// Its descriptor, for the first files only: descriptors are scarce.
    pub(super) held: Option<File>,
}

/// The one file of a submission that is a file.
#[derive(Debug)]
pub(super) struct Only {
    /// Its name as the user wrote it.
    name: String,
    /// The name in the root of what it leads to.
    stored: String,
}

impl Only {
    /// A file by the name that the user wrote and the name of what it leads to.
    pub(super) fn new(name: &[u8], stored: &[u8]) -> Result<Self, IntakeError> {
        Ok(Self { name: checked_name(name, "")?, stored: checked_name(stored, "")? })
    }
}

/// Everything below `root`, or the one file `only` of it, by the bytes of the paths.
pub(super) fn walk(
    root: BorrowedFd<'_>,
    only: Option<&Only>,
    limits: &DoorLimits,
    hold: usize,
) -> Result<Vec<Found>, IntakeError> {
    let mut walk = Walk { limits, hold, entries: 0, total: 0, unstored: 0, found: Vec::new() };
    match only {
        Some(only) => {
            walk.entry(root, &only.stored, String::new(), 0)?;
            walk.found.iter_mut().for_each(|found| found.path.clone_from(&only.name));
        }
        None => walk.directory(root, "", 0)?,
    }
    walk.found.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
    Ok(walk.found)
}

/// Opens a file of the submission again, part by part and without following links.
pub(super) fn reopen(root: BorrowedFd<'_>, path: &str) -> Result<File, IntakeError> {
    let mut folder: Option<OwnedFd> = None;
    let mut rest = path;
    while let Some((part, after)) = rest.split_once('/') {
        let from = folder.as_ref().map_or(root, AsFd::as_fd);
        folder = Some(open_at(from, part, OFlags::DIRECTORY, path)?);
        rest = after;
    }
    let from = folder.as_ref().map_or(root, AsFd::as_fd);
    open_at(from, rest, OFlags::empty(), path).map(File::from)
}

struct Walk<'a> {
    limits: &'a DoorLimits,
    hold: usize,
    entries: usize,
    total: u64,
    unstored: u64,
    found: Vec<Found>,
}

impl Walk<'_> {
    fn directory(&mut self, dir: BorrowedFd<'_>, prefix: &str, depth: usize) -> Result<(), IntakeError> {
        let shown = if prefix.is_empty() { "the submission" } else { prefix };
        let unreadable = |error: rustix::io::Errno| IntakeError::system(shown, "listed", &error.into());
        let mut names = Vec::new();
        for entry in Dir::read_from(dir).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let raw = entry.file_name().to_bytes();
            if raw == b"." || raw == b".." {
                continue;
            }
            self.entries += 1;
            if self.entries > self.limits.entries {
                return Err(limit(shown, "the submission has too many files and folders", self.limits.entries, "more"));
            }
            names.push(checked_name(raw, prefix)?);
        }
        names.sort();
        refuse_twins(&names, prefix)?;
        for name in names {
            self.entry(dir, &name, prefix.to_owned(), depth)?;
        }
        Ok(())
    }

    fn entry(&mut self, dir: BorrowedFd<'_>, name: &str, prefix: String, depth: usize) -> Result<(), IntakeError> {
        let path = format!("{prefix}{name}");
        let stat = rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)
            .map_err(|error| IntakeError::system(&path, "opened", &error.into()))?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => self.file(dir, name, path),
            FileType::Directory => {
                if depth >= self.limits.depth {
                    return Err(limit(&path, "folders are nested too deeply", self.limits.depth, depth + 1));
                }
                let inner = open_at(dir, name, OFlags::DIRECTORY, &path)?;
                self.directory(inner.as_fd(), &format!("{path}/"), depth + 1)
            }
            other => Err(refuse_kind(&path, other)),
        }
    }

    fn file(&mut self, dir: BorrowedFd<'_>, name: &str, path: String) -> Result<(), IntakeError> {
        let file = File::from(open_at(dir, name, OFlags::empty(), &path)?);
        let meta = file.metadata().map_err(|error| IntakeError::system(&path, "read", &error))?;
        // Asked of the descriptor again: what `statat` saw may have been swapped since.
        if !meta.is_file() {
            return Err(IntakeError::new(fault::UNSAFE_PATH, &path, "the entry is not a plain file"));
        }
        if meta.nlink() > 1 {
            return Err(IntakeError::new(fault::UNSAFE_PATH, &path, "the file has further names (hard links)")
                .because("1 name", meta.nlink())
                .mend("copy the file instead of linking it"));
        }
        let identity = Identity::of(&file, &path)?;
        if identity.bytes > self.limits.file_bytes {
            return Err(limit(&path, "the file is too large (bytes)", self.limits.file_bytes, identity.bytes));
        }
        self.total = self.total.saturating_add(identity.bytes);
        if self.total > self.limits.total_bytes {
            return Err(limit(&path, "the submission is too large (bytes)", self.limits.total_bytes, self.total));
        }
        self.refuse_hollow(&file, &meta, &path)?;
        let held = (self.found.len() < self.hold).then_some(file);
        self.found.push(Found { stored: path.clone(), path, identity, held });
        Ok(())
    }

    /// Refuses files that cost nothing to send and hours to hash. Few stored blocks alone say little: some file systems
    /// count none, others compress; so the system must also know of a hole.
    fn refuse_hollow(&mut self, file: &File, meta: &Metadata, path: &str) -> Result<(), IntakeError> {
        let stored = meta.blocks().saturating_mul(512);
        if stored >= meta.len() / HOLLOW {
            return Ok(());
        }
        self.unstored = self.unstored.saturating_add(meta.len() - stored);
        let has_hole = rustix::fs::seek(file, SeekFrom::Hole(0)).is_ok_and(|at| at < meta.len());
        if self.unstored <= self.limits.unstored_bytes || !has_hole {
            return Ok(());
        }
        Err(IntakeError::new(fault::LIMIT_EXCEEDED, path, "the file is mostly holes (stored bytes)")
            .because(format!("at least {}", meta.len() / HOLLOW), stored)
            .mend("copy it without holes, for example with `cp --sparse=never FROM TO`"))
    }
}

/// `NONBLOCK` so that a FIFO swapped in cannot hold us; it means nothing to plain files.
fn open_at(dir: BorrowedFd<'_>, name: &str, more: OFlags, at: &str) -> Result<OwnedFd, IntakeError> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK | more;
    rustix::fs::openat(dir, name, flags, Mode::empty())
        .map_err(|error| IntakeError::system(at, "opened", &error.into()))
}

fn checked_name(raw: &[u8], prefix: &str) -> Result<String, IntakeError> {
    let refuse = |name: &str, what: &str| {
        IntakeError::new(fault::UNSAFE_PATH, &format!("{prefix}{name}"), what)
            .mend("rename it with plain letters, digits, `.`, `-` and `_`")
    };
    let Ok(name) = std::str::from_utf8(raw) else {
        return Err(refuse(&String::from_utf8_lossy(raw), "the name is not UTF-8"));
    };
    if !name.chars().all(is_plain) {
        return Err(refuse(name, "the name has control or invisible characters"));
    }
    if name.ends_with(['.', ' ']) || reserved(name) {
        return Err(refuse(name, "the name means something else on other systems"));
    }
    if name.contains('\\') {
        return Err(refuse(name, "the name has a backslash, which other systems read as a folder"));
    }
    Ok(name.to_owned())
}

/// Whether a name is that of a device on Windows, whatever follows its first dot.
fn reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    let numbered = |word: &str| stem.len() == 4 && stem.is_char_boundary(3) && stem[..3].eq_ignore_ascii_case(word);
    let device = ["con", "prn", "aux", "nul"].iter().any(|word| stem.eq_ignore_ascii_case(word));
    device || (numbered("com") || numbered("lpt")) && stem.ends_with(|c: char| ('1'..='9').contains(&c))
}

/// Names that another system, or another reader, may take for the same file.
fn refuse_twins(names: &[String], prefix: &str) -> Result<(), IntakeError> {
    let mut seen: HashMap<String, &str> = HashMap::new();
    for name in names {
        if let Some(twin) = seen.insert(folded(name), name) {
            return Err(IntakeError::new(
                fault::UNSAFE_PATH,
                &format!("{prefix}{name}"),
                "another file's name differs only in case or Unicode form",
            )
            .because("names that differ everywhere", twin)
            .mend("rename one of them"));
        }
    }
    Ok(())
}

/// A name in its compatibility form, in lower case.
pub(super) fn folded(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    let mut text = NormalizedString::from(name);
    text.nfkc().lowercase().nfkc();
    text.get().to_owned()
}

fn refuse_kind(path: &str, kind: FileType) -> IntakeError {
    let what = match kind {
        FileType::Symlink => "a symbolic link",
        FileType::Fifo => "a FIFO",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        _ => "neither a file nor a folder",
    };
    let mend = match kind {
        FileType::Symlink => "replace the link by the file, for example with `cp -rL FROM TO`",
        _ => "remove it",
    };
    IntakeError::new(fault::UNSAFE_PATH, path, format!("the entry is {what}"))
        .because("a plain file or a folder", what)
        .mend(mend)
}

fn limit(at: &str, what: &str, most: impl std::fmt::Display, found: impl std::fmt::Display) -> IntakeError {
    IntakeError::new(fault::LIMIT_EXCEEDED, at, what)
        .because(format!("at most {most}"), found)
        .mend("submit only what the model needs")
}
