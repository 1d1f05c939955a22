//! Where the texts of a compilation lie, as an editor can open them.
//!
//! Built-in texts lie in no file, so they are written into a folder of this session when somebody goes there: every
//! editor can open a file. The folder goes with the session.

use super::document::Checked;
use super::position::Lines;
use super::uri;
use crate::{measure, standards};
use lmstd_compiler::Library;
use lmstd_compiler::modules::BUILT_IN;
use lmstd_grammar::span::{FileId, Span};
use lsp_types::{Location, Uri};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The built-in texts that have been written.
#[derive(Default)]
pub struct Texts {
    folder: Option<TempDir>,
    written: HashMap<String, Option<Uri>>,
}

impl Texts {
    /// Where a span of a document's compilation lies; `None` where no editor can open it.
    pub fn location(&mut self, view: &Checked, library: &Library, span: Span) -> Option<Location> {
        let file = span.file();
        if file == view.snapshot.document().file {
            return Some(Location { uri: view.uri.clone(), range: view.lines.range(span) });
        }
        let source = view.snapshot.sources.get(file);
        let uri = if library.sources.iter().any(|(known, _)| known == file) {
            let (name, text) = library_text(library, file);
            self.write(&name, &text)?
        } else {
            let module = view.snapshot.modules.list.iter().find(|module| module.file == file)?;
            match view.root.filter(|_| !module.target.starts_with(BUILT_IN)) {
                Some(root) => uri::of_path(&root.join(&module.target))?,
                None => self.built_in_standard(&module.target)?,
            }
        };
        Some(Location { uri, range: Lines::new(&source.text).range(span) })
    }

    /// Whether a document is one of the written texts.
    pub fn holds(&self, uri: &Uri) -> bool {
        let folder = self.folder.as_ref().map(TempDir::path);
        uri::path_of(uri).is_some_and(|path| folder.is_some_and(|folder| path.starts_with(folder)))
    }

    fn built_in_standard(&mut self, target: &str) -> Option<Uri> {
        let name = target.strip_prefix(BUILT_IN)?;
        let text = standards::find(target)?;
        self.write(&format!("standards/{name}.lms"), text)
    }

    fn write(&mut self, name: &str, text: &str) -> Option<Uri> {
        if let Some(known) = self.written.get(name) {
            return known.clone();
        }
        let written = self.put(name, text).and_then(|path| uri::of_path(&path));
        self.written.insert(name.to_owned(), written.clone());
        written
    }

    fn put(&mut self, name: &str, text: &str) -> Option<PathBuf> {
        let folder = match self.folder.take() {
            Some(folder) => folder,
            None => tempfile::Builder::new().prefix("lmstd-library-").tempdir().ok()?,
        };
        let path = self.folder.insert(folder).path().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).ok()?;
        std::fs::write(&path, text).ok()?;
        let mut permissions = std::fs::metadata(&path).ok()?.permissions();
        permissions.set_readonly(true);
        std::fs::set_permissions(&path, permissions).ok()?;
        Some(path)
    }
}

/// The name and text of a library document; the signature of a measure stands above its manual.
fn library_text(library: &Library, file: FileId) -> (String, String) {
    let source = library.sources.get(file);
    let measure = library.measures.iter().find(|(_, entry)| entry.file == file);
    let Some((id, _)) = measure else { return (source.name.clone(), source.text.clone()) };
    let manual = measure::find(id).map(|measure| measure.doc).unwrap_or_default();
    let lines = manual.lines().map(|line| format!("//{line}").trim_end().to_owned());
    let text = std::iter::once(format!("{}\n", source.text.trim_end())).chain(lines).collect::<Vec<_>>().join("\n");
    (format!("measures/{id}.lms"), format!("{text}\n"))
}
