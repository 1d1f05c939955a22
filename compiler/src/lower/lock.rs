//! The lock digest: SHA-256 over every text that a verdict depends on, each framed by its name and length.

use super::Texts;
use crate::standard::{ANY, ArgumentValue, Measurement, Standard};
use lmstd_grammar::span::FileId;
use sha2::{Digest, Sha256};

/// The document itself and all it uses, then each used built-in architecture, all composite operations, the used
/// measures' signatures.
pub fn lock(standard: &Standard, texts: &Texts) -> String {
    let Texts { modules, library, sources } = texts;
    let mut files: Vec<(&str, FileId)> = Vec::new();
    for module in &modules.list {
        let name = if module.target.is_empty() { "document" } else { module.target.as_str() };
        files.push((name, module.file));
    }
    let mut add = |name, file| {
        if !files.iter().any(|(_, known)| *known == file) {
            files.push((name, file));
        }
    };
    let own = standard.models.values().map(|model| model.architecture.as_str());
    let bases = modules.architectures().filter_map(|(_, own)| own.extends.as_ref().map(|base| base.as_str()));
    for first in own.chain(bases) {
        // An architecture means what the ones that it extends say.
        if first == ANY {
            library.architectures.iter().for_each(|(name, entry)| add(name, entry.file));
        }
        let mut next = library.architectures.get_key_value(first);
        while let Some((name, entry)) = next {
            add(name, entry.file);
            next = entry.item.extends.as_ref().and_then(|base| library.architectures.get_key_value(base.as_str()));
        }
    }
    library.ops.iter().for_each(|(name, entry)| add(name, entry.file));
    for measure in standard.measurements.iter().flat_map(used) {
        if let Some((name, entry)) = library.measures.get_key_value(measure) {
            add(name, entry.file);
        }
    }
    let mut hasher = Sha256::new();
    for (name, file) in files {
        for part in [name, &sources.get(file).text] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
    }
    hex::encode(hasher.finalize())
}

/// The measure of a measurement, and those that a weighted score is made of.
fn used(measurement: &Measurement) -> Vec<&str> {
    let terms = measurement.arguments.values().flat_map(|value| match value {
        ArgumentValue::Terms(terms) => terms.as_slice(),
        _ => &[],
    });
    std::iter::once(measurement.measure.as_str()).chain(terms.map(|(_, measure, _)| measure.as_str())).collect()
}
