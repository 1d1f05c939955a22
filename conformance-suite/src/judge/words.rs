//! The sentences of verdicts, in English and Chinese. Decides nothing.
//!
//! Texts of the submission are quoted, shortened and stripped of control characters here; escaping for a medium is the
//! business of each report format.

use super::compare::{Answer, More, Number, Why};
use super::mend;
use crate::faults;
use crate::measure::reading::{Failure, OutputCloseness};
use crate::number;
use crate::verdict::{Bar, Finding, Measured, Text};
use indexmap::IndexMap;
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
        let parts = if more == 1 { "1 further part" } else { &format!("{more} further parts") };
        en.push_str(&format!(" The same goes for {parts} of the requirement."));
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
    let why = faults::message(&failure.fault, &failure.message);
    let (en, zh) = (inner(&why.en), inner(&why.zh));
    text(format!("`{name}` could not be measured: {en}."), format!("无法测量 `{name}`：{zh}。"))
}

/// What was seen while measuring decides.
pub(super) fn seen(name: &str, failure: &Failure) -> Text {
    let why = faults::message(&failure.fault, &failure.message);
    let (en, zh) = (inner(&why.en), inner(&why.zh));
    text(format!("`{name}` cannot hold: {en}."), format!("`{name}` 不能成立：{zh}。"))
}

/// The reading cannot be used.
pub(super) fn unusable(name: &str, fault: &str) -> Text {
    let why = faults::message("reading_broken", fault);
    let (en, zh) = (inner(&why.en), inner(&why.zh));
    text(format!("The reading of `{name}` cannot be used: {en}."), format!("`{name}` 的测量结果不可用：{zh}。"))
}

/// A check, its findings and how many more there are.
pub(super) fn held(name: &str, findings: &[Finding], unlisted: u64) -> Text {
    let Some(first) = findings.first() else {
        return text(format!("`{name}` holds: no fault was found."), format!("`{name}` 成立：未发现问题。"));
    };
    let told = faults::message(&first.fault, &first.message);
    let (n, en, zh) = (number::count(findings.len() as u64 + unlisted), inner(&told.en), inner(&told.zh));
    let one = findings.len() == 1;
    let faults = if one { "one fault was found".into() } else { format!("{n} faults were found, the first") };
    let problems = if one { "发现 1 处问题".into() } else { format!("发现 {n} 处问题，首个") };
    text(format!("`{name}` does not hold; {faults}: {en}."), format!("`{name}` 不成立；{problems}：{zh}。"))
}

/// A number against its bar.
pub(super) fn compared(name: &str, number: &Number, op: Comparison, bar: f64, kind: Kind, answer: &Answer) -> Text {
    let shown = beside(number, op, bar, kind);
    let value = number::value(&shown).unwrap_or_default();
    let target = shown.bar.as_ref().map(|bar| number::bar(bar, &shown.unit)).unwrap_or_default();
    let (sample_en, sample_zh) = sample(&shown);
    let head = |en: &str, zh: &str| {
        text(
            format!("`{name}` is {value}{sample_en}{}", en.replace("{bar}", &target)),
            format!("`{name}` 为 {value}{sample_zh}{}", zh.replace("{bar}", &target)),
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

/// A reason for not meeting a bar, with what its measure's manual says of mending it.
pub(super) fn mended(reason: Text, measure: &str, op: Comparison, bar: f64) -> Text {
    match mend::of(measure, op, bar) {
        Some(mend) => {
            text(format!("{} To mend it: {}", reason.en, mend.en), format!("{}修正方法：{}", reason.zh, mend.zh))
        }
        None => reason,
    }
}

/// A reason that rests on answers that were handed in.
pub(super) fn given(reason: Text) -> Text {
    text(
        format!("{} The answers were handed in: that the model gave them is on the submitter's word.", reason.en),
        format!("{}这些回答由提交方交来：它们出自该模型，仅凭提交方声明。", reason.zh),
    )
}

/// A number as reports show it beside its bar.
fn beside(number: &Number, op: Comparison, bar: f64, kind: Kind) -> Measured {
    Measured {
        measure: String::new(),
        value: number.value,
        unit: kind.base_unit().into(),
        interval: number.interval,
        confidence: number.confidence,
        n: number.n,
        method: String::new(),
        bar: bar.is_finite().then(|| Bar { op: op.symbol().into(), value: bar }),
        facts: IndexMap::new(),
        confusion: None,
        figures: Vec::new(),
    }
}

fn sample(shown: &Measured) -> (String, String) {
    let (Some(interval), Some(confidence)) = (number::interval(shown), shown.confidence) else {
        return (String::new(), String::new());
    };
    let n = shown.n.map(|n| format!("n = {}", number::count(n)));
    let (en, zh) =
        (n.as_deref().map_or(String::new(), |n| format!(", {n}")), n.map_or(String::new(), |n| format!("，{n}")));
    let percent = number::percent(confidence);
    (format!(" ({percent} interval {interval}{en})"), format!("（{percent} 区间 {interval}{zh}）"))
}

fn advice(more: More) -> (String, String) {
    match more {
        More::Samples(n) => {
            let n = number::count(n);
            (
                format!("About {n} more samples with the same result would decide it."),
                format!("若结果不变，再增加约 {n} 个样本即可判定。"),
            )
        }
        More::Bound(n) => {
            let n = number::count(n);
            (
                format!("There are too few samples for a bound on that side: at least {n} are needed in all."),
                format!("样本过少，该侧尚无界限：总共至少需要 {n} 个。"),
            )
        }
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
        Why::NoInterval => ("it is an estimate without an interval".into(), "它是估计值，却没有区间".into()),
        Why::TooWeak(asked, given) => {
            let (asked, given) = (number::percent(asked), number::percent(given));
            (
                format!("its interval has {given} confidence where {asked} is asked"),
                format!("要求 {asked} 置信度，而其区间仅为 {given}"),
            )
        }
    };
    text(format!("`{name}` cannot be decided: {en}."), format!("`{name}` 无法判定：{zh}。"))
}

/// All outputs are near enough.
pub(super) fn near(name: &str, outputs: &[OutputCloseness], tolerance: Tolerance) -> Text {
    let part = |output: &OutputCloseness| output.max_difference / bound(output, tolerance).max(f64::MIN_POSITIVE);
    let Some(worst) = outputs.iter().max_by(|a, b| part(a).total_cmp(&part(b))) else { return empty() };
    let (output, far, bar) = (&worst.name, distance(worst.max_difference), distance(bound(worst, tolerance)));
    text(
        format!("`{name}`: every output is within tolerance; nearest to its bound is `{output}` ({far} of {bar})."),
        format!("`{name}`：所有输出均在容差内；最接近界限的是 `{output}`（{far}，界限 {bar}）。"),
    )
}

/// An output is too far off.
pub(super) fn apart<'o>(name: &str, outputs: impl Iterator<Item = &'o OutputCloseness>, tolerance: Tolerance) -> Text {
    let outputs: Vec<_> = outputs.collect();
    let Some(first) = outputs.iter().find(|output| output.first_divergent).or(outputs.first()) else { return empty() };
    let (output, far) = (&first.name, distance(first.max_difference));
    let (bar, en, zh) = match tolerance {
        Tolerance::Derived => (first.fail_bound, "the most that the arithmetic can explain", "运算误差所能解释的上限"),
        Tolerance::Absolute(bar) => (bar, "the tolerance", "容差"),
    };
    let bar = distance(bar);
    text(
        format!("`{name}`: output `{output}` differs by {far}, beyond {bar}, {en}."),
        format!("`{name}`：输出 `{output}` 相差 {far}，超过{zh} {bar}。"),
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
    let [far, pass, fail] = [*far, *pass, *fail].map(distance);
    match tolerance {
        Tolerance::Derived => text(
            format!(
                "`{name}`: output `{output}` differs by {far}, more than rounding surely explains ({pass}) and \
                 no more than it could ({fail}). Weights or outputs of higher precision would decide it."
            ),
            format!(
                "`{name}`：输出 `{output}` 相差 {far}，大于舍入误差必能解释的 {pass}，\
                 但未超过其可能达到的 {fail}。采用更高精度的权重或输出即可判定。"
            ),
        ),
        Tolerance::Absolute(bar) => {
            let bar = distance(bar);
            text(
                format!(
                    "`{name}`: output `{output}` differs by {far}, beyond the tolerance {bar} but within the rounding \
                     of this model ({pass}). Higher precision or a wider tolerance would decide it."
                ),
                format!(
                    "`{name}`：输出 `{output}` 相差 {far}，超过容差 {bar}，但仍在该模型的舍入误差（{pass}）之内。\
                     提高精度或放宽容差即可判定。"
                ),
            )
        }
    }
}

/// A distance between outputs.
fn distance(value: f64) -> String {
    number::quantity(value, "")
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
        format!("无法打开提交物，因此不知其是否声明 `{key}`。"),
    )
}

/// No declaration.
pub(super) fn not_declared(key: &str) -> Text {
    text(format!("The submission does not declare `{key}`."), format!("提交物未声明 `{key}`。"))
}

/// The submission is not what it was when it was opened.
pub(super) fn changed(key: &str) -> Text {
    text(
        format!("The submission changed while it was checked, so nothing that it states about `{key}` counts."),
        format!("提交物在检测期间发生改动，其关于 `{key}` 的陈述均不计。"),
    )
}

/// An accepted attestation.
pub(super) fn attested(key: &str, value: &str, signer: &str, issued: &str) -> Text {
    let (value, signer, issued) = (quoted(value), quoted(signer), quoted(issued));
    text(
        format!(
            "`{signer}` attests `{key}` as `{value}` since {issued}, which is accepted; this rests on that signature."
        ),
        format!("`{signer}` 自 {issued} 起证明 `{key}` 为 `{value}`，属可接受范围；此项以该签名为据。"),
    )
}

/// An attestation that is not accepted.
pub(super) fn attested_otherwise(key: &str, value: &str) -> Text {
    let value = quoted(value);
    text(
        format!("A third party attests `{key}` as `{value}`, which the standard does not accept."),
        format!("第三方证明 `{key}` 为 `{value}`，标准不予接受。"),
    )
}

/// An attestation that begins later.
pub(super) fn not_begun(key: &str, issued: &str) -> Text {
    let issued = quoted(issued);
    text(
        format!("The attestation of `{key}` begins on {issued}, which has not come yet."),
        format!("关于 `{key}` 的证明自 {issued} 起生效，尚未到期。"),
    )
}

/// An attestation that is over.
pub(super) fn expired(key: &str, value: &str, end: &str) -> Text {
    let (value, end) = (quoted(value), quoted(end));
    text(
        format!("A third party attested `{key}` as `{value}` until {end}, and that day has passed."),
        format!("第三方证明 `{key}` 为 `{value}`，有效期至 {end}，现已届满。"),
    )
}

/// Two attestations in force that say different things.
pub(super) fn contradicted(key: &str, one: &str, other: &str) -> Text {
    let (one, other) = (quoted(one), quoted(other));
    text(
        format!("Attestations of `{key}` contradict each other: one says `{one}`, another `{other}`."),
        format!("关于 `{key}` 的证明互相矛盾：一份为 `{one}`，另一份为 `{other}`。"),
    )
}

/// What was handed in cannot be relied on, so that nothing is known.
pub(super) fn attestations_refused(key: &str) -> Text {
    text(
        format!("An attestation was handed in that cannot be relied on, so whether `{key}` is attested is not known."),
        format!("所提交的证明不可采信，因此不知 `{key}` 是否得到证明。"),
    )
}

/// No third party's signature.
pub(super) fn not_attested(key: &str) -> Text {
    text(
        format!("No third party's signed statement on `{key}` was handed in."),
        format!("未提交第三方对 `{key}` 的签名声明。"),
    )
}

#[cfg(test)]
mod tests {
    use super::{Text, join};

    #[test]
    fn one_part_more_is_one_part() {
        let reasons: Vec<Text> =
            (0..4).map(|n| Text { en: format!("Reason {n}."), zh: format!("理由 {n}。") }).collect();
        let three = join(&reasons[..3]);
        assert_eq!(three.en, "Reason 0. Reason 1. The same goes for 1 further part of the requirement.");
        assert_eq!(three.zh, "理由 0。理由 1。另有 1 项要求与此相同。");
        assert!(join(&reasons).en.ends_with("The same goes for 2 further parts of the requirement."));
    }
}
