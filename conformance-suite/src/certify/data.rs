//! Which file each split is read from: `--data NAME=PATH`, else the path in the standard, relative to its folder. A path
//! from the command line is told as such, here and in the report: it may hold other data than the standard means.

use crate::session::{Described, SplitSource};
use lmstd_compiler::standard::{DatasetSpec, SplitSpec, Standard};
use lmstd_runtime::croissant;
use lmstd_runtime::intake::error::printable;
use std::path::{Component, Path, PathBuf};

/// A split, as (dataset, split), and its file.
pub type SplitFile = ((String, String), SplitSource);

/// One `--data` argument: `reviews.test=FILE` for a split, `reviews=FOLDER` for a folder that holds the standard's
/// relative paths, `reviews=FILE` for a Croissant file.
#[derive(Clone, Debug)]
pub struct DataArgument {
    name: String,
    path: PathBuf,
}

impl std::str::FromStr for DataArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, path)) if !name.is_empty() && !path.is_empty() => {
                Ok(DataArgument { name: name.into(), path: path.into() })
            }
            _ => Err("write NAME=PATH, for example reviews.test=test.csv".into()),
        }
    }
}

/// The files of all splits that have one. `folder` is where the standard lies; none for a built-in one.
pub fn resolve(
    standard: &Standard,
    folder: Option<&Path>,
    arguments: &[DataArgument],
) -> Result<Vec<SplitFile>, String> {
    let known: Vec<String> = standard
        .datasets
        .iter()
        .flat_map(|(name, spec)| {
            std::iter::once(name.clone()).chain(spec.splits.iter().map(move |split| format!("{name}.{}", split.name)))
        })
        .collect();
    if let Some(unknown) = arguments.iter().find(|argument| !known.contains(&argument.name)) {
        let list =
            if known.is_empty() { "it has no datasets".to_string() } else { format!("it has {}", known.join(", ")) };
        return Err(format!("the standard has no dataset or split `{}`; {list}", unknown.name));
    }
    let given =
        |name: &str| arguments.iter().rev().find(|argument| argument.name == name).map(|argument| &argument.path);
    let mut sources = Vec::new();
    for (dataset, spec) in &standard.datasets {
        if let Some(file) = given(dataset).filter(|path| path.is_file()) {
            sources.extend(described(dataset, spec, file)?);
            continue;
        }
        for split in &spec.splits {
            let relative = inside(dataset, split)?;
            let overridden = |path: PathBuf| {
                let shown = printable(&path.display().to_string());
                SplitSource { path, shown, overridden: true, described: None }
            };
            let own = |folder: &Path, relative: &str| SplitSource {
                path: folder.join(relative),
                shown: relative.to_owned(),
                overridden: false,
                described: None,
            };
            let source = match (given(&format!("{dataset}.{}", split.name)), given(dataset), relative) {
                (Some(file), _, _) => Some(overridden(file.clone())),
                (None, Some(folder), Some(relative)) => Some(overridden(folder.join(relative))),
                (None, None, Some(relative)) => folder.map(|folder| own(folder, relative)),
                (None, _, None) => None,
            };
            sources.extend(source.map(|source| ((dataset.clone(), split.name.clone()), source)));
        }
    }
    Ok(sources)
}

/// The splits of a dataset as a Croissant file describes them: a split is the record set of its name.
fn described(dataset: &str, spec: &DatasetSpec, file: &Path) -> Result<Vec<SplitFile>, String> {
    let by = printable(&file.display().to_string());
    let bytes = std::fs::read(file).map_err(|error| format!("`{by}` cannot be read: {error}"))?;
    let told = croissant::read(&bytes, &by).map_err(|faults| {
        let lines =
            faults.iter().map(|fault| printable(&format!("{}: {} {}", fault.pointer, fault.message, fault.mend)));
        format!("`{by}` is no Croissant file that can be used:\n  {}", lines.collect::<Vec<_>>().join("\n  "))
    })?;
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut sources = Vec::new();
    for split in &spec.splits {
        let named = |name: &str| name == split.name || name == format!("{dataset}_{}", split.name);
        let set = told.sets.iter().find(|set| named(&set.id) || named(&set.name));
        let set = set.ok_or_else(|| {
            let names: Vec<&str> = told.sets.iter().map(|set| set.name.as_str()).collect();
            let names = printable(&names.join(", "));
            format!("`{by}` has no record set `{}` for the split of that name; it has {names}", split.name)
        })?;
        let of = set.fields.first().and_then(|field| told.file(&field.file));
        let of = of.filter(|of| !of.is_remote()).ok_or_else(|| {
            format!("`{by}` names no file beside it for the record set `{}`; fetch it first", printable(&set.name))
        })?;
        let columns = set.fields.iter().filter_map(|field| field.column.clone()).collect();
        let described = Described { by: by.clone(), sha256: of.sha256.clone(), columns };
        let path = folder.join(&of.content_url);
        let shown = printable(&path.display().to_string());
        let source = SplitSource { path, shown, overridden: true, described: Some(described) };
        sources.push(((dataset.to_owned(), split.name.clone()), source));
    }
    Ok(sources)
}

/// The path of a split in the standard, if it has one; it may not lead out of the standard's folder.
fn inside<'s>(dataset: &str, split: &'s SplitSpec) -> Result<Option<&'s str>, String> {
    let plain =
        |path: &str| Path::new(path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    match split.from.as_deref() {
        Some(path) if !plain(path) => {
            Err(format!("the split `{dataset}.{}` names a path outside the standard's folder", split.name))
        }
        path => Ok(path),
    }
}
