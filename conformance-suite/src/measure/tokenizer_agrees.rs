//! The tokenizer gives the claimed ids, and the model the claimed logits on them.

use super::api::{Arguments, check, facts, failure, measure, no_tolerance};
use super::reading::{Failure, Reading};
use crate::session::{Session, refused};
use crate::verdict::Finding;
use lmstd_compiler::ir::graph::Graph;
use lmstd_runtime::exec::Inputs;
use lmstd_runtime::tolerance::{FAIL_MARGIN, largest_difference};
use lmstd_runtime::value::Array;

measure! {
    /// # Tokenizer agrees
    ///
    /// ## Measures
    /// That every text of the submission's `texts.json` is tokenised into the claimed ids, one by one, and that the
    /// model gives the claimed logits on those ids within the derived tolerance. Not measured, and so never a pass, without
    /// texts, where no text claims logits, and where rounding alone may change the logits by their own size.
    ///
    /// ## Why it matters
    /// A tokenizer that is off by one token gives fluent nonsense: nothing crashes, every shape fits.
    ///
    /// ## How to mend
    /// Submit the tokenizer file that training used; the finding shows the first id that differs.
    ///
    /// ## References
    /// The field's practice of golden token vectors, here portable.
    ///
    /// ```lms pass bert-tokenizer
    /// tokenizer_agrees(bert)
    /// ```
    /// ```lms fail broken/tokenizer-mismatch
    /// tokenizer_agrees(bert)
    /// ```
    "tokenizer_agrees", Run, "measure tokenizer_agrees(model: model) -> check", run
}

/// Most ids of one text.
const MOST_IDS: usize = 65_536;

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let model = session.model(arguments.model()?);
    let texts = session.texts()?.ok_or_else(|| {
        failure(
            "missing_file",
            "the submission claims no tokenised texts",
            "texts.json",
            "add texts.json with texts, ids and logits",
        )
    })?;
    if texts.iter().all(|claimed| claimed.logits.is_none()) {
        let mend = "claim the logits that the model gives for each text alone";
        return Err(failure("missing_claim", "texts.json claims no logits", "texts.json", mend));
    }
    let tokenizer = model.tokenizer(session)?;
    let output = claimable(&*model.program(session)?)?;
    let mut findings = Vec::new();
    for (row, claimed) in texts.iter().enumerate() {
        let ids = tokenizer.encode(&claimed.text, MOST_IDS).map_err(refused)?.ids;
        if let Some(place) = (0..ids.len().max(claimed.ids.len())).find(|&i| ids.get(i) != claimed.ids.get(i)) {
            let show = |ids: &[u32]| ids.get(place).map_or("no id".to_string(), u32::to_string);
            findings.push(Finding {
                fault: "tokenizer_mismatch".into(),
                message: "the tokenizer gives other ids than the submission claims".into(),
                at: format!("texts.json: text {}, id {}", row + 1, place + 1),
                expected: show(&claimed.ids),
                found: show(&ids),
                mend: "submit the tokenizer that training used".into(),
            });
        }
        if let Some(logits) = &claimed.logits {
            findings.extend(logits_differ(session, (&model, &output), row, &claimed.ids, logits)?);
        }
    }
    Ok(check(findings, facts([("texts", texts.len().to_string())])))
}

/// The output that `logits` of a text claims: the one of that name, else the only one.
fn claimable(graph: &Graph) -> Result<String, Failure> {
    let mut outputs = graph.outputs.iter().filter(|output| !output.trace).map(|output| output.name.as_str());
    let logits = graph.output("logits").filter(|output| !output.trace).map(|output| output.name.as_str());
    match (logits, outputs.next(), outputs.next()) {
        (Some(name), _, _) | (None, Some(name), None) => Ok(name.to_owned()),
        _ => {
            let message = "the architecture has no output that one list of numbers could be claimed for";
            Err(failure("not_computed", message, "texts.json", "leave this clause out for this architecture"))
        }
    }
}

fn logits_differ(
    session: &Session,
    (model, output): (&crate::session::ModelParts, &str),
    row: usize,
    ids: &[u32],
    claimed: &[f64],
) -> Result<Option<Finding>, Failure> {
    let reference = model.reference(session)?;
    let shape = vec![1, ids.len()];
    let inputs =
        Inputs::from([("input_ids".to_string(), Array { shape, data: ids.iter().map(|&id| f64::from(id)).collect() })]);
    let truth = session.truth(&reference, &inputs, &|name| name == output)?;
    let Some(exact) = truth.outputs.get(output) else {
        return Err(failure("not_computed", format!("the architecture has no output `{output}`"), "", ""));
    };
    let bound = truth.bound(output).ok_or_else(|| no_tolerance(output))?;
    let claimed = Array { shape: exact.values.shape.clone(), data: claimed.to_vec() };
    let same_size = claimed.data.len() == exact.values.data.len();
    let difference = if same_size { largest_difference(exact, &claimed) } else { None };
    // Claims in a text file are rounded decimals; only what no rounding explains is a fault.
    if difference.is_some_and(|difference| difference <= bound * FAIL_MARGIN) {
        return Ok(None);
    }
    Ok(Some(Finding {
        fault: "output_mismatch".into(),
        message: "the model gives other logits on the claimed ids than the submission claims".into(),
        at: format!("texts.json: text {}", row + 1),
        expected: format!("within {:.1e}", bound * FAIL_MARGIN),
        found: difference.map_or("another shape or no numbers".into(), |d| format!("{d:.1e}")),
        mend: "make the claims again with these weights".into(),
    }))
}
