//! Every metric against the published vectors (`conformance-suite/tests/vectors`), whose values are those of public
//! libraries; where ours differ on purpose, `differences.json` beside the script that made them says why.

use lmstd_runtime::metric::{self, Items, Metric, Param, Params, Scores};
use lmstd_runtime::statistics::{clopper_pearson, wilson};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a vector may differ by: sums are taken in another order than the libraries'.
const CLOSE: f64 = 1e-9;

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance-suite/tests/vectors")
}

/// The vectors of a metric.
pub fn vectors(id: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder().join(format!("{id}.jsonl"))).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Parameters of a vector as ours: `true` is `yes`, `null` is left at its default.
pub fn params(parameters: &Value, input: &Value) -> Params {
    let mut params = Params::default();
    for (name, value) in parameters.as_object().unwrap() {
        let value = match (name.as_str(), value) {
            (_, Value::Null) => match name.as_str() {
                "k" | "base" => Param::Number(0.0),
                _ => Param::None,
            },
            ("class", class) => {
                let place = input["classes"].as_array().unwrap().iter().position(|known| known == class).unwrap();
                Param::Class(place as u32, class.to_string())
            }
            ("zero_division", Value::Number(number)) => {
                Param::Text(if number.as_f64() == Some(0.0) { "zero" } else { "one" }.into())
            }
            ("zero_division", _) => Param::Text("skip".into()),
            (_, Value::Bool(flag)) => Param::Text(if *flag { "yes" } else { "no" }.into()),
            (_, Value::String(text)) => Param::Text(text.clone()),
            (_, number) => Param::Number(number.as_f64().unwrap()),
        };
        params.0.insert(name.clone(), value);
    }
    params
}

/// The scores of a vector's input, rows weighted where it gives weights; `None` where the input is refused.
pub fn scores(metric: &Metric, vector: &Value) -> Option<Scores> {
    let input = &vector["input"];
    let items = Items::from_json(metric.reads, input).ok()?;
    let scores = metric.of(&items, &params(&vector["parameters"], input)).ok()?;
    let Some(weights) = input["weights"].as_array() else { return Some(scores) };
    let weights: Vec<f64> = weights.iter().map(|weight| weight.as_f64().unwrap()).collect();
    let weighted = |(name, score): (_, metric::Score)| Some((name, score.weighted(weights.clone()).ok()?));
    Some(Scores(scores.0.into_iter().map(weighted).collect::<Option<_>>()?))
}

/// Ours by result name; the plain value under the empty name.
pub fn ours(id: &str, vector: &Value) -> BTreeMap<String, Option<f64>> {
    let input = &vector["input"];
    let one = |name: &str, value| (name.to_owned(), value);
    match id {
        "wilson_interval" | "clopper_pearson_interval" => {
            let (hits, rows) = (input["hits"].as_u64().unwrap(), input["rows"].as_u64().unwrap());
            let interval = if id == "wilson_interval" { wilson } else { clopper_pearson };
            let (low, high) = interval(hits, rows, vector["parameters"]["confidence"].as_f64().unwrap());
            let known = |end: f64| (rows > 0).then_some(end);
            [one("low", known(low)), one("high", known(high))].into()
        }
        _ => {
            let metric = metric::find(id).unwrap_or_else(|| panic!("no metric {id}"));
            let Some(scores) = scores(metric, vector) else { return BTreeMap::new() };
            scores.0.iter().map(|(name, score)| one(name.unwrap_or(""), score.value())).collect()
        }
    }
}

/// The library's values by result name; none where it refuses the input.
pub fn theirs(vector: &Value) -> BTreeMap<String, Option<f64>> {
    match &vector["expected"] {
        Value::Object(parts) if parts.contains_key("error") => BTreeMap::new(),
        Value::Object(parts) => parts.iter().map(|(name, value)| (name.clone(), value.as_f64())).collect(),
        value => [(String::new(), value.as_f64())].into(),
    }
}

pub fn differs(ours: &BTreeMap<String, Option<f64>>, theirs: &BTreeMap<String, Option<f64>>) -> bool {
    let differ = |(name, expected): (&String, &Option<f64>)| match (ours.get(name).copied().flatten(), expected) {
        (Some(ours), Some(theirs)) => (ours - theirs).abs() > CLOSE + CLOSE * theirs.abs(),
        (None, None) => false,
        _ => true,
    };
    // What a library refuses must not be a number here either.
    theirs.iter().any(differ) || theirs.is_empty() && ours.values().any(Option::is_some)
}

/// Reasons by (metric, why of the vector).
pub fn reasons() -> Vec<Value> {
    let path = folder().join("../reference/differences.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Whether a reason speaks of a vector: of its metric, of its input by its words, and of its parameters where it names any.
pub fn speaks_of(reason: &Value, vector: &Value) -> bool {
    let named = |list: &Value, word: &Value| list.as_array().is_none_or(|list| list.contains(word));
    let parameters = reason["parameters"].as_object();
    named(&reason["metrics"], &vector["metric"])
        && named(&reason["why"], &vector["why"])
        && parameters.is_none_or(|wanted| wanted.iter().all(|(name, value)| vector["parameters"][name] == *value))
}

#[test]
fn every_vector_has_the_value_of_its_library_or_a_reason() {
    let reasons = reasons();
    let mut used = vec![0; reasons.len()];
    let (mut compared, mut faults) = (0, Vec::new());
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        let id = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if matches!(id.as_str(), "confusion_matrix" | "mcnemar") {
            continue;
        }
        for (line, vector) in vectors(&id).iter().enumerate() {
            compared += 1;
            let (ours, theirs) = (ours(&id, vector), theirs(vector));
            if !differs(&ours, &theirs) {
                continue;
            }
            // A reason may say why there is no number; no reason makes another number right.
            let none = ours.values().all(Option::is_none);
            match reasons.iter().position(|reason| speaks_of(reason, vector)) {
                Some(reason) if none => used[reason] += 1,
                _ => faults.push(format!(
                    "{id} {}: {} {}: {ours:?}, not {theirs:?}",
                    line + 1,
                    vector["why"],
                    vector["parameters"]
                )),
            }
        }
    }
    assert!(faults.is_empty(), "{} of {compared}:\n{}", faults.len(), faults.join("\n"));
    assert!(compared > 4_700, "{compared}");
    for (reason, used) in reasons.iter().zip(used) {
        assert!(used > 0, "nothing differs any more: {reason}");
    }
}

/// The table is no number with an interval: its cells are how much the atoms of every metric of classes weigh.
#[test]
fn tables_of_classes_are_scikit_learns() {
    let accuracy = metric::find("accuracy").unwrap();
    let mut compared = 0;
    for vector in vectors("confusion_matrix") {
        let counts = &vector["expected"]["counts"];
        let Some(rows) = counts.as_array() else { continue };
        let cells: Vec<f64> =
            rows.iter().flat_map(|row| row.as_array().unwrap()).map(|n| n.as_f64().unwrap()).collect();
        let found = scores(accuracy, &vector).unwrap().0.remove(0).1;
        let ours = found.counts();
        assert_eq!(ours.len(), cells.len(), "{}", vector["why"]);
        for (ours, theirs) in ours.iter().zip(&cells) {
            assert!((ours - theirs).abs() <= CLOSE * (1.0 + theirs.abs()), "{}: {ours} {theirs}", vector["why"]);
        }
        compared += 1;
    }
    assert!(compared > 50, "{compared}");
}
