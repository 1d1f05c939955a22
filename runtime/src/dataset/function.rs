//! Scalar functions of our own over cells of text. Each is known by its name and what it was made with, so that a member
//! of a cluster makes the same one.

use super::DataError;
use super::scan::told;
use crate::prepare::Files;
#[cfg(feature = "cluster")]
use crate::text::minhash::PERMUTATIONS;
use crate::text::minhash::{band_hashes, sign};
use crate::text::personal::{Scanner, masked};
use crate::text::{encoding, language};
use datafusion::arrow::array::{
    ArrayRef, AsArray, BooleanArray, FixedSizeListBuilder, Int64Array, StringViewArray, UInt64Builder,
};
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::{Result as PlanResult, exec_err};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use regex::Regex;
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::sync::Arc;

/// `characters(text)`: Unicode scalar values of a text, null for null.
pub(crate) fn characters(text: Expr) -> Expr {
    ScalarUDF::from(TextFunction::characters()).call(vec![text])
}

/// `matches(text)`: whether the whole text is what a regular expression describes, null for null.
///
/// # Errors
/// Where it is no regular expression, or one too large.
pub(crate) fn matches(text: Expr, pattern: &str) -> PlanResult<Expr> {
    Ok(ScalarUDF::from(TextFunction::matches(pattern)?).call(vec![text]))
}

/// `contents(path)`: the digest of the file that a cell names, null for null; the files are those of `folder`.
pub(crate) fn contents(path: Expr, files: Files, folder: &Path) -> Expr {
    ScalarUDF::from(TextFunction::contents(files, folder)).call(vec![path])
}

/// What a function does.
#[derive(Clone, Debug)]
enum Kind {
    /// How many characters.
    Characters,
    /// Whether the whole text matches.
    Matches(Regex),
    /// The hashes of some bands of the text's MinHash signature; null for a text without words.
    Bands { count: usize, width: usize, first: usize, last: usize },
    /// The first personal data in the text, masked; null where there are none.
    Personal(Arc<Scanner>),
    /// The first fault of its encoding; null where there is none.
    Encoding,
    /// The language; null where it cannot be told.
    Language,
    /// The digest of the file of that path.
    Contents(Files),
}

/// A function of one text.
#[derive(Clone, Debug)]
pub(super) struct TextFunction {
    name: &'static str,
    /// What it was made with, as text.
    with: String,
    kind: Kind,
    signature: Signature,
}

impl TextFunction {
    fn new(name: &'static str, with: String, kind: Kind) -> TextFunction {
        let signature = Signature::exact(vec![DataType::Utf8View], Volatility::Immutable);
        TextFunction { name, with, kind, signature }
    }

    fn characters() -> TextFunction {
        TextFunction::new("characters", String::new(), Kind::Characters)
    }

    fn matches(pattern: &str) -> PlanResult<TextFunction> {
        // The group keeps the alternatives of the pattern between the ends.
        let whole = regex::RegexBuilder::new(&format!(r"\A(?:{pattern})\z")).size_limit(1 << 22).build();
        let whole = whole.map_err(|error| DataFusionError::Execution(format!("the pattern is of no use: {error}")))?;
        Ok(TextFunction::new("matches", pattern.to_owned(), Kind::Matches(whole)))
    }

    /// Hashes of the bands `first..last` of `count` bands of `width` each.
    pub(super) fn bands(count: usize, width: usize, first: usize, last: usize) -> TextFunction {
        let with = format!("{count},{width},{first},{last}");
        TextFunction::new("bands", with, Kind::Bands { count, width, first, last })
    }

    /// Personal data, and these names.
    pub(super) fn personal(names: &[String]) -> TextFunction {
        TextFunction::new("personal", names.join("\n"), Kind::Personal(Arc::new(Scanner::new(names))))
    }

    /// Characters of a wrong encoding.
    pub(super) fn encoding() -> TextFunction {
        TextFunction::new("encoding", String::new(), Kind::Encoding)
    }

    /// The language of a text.
    pub(super) fn language() -> TextFunction {
        TextFunction::new("language", String::new(), Kind::Language)
    }

    fn contents(files: Files, folder: &Path) -> TextFunction {
        TextFunction::new("contents", folder.to_string_lossy().into_owned(), Kind::Contents(files))
    }

    /// Its name, and what it was made with.
    pub(super) fn made_of(&self) -> (&'static str, &str) {
        (self.name, &self.with)
    }

    /// The function of [`TextFunction::made_of`], on another member.
    ///
    /// # Errors
    /// Where there is none of that name.
    #[cfg(feature = "cluster")]
    pub(super) fn make(name: &str, with: &str) -> PlanResult<TextFunction> {
        let names = || with.split('\n').filter(|name| !name.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        match name {
            "characters" => Ok(TextFunction::characters()),
            "matches" => TextFunction::matches(with),
            "bands" => {
                let numbers: Vec<usize> = with.split(',').filter_map(|number| number.parse().ok()).collect();
                match numbers.as_slice() {
                    [count, width, first, last]
                        if first < last
                            && last <= count
                            && count.checked_mul(*width).is_some_and(|all| all <= PERMUTATIONS) =>
                    {
                        Ok(TextFunction::bands(*count, *width, *first, *last))
                    }
                    _ => exec_err!("the bands are none"),
                }
            }
            "personal" => Ok(TextFunction::personal(&names())),
            "encoding" => Ok(TextFunction::encoding()),
            "language" => Ok(TextFunction::language()),
            "contents" => Ok(TextFunction::contents(Files::below(Path::new(with)), Path::new(with))),
            other => exec_err!("there is no function `{other}`"),
        }
    }

    fn apply(&self, texts: &StringViewArray) -> PlanResult<ArrayRef> {
        let tell = |tell: &dyn Fn(&str) -> Option<String>| -> ArrayRef {
            Arc::new(texts.iter().map(|text| text.and_then(tell)).collect::<StringViewArray>())
        };
        Ok(match &self.kind {
            Kind::Characters => {
                // Most texts are ASCII, which is told faster than characters are counted.
                let characters = |t: &str| if t.is_ascii() { t.len() } else { t.chars().count() };
                let count = |t: Option<&str>| t.map(|t| i64::try_from(characters(t)).unwrap_or(i64::MAX));
                Arc::new(texts.iter().map(count).collect::<Int64Array>())
            }
            Kind::Matches(whole) => {
                Arc::new(texts.iter().map(|t| t.map(|t| whole.is_match(t))).collect::<BooleanArray>())
            }
            Kind::Bands { count, width, first, last } => {
                let wide = last - first;
                let mut lists = FixedSizeListBuilder::new(UInt64Builder::new(), i32::try_from(wide).unwrap_or(0));
                for text in texts {
                    let signature = text.and_then(sign);
                    match &signature {
                        Some(signature) => {
                            let hashes = band_hashes(signature, *count, *width).skip(*first).take(wide);
                            hashes.for_each(|hash| lists.values().append_value(hash));
                        }
                        None => lists.values().append_value_n(0, wide),
                    }
                    lists.append(signature.is_some());
                }
                Arc::new(lists.finish())
            }
            Kind::Personal(scanner) => tell(&|text| {
                let found = scanner.scan(text);
                let first = found.first()?;
                Some(format!("{}: {}", first.kind, masked(first.kind, &text[first.start..first.end])))
            }),
            Kind::Encoding => tell(&|text| encoding::faults(text).first().map(|(fault, _)| fault.to_string())),
            Kind::Language => tell(&|text| language::detect(text).map(|(code, _)| code.to_owned())),
            Kind::Contents(files) => {
                let digest = |path: Option<&str>| path.map(|path| files.digest(path)).transpose();
                let digests = texts.iter().map(digest).collect::<Result<StringViewArray, String>>();
                Arc::new(digests.map_err(|why| {
                    let message = format!("A file that a cell names cannot be compared: {why}.");
                    let mend = "Mend the path or the file.";
                    told(DataError::new("unreadable", &self.with, message, mend))
                })?)
            }
        })
    }
}

impl PartialEq for TextFunction {
    fn eq(&self, other: &Self) -> bool {
        self.made_of() == other.made_of()
    }
}

impl Eq for TextFunction {}

impl Hash for TextFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.made_of().hash(state);
    }
}

impl ScalarUDFImpl for TextFunction {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> PlanResult<DataType> {
        Ok(match &self.kind {
            Kind::Characters => DataType::Int64,
            Kind::Matches(_) => DataType::Boolean,
            Kind::Bands { first, last, .. } => {
                let width = i32::try_from(last - first).unwrap_or(0);
                DataType::FixedSizeList(Arc::new(Field::new_list_field(DataType::UInt64, true)), width)
            }
            Kind::Personal(_) | Kind::Encoding | Kind::Language | Kind::Contents(_) => DataType::Utf8View,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> PlanResult<ColumnarValue> {
        let [text] = args.args.as_slice() else { return exec_err!("{} takes one text", self.name()) };
        let text: ArrayRef = text.to_array(args.number_rows)?;
        let Some(texts) = text.as_string_view_opt() else { return exec_err!("{} takes a text", self.name()) };
        Ok(ColumnarValue::Array(self.apply(texts)?))
    }
}
