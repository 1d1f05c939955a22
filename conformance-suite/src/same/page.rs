//! What was found of two submissions, as one self-contained page in the design of the report: no network, no script.
//!
//! Every string passes the report's writer of templates, which escapes markup and writes hidden characters out.

use super::{Parameter, Proof, Side, told};
use crate::measure::reading::OutputCloseness;
use crate::number;
use crate::report::html::environment;
use crate::report::text::middle;
use crate::report::wording::{Lang, fill, word};
use crate::report::{ReportError, story};
use minijinja::context;
use minijinja::value::Value;

/// Every template by name; `same.html` imports the other.
const TEMPLATES: [(&str, &str); 2] = [
    ("same.html", include_str!("../report/templates/same.html")),
    ("marks.html", include_str!("../report/templates/marks.html")),
];
const STYLE: &str = include_str!("../report/templates/page.css");
/// Characters of one string on the page; the JSON has all.
const CHARACTERS: usize = 600;
/// Characters of a name in a heading.
const NAME: usize = 60;
/// Rows of one table; the JSON has all.
const ROWS: usize = 2_000;

/// The whole page.
///
/// # Errors
/// [`ReportError::Template`] if a template is at fault; no content of a proof brings that about.
pub fn page(proof: &Proof, lang: Lang) -> Result<String, ReportError> {
    let words = move |key: &str| word(key, lang).to_owned();
    let env = environment(&TEMPLATES, words, CHARACTERS).map_err(ReportError::Template)?;
    let page = env.get_template("same.html").and_then(|template| template.render(context(proof, lang)));
    page.map_err(ReportError::Template)
}

fn context(proof: &Proof, lang: Lang) -> Value {
    let outcome = proof.answer.outcome();
    let (different, alike): (Vec<_>, Vec<_>) = proof.parameters.iter().partition(|one| told::differs(one));
    let more = |all: usize| {
        let left = all.saturating_sub(ROWS);
        (left > 0).then(|| fill(word("same.more", lang), &[("n", &number::count(left as u64))]))
    };
    let n = number::count(different.len() as u64);
    let others = (!different.is_empty()).then(|| fill(word("same.parameters.others", lang), &[("n", &n)]));
    let sentences = [told::architecture(proof, lang)].into_iter().chain(told::parameters(proof, lang)).chain(others);
    context! {
        lang => lang.tag(),
        css => Value::from_safe_string(STYLE.to_owned()),
        key => story::outcome_key(outcome),
        answer => proof.answer.word(lang),
        names => [&proof.a, &proof.b].map(|side| Value::from(middle(&side.name, NAME))).to_vec(),
        sides => vec![side("A", &proof.a), side("B", &proof.b)],
        sentences => sentences.chain(told::outputs(proof, lang)).collect::<Vec<_>>(),
        findings => told::findings(proof, lang),
        parameters => different.iter().chain(&alike).take(ROWS).map(|one| parameter(one, lang)).collect::<Vec<_>>(),
        more_parameters => more(proof.parameters.len()),
        outputs => proof.outputs.iter().take(ROWS).map(|one| output(one, proof)).collect::<Vec<_>>(),
        more_outputs => more(proof.outputs.len()),
    }
}

fn side(letter: &str, side: &Side) -> Value {
    context! {
        letter => letter,
        name => &side.name,
        files => side.files.join(", "),
        types => &side.types,
        root => &side.root,
    }
}

fn parameter(parameter: &Parameter, lang: Lang) -> Value {
    context! {
        name => &parameter.name,
        relation => told::relation(&parameter.relation, lang),
        verdict => if told::differs(parameter) { "fail" } else { "pass" },
    }
}

fn output(output: &OutputCloseness, proof: &Proof) -> Value {
    let is_within = output.max_difference <= output.pass_bound;
    let is_beyond = output.max_difference > output.fail_bound;
    context! {
        name => &output.name,
        difference => number::quantity(output.max_difference, ""),
        bound => number::quantity(output.pass_bound, ""),
        verdict => match (is_within, is_beyond) {
            (true, _) => "pass",
            _ if told::is_quantising(proof) => "not-applicable",
            (_, true) => "fail",
            _ => "undecided",
        },
    }
}
