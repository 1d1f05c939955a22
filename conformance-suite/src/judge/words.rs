//! The sentences of verdicts, in English and Chinese. Decides nothing.
//!
//! Texts of the submission are quoted, shortened and stripped of control characters here; escaping for a medium is the
//! business of each report format.

use super::compare::{Answer, More, Number, Why};
use crate::measure::reading::{Failure, OutputCloseness};
use crate::verdict::{Finding, Text};
use lmstd_compiler::standard::{Comparison, Tolerance};
use lmstd_compiler::ty::unit::Kind;

fn text(en: String, zh: String) -> Text {
    Text { en, zh }
}

/// At most two sentences, and how many were left out.
pub(super) fn join(reasons: &[Text]) -> Text {
    let mut kept: Vec<&Text> = Vec::new();
    for reason in reasons {
        if !kept.contains(&reason) {
            kept.push(reason);
        }
    }
    let more = kept.len().saturating_sub(2);
    kept.truncate(2);
    let mut en = kept.iter().map(|reason| reason.en.as_str()).collect::<Vec<_>>().join(" ");
    let mut zh = kept.iter().map(|reason| reason.zh.as_str()).collect::<String>();
    if more > 0 {
        en.push_str(&format!(" The same goes for {more} further parts of the requirement."));
        zh.push_str(&format!("另有 {more} 项要求与此相同。"));
    }
    text(en, zh)
}

/// Foreign text as it may stand in a sentence: at most 80 characters, none of them invisible or reordering.
pub(super) fn quoted(value: &str) -> String {
    let mut out: String = value.chars().take(80).flat_map(visible).collect();
    if value.chars().nth(80).is_some() {
        out.push('…');
    }
    out
}

fn visible(c: char) -> Box<dyn Iterator<Item = char>> {
    let hidden = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    if c.is_control() || hidden { Box::new(c.escape_unicode()) } else { Box::new(std::iter::once(c)) }
}

/// A sentence without its full stop, for use inside another.
fn inner(sentence: &str) -> &str {
    sentence.trim().trim_end_matches(['.', '。'])
}

/// A finding that has nothing to compare.
pub(super) fn finding(fault: &str, message: &str, at: &str) -> Finding {
    Finding {
        fault: fault.into(),
        message: message.into(),
        at: at.into(),
        expected: String::new(),
        found: String::new(),
        mend: String::new(),
    }
}

/// The finding of a failed measurement.
pub(super) fn failure(failure: &Failure) -> Finding {
    Finding { mend: failure.mend.clone(), ..finding(&failure.fault, &failure.message, &failure.at) }
}

/// A requirement without parts.
pub(super) fn empty() -> Text {
    text("The requirement has no parts, so nothing can decide it.".into(), "该要求不含任何内容，无法判定。".into())
}

/// No reading.
pub(super) fn missing(name: &str) -> Text {
    text(format!("`{name}` was not measured, so it cannot pass."), format!("未测量 `{name}`，不能判为通过。"))
}

/// The measurement failed.
pub(super) fn failed(name: &str, failure: &Failure) -> Text {
    let why = inner(&failure.message);
    text(format!("`{name}` could not be measured: {why}."), format!("无法测量 `{name}`：{why}。"))
}

/// The reading cannot be used.
pub(super) fn unusable(name: &str, fault: &str) -> Text {
    text(format!("The reading of `{name}` cannot be used: {fault}."), format!("`{name}` 的测量结果不可用：{fault}。"))
}

/// A check.
pub(super) fn held(name: &str, findings: &[Finding]) -> Text {
    let Some(first) = findings.first() else {
        return text(format!("`{name}` holds: no fault was found."), format!("`{name}` 成立：未发现问题。"));
    };
    let (n, first) = (findings.len(), inner(&first.message));
    let faults = if n == 1 { "one fault was found".into() } else { format!("{n} faults were found, the first") };
    text(
        format!("`{name}` does not hold; {faults}: {first}."),
        format!("`{name}` 不成立；发现 {n} 处问题，首个：{first}。"),
    )
}

/// A number against its bar.
pub(super) fn compared(name: &str, number: &Number, op: Comparison, bar: f64, kind: Kind, answer: &Answer) -> Text {
    let value = number.value.unwrap_or(f64::NAN);
    let target = format!("{} {}", op.symbol(), quantity(bar, kind));
    let shown = beside(value, bar, kind);
    let (sample_en, sample_zh) = sample(number, bar, kind);
    let head = |en: &str, zh: &str| {
        text(
            format!("`{name}` is {shown}{sample_en}{}", en.replace("{bar}", &target)),
            format!("`{name}` 为 {shown}{sample_zh}{}", zh.replace("{bar}", &target)),
        )
    };
    match answer {
        Answer::Yes if number.exact => head(", which meets the bar {bar}.", "，达到门槛 {bar}。"),
        Answer::No if number.exact => head(", which does not meet the bar {bar}.", "，未达到门槛 {bar}。"),
        Answer::Yes => head("; the whole interval meets the bar {bar}.", "，整个区间达到门槛 {bar}。"),
        Answer::No => head("; no part of the interval meets the bar {bar}.", "，整个区间均未达到门槛 {bar}。"),
        Answer::Straddles(more) => {
            let (en, zh) = advice(*more);
            let whole = head("; the interval straddles the bar {bar}. ", "，区间跨越门槛 {bar}。");
            text(whole.en + &en, whole.zh + &zh)
        }
        Answer::Cannot(why) => cannot(name, *why),
    }
}

fn sample(number: &Number, bar: f64, kind: Kind) -> (String, String) {
    let (Some([low, high]), Some(confidence)) = (number.interval, number.confidence) else {
        return (String::new(), String::new());
    };
    let n = number.n.map(|n| format!(", n = {n}")).unwrap_or_default();
    let (low, high) = (beside(low, bar, kind), beside(high, bar, kind));
    let percent = decimals(confidence * 100.0, 2);
    (
        format!(" ({percent}% interval {low} to {high}{n})"),
        format!("（{percent}% 置信区间 {low} 至 {high}{}）", n.replace(", ", "，")),
    )
}

fn advice(more: More) -> (String, String) {
    match more {
        More::Samples(n) => (
            format!("About {n} more samples with the same result would decide it."),
            format!("若结果不变，再增加约 {n} 个样本即可判定。"),
        ),
        More::TooMany => (
            "The value lies so close to the bar that no practical number of samples would decide it.".into(),
            "该值与门槛过于接近，可行的样本数量均无法判定。".into(),
        ),
        More::Never => (
            "The value lies on the bar itself, so more samples with the same result would not decide it.".into(),
            "该值恰好等于门槛，若结果不变，增加样本也无法判定。".into(),
        ),
        More::Unknown => ("More samples would narrow the interval.".into(), "增加样本可缩小区间。".into()),
    }
}

fn cannot(name: &str, why: Why) -> Text {
    let (en, zh) = match why {
        Why::Undefined => ("its value is undefined".into(), "其值未定义".into()),
        Why::BadBar => ("its bar is not a number".into(), "其门槛不是数值".into()),
        Why::NoSamples => ("it rests on no samples".into(), "没有任何样本".into()),
        Why::NoInterval => ("it is an estimate without an interval".into(), "它是估计值，却没有置信区间".into()),
        Why::TooWeak(asked, given) => {
            let (asked, given) = (decimals(asked * 100.0, 4), decimals(given * 100.0, 4));
            (
                format!("its interval has {given}% confidence where {asked}% is asked"),
                format!("要求 {asked}% 置信度，而其区间仅为 {given}%"),
            )
        }
    };
    text(format!("`{name}` cannot be decided: {en}."), format!("`{name}` 无法判定：{zh}。"))
}

/// All outputs are near enough.
pub(super) fn near(name: &str, outputs: &[OutputCloseness], tolerance: Tolerance) -> Text {
    let part = |output: &OutputCloseness| output.max_difference / bound(output, tolerance).max(f64::MIN_POSITIVE);
    let Some(worst) = outputs.iter().max_by(|a, b| part(a).total_cmp(&part(b))) else { return empty() };
    let (output, far, bar) = (&worst.name, worst.max_difference, bound(worst, tolerance));
    text(
        format!(
            "`{name}`: every output is within tolerance; nearest to its bound is `{output}` ({far:.2e} of {bar:.2e})."
        ),
        format!("`{name}`：所有输出均在容差内；最接近界限的是 `{output}`（{far:.2e}，界限 {bar:.2e}）。"),
    )
}

/// An output is too far off.
pub(super) fn apart<'o>(name: &str, outputs: impl Iterator<Item = &'o OutputCloseness>, tolerance: Tolerance) -> Text {
    let outputs: Vec<_> = outputs.collect();
    let Some(first) = outputs.iter().find(|output| output.first_divergent).or(outputs.first()) else { return empty() };
    let (output, far) = (&first.name, first.max_difference);
    let (bar, en, zh) = match tolerance {
        Tolerance::Derived => (first.fail_bound, "the most that the arithmetic can explain", "运算误差所能解释的上限"),
        Tolerance::Absolute(bar) => (bar, "the tolerance", "容差"),
    };
    text(
        format!("`{name}`: output `{output}` differs by {far:.2e}, beyond {bar:.2e}, {en}."),
        format!("`{name}`：输出 `{output}` 相差 {far:.2e}，超过{zh} {bar:.2e}。"),
    )
}

/// An output is neither near nor far enough.
pub(super) fn blurred<'o>(
    name: &str,
    mut outputs: impl Iterator<Item = &'o OutputCloseness>,
    tolerance: Tolerance,
) -> Text {
    let Some(OutputCloseness { name: output, max_difference: far, pass_bound: pass, fail_bound: fail, .. }) =
        outputs.next()
    else {
        return empty();
    };
    match tolerance {
        Tolerance::Derived => text(
            format!(
                "`{name}`: output `{output}` differs by {far:.2e}, more than rounding surely explains ({pass:.2e}) and \
                 no more than it could ({fail:.2e}). Weights or outputs of higher precision would decide it."
            ),
            format!(
                "`{name}`：输出 `{output}` 相差 {far:.2e}，大于舍入误差必能解释的 {pass:.2e}，\
                 但未超过其可能达到的 {fail:.2e}。采用更高精度的权重或输出即可判定。"
            ),
        ),
        Tolerance::Absolute(bar) => text(
            format!(
                "`{name}`: output `{output}` differs by {far:.2e}, beyond the tolerance {bar:.2e} but within the rounding \
                 of this model ({pass:.2e}). Higher precision or a wider tolerance would decide it."
            ),
            format!(
                "`{name}`：输出 `{output}` 相差 {far:.2e}，超过容差 {bar:.2e}，但仍在该模型的舍入误差（{pass:.2e}）之内。\
                 提高精度或放宽容差即可判定。"
            ),
        ),
    }
}

fn bound(output: &OutputCloseness, tolerance: Tolerance) -> f64 {
    match tolerance {
        Tolerance::Derived => output.pass_bound,
        Tolerance::Absolute(bar) => bar,
    }
}

/// What is accepted under a key, or (`wanted` false) refused.
pub(super) fn listed(values: &[String], wanted: bool) -> String {
    let values = values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
    if wanted { format!("one of {values}") } else { format!("none of {values}") }
}

/// An accepted declaration.
pub(super) fn accepted(key: &str, value: &str) -> Text {
    let value = quoted(value);
    text(
        format!("The submitter declares `{key}` as `{value}`, which is accepted; this rests on the submitter's word."),
        format!("提交者声明 `{key}` 为 `{value}`，属可接受范围；此项仅依据提交者的声明。"),
    )
}

/// A declaration that is not accepted.
pub(super) fn not_accepted(key: &str, value: &str) -> Text {
    let value = quoted(value);
    text(
        format!("The submitter declares `{key}` as `{value}`, which the standard does not accept."),
        format!("提交者声明 `{key}` 为 `{value}`，标准不予接受。"),
    )
}

/// Nothing is known of the submission.
pub(super) fn unopened(key: &str) -> Text {
    text(
        format!("The submission could not be opened, so whether it declares `{key}` is not known."),
        format!("无法打开提交内容，因此不知其是否声明 `{key}`。"),
    )
}

/// No declaration.
pub(super) fn not_declared(key: &str) -> Text {
    text(format!("The submission does not declare `{key}`."), format!("提交内容未声明 `{key}`。"))
}

/// No third party's signature.
pub(super) fn not_attested(key: &str) -> Text {
    text(
        format!("No third party's signed statement on `{key}` was handed in."),
        format!("未提交第三方对 `{key}` 的签名声明。"),
    )
}

/// A quantity as it stands beside its bar: with all digits where rounding would hide on which side it lies.
fn beside(value: f64, bar: f64, kind: Kind) -> String {
    let short = quantity(value, kind);
    if value != bar && short == quantity(bar, kind) {
        return format!("{value} {}", kind.base_unit()).trim_end().to_owned();
    }
    short
}

/// A quantity for people, in a unit of fitting size.
fn quantity(value: f64, kind: Kind) -> String {
    let scaled = |units: &[(f64, &str)]| {
        let fits = units.iter().find(|(scale, _)| value.abs() >= *scale).or(units.last());
        fits.map_or_else(|| decimals(value, 4), |(scale, name)| format!("{} {name}", decimals(value / scale, 3)))
    };
    match kind {
        Kind::Time => scaled(&[(1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns")]),
        Kind::Bytes => scaled(&[(1_073_741_824.0, "GiB"), (1_048_576.0, "MiB"), (1024.0, "KiB"), (1.0, "B")]),
        Kind::Rate | Kind::Score | Kind::Count => decimals(value, 4),
    }
}

/// At most `places` decimals, without trailing zeros.
fn decimals(value: f64, places: usize) -> String {
    let fixed = format!("{value:.places$}");
    let trimmed = if fixed.contains('.') { fixed.trim_end_matches('0').trim_end_matches('.') } else { &fixed };
    if trimmed == "-0" { "0".into() } else { trimmed.into() }
}
