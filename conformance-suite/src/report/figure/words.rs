//! The fixed words of the pictures, in English and Chinese; words between braces are filled in.

use crate::report::wording::Lang;

/// Words that a picture and its alternative text are made of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Words<'a> {
    /// Between a name and what is said of it.
    pub colon: &'a str,
    /// Between two things said of one name.
    pub comma: &'a str,
    /// Between the names of a list.
    pub semicolon: &'a str,
    /// At the end of a sentence.
    pub stop: &'a str,
    /// Stands in a picture without data.
    pub nothing: &'a str,
    /// Stands where a value is not defined.
    pub no_value: &'a str,
    /// What is left out: `{n}`.
    pub more: &'a str,
    /// The number that a value is held against: `{bar}`.
    pub bar: &'a str,
    /// Mark of a value that meets its bar.
    pub pass: &'a str,
    /// Mark of a value that misses its bar.
    pub fail: &'a str,
    /// Mark of a value whose interval lies on both sides of its bar.
    pub undecided: &'a str,
    /// A number of rows: `{n}`.
    pub rows: &'a str,
    /// Heading of a column of numbers of rows.
    pub n: &'a str,

    /// Title of the matrix.
    pub confusion: &'a str,
    /// The matrix in words: `{right}`, `{wrong}`.
    pub confusion_told: &'a str,
    /// Title of the list that stands for a matrix of many classes.
    pub pairs: &'a str,
    /// That list in words: `{classes}`, `{wrong}`.
    pub pairs_told: &'a str,
    /// A cell in words: `{n}`, `{all}`, `{share}`.
    pub cell: &'a str,
    /// The true class.
    pub truth: &'a str,
    /// The model's answer.
    pub answer: &'a str,
    /// Heading of the sums of rows.
    pub sum: &'a str,
    /// Heading of the shares of the true class.
    pub share: &'a str,
    /// Stands where no answer is wrong.
    pub no_wrong: &'a str,

    /// Title of the reliability diagram.
    pub reliability: &'a str,
    /// The diagram in words: `{list}`.
    pub reliability_told: &'a str,
    /// A bin in words: `{low}`, `{high}`, `{accuracy}`, `{confidence}`, `{n}`.
    pub bin: &'a str,
    /// A bin without rows in words: `{low}`, `{high}`.
    pub empty_bin: &'a str,
    /// How sure the model is.
    pub confidence: &'a str,
    /// How often it is right.
    pub accuracy: &'a str,
    /// Key of the difference of the two.
    pub gap: &'a str,
    /// Key of the diagonal.
    pub perfect: &'a str,
    /// The calibration error: `{error}`.
    pub error: &'a str,

    /// Title of the receiver operating characteristic.
    pub roc: &'a str,
    /// Title of the curve of precision over recall.
    pub precision_recall: &'a str,
    /// Share of the negatives that are called positive.
    pub false_positive_rate: &'a str,
    /// Share of the positives that are called positive.
    pub true_positive_rate: &'a str,
    /// The same share, as the other curve calls it.
    pub recall: &'a str,
    /// Share of the answers "positive" that are right.
    pub precision: &'a str,
    /// Area under a curve: `{area}`.
    pub area: &'a str,
    /// A point of a curve in words: `{x}`, `{x_name}`, `{y}`, `{y_name}`.
    pub point: &'a str,
    /// Key of the line that guessing gives.
    pub chance: &'a str,
    /// Height of that line: `{chance}`.
    pub chance_at: &'a str,

    /// Title of the values with their intervals.
    pub intervals: &'a str,
    /// Title of the groups.
    pub groups: &'a str,
    /// The value over all groups: `{value}`.
    pub overall: &'a str,
    /// Title of the distribution.
    pub histogram: &'a str,
    /// The measured value and its interval: `{value}`.
    pub measured: &'a str,
    /// A number of resamples: `{n}`.
    pub resamples: &'a str,
    /// The distribution in words: `{from}`, `{to}`, `{mode}`.
    pub spread: &'a str,
}

impl Words<'static> {
    /// The words of a language.
    pub fn of(lang: Lang) -> &'static Words<'static> {
        match lang {
            Lang::En => &EN,
            Lang::Zh => &ZH,
        }
    }
}

/// English.
pub static EN: Words<'static> = Words {
    colon: ": ",
    comma: ", ",
    semicolon: "; ",
    stop: ". ",
    nothing: "no data",
    no_value: "no value",
    more: "{n} more: see report.json",
    bar: "bar {bar}",
    pass: "meets",
    fail: "misses",
    undecided: "undecided",
    rows: "{n} rows",
    n: "n",
    confusion: "Confusion matrix",
    confusion_told: "Rows are the true classes, columns the answers. Right answers: {right}. Most frequent wrong answers: {wrong}.",
    pairs: "Most frequent confusions",
    pairs_told: "Most frequent wrong answers over {classes} classes, each with its share of the true class: {wrong}.",
    cell: "{n} of {all} ({share})",
    truth: "true",
    answer: "answered",
    sum: "sum",
    share: "share of the true class",
    no_wrong: "no wrong answers",
    reliability: "Reliability diagram",
    reliability_told: "How often the answers are right, by how sure the model is: {list}.",
    bin: "confidence {low} to {high}: accuracy {accuracy}, mean confidence {confidence}, {n} rows",
    empty_bin: "confidence {low} to {high}: no rows",
    confidence: "confidence",
    accuracy: "accuracy",
    gap: "gap to the mean confidence",
    perfect: "accuracy equal to confidence",
    error: "calibration error {error}",
    roc: "ROC curve",
    precision_recall: "Precision-recall curve",
    false_positive_rate: "false positive rate",
    true_positive_rate: "true positive rate",
    recall: "recall",
    precision: "precision",
    area: "area {area}",
    point: "{y_name} {y} at {x_name} {x}",
    chance: "guessing",
    chance_at: "guessing {chance}",
    intervals: "Values, intervals and bars",
    groups: "Values by group",
    overall: "all groups {value}",
    histogram: "Bootstrap distribution",
    measured: "measured {value}",
    resamples: "{n} resamples",
    spread: "from {from} to {to}, most of them near {mode}",
};

/// Chinese.
pub static ZH: Words<'static> = Words {
    colon: "：",
    comma: "，",
    semicolon: "；",
    stop: "。",
    nothing: "无数据",
    no_value: "无数值",
    more: "另有 {n} 项，见 report.json",
    bar: "门槛 {bar}",
    pass: "达标",
    fail: "未达标",
    undecided: "未判定",
    rows: "{n} 行",
    n: "n",
    confusion: "混淆矩阵",
    confusion_told: "行为真实类别，列为模型输出。正确输出：{right}。最常见的错误输出：{wrong}。",
    pairs: "最常见的混淆",
    pairs_told: "{classes} 个类别中最常见的错误输出及其占真实类别的比例：{wrong}。",
    cell: "{n}/{all}（{share}）",
    truth: "真实",
    answer: "输出",
    sum: "合计",
    share: "占真实类别的比例",
    no_wrong: "没有错误输出",
    reliability: "可靠性图",
    reliability_told: "按模型置信度统计的准确率：{list}。",
    bin: "置信度 {low} 至 {high}：准确率 {accuracy}，平均置信度 {confidence}，{n} 行",
    empty_bin: "置信度 {low} 至 {high}：无数据行",
    confidence: "置信度",
    accuracy: "准确率",
    gap: "与平均置信度之差",
    perfect: "准确率等于置信度",
    error: "校准误差 {error}",
    roc: "ROC 曲线",
    precision_recall: "精确率-召回率曲线",
    false_positive_rate: "假正例率",
    true_positive_rate: "真正例率",
    recall: "召回率",
    precision: "精确率",
    area: "面积 {area}",
    point: "{x_name} {x} 处{y_name}为 {y}",
    chance: "随机猜测",
    chance_at: "随机猜测 {chance}",
    intervals: "测量值、区间与门槛",
    groups: "各组数值",
    overall: "全部组 {value}",
    histogram: "自助法分布",
    measured: "测量值 {value}",
    resamples: "{n} 次重抽样",
    spread: "分布于 {from} 至 {to}，最集中于 {mode} 附近",
};
