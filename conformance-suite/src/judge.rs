//! Decides a clause from readings and stated facts alone, so that anybody who holds them can decide it again.
//!
//! Pure: no clock, no files, no randomness. Nothing here passes for want of evidence: a missing, contradictory or
//! undefined reading is an error, an empty requirement is an error, an estimate counts by its bound and not its point.
//!
//! `All`: fail dominates, then expired, error, undecided; what is left passes, on the weakest trust among its parts.
//! `Any`: pass dominates, then attested, error, undecided, expired, fail. `Not` is pushed down to the leaves (`not >=`
//! is `<`), so that what could not be decided stays undecided, and what was never declared does not become a pass.

mod compare;
mod fact;
pub mod license;
mod mend;
mod multiplicity;
mod words;

pub use multiplicity::multiplicity;

use crate::measure::reading::{Content, OutputCloseness, ReadValue, Reading};
use crate::verdict::{Bar, ClauseReport, Finding, Level, Measured, SubmissionReport, Text, Trust, Verdict};
use compare::{Answer, Number};
use lmstd_compiler::standard::{ClauseSpec, Comparison, MeasurementId, Requirement, Standard, Tolerance, ValueRef};
use lmstd_compiler::ty::trust::Trust as Ground;
use lmstd_compiler::ty::unit::Kind;
use lmstd_grammar::ast;
use sha2::{Digest, Sha256};

/// What is known of a submission besides readings.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Its files, declarations and attestations; none where it could not be opened, so that nothing is known.
    pub submission: Option<&'a SubmissionReport>,
    /// Whether it changed while it was checked, so that nothing it states counts.
    pub changed: bool,
    /// The day of the run, `YYYY-MM-DD`: an attestation may not have begun, or be over.
    pub today: &'a str,
}

/// What a clause came to.
#[derive(Clone, PartialEq, Debug)]
pub struct Judged {
    /// Its verdict; never `NotApplicable`.
    pub verdict: Verdict,
    /// On whose word.
    pub trust: Trust,
    /// Why, one or two sentences.
    pub reason: Text,
    /// The numbers it was decided on, in the requirement's order.
    pub measured: Vec<Measured>,
    /// The faults that decided it.
    pub findings: Vec<Finding>,
    /// Digests of the readings looked at and of what they rest on, `sha256:…`, each once.
    pub evidence: Vec<String>,
}

/// The clause as the report shows it. `refusal` says why it does not apply; none where it does.
pub fn clause_report<'a>(
    clause: &ClauseSpec,
    refusal: Option<Text>,
    readings: &dyn Fn(MeasurementId) -> Option<&'a Reading>,
    facts: &Facts<'a>,
    standard: &Standard,
) -> ClauseReport {
    let judged = match refusal {
        None => judge(clause, readings, facts, standard),
        Some(reason) => Judged {
            verdict: Verdict::NotApplicable,
            trust: Trust::None,
            reason,
            measured: Vec::new(),
            findings: Vec::new(),
            evidence: Vec::new(),
        },
    };
    ClauseReport {
        id: clause.id.clone(),
        level: match clause.level {
            ast::Level::Must => Level::Must,
            ast::Level::Should => Level::Should,
            ast::Level::May => Level::May,
        },
        verdict: judged.verdict,
        trust: judged.trust,
        text: Text { en: clause.text.en.clone(), zh: clause.text.zh.clone() },
        when: clause.when.as_ref().map(ToString::to_string).unwrap_or_default(),
        reason: judged.reason,
        measured: judged.measured,
        bar: clause.bar.clone(),
        findings: judged.findings,
        controls: clause.satisfies.clone(),
        evidence: judged.evidence,
    }
}

/// Decides `clause`. `readings` gives the reading of a measurement.
pub fn judge<'a>(
    clause: &ClauseSpec,
    readings: &dyn Fn(MeasurementId) -> Option<&'a Reading>,
    facts: &Facts<'a>,
    standard: &Standard,
) -> Judged {
    let mut judge = Judge { readings, facts, standard, measured: Vec::new(), evidence: Vec::new() };
    let node = judge.requirement(&clause.requirement, true);
    let verdict = match node.state {
        State::Pass => Verdict::Pass,
        State::Attested => Verdict::Attested,
        State::Undecided => Verdict::Undecided,
        State::Error => Verdict::Error,
        State::Expired => Verdict::Expired,
        State::Fail => Verdict::Fail,
    };
    let trust = match node.ground {
        _ if node.state == State::Error => Trust::None,
        Ground::Declared => Trust::Declared,
        Ground::Attested => Trust::Attested,
        Ground::Measured => Trust::Measured,
    };
    let reason = words::join(&node.reasons);
    Judged { verdict, trust, reason, measured: judge.measured, findings: node.findings, evidence: judge.evidence }
}

/// The digest under which evidence stores `reading`; `None` if the reading breaks its promises.
pub fn reading_digest(reading: &Reading) -> Option<String> {
    let bytes = reading.to_json().ok()?;
    Some(format!("sha256:{}", hex::encode(Sha256::digest(&bytes))))
}

/// The answer for a part of a requirement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Pass,
    /// Positive, on somebody's word.
    Attested,
    Undecided,
    Error,
    /// On a signed word whose day has passed.
    Expired,
    Fail,
}

/// What is seen of a model that is only asked and no sound one shows. It decides: nothing has to be measured any more.
const SEEN: [&str; 2] = ["identity_changed", "rows_unanswered"];

/// Which state wins among the parts of `All`, and of `Any`.
const ALL: [State; 6] = [State::Fail, State::Expired, State::Error, State::Undecided, State::Attested, State::Pass];
const ANY: [State; 6] = [State::Pass, State::Attested, State::Error, State::Undecided, State::Expired, State::Fail];

/// A decided part.
struct Node {
    state: State,
    /// On whose word; meaningless for an error.
    ground: Ground,
    reasons: Vec<Text>,
    findings: Vec<Finding>,
}

impl Node {
    fn measured(state: State, reason: Text) -> Node {
        Node { state, ground: Ground::Measured, reasons: vec![reason], findings: Vec::new() }
    }

    fn with(mut self, findings: impl IntoIterator<Item = Finding>) -> Node {
        self.findings.extend(findings);
        self
    }

    /// A number that misses its bar, with what its measure's manual says of that.
    fn mended(mut self, measure: &str, op: Comparison, bar: f64) -> Node {
        if self.state == State::Fail {
            let reasons = std::mem::take(&mut self.reasons);
            self.reasons = reasons.into_iter().map(|reason| words::mended(reason, measure, op, bar)).collect();
        }
        self
    }
}

/// What the walk over a requirement needs and gathers.
struct Judge<'a, 'j> {
    readings: &'j dyn Fn(MeasurementId) -> Option<&'a Reading>,
    facts: &'j Facts<'a>,
    standard: &'j Standard,
    measured: Vec<Measured>,
    evidence: Vec<String>,
}

impl<'a> Judge<'a, '_> {
    /// Decides `requirement` (`wanted`), or its negation.
    fn requirement(&mut self, requirement: &Requirement, wanted: bool) -> Node {
        match requirement {
            Requirement::Not(inner) => self.requirement(inner, !wanted),
            Requirement::All(parts) => self.parts(parts, wanted, if wanted { &ALL } else { &ANY }),
            Requirement::Any(parts) => self.parts(parts, wanted, if wanted { &ANY } else { &ALL }),
            Requirement::Fact { trust: Ground::Declared, key, accepted, .. } => self.declared(key, accepted, wanted),
            Requirement::Fact { key, accepted, signer, .. } => {
                self.attested((key.as_str(), signer.as_deref()), accepted, wanted)
            }
            Requirement::Holds(value) => self.leaf(value, |judge, name, reading, value| {
                judge.measured.push(blank(name, value));
                holds(name, reading, &value.content, wanted)
            }),
            Requirement::Compare { value, op, bar, kind, confidence } => {
                let op = if wanted { *op } else { op.negated() };
                let measurement = self.standard.measurements.get(value.measurement.0 as usize);
                let measure = measurement.map_or("", |measurement| measurement.measure.as_str());
                self.leaf(value, |judge, name, reading, value| {
                    let node = judge.compare(name, reading, value, (op, *bar, *kind, *confidence));
                    node.mended(measure, op, *bar)
                })
            }
            Requirement::Close { value, tolerance } => {
                self.leaf(value, |judge, name, reading, value| judge.close(name, reading, value, *tolerance, wanted))
            }
        }
    }

    fn parts(&mut self, parts: &[Requirement], wanted: bool, order: &[State; 6]) -> Node {
        let nodes: Vec<Node> = parts.iter().map(|part| self.requirement(part, wanted)).collect();
        let Some(state) = order.iter().copied().find(|state| nodes.iter().any(|node| node.state == *state)) else {
            return Node::measured(State::Error, words::empty());
        };
        // Everything had to agree where the last-ranked positive or negative won; else the winners alone decided.
        let all_count = state == order[5] || (state == order[4] && state == State::Attested);
        let deciding: Vec<Node> = nodes.into_iter().filter(|node| all_count || node.state == state).collect();
        let grounds = deciding.iter().map(|node| node.ground);
        let ground = if all_count { grounds.min() } else { grounds.max() }.unwrap_or(Ground::Declared);
        let mut whole = Node { state, ground, reasons: Vec::new(), findings: Vec::new() };
        for node in deciding {
            whole.reasons.extend(node.reasons);
            for finding in node.findings {
                if !whole.findings.contains(&finding) {
                    whole.findings.push(finding);
                }
            }
        }
        whole
    }

    /// Looks up a value and hands it to `decide`; everything that is missing or broken is an error here.
    fn leaf(&mut self, value: &ValueRef, decide: impl FnOnce(&mut Self, &str, &Reading, &ReadValue) -> Node) -> Node {
        let Some(measurement) = self.standard.measurements.get(value.measurement.0 as usize) else {
            return broken("", "the standard names a measurement that it does not have");
        };
        let name = match &value.result {
            Some(result) => format!("{}.{result}", measurement.display),
            None => measurement.display.clone(),
        };
        let Some(reading) = (self.readings)(value.measurement) else {
            let finding = words::finding("not_measured", &format!("`{name}` was not measured"), &name);
            return Node::measured(State::Error, words::missing(&name)).with([finding]);
        };
        if let Err(fault) = reading.check() {
            return broken(&name, &fault);
        }
        for digest in reading_digest(reading).iter().chain(&reading.evidence) {
            self.rests_on(digest.clone());
        }
        if let Some(failure) = &reading.error {
            let finding = words::failure(failure);
            let (state, told) = if SEEN.contains(&failure.fault.as_str()) {
                (State::Fail, words::seen(&name, failure))
            } else {
                (State::Error, words::failed(&name, failure))
            };
            return Node::measured(state, told).with([finding]);
        }
        match reading.value(value.result.as_deref()) {
            Some(value) => decide(self, &name, reading, value),
            None => broken(&name, "the reading has no value of this name"),
        }
    }

    fn compare(
        &mut self,
        name: &str,
        reading: &Reading,
        value: &ReadValue,
        (op, bar, kind, confidence): (Comparison, f64, Kind, Option<f64>),
    ) -> Node {
        let Some(number) = Number::of(&value.content) else {
            return broken(name, "the reading is not a number");
        };
        self.measured.push(Measured {
            value: number.value,
            unit: kind.base_unit().into(),
            interval: number.interval,
            confidence: number.confidence,
            n: number.n,
            method: number.method.into(),
            bar: bar.is_finite().then(|| Bar { op: op.symbol().into(), value: bar }),
            ..blank(name, value)
        });
        let answer = compare::decide(&number, op, bar, confidence);
        let reason = words::compared(name, &number, op, bar, kind, &answer);
        match answer {
            Answer::Yes if reading.given => {
                Node { ground: Ground::Attested, ..Node::measured(State::Attested, words::given(reason)) }
            }
            Answer::Yes => Node::measured(State::Pass, reason),
            Answer::No if reading.given => {
                let node = Node::measured(State::Fail, words::given(reason)).with(reading.findings.iter().cloned());
                Node { ground: Ground::Attested, ..node }
            }
            Answer::No => Node::measured(State::Fail, reason).with(reading.findings.iter().cloned()),
            Answer::Straddles(_) if reading.given => {
                Node { ground: Ground::Attested, ..Node::measured(State::Undecided, words::given(reason)) }
            }
            Answer::Straddles(_) => Node::measured(State::Undecided, reason),
            Answer::Cannot(why) => {
                let finding = words::finding(why.fault(), &reason.en, name);
                Node::measured(State::Error, reason).with([finding])
            }
        }
    }

    fn close(&mut self, name: &str, reading: &Reading, value: &ReadValue, tolerance: Tolerance, wanted: bool) -> Node {
        let Content::Closeness { outputs } = &value.content else {
            return broken(name, "the reading is not a comparison of outputs");
        };
        if matches!(tolerance, Tolerance::Absolute(bar) if !bar.is_finite() || bar < 0.0) {
            return broken(name, "the tolerance is not a distance");
        }
        for output in outputs {
            let bar = match tolerance {
                Tolerance::Derived => output.pass_bound,
                Tolerance::Absolute(bar) => bar,
            };
            let mut facts = value.facts.clone();
            facts.insert("pass_bound".into(), format!("{:e}", output.pass_bound));
            facts.insert("fail_bound".into(), format!("{:e}", output.fail_bound));
            self.measured.push(Measured {
                value: Some(output.max_difference),
                bar: Some(Bar { op: if wanted { "<=" } else { ">" }.into(), value: bar }),
                facts,
                ..blank(&format!("{name}: {}", output.name), value)
            });
        }
        let states: Vec<State> = outputs.iter().map(|output| closeness(output, tolerance)).collect();
        let state = ALL.into_iter().find(|state| states.contains(state)).unwrap_or(State::Error);
        let at = |state: State| states.iter().zip(outputs).filter(move |(s, _)| **s == state).map(|(_, o)| o);
        let reason = match state {
            State::Fail => words::apart(name, at(State::Fail), tolerance),
            State::Undecided => words::blurred(name, at(State::Undecided), tolerance),
            _ => words::near(name, outputs, tolerance),
        };
        match (state, wanted) {
            (State::Fail, true) => Node::measured(State::Fail, reason).with(reading.findings.iter().cloned()),
            (State::Fail, false) => Node::measured(State::Pass, reason),
            (State::Pass, false) => Node::measured(State::Fail, reason),
            _ => Node::measured(state, reason),
        }
    }

    /// Names a blob or file that the answer rests on, once.
    fn rests_on(&mut self, digest: String) {
        if !self.evidence.contains(&digest) {
            self.evidence.push(digest);
        }
    }
}

/// A check, or its negation.
fn holds(name: &str, reading: &Reading, content: &Content, wanted: bool) -> Node {
    let Content::Check { holds } = content else {
        return broken(name, "the reading is not a check");
    };
    let reason = words::held(name, &reading.findings, reading.unlisted);
    let (pass, ground, reason) = match reading.given {
        true => (State::Attested, Ground::Attested, words::given(reason)),
        false => (State::Pass, Ground::Measured, reason),
    };
    let node = if *holds == wanted {
        Node::measured(pass, reason)
    } else {
        Node::measured(State::Fail, reason).with(reading.findings.iter().cloned())
    };
    Node { ground, ..node }
}

/// Where one output stands.
fn closeness(output: &OutputCloseness, tolerance: Tolerance) -> State {
    let difference = output.max_difference;
    match tolerance {
        Tolerance::Derived if difference <= output.pass_bound => State::Pass,
        Tolerance::Derived if difference > output.fail_bound => State::Fail,
        Tolerance::Derived => State::Undecided,
        Tolerance::Absolute(bar) if difference <= bar => State::Pass,
        // Beyond the bar, yet no farther than rounding alone may carry a faithful model.
        Tolerance::Absolute(_) if difference <= output.pass_bound => State::Undecided,
        Tolerance::Absolute(_) => State::Fail,
    }
}

/// A reading that cannot be used, and why.
fn broken(name: &str, fault: &str) -> Node {
    let finding = words::finding("reading_broken", fault, name);
    Node::measured(State::Error, words::unusable(name, fault)).with([finding])
}

/// A row of the report without a number.
fn blank(name: &str, value: &ReadValue) -> Measured {
    Measured {
        measure: name.into(),
        value: None,
        unit: String::new(),
        interval: None,
        confidence: None,
        n: None,
        method: String::new(),
        bar: None,
        facts: value.facts.clone(),
        confusion: value.confusion.clone(),
        figures: value.figures.clone(),
    }
}
