//! What verification needs from the rest of the program: compiling, metrics from stored predictions, rendering, and a
//! submission as it is now.

use super::applies::refusal;
use super::documents::Kept;
use super::examine::{self, examine};
use crate::evidence::seed;
use crate::evidence::verify::{Examined, Recompute};
use crate::measure::reading::Reading;
use crate::measure::{self, api::Arguments};
use crate::report::{self, Format, Lang};
use crate::session::Predicted;
use crate::verdict::{Report, Text};
use indexmap::IndexMap;
use lmstd_compiler::library::Library;
use lmstd_compiler::standard::{ArgumentValue, Condition, Measurement, Standard};
use lmstd_runtime::dataset::predictions::{Classes, Form, Predictions};
use std::path::{Path, PathBuf};

/// Computes again, with this program's own library of architectures, operations and measures.
pub struct Again {
    library: Library,
    kept: Option<examine::Text>,
    program: Option<PathBuf>,
}

impl Again {
    /// With nothing compiled yet; submissions are opened by a worker of this program.
    #[must_use]
    pub fn new() -> Again {
        Again { library: measure::library(), kept: None, program: std::env::current_exe().ok() }
    }

    /// The same where this program is not `lmstd-check`: submissions are opened by a worker of that one.
    #[must_use]
    pub fn with_workers_of(program: &Path) -> Again {
        Again { program: Some(program.to_owned()), ..Again::new() }
    }

    fn standard(&self) -> Result<&Standard, String> {
        self.kept().map(|kept| &kept.standard)
    }

    fn kept(&self) -> Result<&examine::Text, String> {
        self.kept.as_ref().ok_or_else(|| "the standard was not compiled".into())
    }
}

impl Default for Again {
    fn default() -> Again {
        Again::new()
    }
}

impl Recompute for Again {
    fn compile(&mut self, text: &[u8], media: &str, documents: &IndexMap<String, String>) -> Result<Standard, String> {
        let text = std::str::from_utf8(text).map_err(|_| "the text is not UTF-8".to_string())?;
        let name = if media == super::media_of("standard.yaml") { "standard.yaml" } else { "standard.lms" };
        let standard = lmstd_compiler::compile(name, text, &self.library, &Kept(documents)).standard;
        let (text, documents) = (text.to_owned(), documents.clone());
        self.kept = standard.map(|standard| examine::Text { standard, name, text, documents });
        self.standard().cloned().map_err(|_| "it has errors; `lmstd-check lint` shows them".into())
    }

    fn recompute(
        &mut self,
        measurement: &Measurement,
        stored: &Reading,
        blobs: &dyn Fn(&str) -> Option<Vec<u8>>,
        report: &Report,
    ) -> Result<Option<Reading>, String> {
        let Some(again) = measure::find(&measurement.measure).and_then(|measure| measure.recompute) else {
            return Ok(None);
        };
        let Some(ArgumentValue::Split(dataset, split)) = measurement.arguments.get("split") else {
            return Err("it names no split".into());
        };
        let spec = self.standard()?.datasets.get(dataset).ok_or("the standard has no such dataset")?;
        let classes = Classes::of(spec);
        let read = |digest: &String| -> Result<Predictions, String> {
            let bytes = blobs(digest).ok_or("its predictions are not there")?;
            let predictions = Predictions::from_parquet(&bytes, &classes).map_err(|error| error.message.clone())?;
            every_row(&predictions, &classes.labels, report, (dataset.as_str(), split.as_str()))?;
            Ok(predictions)
        };
        let (digest, perturbed) = match stored.evidence.as_slice() {
            [digest] => (digest, None),
            [digest, perturbed] => (digest, Some((read(perturbed)?, perturbed.clone()))),
            _ => return Err("it must rest on one blob of predictions, or on one and its perturbed twin".into()),
        };
        let predictions = read(digest)?;
        let predicted = Predicted { predictions, classes, digest: digest.clone(), given: stored.given, perturbed };
        let nonce = report.seeds.get(seed::NONCE).map_or("", String::as_str);
        let seed = |name: &str| -> [u8; 32] {
            // A seed that cannot be had draws other resamples, which then do not fit what was stored.
            seed::derive(&report.standard.lock, &report.submission.root, nonce, name).unwrap_or_default()
        };
        let mut reading = again(&Arguments { measurement }, &predicted, &seed).map_err(|failure| failure.message)?;
        reading.evidence.extend(predicted.digests());
        reading.given = stored.given;
        Ok(Some(reading))
    }

    fn refusal(&mut self, when: &Condition, report: &Report) -> Option<Text> {
        refusal(when, &report.models)
    }

    fn examine(&mut self, submission: &Path, report: &Report) -> Result<Examined, String> {
        let kept = self.kept()?;
        let program =
            self.program.as_ref().ok_or("this program does not know where it is, so that no worker starts")?;
        let is_asked = report.submission.opaque.is_some();
        let mut examined = examine(program, kept, submission, is_asked)?;
        // Of a submission that no run got to describe, the report knows no models.
        examined.models.retain(|name, _| report.models.contains_key(name));
        Ok(examined)
    }

    fn json(&mut self, report: &Report) -> Option<Vec<u8>> {
        report::render(report, Format::Json, Lang::En).ok()
    }

    fn html(&mut self, report: &Report, page: &[u8]) -> Option<Vec<u8>> {
        let head = String::from_utf8_lossy(&page[..page.len().min(400)]);
        let lang = if head.contains("lang=\"zh") { Lang::Zh } else { Lang::En };
        report::render(report, Format::Html, lang).ok()
    }
}

/// The predictions are of all rows of the split, in order, with as many of each class as the report says that it has.
fn every_row(
    predictions: &Predictions,
    labels: &[String],
    report: &Report,
    (dataset, split): (&str, &str),
) -> Result<(), String> {
    let told = report.datasets.get(dataset).and_then(|dataset| dataset.splits.get(split));
    let told = told.ok_or_else(|| format!("the report has no split `{dataset}.{split}`"))?;
    let runs: Vec<&[u64]> = predictions.rows.chunk_by(|a, b| a == b).collect();
    let trials = runs.first().map_or(1, |run| run.len());
    let even = runs.iter().all(|run| run.len() == trials);
    let rows = runs.len() as u64;
    if told.rows != Some(rows) || !even || !runs.iter().map(|run| run[0]).eq(0..rows) {
        let message = format!("its predictions are not of all rows of `{dataset}.{split}`, each as often and in order");
        return Err(message);
    }
    if predictions.form == Form::Cells {
        return Ok(());
    }
    for (class, label) in labels.iter().enumerate() {
        let found = predictions.truth.iter().filter(|truth| **truth as usize == class).count() / trials;
        let found = found as u64;
        if told.classes.get(label) != Some(&found) {
            return Err(format!("its predictions have other classes than the report says `{dataset}.{split}` has"));
        }
    }
    Ok(())
}
