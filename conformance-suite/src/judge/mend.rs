//! What the manual of a measure says of mending a number that misses its bar, in both languages.
//!
//! English is the first sentence under *How to mend* of the measure's own page; Chinese stands here. Said only where a
//! clause asks for what the measure calls better: `rows <= 100` is not mended by more rows.

mod metrics;

use crate::measure;
use crate::verdict::Text;
use lmstd_compiler::measure::WEIGHTED;
use lmstd_compiler::standard::Comparison;
use lmstd_runtime::metric::{self, Better};

/// Measure that is no metric of the registry, which way is better, Chinese of its mend.
const ROWS: [(&str, Better, &str); 31] = [
    ("balance", Better::Higher, "补充稀少类别的数据，或以各类别的召回率代替准确率。"),
    ("bytes", Better::Lower, "将数据写为 Parquet，或减少行数。"),
    ("contamination", Better::Lower, "从测试划分中删除这些行，或从语料库中删除这些文本。"),
    ("context", Better::Higher, "声明位置表实际具有的长度，或训练更长的位置表。"),
    ("duplicates", Better::Lower, "只保留其中第一行。"),
    ("encoding", Better::Lower, "以原编码重新读取来源，并写为 UTF-8。"),
    ("flops", Better::Lower, "提交层数更少或更窄的模型，或减少位置数。"),
    ("freshness", Better::Lower, "补充直至该日的行。"),
    ("group_leakage", Better::Lower, "按组划分数据，使同一组的所有行处于同一划分。"),
    ("kv_cache", Better::Lower, "让多组注意力头共享键和值，或提交层数更少的模型。"),
    ("label_errors", Better::Lower, "更正所列各行及类似的行，然后审核其他行。"),
    ("label_gap", Better::Lower, "检查标签的由来；为占比偏离的组补充数据，或测量造成差距的因素。"),
    ("language", Better::Higher, "删除其他语言的行，或为其声明单独的划分。"),
    ("latency", Better::Lower, "缩短输入、降低权重精度或剪枝，然后对所得模型重新检测。"),
    ("leakage", Better::Lower, "只在一个划分中保留该文本，并在其他处理之前先按文本划分数据。"),
    ("near_duplicates", Better::Lower, "每组只保留一条，并按组划分数据。"),
    ("near_leakage", Better::Lower, "从其中一个划分中删除该行，并在其他处理之前先按组划分数据。"),
    ("nulls", Better::Lower, "填补取值，或删除这些行并予以说明。"),
    ("parameters", Better::Lower, "提交更小的模型，或对本模型剪枝后重新检测。"),
    ("patterns", Better::Lower, "更正所列各行的文本，或放宽模式。"),
    ("peak_memory", Better::Lower, "提交更小的模型，或减少位置数。"),
    ("personal_data", Better::Lower, "使用数据之前先遮盖所列位置。"),
    ("proxy", Better::Lower, "去除该列，或降低其粒度，并测量模型在各组之间的差距。"),
    ("ranges", Better::Lower, "更正所列各行的数值，或声明代表缺失的取值。"),
    ("representativeness", Better::Lower, "为事实中显示过少的组补充数据。"),
    ("rows", Better::Higher, "补充与现有数据同样方式抽取的行。"),
    ("size", Better::Lower, "移除不属于模型的文件；以更窄的类型存储权重，并重新检测。"),
    ("source_share", Better::Lower, "增加来源，或减少最大来源的行数。"),
    ("time_leakage", Better::Lower, "以某一天为界划分数据。"),
    ("uniqueness", Better::Higher, "删除重复的行，或增加能加以区分的列。"),
    (WEIGHTED, Better::Higher, "查看各组成项：报告给出每一项的数值。"),
];

/// The mend of a value of `measure` that misses `OP bar`, if the clause asks for what the measure calls better.
pub(super) fn of(measure: &str, op: Comparison, bar: f64) -> Option<Text> {
    let (better, zh) = known(measure)?;
    let asked = match op {
        Comparison::Ge | Comparison::Gt => Better::Higher,
        Comparison::Le | Comparison::Lt => Better::Lower,
        Comparison::Eq if bar == 0.0 => Better::Lower,
        Comparison::Eq | Comparison::Ne => return None,
    };
    let page = measure::find(measure)?.doc;
    (asked == better).then(|| Text { en: first_sentence(page), zh: zh.to_owned() })
}

/// Which way a measure gets better, as the registry says of a metric, and the Chinese of its mend.
fn known(measure: &str) -> Option<(Better, &'static str)> {
    if let Some(metric) = metric::find(measure) {
        let (_, zh) = metrics::ROWS.iter().find(|(id, _)| *id == measure)?;
        return Some((metric.better, *zh));
    }
    ROWS.iter().find(|(id, ..)| *id == measure).map(|(_, better, zh)| (*better, *zh))
}

/// The first sentence under *How to mend*.
fn first_sentence(page: &str) -> String {
    let lines = page.lines().map(str::trim).skip_while(|line| *line != "## How to mend").skip(1);
    let section = lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    match section.split_once(". ") {
        Some((first, _)) => format!("{first}."),
        None => section,
    }
}
