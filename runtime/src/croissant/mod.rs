//! Croissant (MLCommons, versions 1.0 and 1.1): the JSON-LD that says what a dataset is, its licence, files and
//! columns.
//!
//! [`read()`] takes such a file strictly, [`write()`] writes one, [`spell()`] says it as a dataset of the language.
//! What cannot be done with the data here (joins, transforms, archives, rows inside the description, JSON paths) is a
//! fault that says so. Metadata that changes no row (publishers, dates of the metadata, provenance, examples) is passed
//! over.
//!
//! Pure: no file is opened and nothing is ever fetched. Whether a file is there, is a link, has its digest and its
//! columns is found by who reads the data.

mod licence;
mod read;
mod spell;
mod write;

pub use licence::spdx;
pub use read::read;
pub use spell::spell;
pub use write::write;

use indexmap::IndexMap;
use std::fmt;

/// The version of the format that a file follows, as its `conformsTo` says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Edition {
    /// 1.0, of March 2024.
    V1_0,
    /// 1.1, of January 2026.
    #[default]
    V1_1,
}

impl Edition {
    /// The address of its specification, which `conformsTo` holds.
    #[must_use]
    pub fn address(self) -> &'static str {
        match self {
            Self::V1_0 => "http://mlcommons.org/croissant/1.0",
            Self::V1_1 => "http://mlcommons.org/croissant/1.1",
        }
    }
}

/// A dataset as a Croissant file describes it. Texts are as the file has them: escape them to show them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Croissant {
    /// Which version of the format.
    pub edition: Edition,
    /// The dataset's name.
    pub name: String,
    /// What it is.
    pub description: Option<String>,
    /// The dataset's own version, a number as text.
    pub version: Option<String>,
    /// Licences as written: an address, an identifier or a name each. [`spdx()`] tells the identifier of one.
    pub licences: Vec<String>,
    /// The dataset's page.
    pub url: Option<String>,
    /// How to cite it.
    pub cite_as: Option<String>,
    /// Who made it.
    pub creators: Vec<Creator>,
    /// When it was published: a day, a month, a year or a time (ISO 8601).
    pub published: Option<String>,
    /// Languages of the content, as written (`inLanguage`).
    pub languages: Vec<String>,
    /// Keywords, one text each.
    pub keywords: Vec<String>,
    /// What the responsible-AI vocabulary (`rai:`) says, by its names without the prefix, such as `dataCollection`.
    /// Several values of one name are joined by `; `, the two ends of `dataCollectionTimeframe` by `/`.
    pub facts: IndexMap<String, String>,
    /// The files.
    pub files: Vec<FileObject>,
    /// Sets of files told by a pattern.
    pub file_sets: Vec<FileSet>,
    /// The tables.
    pub sets: Vec<RecordSet>,
}

impl Croissant {
    /// The SPDX identifier of the licence, where there is one licence and it tells one.
    #[must_use]
    pub fn spdx(&self) -> Option<String> {
        match &self.licences[..] {
            [only] => spdx(only),
            _ => None,
        }
    }

    /// The file with this `@id`.
    #[must_use]
    pub fn file(&self, id: &str) -> Option<&FileObject> {
        self.files.iter().find(|file| file.id == id)
    }
}

/// Who made a dataset.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Creator {
    /// The name.
    pub name: String,
    /// An organisation; else a person.
    pub is_organisation: bool,
}

/// A file of the dataset.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FileObject {
    /// Its `@id`, unique in the description.
    pub id: String,
    /// Its name; the id where none is given.
    pub name: String,
    /// A path below the description's own folder, without `.`, `..` and a leading `/`; or an address, which is told and
    /// never fetched. Empty only where the file is contained in another and has no path of its own.
    pub content_url: String,
    /// The media type, such as `text/csv`; of several the first that a table can be read from, else the first.
    pub encoding_format: String,
    /// SHA-256 in lower-case hex.
    pub sha256: Option<String>,
    /// Bytes; none also where the file gives a rounded size, such as `12 MB`.
    pub content_size: Option<u64>,
    /// The `@id` of the file or set that holds it.
    pub contained_in: Option<String>,
}

impl FileObject {
    /// Whether the file lies on the web and not beside the description.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        is_remote(&self.content_url)
    }
}

/// Files told by patterns of one `*` in the last part, such as `images/*.png`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FileSet {
    /// Its `@id`, unique in the description.
    pub id: String,
    /// Its name; the id where none is given.
    pub name: String,
    /// The patterns, paths below the folder or the container.
    pub includes: Vec<String>,
    /// The media type of each file.
    pub encoding_format: String,
    /// The `@id` of the file or set that holds them.
    pub contained_in: Option<String>,
}

/// A table: records of the same fields, from one file or one set of files.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RecordSet {
    /// Its `@id`, unique in the description.
    pub id: String,
    /// Its name; the id where none is given.
    pub name: String,
    /// What it is.
    pub description: Option<String>,
    /// The `@id` of the field that tells one record from another.
    pub key: Option<String>,
    /// The columns.
    pub fields: Vec<Field>,
}

/// A column.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Field {
    /// Its `@id`, unique in the description.
    pub id: String,
    /// Its name; the id where none is given.
    pub name: String,
    /// What it is.
    pub description: Option<String>,
    /// What its values are.
    pub data_type: DataType,
    /// What else `dataType` says, such as `cr:Int64` or `https://www.wikidata.org/wiki/Q48277`; without `cr:Label`.
    pub semantic: Vec<String>,
    /// Whether it is the label (`cr:Label`).
    pub is_label: bool,
    /// The `@id` of its file or set of files.
    pub file: String,
    /// The column of that file. None where the content of a whole file is the value.
    pub column: Option<String>,
    /// For a set of files, which property of each file is the value: `content`, `filename`, `filepath`, `fullpath`.
    pub property: Option<String>,
    /// Whether each value is a list.
    pub repeated: bool,
}

/// What the values of a field are.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum DataType {
    /// `sc:Text`.
    #[default]
    Text,
    /// `sc:Integer`, and the widths from `cr:Int8` to `cr:UInt64`.
    Integer,
    /// `sc:Float`, `sc:Number`, and the widths from `cr:Float16` to `cr:Float64`.
    Float,
    /// `sc:Boolean`.
    Bool,
    /// `sc:Date`, a day.
    Date,
    /// `sc:URL`.
    Url,
    /// `sc:ImageObject`.
    Image,
    /// `sc:AudioObject`.
    Audio,
    /// A type that the format knows and the language has no word for: `sc:DateTime`, `sc:Time`, `sc:VideoObject`,
    /// `cr:BoundingBox`.
    Other(String),
}

impl DataType {
    /// The type of a name with the prefix `sc:` (schema.org) or `cr:` (Croissant); none where the format has no such
    /// atomic type.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "sc:Text" => Self::Text,
            "sc:Integer" | "cr:Int8" | "cr:Int16" | "cr:Int32" | "cr:Int64" | "cr:UInt8" | "cr:UInt16"
            | "cr:UInt32" | "cr:UInt64" => Self::Integer,
            "sc:Float" | "sc:Number" | "cr:Float16" | "cr:Float32" | "cr:Float64" => Self::Float,
            "sc:Boolean" => Self::Bool,
            "sc:Date" => Self::Date,
            "sc:URL" => Self::Url,
            "sc:ImageObject" => Self::Image,
            "sc:AudioObject" => Self::Audio,
            "sc:DateTime" | "sc:Time" | "sc:VideoObject" | "cr:BoundingBox" => Self::Other(name.to_owned()),
            _ => return None,
        })
    }

    /// The name that is written, with its prefix.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Text => "sc:Text",
            Self::Integer => "sc:Integer",
            Self::Float => "sc:Float",
            Self::Bool => "sc:Boolean",
            Self::Date => "sc:Date",
            Self::Url => "sc:URL",
            Self::Image => "sc:ImageObject",
            Self::Audio => "sc:AudioObject",
            Self::Other(name) => name,
        }
    }
}

/// What is wrong with a description, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The place, such as `recordSet[2].field[2]`; `$` is the whole file.
    pub pointer: String,
    /// One plain sentence. Foreign text in it is escaped and shortened.
    pub message: String,
    /// What mends it.
    pub mend: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.pointer, self.message, self.mend)
    }
}

impl std::error::Error for Fault {}

/// Whether an address is one of the web.
fn is_remote(url: &str) -> bool {
    let begins = |scheme: &str| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    begins("http://") || begins("https://")
}
