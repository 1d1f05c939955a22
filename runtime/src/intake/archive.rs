//! A zip archive, checked in full before anything is taken out of it.
//!
//! Zip says most things twice, and readers differ on which one counts. Here both must agree: the directory at the end and
//! the header before each member, in name, flags, method, checksum and sizes. Members follow each other from the first byte
//! of the file to the directory without hole or overlap, the directory ends the file, no name stands twice or climbs, and
//! every checksum is that of the bytes. A member is a range of the file, stored as it is or, where that is asked for,
//! deflated to a length that both headers tell. Archives that are encrypted, split or compressed in another way are
//! refused. Knows no member's meaning.

use super::door::FileHandle;
use super::error::{IntakeError, fault, is_plain, printable};
use super::inflate::{self, Wrap, inflate};
use std::collections::HashSet;
use std::ops::Range;

/// Most members.
const MEMBERS: u64 = 200_000;
/// Longest directory in bytes.
const DIRECTORY_BYTES: u64 = 64 << 20;
/// Bytes that a checksum is computed of at a time.
const PIECE: u64 = 1 << 20;
const END: usize = 22;
const END_64: usize = 56;
const LOCATOR: usize = 20;
/// Flags that are understood: sizes stand behind the data, and names are UTF-8.
const FLAGS: u16 = 0x0808;
const SIZES_BEHIND: u16 = 0x0008;
const DEFLATED: u16 = 8;
/// The system that says it made a member, and how its modes tell a link.
const UNIX: u16 = 3;
const FILE_TYPE: u32 = 0o170_000;
const LINK: u32 = 0o120_000;

/// A member.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member {
    /// Its name, with `/` between parts.
    pub name: String,
    /// Where its bytes stand in the file.
    pub range: Range<u64>,
    /// How many bytes these hold, where they are deflated.
    pub whole: Option<u64>,
}

/// The name of the first member, where these are the first bytes of an archive.
pub fn first_name(head: &[u8]) -> Option<&[u8]> {
    let length = u16::from_le_bytes(head.strip_prefix(b"PK\x03\x04")?.get(22..24)?.try_into().ok()?);
    head.get(30..)?.get(..length.into())
}

/// The members of an archive that stores them as they are, in the order of the file.
///
/// # Errors
/// `truncated_file`, `limit_exceeded`, `unsafe_path`; `unsupported_format` for what is compressed or encrypted;
/// `malformed_header` for everything that is said twice and differs, and for a checksum that is not that of the bytes;
/// those of [`FileHandle::read_at`].
pub fn members(file: &FileHandle) -> Result<Vec<Member>, IntakeError> {
    read(file, false)
}

/// The members of an archive that may deflate them, in the order of the file.
///
/// # Errors
/// Those of [`members`], but not for a deflated member; `limit_exceeded` for one that becomes very much larger.
pub fn members_or_deflated(file: &FileHandle) -> Result<Vec<Member>, IntakeError> {
    read(file, true)
}

fn read(file: &FileHandle, may_deflate: bool) -> Result<Vec<Member>, IntakeError> {
    let end = End::read(file)?;
    let directory =
        Cursor { bytes: file.read_at(end.directory.start, end.directory.end - end.directory.start)?, at: 0 };
    let mut listed = listed(file, directory, end.count, may_deflate)?;
    listed.sort_by_key(|member| member.header);
    let mut next = 0;
    let mut members = Vec::with_capacity(listed.len());
    for (index, member) in listed.iter().enumerate() {
        if member.header != next {
            return Err(broken(file, &member.name, "the members do not follow each other without hole or overlap"));
        }
        let until = listed.get(index + 1).map_or(end.directory.start, |after| after.header);
        let range = member.range(file, until)?;
        check(file, member, &range)?;
        next = until;
        members.push(Member { name: member.name.clone(), range, whole: member.is_deflated.then_some(member.bytes) });
    }
    if next != end.directory.start {
        return Err(broken(file, "", "bytes stand between the members and the directory"));
    }
    Ok(members)
}

/// Where the directory stands, and how many members it lists.
struct End {
    directory: Range<u64>,
    count: u64,
}

impl End {
    fn read(file: &FileHandle) -> Result<End, IntakeError> {
        let size = file.entry().bytes;
        let Some(at) = size.checked_sub(END as u64) else { return Err(truncated(file)) };
        let mut end = Cursor { bytes: file.read_at(at, END as u64)?, at: 0 };
        // A comment behind the directory could hold a second one.
        if end.u32() != Some(0x0605_4b50) || end.bytes[END - 2..] != [0, 0] {
            return Err(broken(file, "", "the file does not end with the directory of a zip archive"));
        }
        let [disk, first, here, all] = [0; 4].map(|_| u64::from(end.u16().unwrap_or(u16::MAX)));
        let [bytes, offset] = [0; 2].map(|_| u64::from(end.u32().unwrap_or(u32::MAX)));
        let (told, stop) = match Self::wide(file, at)? {
            None => ([disk, first, here, all, bytes, offset], at),
            Some((wide, stop)) => {
                // What does not fit into the old fields is all ones there.
                let narrow = [(disk, 16), (first, 16), (here, 16), (all, 16), (bytes, 32), (offset, 32)];
                let agrees = |((old, bits), new): ((u64, u32), &u64)| old == *new || old == (1 << bits) - 1;
                if !narrow.into_iter().zip(&wide).all(agrees) {
                    return Err(broken(file, "", "the two ends of the directory differ"));
                }
                (wide, stop)
            }
        };
        let [disk, first, here, count, bytes, offset] = told;
        if disk != 0 || first != 0 || here != count {
            return Err(broken(file, "", "the archive is split"));
        }
        if bytes > DIRECTORY_BYTES || count > MEMBERS {
            return Err(IntakeError::new(
                fault::LIMIT_EXCEEDED,
                &file.entry().path,
                "the archive has too many members",
            )
            .because(format!("at most {MEMBERS}"), count));
        }
        match offset.checked_add(bytes) {
            Some(end) if end == stop => Ok(End { directory: offset..end, count }),
            _ => Err(broken(file, "", "the directory does not stand right before its end")),
        }
    }

    /// The end of a large archive, which stands before the other one, and where it begins.
    fn wide(file: &FileHandle, at: u64) -> Result<Option<([u64; 6], u64)>, IntakeError> {
        let Some(place) = at.checked_sub((LOCATOR + END_64) as u64) else { return Ok(None) };
        let bytes = file.read_at(place, (LOCATOR + END_64) as u64)?;
        let mut locator = Cursor { bytes: bytes[END_64..].to_vec(), at: 0 };
        if locator.u32() != Some(0x0706_4b50) {
            return Ok(None);
        }
        let is_here = locator.u32() == Some(0) && locator.u64() == Some(place) && locator.u32() == Some(1);
        let mut end = Cursor { bytes: bytes[..END_64].to_vec(), at: 0 };
        let is_end = end.u32() == Some(0x0606_4b50) && end.u64() == Some(END_64 as u64 - 12);
        let (_, disks) = (end.u32(), [end.u32(), end.u32()].map(|disk| u64::from(disk.unwrap_or(u32::MAX))));
        let rest = [0; 4].map(|_| end.u64().unwrap_or(u64::MAX));
        if !is_here || !is_end {
            return Err(broken(file, "", "the end of the directory is not where it is said to be"));
        }
        Ok(Some(([disks[0], disks[1], rest[0], rest[1], rest[2], rest[3]], place)))
    }
}

/// What the directory says of a member.
struct Listed {
    name: String,
    flags: u16,
    is_deflated: bool,
    checksum: u32,
    /// As stored, and as meant.
    packed: u64,
    bytes: u64,
    /// Where its header begins.
    header: u64,
}

fn listed(file: &FileHandle, mut directory: Cursor, count: u64, may_deflate: bool) -> Result<Vec<Listed>, IntakeError> {
    let mut names = HashSet::new();
    let mut all = Vec::new();
    for _ in 0..count {
        let member = entry(file, &mut directory, may_deflate)?;
        let climbs = member.name.split('/').any(|part| part.is_empty() || part == "." || part == "..");
        if climbs || !member.name.chars().all(is_plain) || member.name.contains(['\\', ':', '\0']) {
            return Err(IntakeError::new(
                fault::UNSAFE_PATH,
                &at(file, &member.name),
                "the archive has an unsafe name",
            )
            .mend("save the model again with its own library"));
        }
        if !names.insert(member.name.clone()) {
            return Err(broken(file, &member.name, "the name stands twice"));
        }
        all.push(member);
    }
    if directory.at != directory.bytes.len() {
        return Err(broken(file, "", "the directory is longer than its members"));
    }
    Ok(all)
}

fn entry(file: &FileHandle, directory: &mut Cursor, may_deflate: bool) -> Result<Listed, IntakeError> {
    let short = || broken(file, "", "the directory ends inside a member");
    if directory.u32().ok_or_else(short)? != 0x0201_4b50 {
        return Err(broken(file, "", "the directory lists something that is no member"));
    }
    let [made_by, _, flags, method, _, _] = [0; 6].map(|_| directory.u16().unwrap_or(u16::MAX));
    let [checksum, packed, bytes] = [0; 3].map(|_| directory.u32().unwrap_or(u32::MAX));
    let [name, extra, comment, disk, _] = [0; 5].map(|_| directory.u16().unwrap_or(u16::MAX));
    let [attributes, header] = [0; 2].map(|_| directory.u32().unwrap_or(u32::MAX));
    let name = directory.take(name.into()).ok_or_else(short)?;
    let extra = directory.take(extra.into()).ok_or_else(short)?;
    let name = String::from_utf8(name).map_err(|_| broken(file, "", "a name is not UTF-8"))?;
    let mut wide = wide_fields(&extra).ok_or_else(|| broken(file, &name, "an extra field is malformed"))?;
    // In this order, each only where the old field is all ones.
    let mut field = |old: u32| if old == u32::MAX { wide.u64() } else { Some(u64::from(old)) };
    let (bytes, packed, header) = (field(bytes), field(packed), field(header));
    let (Some(bytes), Some(packed), Some(header)) = (bytes, packed, header) else {
        return Err(broken(file, &name, "a size or place is missing"));
    };
    let is_deflated = may_deflate && method == DEFLATED;
    if flags & !FLAGS != 0 || method != 0 && !is_deflated {
        return Err(IntakeError::new(
            fault::UNSUPPORTED_FORMAT,
            &at(file, &name),
            "the member is compressed or encrypted",
        )
        .mend("save the model again with its own library"));
    }
    // On Unix the file's mode stands in the upper half.
    if made_by >> 8 == UNIX && (attributes >> 16) & FILE_TYPE == LINK {
        return Err(IntakeError::new(fault::UNSAFE_PATH, &at(file, &name), "the archive holds a link")
            .mend("save the model again with its own library"));
    }
    if packed != bytes && !is_deflated || comment != 0 || disk != 0 {
        return Err(broken(file, &name, "the sizes differ, or the member has a comment or another disk"));
    }
    Ok(Listed { name, flags, is_deflated, checksum, packed, bytes, header })
}

impl Listed {
    /// Where the bytes stand; the header before them and what stands behind them, until `until`, say the same.
    fn range(&self, file: &FileHandle, until: u64) -> Result<Range<u64>, IntakeError> {
        let differs = || broken(file, &self.name, "the member's own header says something else than the directory");
        const HEADER: u64 = 30;
        let mut header = Cursor { bytes: file.read_at(self.header, HEADER)?, at: 0 };
        let magic = header.u32();
        let [_, flags, method, _, _] = [0; 5].map(|_| header.u16().unwrap_or(u16::MAX));
        let [checksum, packed, bytes] = [0; 3].map(|_| header.u32().unwrap_or(u32::MAX));
        let [name, extra] = [0; 2].map(|_| u64::from(header.u16().unwrap_or(u16::MAX)));
        let mut rest = Cursor { bytes: file.read_at(self.header + HEADER, name + extra)?, at: 0 };
        let same = rest.take(usize::try_from(name).unwrap_or(usize::MAX)).as_deref() == Some(self.name.as_bytes());
        let is_method = method == if self.is_deflated { DEFLATED } else { 0 };
        if magic != Some(0x0403_4b50) || flags != self.flags || !is_method || !same {
            return Err(differs());
        }
        let behind = self.flags & SIZES_BEHIND != 0;
        let mut wide = wide_fields(&rest.bytes[rest.at..]).ok_or_else(differs)?;
        let is = |told: u32, whole: u64, wide: &mut Cursor| match told {
            0 if behind => true,
            u32::MAX => wide.u64().is_some_and(|told| told == whole || behind && told == 0),
            told => u64::from(told) == whole,
        };
        let agrees = is(bytes, self.bytes, &mut wide) && is(packed, self.packed, &mut wide);
        if !agrees || (checksum != self.checksum && !(behind && checksum == 0)) {
            return Err(differs());
        }
        let start = self.header + HEADER + name + extra;
        let Some(end) = start.checked_add(self.packed).filter(|end| *end <= until) else {
            return Err(broken(file, &self.name, "the member is longer than its place"));
        };
        if !self.is_told_behind(&file.read_at(end, (until - end).min(32))?, until - end) {
            return Err(broken(file, &self.name, "bytes that are no part of a member stand behind it"));
        }
        Ok(start..end)
    }

    /// Whether what stands behind the bytes is what the flags say, and says the same.
    fn is_told_behind(&self, bytes: &[u8], length: u64) -> bool {
        if self.flags & SIZES_BEHIND == 0 {
            return length == 0;
        }
        let (packed, whole) = (self.packed, self.bytes);
        let narrow = u32::try_from(packed).ok().zip(u32::try_from(whole).ok());
        let narrow = narrow.map(|(packed, whole)| [packed.to_le_bytes(), whole.to_le_bytes()].concat());
        let sizes = [narrow, Some([packed.to_le_bytes(), whole.to_le_bytes()].concat())];
        let behind = |sizes: &Vec<u8>| [&self.checksum.to_le_bytes()[..], sizes].concat();
        sizes.iter().flatten().map(behind).any(|told| bytes == told || bytes == [&b"PK\x07\x08"[..], &told].concat())
    }
}

/// The fields of a large member; none is an empty one.
fn wide_fields(extra: &[u8]) -> Option<Cursor> {
    let mut fields = Cursor { bytes: extra.to_vec(), at: 0 };
    let mut wide = Cursor { bytes: Vec::new(), at: 0 };
    while fields.at < fields.bytes.len() {
        let (id, length) = (fields.u16()?, fields.u16()?);
        let field = fields.take(length.into())?;
        if id == 1 {
            wide.bytes = field;
        }
    }
    Some(wide)
}

fn check(file: &FileHandle, member: &Listed, range: &Range<u64>) -> Result<(), IntakeError> {
    let mut checksum = crc32fast::Hasher::new();
    let mut at = range.start;
    if member.is_deflated {
        if !inflate::is_modest(member.packed, member.bytes) {
            return Err(IntakeError::new(
                fault::LIMIT_EXCEEDED,
                &self::at(file, &member.name),
                "the member becomes very much larger than it is stored",
            )
            .because("at most 200 times larger", format!("{} of {} bytes", member.bytes, member.packed))
            .mend("store it without compression"));
        }
        let packed = file.read_at(range.start, range.end - range.start)?;
        inflate(&packed, Wrap::Raw, member.bytes, &mut |piece| checksum.update(piece))
            .map_err(|why| broken(file, &member.name, why))?;
        at = range.end;
    }
    while at < range.end {
        let piece = file.read_at(at, PIECE.min(range.end - at))?;
        checksum.update(&piece);
        at += piece.len() as u64;
    }
    let found = checksum.finalize();
    if found == member.checksum {
        return Ok(());
    }
    Err(broken(file, &member.name, "the checksum is not that of the bytes")
        .because(format!("{:08x}", member.checksum), format!("{found:08x}")))
}

fn at(file: &FileHandle, name: &str) -> String {
    if name.is_empty() { file.entry().path.clone() } else { format!("{}: {}", file.entry().path, printable(name)) }
}

fn broken(file: &FileHandle, name: &str, why: &str) -> IntakeError {
    IntakeError::new(fault::MALFORMED_HEADER, &at(file, name), why).mend("save the model again with its own library")
}

fn truncated(file: &FileHandle) -> IntakeError {
    IntakeError::new(fault::TRUNCATED_FILE, &file.entry().path, "the file ends inside of the archive")
        .mend("compare its size with the original, and copy it again")
}

/// Numbers in little-endian order, one after another.
struct Cursor {
    bytes: Vec<u8>,
    at: usize,
}

impl Cursor {
    fn take(&mut self, count: usize) -> Option<Vec<u8>> {
        let end = self.at.checked_add(count)?;
        let taken = self.bytes.get(self.at..end)?.to_vec();
        self.at = end;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let taken = *self.bytes.get(self.at..)?.first_chunk::<N>()?;
        self.at += N;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }
}
