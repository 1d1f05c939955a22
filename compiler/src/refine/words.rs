//! The words of counterexamples, in the two languages of every report: no full stop, the user's own words in backticks.
//! Knows how quantities and conditions are written; decides nothing.

use crate::standard::{Comparison, Text, Tolerance};
use crate::ty::unit::{Kind, UNITS};
use crate::values::plain;

/// What one of the two standards is called.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name {
    en: &'static str,
    zh: &'static str,
}

/// What the two standards are called.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names {
    /// The one compared with.
    pub(super) old: Name,
    /// The one that is judged.
    pub(super) new: Name,
}

/// Two versions of a standard.
pub(super) const VERSIONS: Names =
    Names { old: Name { en: "the old one", zh: "旧标准" }, new: Name { en: "the new one", zh: "新标准" } };

/// A standard and the one it extends.
pub(super) const FAMILY: Names =
    Names { old: Name { en: "its parent", zh: "父标准" }, new: Name { en: "the child", zh: "子标准" } };

/// Which of the two a counterexample meets, and which it does not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Who {
    /// Met.
    pub(super) meets: Name,
    /// Not met.
    pub(super) misses: Name,
}

impl Names {
    /// What meets the new one and not the old one.
    pub(super) fn loosened(self) -> Who {
        Who { meets: self.new, misses: self.old }
    }

    /// What meets the old one and not the new one.
    pub(super) fn tightened(self) -> Who {
        Who { meets: self.old, misses: self.new }
    }
}

fn text(en: String, zh: String) -> Text {
    Text { en, zh }
}

/// Both, one after the other.
pub(super) fn both(first: Text, second: Text) -> Text {
    text(format!("{}; {}", first.en, second.en), format!("{}；{}", first.zh, second.zh))
}

/// A counterexample to a disjunction.
pub(super) fn nothing_else(example: Text) -> Text {
    text(format!("{}, where nothing else of it holds", example.en), format!("{}（且其余各项均不成立）", example.zh))
}

/// Something that the clause `id` of one accepts and that of the other does not; `bars` are what each asks of it.
pub(super) fn clause(what: (String, String), id: &str, who: Who, bars: (Option<String>, String)) -> Text {
    let Who { meets, misses } = who;
    let (en, zh) = what;
    match bars {
        (Some(met), missed) => text(
            format!("{en} meets `{id}` of {} ({met}) but not of {} ({missed})", meets.en, misses.en),
            format!("{zh}满足{}的 `{id}`（{met}），但不满足{}的 `{id}`（{missed}）", meets.zh, misses.zh),
        ),
        (None, missed) => text(
            format!("{en} can meet `{id}` of {} but not of {} ({missed})", meets.en, misses.en),
            format!("{zh}可满足{}的 `{id}`，但不满足{}的 `{id}`（{missed}）", meets.zh, misses.zh),
        ),
    }
}

/// A measured number.
pub(super) fn number(value: &str, name: &str) -> (String, String) {
    (format!("{value} for `{name}`"), format!("`{name}` 为 {value} 时"))
}

/// An estimate that is sure enough for one and not for the other.
pub(super) fn sample(name: &str, bar: &str, met: f64, missed: f64) -> (String, String) {
    let (met, missed) = (percent(met), percent(missed));
    (
        format!("a sample of `{name}` that clears {bar} with its {met} interval but not with its {missed} interval"),
        format!("`{name}` 的 {met} 置信区间越过 {bar} 而 {missed} 置信区间未越过的样本"),
    )
}

/// A check, or what stands for one, that comes out as `holds` says.
pub(super) fn check(name: &str, holds: bool) -> (String, String) {
    match holds {
        true => (format!("a submission for which `{name}` holds"), format!("`{name}` 成立的提交物")),
        false => (format!("a submission for which `{name}` does not hold"), format!("`{name}` 不成立的提交物")),
    }
}

/// Outputs some distance apart.
pub(super) fn apart(distance: f64, name: &str) -> (String, String) {
    let distance = plain(distance);
    (format!("a difference of {distance} in `{name}`"), format!("`{name}` 的差异为 {distance} 时"))
}

/// A fact with a value.
pub(super) fn fact(key: &str, value: &str) -> (String, String) {
    (format!("`{key}` = `{value}`"), format!("`{key}` 为 `{value}` 时"))
}

/// A fact that nobody states.
pub(super) fn no_fact(key: &str) -> (String, String) {
    (format!("a submission without `{key}`"), format!("没有 `{key}` 的提交物"))
}

/// A fact as authors write it, and whose signature it needs.
pub(super) fn fact_name(trust: &str, key: &str, signer: Option<&str>) -> String {
    let signed = signer.map(|signer| format!(" by {signer}")).unwrap_or_default();
    format!("{trust}.{key}{signed}")
}

/// A metric that is another sum now.
pub(super) fn metric(name: &str) -> Text {
    text(
        format!("a score of `{name}` by one definition says nothing of its score by the other"),
        format!("`{name}` 按一种定义的得分不能说明按另一种定义的得分"),
    )
}

/// A level that lets fail what the other does not.
pub(super) fn level(who: Who, decides: bool) -> Text {
    let Who { meets, misses } = who;
    if decides {
        return text(
            format!("a submission that fails it conforms under {}, but not under {}", meets.en, misses.en),
            format!("不满足该条款的提交物仍符合{}，但不符合{}", meets.zh, misses.zh),
        );
    }
    text(
        format!(
            "a submission that fails it falls short of what {} expects, but not of what {} does",
            misses.en, meets.en
        ),
        format!("不满足该条款的提交物未达到{}的期望，但不违背{}的期望", misses.zh, meets.zh),
    )
}

/// A clause that applies where that of the other does not; `config` is such a config, if one is known.
pub(super) fn applies(who: Who, config: Option<(String, String)>) -> Text {
    let Who { meets, misses } = who;
    match config {
        Some((field, value)) => text(
            format!("with `{field}` = {value} it applies under {} only", misses.en),
            format!("`{field}` = {value} 时该条款仅在{}中适用", misses.zh),
        ),
        None => text(format!("under {} it never applies", meets.en), format!("该条款在{}中从不适用", meets.zh)),
    }
}

/// A config, a value or a number of rows that one allows.
pub(super) fn allowed(what: &str, value: &str, who: Who) -> Text {
    let Who { meets, misses } = who;
    text(
        format!("`{what}` = {value} is allowed by {} but not by {}", meets.en, misses.en),
        format!("`{what}` = {value} 为{}所允许，但不为{}所允许", meets.zh, misses.zh),
    )
}

/// A whole config that one allows.
pub(super) fn config(fields: &str, who: Who) -> Text {
    let Who { meets, misses } = who;
    text(
        format!("a config with {fields} is allowed by {} but not by {}", meets.en, misses.en),
        format!("{fields} 的配置为{}所允许，但不为{}所允许", meets.zh, misses.zh),
    )
}

/// A text or a sequence of some length in a column.
pub(super) fn length(column: &str, length: &str, who: Who) -> Text {
    let Who { meets, misses } = who;
    text(
        format!("a `{column}` of {length} characters is allowed by {} but not by {}", meets.en, misses.en),
        format!("长度为 {length} 的 `{column}` 为{}所允许，但不为{}所允许", meets.zh, misses.zh),
    )
}

/// Data with a property that one allows; `what` in both languages.
pub(super) fn data(what: (String, String), who: Who) -> Text {
    let Who { meets, misses } = who;
    let (en, zh) = what;
    text(
        format!("data {en} is allowed by {} but not by {}", meets.en, misses.en),
        format!("{zh}的数据为{}所允许，但不为{}所允许", meets.zh, misses.zh),
    )
}

/// Data that lacks a column or a split.
pub(super) fn lacking(what: (&str, &str), name: &str) -> (String, String) {
    (format!("without the {} `{name}`", what.0), format!("没有{} `{name}` ", what.1))
}

/// Data whose column does not keep the rules that the other has for it.
pub(super) fn unruly(column: &str) -> (String, String) {
    (format!("with anything else in a column `{column}`"), format!("`{column}` 列含其他内容"))
}

/// Data in which a value is missing.
pub(super) fn missing(column: &str) -> (String, String) {
    (format!("in which a `{column}` is missing"), format!("缺少某个 `{column}` "))
}

/// Data in which a value stands twice.
pub(super) fn repeated(column: &str) -> (String, String) {
    (format!("in which a `{column}` stands twice"), format!("某个 `{column}` 出现两次"))
}

/// `>= 0.8 at 95%`.
pub(super) fn bar(op: Comparison, bar: f64, kind: Kind, confidence: Option<f64>) -> String {
    let at = confidence.map(|confidence| format!(" at {}", percent(confidence))).unwrap_or_default();
    format!("{} {}{at}", op.symbol(), quantity(bar, kind))
}

/// `within 0.001`.
pub(super) fn within(tolerance: Tolerance) -> String {
    match tolerance {
        Tolerance::Derived => "within derived".to_owned(),
        Tolerance::Absolute(distance) => format!("within {}", plain(distance)),
    }
}

/// `in {"MIT", "Apache-2.0"}`, or that it is not.
pub(super) fn listed(accepted: &[String], wanted: bool) -> String {
    let values: Vec<String> = accepted.iter().map(|value| format!("\"{value}\"")).collect();
    format!("{}in {{{}}}", if wanted { "" } else { "not " }, values.join(", "))
}

/// A quantity with the largest unit in which it is short.
pub(super) fn quantity(value: f64, kind: Kind) -> String {
    for unit in units(kind) {
        let scaled = value / unit.0;
        let short = (scaled * 1e3).round() / 1e3;
        if scaled.abs() >= 1.0 && (short - scaled).abs() <= scaled.abs() * 1e-12 {
            return format!("{} {}", plain(short), unit.1);
        }
    }
    format!("{} {}", plain(value), kind.base_unit()).trim_end().to_owned()
}

/// The units of a kind, largest first, as (base units in one, name); none for pure numbers.
pub(super) fn units(kind: Kind) -> Vec<(f64, &'static str)> {
    if kind.base_unit().is_empty() {
        return Vec::new();
    }
    let mut units: Vec<_> = UNITS.iter().filter(|unit| unit.kind == kind).map(|unit| (unit.scale, unit.name)).collect();
    units.sort_by(|a, b| b.0.total_cmp(&a.0));
    units
}

fn percent(fraction: f64) -> String {
    format!("{}%", plain((fraction * 1e6).round() / 1e4))
}
