//! GGUF of versions 2 and 3, as llama.cpp and its Python library write it: one file of metadata and tensors.
//!
//! The header is checked in full before a tensor is read: counts and lengths against the bytes that are left, names and
//! keys once each, every tensor where the one before it ends, zeros between them, and the end at the end. The metadata
//! stand for `config.json` and `tokenizer.json`; the names and layouts of weights are left as they are, since what they
//! mean depends on the architecture.

mod blocks;
mod config;
mod cursor;
mod directory;
mod metadata;
mod pretokenizer;
mod tokenizer;

use self::cursor::Cursor;
use self::metadata::Metadata;
use super::door::{FileHandle, Submission};
use super::error::{IntakeError, fault};
use super::tensor::{Layout, TensorInfo};
use indexmap::IndexMap;

pub use self::blocks::BlockType;
pub(super) use self::blocks::read as read_blocks;
pub(super) use self::config::config;
pub(super) use self::tokenizer::tokenizer;

/// First bytes.
const MAGIC: &[u8] = b"GGUF";
/// The versions that are read.
const VERSIONS: [u32; 2] = [2, 3];
/// Alignment where the file does not say, and what it may say.
const ALIGNMENT: u64 = 32;
const ALIGNMENTS: std::ops::RangeInclusive<u64> = 8..=1 << 20;
/// The factors of rotary frequencies, which some files store beside the weights.
const ROPE_FACTORS: &str = "rope_freqs.weight";
/// Most factors: half of the widest head.
const FACTORS: u64 = 32_768;
/// What a report says of a file.
const TOLD: [&str; 9] = [
    "general.architecture",
    "general.type",
    "general.name",
    "general.basename",
    "general.size_label",
    "general.finetune",
    "general.license",
    "general.quantization_version",
    "general.file_type",
];

/// A file whose header was checked.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Gguf {
    /// The tensors in the header's order, by the names that GGUF gives them.
    pub(super) tensors: IndexMap<String, TensorInfo>,
    /// The file.
    pub(super) path: String,
    metadata: Metadata,
    /// The factors of the rotary frequencies, where the file stores some.
    rope_factors: Option<Vec<f32>>,
}

/// Whether a file begins so.
///
/// # Errors
/// Those of [`FileHandle::read_at`].
pub(super) fn is_gguf(file: &FileHandle) -> Result<bool, IntakeError> {
    Ok(file.read_at(0, file.entry().bytes.min(MAGIC.len() as u64))? == MAGIC)
}

/// The GGUF file of a submission, told by content; none where there is none.
///
/// # Errors
/// Those of [`read`]; `ambiguous_files` where there are several.
pub(super) fn find(submission: &Submission) -> Result<Option<Gguf>, IntakeError> {
    let mut found = Vec::new();
    for file in submission.files().filter(|file| !file.entry().path.contains('/')) {
        if is_gguf(file)? {
            found.push(file);
        }
    }
    match found.as_slice() {
        [] => Ok(None),
        [file] => read(file).map(Some),
        several => {
            let names: Vec<&str> = several.iter().map(|file| file.entry().path.as_str()).collect();
            Err(IntakeError::new(fault::AMBIGUOUS_FILES, names[0], "there are several GGUF files")
                .because("one", names.join(", "))
                .mend("submit one of them"))
        }
    }
}

/// Whether the vocabulary of a submission may lie in a GGUF file: one that cannot be read may have any.
pub(super) fn may_have_tokenizer(submission: &Submission) -> bool {
    match find(submission) {
        Ok(None) => false,
        Ok(Some(gguf)) => tokenizer(&gguf).map_or(true, |root| root.is_some()),
        Err(_) => true,
    }
}

/// Reads and checks the header of a file.
///
/// # Errors
/// `unsupported_format` for other versions, for big-endian files, for parts of a split file, and for types of numbers
/// that are not computed here; `truncated_file`; `limit_exceeded`; `malformed_header` for every other rule of this
/// format, with the rule and the key or tensor.
pub(super) fn read(file: &FileHandle) -> Result<Gguf, IntakeError> {
    let path = &file.entry().path;
    let mut cursor = Cursor::new(file);
    if cursor.take(MAGIC.len())? != MAGIC {
        return Err(broken(path, "the file does not begin with `GGUF`"));
    }
    check_version(cursor.u32()?, path)?;
    let (tensors, keys) = (cursor.u64()?, cursor.u64()?);
    let metadata = Metadata::read(&mut cursor, keys)?;
    check_whole(&metadata, path)?;
    let alignment = alignment(&metadata)?;
    let tensors = directory::read(&mut cursor, file, tensors, alignment)?;
    let rope_factors = tensors.get(ROPE_FACTORS).map(|tensor| factors(file, tensor)).transpose()?;
    Ok(Gguf { tensors, path: path.clone(), metadata, rope_factors })
}

impl Gguf {
    /// What a report says of the file: what it tells of itself, and how many tensors there are of each type.
    pub(super) fn described(&self) -> IndexMap<String, String> {
        let told = TOLD.iter().filter_map(|key| Some(((*key).to_owned(), self.metadata.shown(key)?)));
        let mut types: IndexMap<&str, usize> = IndexMap::new();
        for tensor in self.tensors.values() {
            let name = if let Layout::Blocks(kind) = &tensor.layout { kind.name() } else { tensor.dtype.name() };
            *types.entry(name).or_default() += 1;
        }
        let types: Vec<String> = types.iter().map(|(name, count)| format!("{count} {name}")).collect();
        told.chain([("gguf.tensor_types".to_owned(), types.join(", "))]).collect()
    }
}

fn check_version(version: u32, path: &str) -> Result<(), IntakeError> {
    if VERSIONS.contains(&version) {
        return Ok(());
    }
    let (message, mend) = if VERSIONS.contains(&version.swap_bytes()) {
        ("the file has big-endian numbers, which are not read", "convert the model again for little-endian machines")
    } else {
        ("the file is of a version of GGUF that is not read", "convert the model again with a current converter")
    };
    Err(IntakeError::new(fault::UNSUPPORTED_FORMAT, path, message).because("version 2 or 3", version).mend(mend))
}

/// A part of a split file is not the model.
fn check_whole(metadata: &Metadata, path: &str) -> Result<(), IntakeError> {
    match metadata.whole("split.count", 0..=u64::from(u16::MAX))? {
        Some(parts @ 2..) => {
            Err(IntakeError::new(fault::UNSUPPORTED_FORMAT, path, "the file is a part of a split model")
                .because("the whole model", format!("one of {parts} parts"))
                .mend("join the parts with `llama-gguf-split --merge`"))
        }
        _ => Ok(()),
    }
}

fn alignment(metadata: &Metadata) -> Result<u64, IntakeError> {
    let key = "general.alignment";
    match metadata.whole(key, ALIGNMENTS)? {
        Some(alignment) if !metadata.is_u32(key) || !alignment.is_power_of_two() => {
            Err(metadata.wrong(key, "the alignment is no power of two as UINT32").because("8 to 1048576", alignment))
        }
        alignment => Ok(alignment.unwrap_or(ALIGNMENT)),
    }
}

/// The factors of rotary frequencies: few, of F32.
fn factors(file: &FileHandle, tensor: &TensorInfo) -> Result<Vec<f32>, IntakeError> {
    let most = FACTORS * tensor.dtype.size();
    if tensor.dtype != super::tensor::StoredDtype::F32 || tensor.layout != Layout::Rows || tensor.bytes > most {
        let at = format!("{}: {ROPE_FACTORS}", file.entry().path);
        return Err(broken(&at, "the factors of the rotary frequencies are too many or not F32"));
    }
    let bytes = file.read_at(tensor.offset, tensor.bytes)?;
    let (numbers, _) = bytes.as_chunks::<4>();
    Ok(numbers.iter().map(|number| f32::from_le_bytes(*number)).collect())
}

fn broken(at: &str, message: impl Into<String>) -> IntakeError {
    IntakeError::new(fault::MALFORMED_HEADER, at, message)
        .mend("write the file again with llama.cpp's converter or the gguf library")
}
