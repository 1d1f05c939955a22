//! Requirements as formulas whose leaves ask something of one measured value or one fact, when such leaves imply
//! another, and what meets one requirement and not another.
//!
//! An estimate passes when its whole interval clears the bar, and an interval at more confidence holds the one at less;
//! so a bar implies every looser one at no more confidence. "Not" turns a bar round (`not >=` is `<`), as the judge
//! does. Facts on different words are different facts: what a third party signs need not be declared.

use super::entail::{Formula, Miss, miss};
use super::words::{self, Who};
use crate::standard::{ArgumentValue, Comparison, Measurement, Requirement, Standard, Text, Tolerance, ValueRef};
use crate::ty::trust::Trust;
use crate::ty::unit::Kind;
use crate::values::{Values, plain};
use indexmap::IndexMap;

/// A measured value: the same in two standards when measure, arguments and result are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'s> {
    measurement: &'s Measurement,
    result: Option<&'s str>,
}

impl PartialEq for Asked<'_> {
    fn eq(&self, other: &Self) -> bool {
        let (one, two) = (self.measurement, other.measurement);
        self.result == other.result && one.measure == two.measure && same_arguments(&one.arguments, &two.arguments)
    }
}

impl Asked<'_> {
    fn name(&self) -> String {
        let display = &self.measurement.display;
        self.result.map_or_else(|| display.clone(), |result| format!("{display}.{result}"))
    }

    /// Whether the two are one metric, called alike, by two definitions.
    fn redefines(&self, other: &Self) -> bool {
        metric(self.measurement)
            .zip(metric(other.measurement))
            .is_some_and(|((name, terms), (other_name, others))| name == other_name && !same_terms(terms, others))
    }
}

/// One thing that is asked.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Leaf<'s> {
    /// A check comes out so.
    Check {
        /// The check.
        of: Asked<'s>,
        /// How it is to come out.
        wanted: bool,
    },
    /// A number clears a bar.
    Number {
        /// The number.
        of: Asked<'s>,
        /// The comparison.
        op: Comparison,
        /// The bar in base units.
        bar: f64,
        /// Kind of quantity.
        kind: Kind,
        /// For estimates: the confidence of the interval that has to clear it.
        confidence: Option<f64>,
    },
    /// Outputs are close, or not.
    Close {
        /// The closeness.
        of: Asked<'s>,
        /// How close.
        tolerance: Tolerance,
        /// Whether they are to be.
        wanted: bool,
    },
    /// A fact is, or is not, one of these.
    Fact {
        /// On whose word.
        trust: Trust,
        /// Whose signature it needs.
        signer: Option<&'s str>,
        /// Its key.
        key: &'s str,
        /// The values.
        accepted: &'s [String],
        /// Whether it is to be one of them.
        wanted: bool,
    },
}

/// What a requirement of `standard` asks, or what its negation asks.
pub(super) fn formula<'s>(requirement: &'s Requirement, standard: &'s Standard, wanted: bool) -> Formula<Leaf<'s>> {
    let asked = |value: &'s ValueRef| {
        let measurement = standard.measurements.get(value.measurement.0 as usize)?;
        Some(Asked { measurement, result: value.result.as_deref() })
    };
    let parts = |parts: &'s [Requirement]| -> Vec<Formula<Leaf<'s>>> {
        parts.iter().map(|part| formula(part, standard, wanted)).collect()
    };
    let leaf = match requirement {
        Requirement::All(list) if wanted => return Formula::all(parts(list)),
        Requirement::Any(list) if !wanted => return Formula::all(parts(list)),
        Requirement::All(list) | Requirement::Any(list) => return Formula::any(parts(list)),
        Requirement::Not(part) => return formula(part, standard, !wanted),
        Requirement::Holds(value) => asked(value).map(|of| Leaf::Check { of, wanted }),
        Requirement::Compare { value, op, bar, kind, confidence } => asked(value).map(|of| Leaf::Number {
            of,
            op: if wanted { *op } else { op.negated() },
            bar: *bar,
            kind: *kind,
            confidence: *confidence,
        }),
        Requirement::Close { value, tolerance } => {
            asked(value).map(|of| Leaf::Close { of, tolerance: *tolerance, wanted })
        }
        Requirement::Fact { trust, key, accepted, signer } => {
            Some(Leaf::Fact { trust: *trust, signer: signer.as_deref(), key, accepted, wanted })
        }
    };
    // A measurement that the standard does not have is an error to the judge and never passes.
    leaf.map_or_else(|| Formula::constant(false), Formula::Leaf)
}

/// Whether a requirement holds whatever is measured: then its negation implies it. One without an alternative is left
/// to what is said of its bars.
pub(crate) fn always_holds(requirement: &Requirement, standard: &Standard) -> bool {
    if !matches!(requirement, Requirement::Any(_) | Requirement::Not(_)) {
        return false;
    }
    let goal = formula(requirement, standard, true);
    matches!(goal, Formula::Any(_)) && miss(&formula(requirement, standard, false), &goal, implied).is_none()
}

/// Whether two requirements exclude each other: then the one implies the negation of the other.
pub(crate) fn exclude(one: &Requirement, other: &Requirement, standard: &Standard) -> bool {
    miss(&formula(one, standard, true), &formula(other, standard, false), implied).is_none()
}

/// Whether all of `given` together imply `goal`.
pub(super) fn implied(given: &[&Leaf], goal: &Leaf) -> bool {
    match goal {
        Leaf::Check { .. } => given.contains(&goal),
        Leaf::Number { of, kind, confidence, .. } => {
            let enough =
                |leaf: &&&Leaf| matches!(leaf, Leaf::Number { confidence: given, .. } if covers(*given, *confidence));
            let known: Vec<&Leaf> = given.iter().filter(|leaf| number_of(leaf, of)).filter(enough).copied().collect();
            !known.is_empty() && left_over(*kind, &known, &[goal]).is_empty()
        }
        Leaf::Close { of, tolerance, wanted } => given.iter().any(|leaf| match leaf {
            Leaf::Close { of: its, tolerance: given, wanted: positive } => {
                its == of && positive == wanted && closer(*given, *tolerance, *wanted)
            }
            _ => false,
        }),
        Leaf::Fact { accepted, wanted, .. } => {
            let known = |positive: bool| given.iter().filter_map(move |leaf| said(leaf, goal, positive));
            // A fact has one value: one that all lists accept and none excludes.
            let possible = known(true).next().map(|first| {
                let stays = |value: &&String| {
                    known(true).all(|list| list.contains(*value)) && !known(false).any(|list| list.contains(*value))
                };
                first.iter().filter(stays).collect::<Vec<_>>()
            });
            match possible {
                Some(values) => values.iter().all(|value| accepted.contains(*value) == *wanted),
                None if *wanted => false,
                None => accepted.iter().all(|value| known(false).any(|list| list.contains(value))),
            }
        }
    }
}

/// The values of which `leaf` says that the fact of `goal` is (or, not `positive`, is not) one.
fn said<'s>(leaf: &Leaf<'s>, goal: &Leaf, positive: bool) -> Option<&'s [String]> {
    match (leaf, goal) {
        (
            Leaf::Fact { trust, signer, key, accepted, wanted },
            Leaf::Fact { trust: its_trust, signer: its_signer, key: its_key, .. },
        ) if *wanted == positive && (trust, signer, key) == (its_trust, its_signer, its_key) => Some(accepted),
        _ => None,
    }
}

/// Whether an interval of the first confidence holds that of the second.
fn covers(given: Option<f64>, wanted: Option<f64>) -> bool {
    match (given, wanted) {
        (Some(given), Some(wanted)) => given >= wanted,
        (None, None) => true,
        _ => false,
    }
}

/// Whether closeness within `given` is closeness within `wanted`; the other way round for what is not close.
fn closer(given: Tolerance, wanted: Tolerance, positive: bool) -> bool {
    match (given, wanted) {
        (Tolerance::Derived, Tolerance::Derived) => true,
        (Tolerance::Absolute(given), Tolerance::Absolute(wanted)) => {
            if positive {
                given <= wanted
            } else {
                given >= wanted
            }
        }
        _ => false,
    }
}

fn number_of(leaf: &Leaf, value: &Asked) -> bool {
    matches!(leaf, Leaf::Number { of, .. } if of == value)
}

fn is_whole(kind: Kind) -> bool {
    matches!(kind, Kind::Count | Kind::Bytes)
}

/// The numbers of a kind that clear every bar of `given` and none of `wanted`, all of them leaves on one number.
fn left_over(kind: Kind, given: &[&Leaf], wanted: &[&Leaf]) -> Values {
    let mut rest = match kind {
        Kind::Rate => Values::between(0.0, 1.0, true),
        // The weights of a metric need not sum to one.
        Kind::Number => Values::of_bar(Comparison::Ge, f64::NEG_INFINITY),
        Kind::Score | Kind::Ratio | Kind::Count | Kind::Time | Kind::Bytes => Values::of_bar(Comparison::Ge, 0.0),
    };
    for (leaves, inside) in [(given, true), (wanted, false)] {
        for leaf in leaves {
            if let Leaf::Number { op, bar, .. } = leaf {
                let values = Values::of_bar(*op, *bar);
                rest = if inside { rest.meet(&values) } else { rest.without(&values) };
            }
        }
    }
    if is_whole(kind) { rest.whole() } else { rest }
}

/// What meets the clause `id` of one standard and not that of the other, where `miss` says why it is not implied.
pub(super) fn example(miss: &Miss<'_, Leaf<'_>>, id: &str, who: Who) -> Option<Text> {
    if let Some(metric) = miss.wanted.iter().find_map(|wanted| redefined(miss, wanted)) {
        return Some(words::metric(metric));
    }
    let mut examples: Vec<Example> = miss.wanted.iter().filter_map(|wanted| one_example(miss, wanted)).collect();
    // Where both ask about one thing, that tells most.
    let best = examples.iter().position(|(_, met, _)| met.is_some()).unwrap_or(0);
    if best >= examples.len() {
        return None;
    }
    let (what, met, missed) = examples.swap_remove(best);
    let text = words::clause(what, id, who, (met, missed));
    Some(if miss.wanted.len() > 1 { words::nothing_else(text) } else { text })
}

/// The metric that both ask for by its name, but not by one definition.
fn redefined<'m>(miss: &Miss<'m, Leaf<'_>>, wanted: &'m Leaf) -> Option<&'m str> {
    let Leaf::Number { of, .. } = wanted else { return None };
    let other = |leaf: &&Leaf| matches!(leaf, Leaf::Number { of: its, .. } if its.redefines(of));
    miss.given.iter().any(other).then(|| name_of(of.measurement))
}

fn one_example(miss: &Miss<'_, Leaf<'_>>, wanted: &Leaf) -> Option<Example> {
    match wanted {
        Leaf::Check { of, wanted } => {
            let missed = if *wanted { of.name() } else { format!("not {}", of.name()) };
            Some((words::check(&of.name(), !wanted), None, missed))
        }
        Leaf::Number { of, .. } => number_example(miss, of, wanted),
        Leaf::Close { of, tolerance, wanted } => close_example(miss, of, *tolerance, *wanted),
        Leaf::Fact { accepted, wanted: positive, .. } => fact_example(miss, wanted, accepted, *positive),
    }
}

/// What is met and missed, in both languages; what the one asks of it, if anything; what the other asks.
type Example = ((String, String), Option<String>, String);

fn number_example(miss: &Miss<'_, Leaf<'_>>, of: &Asked, goal: &Leaf) -> Option<Example> {
    let Leaf::Number { op, bar, kind, confidence, .. } = goal else { return None };
    let given: Vec<&Leaf> = miss.given.iter().copied().filter(|leaf| number_of(leaf, of)).collect();
    let wanted: Vec<&Leaf> = miss.wanted.iter().copied().filter(|leaf| number_of(leaf, of)).collect();
    let bars: Vec<String> = given.iter().filter_map(|leaf| bar_of(leaf)).collect();
    let missed = words::bar(*op, *bar, *kind, *confidence);
    let units: Vec<f64> = words::units(*kind).into_iter().map(|(scale, _)| scale).collect();
    if let Some(value) = left_over(*kind, &given, &wanted).number(&units, !is_whole(*kind)) {
        let value = words::quantity(value, *kind);
        return Some((words::number(&value, &of.name()), (!bars.is_empty()).then(|| bars.join(" and ")), missed));
    }
    // The bars agree, so the confidence does not.
    let lower = given.iter().find_map(|leaf| match leaf {
        Leaf::Number { confidence: Some(given), .. } => Some(*given),
        _ => None,
    });
    let (lower, higher) = (lower?, (*confidence)?);
    let clears = words::bar(*op, *bar, *kind, None);
    (lower < higher).then(|| (words::sample(&of.name(), &clears, lower, higher), Some(bars.join(" and ")), missed))
}

fn bar_of(leaf: &Leaf) -> Option<String> {
    match leaf {
        Leaf::Number { op, bar, kind, confidence, .. } => Some(words::bar(*op, *bar, *kind, *confidence)),
        _ => None,
    }
}

fn close_example(miss: &Miss<'_, Leaf<'_>>, of: &Asked, tolerance: Tolerance, wanted: bool) -> Option<Example> {
    let given = miss.given.iter().find_map(|leaf| match leaf {
        Leaf::Close { of: its, tolerance, wanted: positive } if its == of && *positive == wanted => Some(*tolerance),
        _ => None,
    });
    let bar = words::within(tolerance);
    match (given, tolerance) {
        (None, _) => {
            let asked = format!("{} {bar}", of.name());
            let missed = if wanted { bar } else { format!("not {bar}") };
            Some((words::check(&asked, !wanted), None, missed))
        }
        (Some(Tolerance::Absolute(given)), Tolerance::Absolute(asked)) if wanted && given > asked => {
            let between = Values::of_bar(Comparison::Gt, asked).meet(&Values::of_bar(Comparison::Le, given));
            let distance = between.number(&[1.0], true)?;
            Some((words::apart(distance, &of.name()), Some(words::within(Tolerance::Absolute(given))), bar))
        }
        // Which of two tolerances of different origin is the wider one depends on the model.
        _ => None,
    }
}

fn fact_example(miss: &Miss<'_, Leaf<'_>>, goal: &Leaf, accepted: &[String], wanted: bool) -> Option<Example> {
    let Leaf::Fact { trust, signer, key, .. } = goal else { return None };
    let name = words::fact_name(trust.word(), key, *signer);
    let missed = words::listed(accepted, wanted);
    let said = |positive: bool| -> Vec<&[String]> {
        miss.given.iter().filter_map(|leaf| said(leaf, goal, positive)).collect()
    };
    let possible = said(true);
    if let Some(first) = possible.first().filter(|_| !wanted) {
        let value = accepted.iter().find(|one| possible.iter().all(|list| list.contains(one)))?;
        return Some((words::fact(&name, value), Some(words::listed(first, true)), missed));
    }
    let facts = said(wanted);
    let Some(first) = facts.first() else { return Some((words::no_fact(&name), None, missed)) };
    let differs = if wanted {
        first.iter().find(|one| !accepted.contains(one) && facts.iter().all(|list| list.contains(one)))
    } else {
        accepted.iter().find(|one| facts.iter().all(|list| !list.contains(one)))
    };
    differs.map(|value| (words::fact(&name, value), Some(words::listed(first, wanted)), missed))
}

/// The metrics that a formula asks for: name, and its terms as authors write them.
pub(super) fn metrics(formula: &Formula<Leaf<'_>>) -> IndexMap<String, String> {
    let numbers = formula.leaves().into_iter().filter_map(|leaf| match leaf {
        Leaf::Number { of, .. } => metric(of.measurement),
        _ => None,
    });
    numbers.map(|(name, terms)| (name.to_owned(), written(terms))).collect()
}

type Term = (f64, String, IndexMap<String, ArgumentValue>);

/// The name and the terms of a weighted score.
fn metric(measurement: &Measurement) -> Option<(&str, &[Term])> {
    measurement.arguments.values().find_map(|value| match value {
        ArgumentValue::Terms(terms) => Some((name_of(measurement), terms.as_slice())),
        _ => None,
    })
}

/// What is called, as written.
fn name_of(measurement: &Measurement) -> &str {
    measurement.display.split('(').next().unwrap_or_default().trim()
}

fn written(terms: &[Term]) -> String {
    let term = |(weight, measure, arguments): &Term| {
        let own: Vec<String> = arguments.values().filter_map(word).collect();
        let weight = plain(*weight);
        if own.is_empty() {
            format!("{weight} * {measure}")
        } else {
            format!("{weight} * {measure}({})", own.join(", "))
        }
    };
    terms.iter().map(term).collect::<Vec<_>>().join(" + ")
}

fn word(value: &ArgumentValue) -> Option<String> {
    match value {
        ArgumentValue::Class(word) => Some(word.clone()),
        ArgumentValue::Columns(columns) => Some(columns.join(" & ")),
        ArgumentValue::Where(condition) => Some(condition.to_string()),
        ArgumentValue::Text(word) | ArgumentValue::Model(word) => Some(word.clone()),
        ArgumentValue::Dataset(name) => Some(name.clone()),
        ArgumentValue::Split(dataset, split) => Some(format!("{dataset}.{split}")),
        ArgumentValue::Number(number) => Some(plain(*number)),
        ArgumentValue::Terms(_) => None,
    }
}

fn same_arguments(one: &IndexMap<String, ArgumentValue>, two: &IndexMap<String, ArgumentValue>) -> bool {
    let same = |(name, value): (&String, &ArgumentValue)| match (value, two.get(name)) {
        (ArgumentValue::Terms(terms), Some(ArgumentValue::Terms(others))) => same_terms(terms, others),
        (value, other) => other == Some(value),
    };
    one.len() == two.len() && one.iter().all(same)
}

/// Whether two sums have the same terms, in any order.
fn same_terms(one: &[Term], two: &[Term]) -> bool {
    let count = |list: &[Term], wanted: &Term| list.iter().filter(|term| *term == wanted).count();
    one.len() == two.len() && one.iter().all(|term| count(one, term) == count(two, term))
}
