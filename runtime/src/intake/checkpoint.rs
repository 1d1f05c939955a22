//! The weights of a submission: which files hold them, and every tensor by name.
//!
//! One `model.safetensors`, or an index with its shards, or the only `.safetensors` file there is; where there is none, the
//! same of PyTorch's archives, or one file of another format, told by content. Two answers to "which tensor is meant" are a refusal. What lies beside the
//! weights and some program would load or run in their place is listed, never read. Knows no architecture.

use super::door::{FileHandle, Submission};
use super::error::{IntakeError, fault, printable};
use super::json;
use super::kind::{Kind, kind};
use super::tensor::{Layout, StoredDtype, TensorInfo};
use super::{formats, gguf, hdf5, npy, safetensors, strided, torch};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The file with the claimed inputs and outputs; never weights.
pub const GOLDEN_FILE: &str = "golden.safetensors";
const SINGLE: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";
const INDEX_BYTES: u64 = 64 << 20;
/// Most shards of an index.
const SHARDS: usize = 1_000;

/// All tensors of a model.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The tensors by name, in the order of their file or index.
    pub tensors: IndexMap<String, TensorInfo>,
    /// The `__metadata__` of the one file, or of all shards, later ones yielding to earlier ones.
    pub metadata: IndexMap<String, String>,
    /// The files that hold the tensors, by name.
    pub files: Vec<String>,
    /// The files that are not the model although some program would take them for it or run them, by name.
    pub others: Vec<Other>,
    /// Bytes of all tensors, as the index says.
    pub told_bytes: Option<u64>,
    /// Elements of all parameters, as the index says.
    pub told_parameters: Option<u64>,
    /// The graph that the file of the weights holds beside them, if it is of such a format.
    pub graph: Option<OwnGraph>,
}

/// A graph in ONNX, which computes with the tensors.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OwnGraph {
    /// Its file.
    pub file: String,
    /// The tensors that it reads.
    pub reads: BTreeSet<String>,
}

/// A file beside the weights that nothing here vouches for: it may say anything, and was not read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Other {
    /// Its path inside the submission.
    pub file: String,
    /// What it is.
    pub kind: Kind,
}

impl Checkpoint {
    /// Finds the weights and reads their headers.
    ///
    /// # Errors
    /// `missing_file`, `unsupported_format`, `ambiguous_files`, `unreferenced_shard`, `shard_mismatch`,
    /// `unsafe_path`, those of [`safetensors::read_header`] and of [`FileHandle::read_at`].
    pub fn open(submission: &Submission) -> Result<Self, IntakeError> {
        let weights: BTreeSet<&str> = submission
            .files()
            .map(|file| file.entry().path.as_str())
            .filter(|path| !path.contains('/') && path.ends_with(".safetensors") && *path != GOLDEN_FILE)
            .collect();
        let checkpoint = match (submission.file(INDEX), submission.file(SINGLE)) {
            (Some(_), Some(_)) => {
                return Err(both(INDEX, SINGLE));
            }
            (Some(index), None) => sharded(submission, index, ".safetensors", &|file| {
                let header = header(file)?;
                Ok((header.tensors, header.metadata))
            })?,
            (None, Some(file)) => single(file)?,
            (None, None) => match weights.iter().next().and_then(|path| submission.file(path)) {
                Some(file) if weights.len() == 1 => single(file)?,
                Some(_) => {
                    return Err(IntakeError::new(
                        fault::AMBIGUOUS_FILES,
                        INDEX,
                        "there are several weight files and no index",
                    )
                    .because("model.safetensors, or an index", weights.into_iter().collect::<Vec<_>>().join(", "))
                    .mend("name the file model.safetensors, or add model.safetensors.index.json"));
                }
                None => return archived(submission),
            },
        };
        match weights.iter().find(|path| !checkpoint.files.iter().any(|file| file == *path)) {
            None => Ok(Self { others: others(submission, &checkpoint.files)?, ..checkpoint }),
            Some(path) => {
                Err(IntakeError::new(fault::UNREFERENCED_SHARD, path, "the weight file is not part of the model")
                    .because(format!("only {}", checkpoint.files.join(", ")), path)
                    .mend("remove it, or list its tensors in model.safetensors.index.json"))
            }
        }
    }

    /// Elements of all tensors; saturates.
    #[must_use]
    pub fn elements(&self) -> u64 {
        self.tensors.values().fold(0, |sum, tensor| sum.saturating_add(tensor.bytes / tensor.dtype.size()))
    }
}

/// The bytes of a tensor, little-endian, row-major: as stored, or as F32 where blocks are.
///
/// # Errors
/// Those of [`FileHandle::read_at`]; `missing_file` for a tensor of another submission; `malformed_data` for BOOL
/// bytes other than 0 and 1.
pub fn read_tensor(submission: &Submission, tensor: &TensorInfo) -> Result<Vec<u8>, IntakeError> {
    let file = submission.file(&tensor.file).ok_or_else(|| missing(&tensor.file, "the tensor's file is not there"))?;
    // A rule lays out anew what was read as it is stored.
    let stored = tensor.relaid.as_ref().map(|relaid| TensorInfo { shape: relaid.stored.clone(), ..tensor.clone() });
    let bytes = match &tensor.layout {
        Layout::Rows => file.read_at(tensor.offset, tensor.bytes)?,
        Layout::Strided(strides) => strided::read(file, stored.as_ref().unwrap_or(tensor), strides)?,
        Layout::Blocks(kind) => gguf::read_blocks(file, tensor, *kind)?,
        Layout::Chunked { within, header } => hdf5::read_chunked(file, tensor, within, *header)?,
        Layout::Deflated { packed, whole, before, columns } => {
            npy::read_deflated(file, tensor, [*packed, *whole, *before], columns.as_deref())?
        }
    };
    let mut bytes = match &tensor.relaid {
        None => bytes,
        Some(relaid) => strided::relay(&bytes, relaid, tensor)?,
    };
    if tensor.rows_absent > 0 {
        let absent = tensor.absent_bytes().ok_or_else(|| missing(&tensor.file, "rows of the tensor are not there"))?;
        bytes.extend(absent);
    }
    if tensor.dtype == StoredDtype::BOOL
        && let Some(at) = bytes.iter().position(|byte| *byte > 1)
    {
        let place = format!("{}: {}", tensor.file, printable(&tensor.name));
        return Err(IntakeError::new(fault::MALFORMED_DATA, &place, format!("element {at} is not a truth value"))
            .because("0 or 1", bytes[at])
            .mend("store the tensor as U8, or write its truth values as 0 and 1"));
    }
    Ok(bytes)
}

/// The names of PyTorch's archives.
const ARCHIVE: &str = "pytorch_model.bin";
const ARCHIVE_INDEX: &str = "pytorch_model.bin.index.json";

/// The weights of a submission without safetensors: PyTorch's usual file, an index with its shards, or the only archive.
fn archived(submission: &Submission) -> Result<Checkpoint, IntakeError> {
    let mut archives = Vec::new();
    for file in submission.files().filter(|file| !file.entry().path.contains('/')) {
        if torch::is_torch(file)? {
            archives.push(file);
        }
    }
    let usual = archives.iter().find(|file| file.entry().path == ARCHIVE);
    let checkpoint = match (submission.file(ARCHIVE_INDEX), usual, archives.as_slice()) {
        (Some(index), None, _) => {
            sharded(submission, index, ".bin", &|file| Ok((torch::read(file)?, IndexMap::new())))?
        }
        (Some(_), Some(_), _) => return Err(both(ARCHIVE_INDEX, ARCHIVE)),
        (None, Some(file), _) | (None, None, [file]) => {
            let files = vec![file.entry().path.clone()];
            Checkpoint { tensors: torch::read(file)?, files, ..Checkpoint::default() }
        }
        (None, None, []) => match formats::find(submission)? {
            Some(checkpoint) => checkpoint,
            None => return Err(no_weights(submission)?),
        },
        (None, None, several) => {
            let names: Vec<&str> = several.iter().map(|file| file.entry().path.as_str()).collect();
            return Err(IntakeError::new(
                fault::AMBIGUOUS_FILES,
                ARCHIVE,
                "there are several weight files and no index",
            )
            .because("one archive, or an index", names.join(", "))
            .mend("name the file pytorch_model.bin, or save the weights as safetensors"));
        }
    };
    Ok(Checkpoint { others: others(submission, &checkpoint.files)?, ..checkpoint })
}

/// The header of what is named a safetensors file. A pickle under that name is no broken header: somebody may have meant a
/// program that goes by contents to load it.
fn header(file: &FileHandle) -> Result<safetensors::Header, IntakeError> {
    safetensors::read_header(file).or_else(|error| match kind(file)? {
        Some(Kind::Pickle) => {
            let at = &file.entry().path;
            Err(IntakeError::new(fault::UNSAFE_PICKLE, at, "a pickle has the name of a safetensors file")
                .mend("load the weights where you trust them and save them with the safetensors library's `save_file`"))
        }
        _ => Err(error),
    })
}

fn single(file: &FileHandle) -> Result<Checkpoint, IntakeError> {
    let header = header(file)?;
    let files = vec![file.entry().path.clone()];
    Ok(Checkpoint { tensors: header.tensors, metadata: header.metadata, files, ..Checkpoint::default() })
}

/// The index file. Its `metadata` is a remark (`total_size`) that nobody relies on; it is a claim like any other.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Index {
    #[serde(default)]
    metadata: serde_json::Value,
    weight_map: IndexMap<String, String>,
}

/// Reads a shard: its tensors and its metadata.
type ReadShard<'r> =
    dyn Fn(&FileHandle) -> Result<(IndexMap<String, TensorInfo>, IndexMap<String, String>), IntakeError> + 'r;

/// The shards of an index, whose names end in `suffix`.
fn sharded(
    submission: &Submission,
    index: &FileHandle,
    suffix: &str,
    read: &ReadShard,
) -> Result<Checkpoint, IntakeError> {
    let at = index.entry().path.as_str();
    let bytes = index.read_all(INDEX_BYTES)?;
    let Index { weight_map, metadata: remarks } = json::parse_as(&bytes, at, bytes.len())?;
    let names: BTreeSet<&str> = weight_map.values().map(String::as_str).collect();
    if names.len() > SHARDS {
        return Err(IntakeError::new(fault::LIMIT_EXCEEDED, at, "the index names too many shards")
            .because(format!("at most {SHARDS}"), names.len()));
    }
    let mut tensors: IndexMap<String, TensorInfo> = IndexMap::new();
    let mut metadata = IndexMap::new();
    for name in &names {
        check_shard_name(name, at, suffix)?;
        let file = submission.file(name).ok_or_else(|| missing(name, "the index names a shard that is not there"))?;
        let (held, told) = read(file)?;
        for (key, value) in told {
            metadata.entry(key).or_insert(value);
        }
        for (tensor, info) in held {
            if weight_map.get(&tensor).map(String::as_str) != Some(*name) {
                let listed = weight_map.get(&tensor).map_or("not in the index", String::as_str);
                return Err(mismatch(name, &tensor, "the shard holds a tensor that the index does not place in it")
                    .because(name, listed));
            }
            tensors.insert(tensor, info);
        }
    }
    let mut ordered = IndexMap::with_capacity(tensors.len());
    for (tensor, shard) in &weight_map {
        let info = tensors
            .swap_remove(tensor)
            .ok_or_else(|| mismatch(shard, tensor, "the shard lacks a tensor that the index places in it"))?;
        ordered.insert(tensor.clone(), info);
    }
    let files = names.into_iter().map(str::to_owned).collect();
    let told = |key: &str| remarks.get(key).and_then(serde_json::Value::as_u64);
    let (told_bytes, told_parameters) = (told("total_size"), told("total_parameters"));
    Ok(Checkpoint { tensors: ordered, metadata, files, told_bytes, told_parameters, ..Checkpoint::default() })
}

/// A shard is a plain file beside its index: no folder, no climbing, no absolute path.
fn check_shard_name(name: &str, at: &str, suffix: &str) -> Result<(), IntakeError> {
    let plain = name.len() > suffix.len()
        && name.ends_with(suffix)
        && !name.contains(['/', '\\', ':', '\0'])
        && !name.starts_with('.')
        && name != GOLDEN_FILE;
    if plain {
        return Ok(());
    }
    Err(IntakeError::new(fault::UNSAFE_PATH, at, "the index names a shard that is not a weight file beside it")
        .because(format!("a name like model-00001-of-00002{suffix}"), name)
        .mend("put the shards beside the index and name them by their file names"))
}

/// What lies beside the weights and is weights or code by its name or its first bytes.
fn others(submission: &Submission, files: &[String]) -> Result<Vec<Other>, IntakeError> {
    let mut others = Vec::new();
    for file in submission.files() {
        let path = &file.entry().path;
        if files.contains(path) || path == GOLDEN_FILE {
            continue;
        }
        if let Some(kind) = kind(file)? {
            others.push(Other { file: path.clone(), kind });
        }
    }
    Ok(others)
}

/// The refusal of a submission without weights that are read here.
fn no_weights(submission: &Submission) -> Result<IntakeError, IntakeError> {
    let others = others(submission, &[])?;
    // A .safetensors file in a folder below is in the right format and in the wrong place.
    let weights = others.iter().find(|other| other.kind != Kind::Code && !other.file.ends_with(".safetensors"));
    let bare = weights.filter(|other| other.kind == Kind::Pickle).and_then(|other| submission.file(&other.file));
    if let Some(refusal) = bare.map(torch::refusal).transpose()?.flatten() {
        return Ok(refusal);
    }
    Ok(match weights.map(|other| (other.kind, other.file.as_str())) {
        Some((Kind::Pickle, path)) => IntakeError::new(
            fault::UNSUPPORTED_FORMAT,
            path,
            "a bare pickle is not read by this version; convert to safetensors",
        )
        .because("a .safetensors file, or weights that `torch.save` wrote", path)
        .mend("load the weights where you trust them and save them with the safetensors library's `save_file`"),
        Some((_, path)) => {
            IntakeError::new(fault::UNSUPPORTED_FORMAT, path, "this format of weights is not read by this version")
                .because("a .safetensors file", path)
                .mend("convert the weights to safetensors")
        }
        None => missing(SINGLE, "there are no weights").mend("add model.safetensors"),
    })
}

/// The refusal of an index beside a single file.
fn both(index: &str, single: &str) -> IntakeError {
    IntakeError::new(fault::AMBIGUOUS_FILES, index, "there are both an index and a single file")
        .because("one of the two", format!("{index} and {single}"))
        .mend("keep the index with its shards, or the single file")
}

fn missing(at: &str, message: &str) -> IntakeError {
    IntakeError::new(fault::MISSING_FILE, at, message).mend("add the file, or correct the index")
}

fn mismatch(shard: &str, tensor: &str, message: &str) -> IntakeError {
    IntakeError::new(fault::SHARD_MISMATCH, &format!("{shard}: {}", printable(tensor)), message)
        .mend("save the model again with its index")
}
