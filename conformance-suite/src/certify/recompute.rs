//! What verification needs from the rest of the program: compiling, metrics from stored predictions, rendering.

use super::applies::applies;
use crate::evidence::verify::Recompute;
use crate::measure::api::Arguments;
use crate::measure::reading::Reading;
use crate::measure::{self};
use crate::report::{self, Format, Lang};
use crate::session::{Predicted, labels};
use crate::verdict::Report;
use indexmap::IndexMap;
use lmstd_compiler::library::Library;
use lmstd_compiler::standard::{ArgumentValue, Condition, Measurement, Standard};
use lmstd_runtime::dataset::predictions::Predictions;

/// Computes again, with this program's own library of architectures, operations and measures.
pub struct Again {
    library: Library,
    standard: Option<Standard>,
    lang: Lang,
}

impl Again {
    /// For a report whose page is in `lang`.
    pub fn new(lang: Lang) -> Again {
        Again { library: measure::library(), standard: None, lang }
    }
}

impl Recompute for Again {
    fn compile(&mut self, text: &[u8], media: &str) -> Result<Standard, String> {
        let text = std::str::from_utf8(text).map_err(|_| "the text is not UTF-8".to_string())?;
        let name = if media == super::media_of("standard.yaml") { "standard.yaml" } else { "standard.lms" };
        let standard = lmstd_compiler::compile(name, text, &self.library).standard;
        self.standard.clone_from(&standard);
        standard.ok_or_else(|| "it has errors; `lmstd-check lint` shows them".into())
    }

    fn recompute(
        &mut self,
        measurement: &Measurement,
        stored: &Reading,
        blobs: &dyn Fn(&str) -> Option<Vec<u8>>,
        seeds: &IndexMap<String, String>,
    ) -> Result<Option<Reading>, String> {
        let Some(again) = measure::find(&measurement.measure).and_then(|measure| measure.recompute) else {
            return Ok(None);
        };
        let standard = self.standard.as_ref().ok_or("the standard was not compiled")?;
        let [digest] = stored.evidence.as_slice() else {
            return Err("it must rest on exactly one blob of predictions".into());
        };
        let bytes = blobs(digest).ok_or("its predictions are not there")?;
        let Some(ArgumentValue::Split(dataset, _)) = measurement.arguments.get("split") else {
            return Err("it names no split".into());
        };
        let labels = labels(standard, dataset);
        let predictions = Predictions::from_parquet(&bytes, &labels).map_err(|error| error.message.clone())?;
        let predicted = Predicted { predictions, labels, digest: digest.clone() };
        let seed = |name: &str| -> [u8; 32] {
            let decoded = seeds.get(name).and_then(|text| hex::decode(text).ok());
            // A seed that is not there draws other resamples, which then do not fit what was stored.
            decoded.and_then(|bytes| bytes.try_into().ok()).unwrap_or_default()
        };
        let mut reading = again(&Arguments { measurement }, &predicted, &seed).map_err(|failure| failure.message)?;
        reading.evidence.push(digest.clone());
        Ok(Some(reading))
    }

    fn applies(&mut self, when: &Condition, report: &Report) -> Result<bool, String> {
        Ok(applies(when, &report.models))
    }

    fn json(&mut self, report: &Report) -> Option<Vec<u8>> {
        report::render(report, Format::Json, self.lang).ok()
    }

    fn html(&mut self, report: &Report) -> Option<Vec<u8>> {
        report::render(report, Format::Html, self.lang).ok()
    }
}
