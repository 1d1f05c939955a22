//! The clock, randomness, durable writes and bounded reads: the only place that asks the machine for them.
//!
//! Everything else takes a [`World`], so that a test can hold time and chance still. Deliberately unaware of what the
//! times and bytes are for.

use rustix::fs::{Mode, OFlags};
use sha2::{Digest, Sha256};
use std::fs::{File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What a run may ask of the machine besides files.
pub trait World: Send + Sync {
    /// Now in UTC as RFC 3339 with whole seconds: `2026-01-31T23:59:59Z`.
    fn now_utc(&self) -> String;

    /// The date of [`World::now_utc`]: `2026-01-31`.
    fn today(&self) -> String {
        self.now_utc().chars().take(10).collect()
    }

    /// Fills `bytes` with randomness fit for keys and nonces.
    ///
    /// # Errors
    /// When the system has none to give.
    fn random(&self, bytes: &mut [u8]) -> io::Result<()>;

    /// Time since some fixed moment of this process; never runs backwards.
    fn monotonic(&self) -> Duration;
}

/// The machine itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealWorld;

impl World for RealWorld {
    fn now_utc(&self) -> String {
        // A clock before 1970 is shown as 1970: it is wrong either way, and visibly so.
        rfc3339(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
    }

    fn random(&self, bytes: &mut [u8]) -> io::Result<()> {
        getrandom::fill(bytes).map_err(io::Error::other)
    }

    fn monotonic(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }
}

/// A world that stands still: one moment, a byte stream that depends on the seed alone, a clock of 1 ms a look.
#[derive(Debug)]
pub struct FixedWorld {
    unix_seconds: u64,
    seed: u64,
    drawn: AtomicU64,
    looks: AtomicU64,
}

impl FixedWorld {
    /// A world at `unix_seconds` after 1970 whose randomness follows from `seed`.
    #[must_use]
    pub fn new(unix_seconds: u64, seed: u64) -> Self {
        Self { unix_seconds, seed, drawn: AtomicU64::new(0), looks: AtomicU64::new(0) }
    }
}

impl World for FixedWorld {
    fn now_utc(&self) -> String {
        rfc3339(self.unix_seconds)
    }

    fn random(&self, bytes: &mut [u8]) -> io::Result<()> {
        for chunk in bytes.chunks_mut(32) {
            let count = self.drawn.fetch_add(1, Ordering::Relaxed);
            let mut hash = Sha256::new();
            hash.update(self.seed.to_le_bytes());
            hash.update(count.to_le_bytes());
            chunk.copy_from_slice(&hash.finalize()[..chunk.len()]);
        }
        Ok(())
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.looks.fetch_add(1, Ordering::Relaxed))
    }
}

/// Seconds since 1970 as RFC 3339 in UTC. Civil date from a day count after Howard Hinnant, "chrono-compatible
/// low-level date algorithms", `civil_from_days`, for days that are not negative.
fn rfc3339(unix_seconds: u64) -> String {
    let (days, second) = (unix_seconds / 86_400, unix_seconds % 86_400);
    let shifted = days + 719_468; // days since 0000-03-01
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3_600, second / 60 % 60, second % 60)
}

/// Mode of a file that others may read, less the umask.
pub const READABLE: u32 = 0o644;
/// Mode of a file that its owner alone may read.
pub const PRIVATE: u32 = 0o600;

/// Writes a file so that after a crash there is the old one or the new one, whole: a temporary file in the same
/// folder, flushed to the disk, renamed over `path`, and the folder flushed. Others may read it.
///
/// # Errors
/// Any error of the file system; `path` is then as it was.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    temporary(folder, bytes, READABLE)?.persist(path).map_err(|failed| failed.error)?;
    File::open(folder)?.sync_all()
}

/// Writes a file that must not exist yet, with this `mode` less the umask: after a crash it is there whole or not at
/// all. The temporary file lies in `beside`, a folder of the same file system, so that `path`'s own folder never
/// holds anything else.
///
/// # Errors
/// `AlreadyExists` where there is something at `path`, which is then as it was; any error of the file system.
pub fn write_new(path: &Path, beside: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    temporary(beside, bytes, mode)?.persist_noclobber(path).map_err(|failed| failed.error)?;
    File::open(folder_of(path))?.sync_all()
}

/// The folder that `path` lies in.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A flushed file with these bytes under a name of its own.
fn temporary(folder: &Path, bytes: &[u8], mode: u32) -> io::Result<tempfile::NamedTempFile> {
    let permissions = Permissions::from_mode(mode);
    let mut file = tempfile::Builder::new().prefix(".lmstd-").permissions(permissions).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Reads a regular file of at most `limit` bytes, never through a link and without waiting for anybody: a pipe or a
/// device is refused before a byte is read, and memory grows with the bytes that arrive.
///
/// # Errors
/// `InvalidData` for what is no regular file or is longer; any error of the file system.
pub fn read_bounded(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    // NONBLOCK: opening a pipe must not wait for a writer; it has no effect on regular files.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let refused = |why: String| io::Error::new(io::ErrorKind::InvalidData, why);
    let descriptor = rustix::fs::open(path, flags, Mode::empty()).map_err(|error| match error {
        rustix::io::Errno::LOOP => refused("it is a symbolic link".into()),
        other => other.into(),
    })?;
    let file = File::from(descriptor);
    if !file.metadata()?.is_file() {
        return Err(refused("it is not a regular file".into()));
    }
    let mut bytes = Vec::new();
    // One byte past the limit tells a file that is too long, whatever length it claims.
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(refused(format!("it is longer than {limit} bytes")));
    }
    Ok(bytes)
}
