//! The steps by which a cell is prepared before a model reads it, done in order: a cell becomes a text, words, a number,
//! planes of numbers or samples. Files that cells name are opened below the folder of their data file and nowhere else,
//! through no link. The same steps give the same bytes, so that the digest of what comes out can be checked.

mod files;
mod vectors;

pub use files::Files;
pub use vectors::Vectors;

use crate::media::picture::{Mode, decode as decode_picture};
use crate::media::planes::{normalise, rescale, to_planes};
use crate::media::resize::{Filter, crop, resize, shortest};
use crate::media::sound::{decode as decode_sound, mono, standardise};
use crate::media::{MediaError, MediaLimits, Picture, Planes, mel, resample};
use crate::text::normalise::{self, Step as TextStep};
use lmstd_compiler::standard::{ColumnType, Filter as DeclaredFilter, Step};
use sha2::{Digest, Sha256};

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

/// Does steps that need no table.
///
/// # Errors
/// A sentence about the first step that cannot be done.
pub fn prepare(steps: &[Step], material: Material) -> Result<Material, String> {
    steps.iter().try_fold(material, done)
}

/// The steps over one column, ready: with the tables that they embed by, and the files that cells name.
#[derive(Debug)]
pub struct Preparation {
    steps: Vec<Step>,
    /// One for each step that embeds, in their order.
    tables: Vec<Vectors>,
    files: Files,
}

impl Preparation {
    /// Reads the tables of the steps, which lie where the files of cells do.
    ///
    /// # Errors
    /// A sentence about a table that is not there, is another one than the steps mean, or is malformed.
    pub fn new(steps: &[Step], files: Files) -> Result<Preparation, String> {
        let table = |step: &Step| match step {
            Step::Embed { table, sha256 } => Some(files.vectors(table, sha256)),
            _ => None,
        };
        let tables = steps.iter().filter_map(table).collect::<Result<_, String>>()?;
        Ok(Preparation { steps: steps.to_vec(), tables, files })
    }

    /// Does the steps on a cell of a column of type `ty`.
    ///
    /// # Errors
    /// A sentence about the first step that cannot be done.
    pub fn cell(&self, ty: &ColumnType, cell: &str) -> Result<Material, String> {
        let material = match ty {
            ColumnType::Image | ColumnType::Audio => {
                return self.run(Material::File(self.files.read(cell)?)).map_err(|why| named(cell, &why));
            }
            ColumnType::Int | ColumnType::Real => {
                Material::Number(cell.trim().parse().map_err(|_| "it is no number".to_owned())?)
            }
            _ => Material::Text(cell.to_owned()),
        };
        self.run(material)
    }

    fn run(&self, material: Material) -> Result<Material, String> {
        let mut tables = self.tables.iter();
        self.steps.iter().try_fold(material, |material, step| match (material, step) {
            (Material::Words(words), Step::Embed { .. }) => {
                let table = tables.next().ok_or_else(|| misplaced(step))?;
                Ok(Material::Planes(table.embed(&words)))
            }
            (material, step) => done(material, step),
        })
    }

    /// The planes of the picture, or of the recording's spectrum, that a cell names.
    ///
    /// # Errors
    /// A sentence, where a step cannot be done or the steps give none.
    pub fn planes(&self, path: &str) -> Result<Planes, String> {
        match self.cell(&ColumnType::Image, path)? {
            Material::Planes(planes) => Ok(planes),
            _ => Err("the steps of `prepare` give no planes of numbers".to_owned()),
        }
    }

    /// The samples of the recording that a cell names.
    ///
    /// # Errors
    /// As [`Preparation::planes`].
    pub fn samples(&self, path: &str) -> Result<Vec<f32>, String> {
        match self.cell(&ColumnType::Audio, path)? {
            Material::Sound(samples) => Ok(samples),
            _ => Err("the steps of `prepare` give no samples; begin with `resample`".to_owned()),
        }
    }
}

fn named(path: &str, why: &str) -> String {
    format!("`{}`: {why}", crate::dataset::shown(path))
}

fn done(material: Material, step: &Step) -> Result<Material, String> {
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
