//! Which file each split is read from: `--data NAME=PATH`, else the path in the standard, relative to its folder.

use lmstd_compiler::standard::Standard;
use std::path::{Component, Path, PathBuf};

/// A split, as (dataset, split), and its file.
pub type SplitFile = ((String, String), PathBuf);

/// One `--data` argument: `reviews.test=FILE` for a split, `reviews=FOLDER` for a folder that holds the standard's
/// relative paths.
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
    let mut paths = Vec::new();
    for (dataset, spec) in &standard.datasets {
        for split in &spec.splits {
            let own = split.from.as_deref().map(Path::new);
            let inside = own
                .filter(|path| path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)));
            if own.is_some() && inside.is_none() {
                return Err(format!("the split `{dataset}.{}` names a path outside the standard's folder", split.name));
            }
            let path = match (given(&format!("{dataset}.{}", split.name)), given(dataset), inside) {
                (Some(file), _, _) => file.clone(),
                (None, Some(folder), Some(relative)) => folder.join(relative),
                (None, None, Some(relative)) => match folder {
                    Some(folder) => folder.join(relative),
                    None => continue,
                },
                (None, _, None) => continue,
            };
            paths.push(((dataset.clone(), split.name.clone()), path));
        }
    }
    Ok(paths)
}
