//! The measurements of a standard, each once: a measure, its arguments and the confidence asked of it. Found by a
//! fingerprint, so that many different ones cost no more than many alike. Knows no text.

use super::bar::DEFAULT_CONFIDENCE;
use crate::standard::{ArgumentValue, Measurement, MeasurementId};
use indexmap::IndexMap;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Those gathered so far.
#[derive(Default)]
pub(super) struct Measurements {
    list: Vec<Measurement>,
    /// The confidence asked of each.
    confidences: Vec<Option<f64>>,
    /// By fingerprint of measure and arguments, in the order of `list`.
    known: HashMap<u64, Vec<usize>>,
}

impl Measurements {
    /// The measurement with these arguments, at whatever confidence; `display` writes a new one.
    pub(super) fn store(
        &mut self,
        measure: &str,
        arguments: IndexMap<String, ArgumentValue>,
        display: impl FnOnce() -> String,
    ) -> MeasurementId {
        let same = |stored: &Measurement, _: Option<f64>| stored.measure == measure && stored.arguments == arguments;
        let fingerprint = fingerprint(measure, &arguments);
        let index = self.find(fingerprint, same).unwrap_or_else(|| {
            let measure = measure.to_owned();
            self.add(fingerprint, Measurement { measure, arguments, display: display(), confidence: 0.0 }, None)
        });
        MeasurementId(index as u32)
    }

    /// The measurement `id` with its intervals asked for at `confidence`: what one clause asks must not change what
    /// another one is told, so each confidence is a measurement of its own.
    pub(super) fn at_confidence(&mut self, id: MeasurementId, confidence: f64) -> MeasurementId {
        let asked = &mut self.confidences[id.0 as usize];
        if *asked.get_or_insert(confidence) == confidence {
            return id;
        }
        let wanted = &self.list[id.0 as usize];
        let fingerprint = fingerprint(&wanted.measure, &wanted.arguments);
        let same = |stored: &Measurement, asked: Option<f64>| {
            asked == Some(confidence) && stored.measure == wanted.measure && stored.arguments == wanted.arguments
        };
        let index = self.find(fingerprint, same).unwrap_or_else(|| {
            let wanted = self.list[id.0 as usize].clone();
            self.add(fingerprint, wanted, Some(confidence))
        });
        MeasurementId(index as u32)
    }

    /// All, each with the confidence asked of it.
    pub(super) fn settled(mut self) -> Vec<Measurement> {
        for (measurement, asked) in self.list.iter_mut().zip(&self.confidences) {
            measurement.confidence = asked.unwrap_or(DEFAULT_CONFIDENCE);
        }
        self.list
    }

    fn find(&self, fingerprint: u64, same: impl Fn(&Measurement, Option<f64>) -> bool) -> Option<usize> {
        let alike = self.known.get(&fingerprint)?;
        alike.iter().copied().find(|&index| same(&self.list[index], self.confidences[index]))
    }

    fn add(&mut self, fingerprint: u64, measurement: Measurement, confidence: Option<f64>) -> usize {
        self.list.push(measurement);
        self.confidences.push(confidence);
        let index = self.list.len() - 1;
        self.known.entry(fingerprint).or_default().push(index);
        index
    }
}

fn fingerprint(measure: &str, arguments: &IndexMap<String, ArgumentValue>) -> u64 {
    let mut hasher = DefaultHasher::new();
    measure.hash(&mut hasher);
    hash(arguments, &mut hasher);
    hasher.finish()
}

fn hash(arguments: &IndexMap<String, ArgumentValue>, hasher: &mut DefaultHasher) {
    for (name, value) in arguments {
        name.hash(hasher);
        match value {
            ArgumentValue::Split(dataset, split) => (dataset, split).hash(hasher),
            ArgumentValue::Columns(columns) => columns.hash(hasher),
            ArgumentValue::Where(condition) => condition.to_string().hash(hasher),
            ArgumentValue::Number(number) => (number + 0.0).to_bits().hash(hasher),
            ArgumentValue::Terms(terms) => {
                for (weight, measure, own) in terms {
                    (weight + 0.0).to_bits().hash(hasher);
                    measure.hash(hasher);
                    hash(own, hasher);
                }
            }
            ArgumentValue::Model(word)
            | ArgumentValue::Dataset(word)
            | ArgumentValue::Class(word)
            | ArgumentValue::Text(word) => word.hash(hasher),
        }
    }
}
