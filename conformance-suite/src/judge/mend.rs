//! What the manual of a measure says of mending a number that misses its bar, in both languages.
//!
//! English is the first sentence under *How to mend* of the measure's own page; Chinese stands here. Said only where a
//! clause asks for what the measure calls better: `rows <= 100` is not mended by more rows.

use crate::measure;
use crate::verdict::Text;
use lmstd_compiler::standard::Comparison;

/// Which way a measure gets better.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Better {
    More,
    Less,
}

/// Measure, which way is better, Chinese of its mend.
const ROWS: [(&str, Better, &str); 16] = [
    ("accuracy", Better::More, "延长训练，或增加易错类型的训练数据；请先查看混淆矩阵。"),
    ("balance", Better::More, "补充稀少类别的数据，或以各类别的召回率代替准确率。"),
    ("context", Better::More, "声明位置表实际具有的长度，或训练更长的位置表。"),
    (
        "demographic_parity_difference",
        Better::Less,
        "先查明数据中各组是否本就有同样的差异；如不应有差异，请平衡训练数据或重新选定判定阈值。",
    ),
    ("duplicates", Better::Less, "只在一个划分中保留该文本，并在其他处理之前先按文本划分数据。"),
    ("equalized_odds_difference", Better::Less, "事实栏列出差距最大的类别与各组：请补充该处的训练数据。"),
    ("f1", Better::More, "查明精确率与召回率中偏低的一项，并加以改进。"),
    ("flops", Better::Less, "提交层数更少或更窄的模型，或减少位置数。"),
    ("kv_cache", Better::Less, "让多组注意力头共享键和值，或提交层数更少的模型。"),
    ("latency", Better::Less, "缩短输入、降低权重精度或剪枝，然后对所得模型重新检测。"),
    ("parameters", Better::Less, "提交更小的模型，或对本模型剪枝后重新检测。"),
    ("peak_memory", Better::Less, "提交更小的模型，或减少位置数。"),
    ("precision", Better::More, "提高判定阈值，或补充与该类别相似但不属于该类别的训练数据。"),
    ("recall", Better::More, "降低判定阈值，或补充该类别的训练数据。"),
    ("rows", Better::More, "补充与现有数据同样方式抽取的行。"),
    ("size", Better::Less, "移除不属于模型的文件；以更窄的类型存储权重，并重新检测。"),
];

/// The weighted score of a standard's own metric.
const WEIGHTED: &str = "查看各组成项：报告给出其共同依据的混淆矩阵。";

/// The mend of a value of `measure` that misses `OP bar`, if the clause asks for what the measure calls better.
pub(super) fn of(measure: &str, op: Comparison, bar: f64) -> Option<Text> {
    let weighted = (lmstd_compiler::measure::WEIGHTED, Better::More, WEIGHTED);
    let (id, better, zh) = ROWS.into_iter().chain([weighted]).find(|(id, ..)| *id == measure)?;
    let asked = match op {
        Comparison::Ge | Comparison::Gt => Better::More,
        Comparison::Le | Comparison::Lt => Better::Less,
        Comparison::Eq if bar == 0.0 => Better::Less,
        Comparison::Eq | Comparison::Ne => return None,
    };
    let page = measure::find(id)?.doc;
    (asked == better).then(|| Text { en: first_sentence(page), zh: zh.to_owned() })
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
