//! The steps by which a cell is prepared before a model reads it, done in order: a cell becomes a text, words, a number,
//! planes of numbers or samples. Files that cells name are opened below the folder of their data file and nowhere else,
//! through no link. The same steps give the same bytes, so that the digest of what comes out can be checked.

use crate::media::picture::{Mode, decode as decode_picture};
use crate::media::planes::{normalise, rescale, to_planes};
use crate::media::resize::{Filter, crop, resize, shortest};
use crate::media::sound::{decode as decode_sound, mono, standardise};
use crate::media::{MediaError, MediaLimits, Picture, Planes, mel, resample};
use crate::text::normalise::{self, Step as TextStep};
use lmstd_compiler::standard::{Filter as DeclaredFilter, Step};
use rustix::fs::{Mode as Access, OFlags};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// What a cell is on the way.
#[derive(Clone, PartialEq, Debug)]
pub enum Material {
    /// A text.
    Text(String),
    /// Words.
    Words(Vec<String>),
    /// A number.
    Number(f64),
    /// The bytes of a file.
    File(Vec<u8>),
    /// A decoded picture.
    Picture(Picture),
    /// Planes of numbers.
    Planes(Planes),
    /// Samples of one channel.
    Sound(Vec<f32>),
}

impl Material {
    /// Adds it to a digest: a letter for its kind, its sizes, and its values in little-endian bytes.
    pub fn digest(&self, digest: &mut Sha256) {
        let text = |digest: &mut Sha256, kind: u8, text: &str| {
            digest.update([kind]);
            digest.update((text.len() as u64).to_le_bytes());
            digest.update(text);
        };
        let floats = |digest: &mut Sha256, kind: u8, sizes: &[usize], values: &[f32]| {
            digest.update([kind]);
            sizes.iter().for_each(|size| digest.update((*size as u64).to_le_bytes()));
            values.iter().for_each(|value| digest.update(value.to_le_bytes()));
        };
        match self {
            Material::Text(told) => text(digest, b't', told),
            Material::Words(words) => {
                digest.update([b'w']);
                digest.update((words.len() as u64).to_le_bytes());
                words.iter().for_each(|word| text(digest, b't', word));
            }
            Material::Number(number) => {
                digest.update([b'n']);
                digest.update(number.to_le_bytes());
            }
            Material::File(bytes) => {
                digest.update([b'f']);
                digest.update(Sha256::digest(bytes));
            }
            Material::Picture(picture) => {
                digest.update([b'i']);
                for size in [picture.channels, picture.height, picture.width] {
                    digest.update((size as u64).to_le_bytes());
                }
                digest.update(&picture.data);
            }
            Material::Planes(planes) => floats(digest, b'p', &planes.shape, &planes.data),
            Material::Sound(samples) => floats(digest, b's', &[samples.len()], samples),
        }
    }
}

/// The files that cells of one table name.
#[derive(Clone, Debug)]
pub struct Files {
    folder: PathBuf,
    limits: MediaLimits,
}

impl Files {
    /// Those beside the data file at `table`.
    pub fn beside(table: &Path) -> Files {
        let folder = table.parent().filter(|parent| !parent.as_os_str().is_empty());
        Files { folder: folder.unwrap_or(Path::new(".")).to_owned(), limits: MediaLimits::default() }
    }

    /// The bytes of a file below the folder.
    ///
    /// # Errors
    /// A sentence that names the path, where it leads elsewhere, through a link, to no regular file, or to one too large.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let told = |why: &str| format!("the file `{}` {why}", crate::dataset::shown(path));
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
        let beside = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let mut folder = rustix::fs::open(&self.folder, beside, Access::empty()).map_err(refused)?;
        for inner in folders {
            folder =
                rustix::fs::openat(&folder, *inner, beside | OFlags::NOFOLLOW, Access::empty()).map_err(refused)?;
        }
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = File::from(rustix::fs::openat(&folder, *name, flags, Access::empty()).map_err(refused)?);
        if !file.metadata().is_ok_and(|metadata| metadata.is_file()) {
            return Err(told("is no regular file"));
        }
        let mut bytes = Vec::new();
        file.take(self.limits.bytes + 1).read_to_end(&mut bytes).map_err(|_| told("cannot be read"))?;
        if bytes.len() as u64 > self.limits.bytes {
            return Err(told(&format!("is larger than the limit of {} bytes", self.limits.bytes)));
        }
        Ok(bytes)
    }
}

/// Does the steps.
///
/// # Errors
/// A sentence about the first step that cannot be done.
pub fn prepare(steps: &[Step], material: Material) -> Result<Material, String> {
    steps.iter().try_fold(material, step)
}

/// The planes of the picture, or of the recording's spectrum, that a cell names.
///
/// # Errors
/// A sentence, where a step cannot be done or the steps give none.
pub fn planes(steps: &[Step], files: &Files, path: &str) -> Result<Planes, String> {
    match prepare(steps, Material::File(files.read(path)?)).map_err(|why| named(path, &why))? {
        Material::Planes(planes) => Ok(planes),
        _ => Err("the steps of `prepare` give no planes of numbers".to_owned()),
    }
}

/// The samples of the recording that a cell names; at its own rate where no step says another.
///
/// # Errors
/// As [`planes`].
pub fn samples(steps: &[Step], files: &Files, path: &str) -> Result<Vec<f32>, String> {
    match prepare(steps, Material::File(files.read(path)?)).map_err(|why| named(path, &why))? {
        Material::Sound(samples) => Ok(samples),
        _ => Err("the steps of `prepare` give no samples; begin with `resample`".to_owned()),
    }
}

fn named(path: &str, why: &str) -> String {
    format!("`{}`: {why}", crate::dataset::shown(path))
}

fn step(material: Material, step: &Step) -> Result<Material, String> {
    let limits = MediaLimits::default();
    let told = |error: MediaError| error.message;
    let size = |size: &u32| *size as usize;
    Ok(match (material, step) {
        (Material::Text(text), Step::Tokenise) => Material::Words(text.split_whitespace().map(str::to_owned).collect()),
        (Material::Text(text), step) => {
            let step = text_step(step).ok_or_else(|| misplaced(step))?;
            Material::Text(normalise::apply(&[step], &text))
        }
        (Material::Number(number), Step::Scale { mean, std }) => Material::Number((number - mean) / std),
        (Material::File(bytes), Step::Decode { grey }) => {
            let mode = if *grey { Mode::Grey } else { Mode::Rgb };
            Material::Picture(decode_picture(&bytes, mode, &limits).map_err(told)?)
        }
        (Material::Picture(picture), Step::Resize { height, width, filter }) => {
            Material::Picture(resize(&picture, size(height), size(width), weighed(*filter)).map_err(told)?)
        }
        (Material::Picture(picture), Step::Shortest { edge, filter }) => {
            Material::Picture(shortest(&picture, size(edge), weighed(*filter)).map_err(told)?)
        }
        (Material::Picture(picture), Step::Crop { height, width }) => {
            Material::Picture(crop(&picture, size(height), size(width)).map_err(told)?)
        }
        (Material::Picture(picture), Step::Rescale { by }) => {
            let mut planes = to_planes(&picture).map_err(told)?;
            rescale(&mut planes, *by).map_err(told)?;
            Material::Planes(planes)
        }
        (Material::Planes(mut planes), Step::Normalise { mean, std }) => {
            normalise(&mut planes, mean, std).map_err(told)?;
            Material::Planes(planes)
        }
        (Material::File(bytes), Step::Resample { rate }) => {
            let sound = decode_sound(&bytes, &limits).map_err(told)?;
            let samples = mono(&sound);
            Material::Sound(resample::resample(&samples, sound.rate, *rate).map_err(told)?)
        }
        (Material::Sound(mut samples), Step::Standardise) => {
            standardise(&mut samples);
            Material::Sound(samples)
        }
        (Material::Sound(samples), Step::LogMel { mels }) => {
            Material::Planes(mel::log_mel(&samples, size(mels)).map_err(told)?)
        }
        (_, step) => return Err(misplaced(step)),
    })
}

fn misplaced(step: &Step) -> String {
    format!("the step `{step}` cannot stand here")
}

fn text_step(step: &Step) -> Option<TextStep> {
    Some(match step {
        Step::Nfc => TextStep::Nfc,
        Step::Nfd => TextStep::Nfd,
        Step::Nfkc => TextStep::Nfkc,
        Step::Clean => TextStep::Clean,
        Step::Lower => TextStep::Lower,
        Step::Strip => TextStep::Strip,
        _ => return None,
    })
}

fn weighed(filter: DeclaredFilter) -> Filter {
    match filter {
        DeclaredFilter::Nearest => Filter::Nearest,
        DeclaredFilter::Bilinear => Filter::Bilinear,
        DeclaredFilter::Bicubic => Filter::Bicubic,
    }
}
