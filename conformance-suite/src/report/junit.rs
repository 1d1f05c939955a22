//! The report as JUnit XML: one suite a level, one case a clause, so that a pipeline can gate on `must` alone.
//!
//! pass and attested are successes; fail and expired are failures; error is an error; not applicable is skipped.
//! Undecided has no word of its own in JUnit: it is an error for `must` (the outcome is not known, which must not look
//! green) and skipped for `should` and `may`. Texts pass through `visible` first, so nothing is silently dropped.

use quick_junit::{NonSuccessKind, Property, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use super::ReportError;
use super::story::{level_key, line, pick, sentence, trust_key, verdict_key};
use super::text::visible;
use super::told;
use super::wording::{Lang, word};
use crate::verdict::{ClauseReport, Finding, Level, Report, Verdict};

/// The whole report as XML.
pub fn render(report: &Report, lang: Lang) -> Result<Vec<u8>, ReportError> {
    let standard = visible(&format!("{} {}", report.standard.id, report.standard.version));
    let mut junit = Junit::new(&standard);
    junit.timestamp = report.date.parse().ok();
    for level in [Level::Must, Level::Should, Level::May] {
        let clauses = report.clauses.iter().filter(|c| c.level == level);
        let cases: Vec<TestCase> = clauses.map(|c| case(c, &standard, lang)).collect();
        if cases.is_empty() {
            continue;
        }
        let mut suite = TestSuite::new(level_key(level));
        suite.add_property(("outcome", sentence(report, lang).as_str()));
        suite.add_property(("standard.lock", visible(&report.standard.lock).as_str()));
        suite.add_property(("submission.root", visible(&report.submission.root).as_str()));
        suite.add_test_cases(cases);
        junit.add_test_suite(suite);
    }
    let mut out = Vec::new();
    junit.serialize(&mut out).map_err(ReportError::Junit)?;
    Ok(out)
}

fn case(clause: &ClauseReport, standard: &str, lang: Lang) -> TestCase {
    let mut case = TestCase::new(visible(&clause.id), status(clause, lang));
    case.set_classname(standard);
    case.add_property(("verdict", verdict_key(clause.verdict)));
    case.add_property(("trust", trust_key(clause.trust)));
    case.add_property(("requirement", visible(&clause.bar).as_str()));
    if !clause.when.is_empty() {
        case.add_property(("when", visible(&clause.when).as_str()));
    }
    case.add_properties(clause.controls.iter().map(|c| Property::new("control", visible(c).as_str())));
    case.add_properties(clause.evidence.iter().map(|e| Property::new("evidence", visible(e).as_str())));
    let mut told = vec![visible(pick(&clause.text, lang))];
    told.extend(clause.measured.iter().map(|m| line(m, lang)));
    case.set_system_out(told.join("\n"));
    case
}

fn status(clause: &ClauseReport, lang: Lang) -> TestCaseStatus {
    let mut status = match clause.verdict {
        Verdict::Pass | Verdict::Attested => return TestCaseStatus::success(),
        Verdict::Fail | Verdict::Expired => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Error => TestCaseStatus::non_success(NonSuccessKind::Error),
        Verdict::Undecided if clause.level == Level::Must => TestCaseStatus::non_success(NonSuccessKind::Error),
        Verdict::Undecided | Verdict::NotApplicable => TestCaseStatus::skipped(),
    };
    status.set_type(verdict_key(clause.verdict));
    status.set_message(visible(pick(&clause.reason, lang)));
    if !clause.findings.is_empty() {
        let findings: Vec<String> = clause.findings.iter().map(|f| finding(f, lang)).collect();
        status.set_description(findings.join("\n"));
    }
    status
}

fn finding(finding: &Finding, lang: Lang) -> String {
    let colon = word("colon", lang);
    let told = told::finding(finding, lang);
    let mut lines = vec![format!("{}{colon}{}", told.title, told.at)];
    let facts = [
        (None, &told.message),
        (Some("finding.expected"), &told.expected),
        (Some("finding.found"), &told.found),
        (Some("finding.mend"), &told.mend),
    ];
    for (key, value) in facts.into_iter().filter(|(_, value)| !value.is_empty()) {
        let label = key.map(|k| format!("{}{colon}", word(k, lang))).unwrap_or_default();
        lines.push(format!("  {label}{value}"));
    }
    lines.iter().map(|l| visible(l)).collect::<Vec<_>>().join("\n")
}
