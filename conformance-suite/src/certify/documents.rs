//! The texts of the other documents that a standard uses or extends: taken along, so that worker and verification
//! compile exactly what was compiled first, wherever the files are.

use indexmap::IndexMap;
use lmstd_compiler::Compiled;
use lmstd_compiler::modules::{Documents, Read};

/// The texts that a standard was compiled with besides its own, by target.
pub fn of(compiled: &Compiled) -> IndexMap<String, String> {
    let text = |file| compiled.sources.get(file).text.clone();
    compiled.documents.iter().map(|(target, file)| (target.clone(), text(*file))).collect()
}

/// Texts that were taken along; there are no others.
pub struct Kept<'t>(pub &'t IndexMap<String, String>);

impl Documents for Kept<'_> {
    fn read(&self, target: &str) -> Result<Read, String> {
        // The lock covers these texts, so nothing else needs to pin them.
        let read = |text: &String| Read { text: text.clone(), pinned: true };
        self.0.get(target).map(read).ok_or_else(|| "it is not among the documents of this run".into())
    }
}
