//! Measures of fairness equal fairlearn's on its own vectors (`tests/reference/fairness.py`), and never pass on nothing.

use lmstd_compiler::standard::{ArgumentValue, Measurement};
use lmstd_conformance_suite::measure;
use lmstd_conformance_suite::measure::api::Arguments;
use lmstd_conformance_suite::measure::reading::{Content, Failure};
use lmstd_conformance_suite::session::Predicted;
use lmstd_runtime::dataset::predictions::{Classes, Predictions};
use lmstd_runtime::statistics::clopper_pearson;
use std::path::Path;

const IDS: [&str; 2] = ["demographic_parity_difference", "equalized_odds_difference"];

/// One row: true class, predicted class, group.
type Row = (u32, u32, Option<u32>);

fn predicted(rows: &[Row], groups: usize) -> Predicted {
    let labels = ["no", "yes"].map(str::to_owned).to_vec();
    let named = (0..groups).map(|group| format!("g{group}")).collect();
    let mut predictions = Predictions::default();
    for (index, (truth, predicted, group)) in rows.iter().enumerate() {
        predictions.rows.push(index as u64);
        predictions.ids.push(index.to_string());
        predictions.truth.push(*truth);
        predictions.predicted.push(*predicted);
        predictions.scores.push(vec![0.0, 0.0]);
        predictions.groups.push(vec![*group]);
        predictions.numbers.push(Vec::new());
    }
    let classes = Classes { labels, groups: vec![("side".into(), named)], numbers: Vec::new(), cluster: None };
    Predicted { predictions, classes, digest: String::new(), given: false, perturbed: None }
}

/// Value and interval at 95%.
type Told = (Option<f64>, Option<[Option<f64>; 2]>);

fn measured(id: &str, predicted: &Predicted) -> Result<Told, Failure> {
    let arguments = [("by".to_owned(), ArgumentValue::Columns(vec!["side".into()]))].into_iter().collect();
    let measurement = Measurement { measure: id.into(), arguments, display: id.into(), confidence: 0.95 };
    let run = measure::find(id).unwrap().recompute.unwrap();
    let reading = run(&Arguments { measurement: &measurement }, predicted, &|_| [0; 32])?;
    match &reading.values[0].content {
        Content::Number { value, interval, .. } => Ok((*value, *interval)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn gaps_are_fairlearns() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/fairness.json");
    let vectors: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let cases = vectors["cases"].as_array().unwrap();
    assert!(cases.len() >= 6);
    for case in cases {
        let list = |name: &str| -> Vec<u32> { serde_json::from_value(case[name].clone()).unwrap() };
        let rows: Vec<Row> = list("truth")
            .into_iter()
            .zip(list("predicted"))
            .zip(list("group"))
            .map(|((truth, predicted), group)| (truth, predicted, Some(group)))
            .collect();
        let predicted = predicted(&rows, case["groups"].as_u64().unwrap() as usize);
        for id in IDS {
            let (value, interval) = measured(id, &predicted).unwrap();
            let (value, wanted) = (value.unwrap(), case[id].as_f64().unwrap());
            assert!((value - wanted).abs() < 1e-12, "{id}: {value}, fairlearn says {wanted}");
            let [Some(low), Some(high)] = interval.unwrap() else { panic!("{id} has an open interval") };
            assert!(0.0 <= low && low <= value && value <= high && high <= 1.0, "{id}: {low} {value} {high}");
        }
    }
}

#[test]
fn the_interval_is_of_all_groups_together() {
    // 30 of 100 and 60 of 100: each share gets half of the error.
    let rows: Vec<Row> =
        (0..200).map(|i| (1, u32::from(if i < 100 { i < 30 } else { i < 160 }), Some(i / 100))).collect();
    let (value, interval) = measured(IDS[0], &predicted(&rows, 2)).unwrap();
    assert!((value.unwrap() - 0.3).abs() < 1e-12);
    let (first, second) = (clopper_pearson(30, 100, 0.975), clopper_pearson(60, 100, 0.975));
    assert_eq!(interval, Some([Some(second.0 - first.1), Some(second.1 - first.0)]));
}

#[test]
fn what_is_not_there_is_not_equal() {
    let rows: Vec<Row> = (0..40).map(|i| (i % 2, i % 2, Some(0))).collect();
    for id in IDS {
        let (value, interval) = measured(id, &predicted(&rows, 2)).unwrap();
        assert_eq!((value, interval), (None, None), "{id}: a group without rows");
        assert_eq!(measured(id, &predicted(&[], 2)).unwrap().0, None, "{id}: no rows");
        let unknown = [(0, 0, Some(0)), (1, 1, None)];
        assert_eq!(measured(id, &predicted(&unknown, 2)).unwrap_err().fault, "metric_refused", "{id}");
    }
    let one_class: Vec<Row> = (0..40).map(|i| (1, 1, Some(i % 2))).collect();
    assert_eq!(measured(IDS[1], &predicted(&one_class, 2)).unwrap().0, None, "no rows of the other class");
}
