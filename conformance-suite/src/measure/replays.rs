//! Preparing a split gives what it gave when the standard was written.

use super::api::{Arguments, check, facts, failure, measure};
use super::reading::{Failure, Reading};
use super::tables;
use crate::session::{Session, unreadable};
use crate::verdict::Finding;
use lmstd_compiler::standard::{ColumnType, FieldSpec};
use lmstd_runtime::prepare::{Files, Preparation};
use sha2::{Digest, Sha256};

/// Rows that are prepared between two tellings of progress.
const TOLD: usize = 256;

measure! {
    /// # Replays
    ///
    /// ## Measures
    /// The declared preparation is done again on every row, and the SHA-256 over all that comes out, in the order of rows
    /// and columns, is `sha256`. Texts count as UTF-8, numbers and planes as little-endian floats with their sizes, so that a
    /// changed step, a changed file and a changed picture or recording that a cell names are all told. A column of pictures
    /// or recordings without steps counts by the digests of its files.
    ///
    /// ## Why it matters
    /// Two models that were given differently prepared data were not compared.
    ///
    /// ## How to mend
    /// Undo the change of steps or files, or, if it was meant, take the digest that the finding shows. It is of this split
    /// and these steps.
    ///
    /// ## References
    /// Regulation (EU) 2024/1689, Article 10(2)(c); ISO/IEC 42001, A.7.6.
    ///
    /// ```lms pass tickets
    /// replays(tickets.test, sha256: "1b61e9fa83b49cf92e29670a4c3fa97c669cdb1727839171c8109e4bc1e2474a")
    /// ```
    /// ```lms fail tickets
    /// replays(tickets.test, sha256: "0000000000000000000000000000000000000000000000000000000000000000")
    /// ```
    "replays", Header, "measure replays(split: split, sha256: text) -> check", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let table = tables::split(arguments, session)?;
    let steps = |name: &str| table.spec.prepares.iter().find(|prepare| prepare.column == name);
    let media = |ty: &ColumnType| matches!(ty, ColumnType::Image | ColumnType::Audio);
    let fields = table.spec.fields.iter().filter(|field| media(&field.ty) || steps(&field.name).is_some());
    let files = Files::of(&table);
    let column = |field: &FieldSpec| {
        let steps = steps(&field.name).map_or(&[][..], |prepare| prepare.steps.as_slice());
        let at = format!("{}: {}", table.source, field.name);
        let preparation = Preparation::new(steps, files.clone());
        Ok((field.clone(), preparation.map_err(|why| failure("not_measured", why, &at, "mend the preparation"))?))
    };
    let columns: Vec<(FieldSpec, Preparation)> = fields.map(column).collect::<Result<_, Failure>>()?;
    if columns.is_empty() {
        let mend = "declare `prepare` for a column";
        return Err(failure("not_measured", "the dataset declares no preparation", &table.dataset, mend));
    }
    let names: Vec<&str> = columns.iter().map(|(field, _)| field.name.as_str()).collect();
    let rows = session.engine()?.texts(&table, &names).map_err(unreadable)?;
    let mut digest = Sha256::new();
    for (row, cells) in rows.iter().enumerate() {
        for ((field, preparation), cell) in columns.iter().zip(cells) {
            let Some(cell) = cell else {
                digest.update([b'-']);
                continue;
            };
            let prepared = preparation.cell(&field.ty, cell).map_err(|why| {
                let at = format!("{}: row {}", table.source, row + 1);
                let message = format!("the column `{}` cannot be prepared: {why}", field.name);
                failure("not_measured", message, &at, "mend the row")
            })?;
            prepared.digest(&mut digest);
        }
        if row % TOLD == 0 {
            session.progress("preparation", row as u64, rows.len() as u64);
        }
    }
    let found = hex::encode(digest.finalize());
    let wanted = arguments.text("sha256").unwrap_or_default().trim().to_ascii_lowercase();
    let finding = Finding {
        fault: "digest_mismatch".into(),
        message: "preparing the split gives something else than the standard says".into(),
        at: table.source.clone(),
        expected: wanted.clone(),
        found: found.clone(),
        mend: "undo the change of steps or files, or take the digest that was found".into(),
    };
    let findings = if wanted == found { Vec::new() } else { vec![finding] };
    Ok(check(findings, facts([("sha256", found), ("rows", rows.len().to_string())])))
}
