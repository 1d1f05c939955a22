//! The list of built-in documents against the folder.

use lmstd_compiler::library::std_documents;
use std::path::Path;

#[test]
fn the_list_is_the_folder() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("std");
    let mut files = Vec::new();
    for folder in std::fs::read_dir(&root).expect("std folder") {
        let folder = folder.expect("entry");
        for file in std::fs::read_dir(folder.path()).expect("folder of std") {
            let (folder, file) = (folder.file_name(), file.expect("entry").file_name());
            files.push(format!("std/{}/{}", folder.to_string_lossy(), file.to_string_lossy()));
        }
    }
    files.sort();
    let listed: Vec<&str> = std_documents().iter().map(|(name, _)| *name).collect();
    assert_eq!(listed, files);
}
