//! Facts that are stated and not measured: on the submitter's word, or under the signature of a third party that the
//! standard names.
//!
//! Of one key's attestations about one fact those count that have begun and are not over; where all are over, the fact
//! is expired. Two that count and contradict each other are an error, since nobody can tell which one holds.
//! That a signature is good was checked before; see [`crate::evidence::attestation`].

use super::{Judge, Node, State, license, words};
use crate::verdict::{AttestedReport, Finding, SubmissionReport, Text};
use lmstd_compiler::ty::trust::Trust as Ground;

impl<'a> Judge<'a, '_> {
    /// The submission, or the answer where nothing that it states counts.
    fn stated(&self, key: &str) -> Result<&'a SubmissionReport, Node> {
        if self.facts.changed {
            let reason = words::changed(key);
            let finding = words::finding("tampered", &reason.en, key);
            return Err(Node::measured(State::Error, reason).with([finding]));
        }
        self.facts.submission.ok_or_else(|| Node::measured(State::Error, words::unopened(key)))
    }

    /// What the submitter declares under `key` is one of `accepted` (`wanted`), or none of them.
    pub(super) fn declared(&mut self, key: &str, accepted: &[String], wanted: bool) -> Node {
        let submission = match self.stated(key) {
            Ok(submission) => submission,
            Err(node) => return node,
        };
        if let Some(card) = submission.card() {
            self.rests_on(card);
        }
        let listed = words::listed(accepted, wanted);
        let mend = format!("declare `{key}` in the submission's model card, with {listed}");
        let asked = Asked { ground: Ground::Declared, key, accepted, wanted };
        let Some(value) = submission.declared.get(key).map(|value| value.trim()).filter(|value| !value.is_empty())
        else {
            return asked.failed("not_declared", words::not_declared(key), "", mend);
        };
        if !asked.meets(value) {
            let fault = if key == "license" { "license_not_accepted" } else { "declaration_not_accepted" };
            return asked.failed(fault, words::not_accepted(key, value), value, mend);
        }
        asked.node(State::Attested, words::accepted(key, value))
    }

    /// What `signer` attests under `key` is one of `accepted` (`wanted`), or none of them.
    pub(super) fn attested(&mut self, (key, signer): (&str, Option<&str>), accepted: &[String], wanted: bool) -> Node {
        let submission = match self.stated(key) {
            Ok(submission) => submission,
            Err(node) => return node,
        };
        let today = self.facts.today;
        let asked = Asked { ground: Ground::Attested, key, accepted, wanted };
        let own = |fact: &&AttestedReport| Some(fact.signer.as_str()) == signer && fact.key == key;
        let begun = submission.attested.iter().filter(own).filter(|fact| fact.issued.as_str() <= today);
        let (live, over): (Vec<_>, Vec<_>) =
            begun.partition(|fact| fact.expires.as_ref().is_none_or(|expires| expires.as_str() >= today));
        let expired = live.is_empty();
        let counting = if expired { over } else { live };
        for fact in &counting {
            if let Some(file) = submission.files.iter().find(|file| file.path == fact.file) {
                self.rests_on(format!("sha256:{}", file.sha256));
            }
        }
        let Some(first) = counting.first() else {
            let early = submission.attested.iter().find(own);
            return asked.by_nobody(signer.unwrap_or_default(), early, &submission.attestation_faults);
        };
        if let Some(other) = counting.iter().find(|fact| fact.value.trim() != first.value.trim()) {
            return asked.contradicted(first, other);
        }
        let value = first.value.trim();
        if !asked.meets(value) {
            let mend = format!("hand in an attestation of `{key}` with {}", words::listed(accepted, wanted));
            return asked.failed("attestation_not_accepted", words::attested_otherwise(key, value), value, mend);
        }
        if expired {
            let end = counting.iter().filter_map(|fact| fact.expires.as_deref()).max().unwrap_or_default();
            return asked.expired(value, end);
        }
        asked.node(State::Attested, words::attested(key, value, &first.signer, &first.issued))
    }
}

/// A fact that a clause asks for.
struct Asked<'q> {
    ground: Ground,
    key: &'q str,
    accepted: &'q [String],
    wanted: bool,
}

impl Asked<'_> {
    /// Whether a stated value is what is asked for.
    fn meets(&self, value: &str) -> bool {
        match (self.key, self.wanted) {
            ("license", true) => license::accepts(value, self.accepted),
            ("license", false) => license::avoids(value, self.accepted),
            _ => self.accepted.iter().any(|one| one.trim() == value) == self.wanted,
        }
    }

    fn node(&self, state: State, reason: Text) -> Node {
        Node { state, ground: self.ground, reasons: vec![reason], findings: Vec::new() }
    }

    fn failed(&self, fault: &str, reason: Text, found: &str, mend: String) -> Node {
        let finding = self.finding(fault, &reason, found, mend);
        self.node(State::Fail, reason).with([finding])
    }

    fn finding(&self, fault: &str, reason: &Text, found: &str, mend: String) -> Finding {
        Finding {
            expected: words::listed(self.accepted, self.wanted),
            found: words::quoted(found),
            mend,
            ..words::finding(fault, &reason.en, self.key)
        }
    }

    /// No attestation counts: there is none, it begins later, or what was handed in cannot be relied on.
    fn by_nobody(&self, signer: &str, early: Option<&AttestedReport>, faults: &[Finding]) -> Node {
        if let Some(fact) = early {
            let mend = "run again on or after that day".to_owned();
            return self.failed("attestation_not_begun", words::not_begun(self.key, &fact.issued), &fact.value, mend);
        }
        if !faults.is_empty() {
            return self.node(State::Error, words::attestations_refused(self.key)).with(faults.iter().cloned());
        }
        let mend = format!("hand in an attestation of `{}` that is signed with `{signer}`", self.key);
        self.failed("not_attested", words::not_attested(self.key), "", mend)
    }

    fn contradicted(&self, one: &AttestedReport, other: &AttestedReport) -> Node {
        let reason = words::contradicted(self.key, &one.value, &other.value);
        let mend = "hand in the attestation that holds, and leave the other out".to_owned();
        let at = format!("{}, {}", one.file, other.file);
        let finding = Finding { at, ..self.finding("attestations_contradict", &reason, &other.value, mend) };
        self.node(State::Error, reason).with([finding])
    }

    fn expired(&self, value: &str, end: &str) -> Node {
        let reason = words::expired(self.key, value, end);
        let mend = "hand in a new attestation by the same signer".to_owned();
        let finding = self.finding("attestation_expired", &reason, end, mend);
        self.node(State::Expired, reason).with([finding])
    }
}
