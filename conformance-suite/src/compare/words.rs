//! Every fixed word of a comparison, in English and Chinese; words between braces are filled in. Words that a report has
//! already are those of the report. Knows no layout.

use super::outcome::Choice;
use crate::report::Lang;

/// Words of the summary and of the page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Words {
    /// What this is.
    pub title: &'static str,
    /// The first run.
    pub in_use: &'static str,
    /// The second run.
    pub candidate: &'static str,
    /// The folder that a run was written to.
    pub folder: &'static str,

    /// The answer in a few words: the second run is worse somewhere.
    pub answer_regression: &'static str,
    /// The answer in a few words: it is worse nowhere.
    pub answer_none: &'static str,
    /// The answer in a few words: there is none.
    pub answer_unknown: &'static str,
    /// The second run is worse: `{worse}`, `{all}`, `{list}`, `{others}`.
    pub regression: &'static str,
    /// It is worse nowhere: `{better}`, `{same}`, `{all}`, `{others}`.
    pub none_shown: &'static str,
    /// Nobody can tell, and how many pairs would: `{few}`, `{all}`, `{needs}`, `{others}`.
    pub cannot_tell_needs: &'static str,
    /// Nobody can tell: `{few}`, `{all}`, `{others}`.
    pub cannot_tell: &'static str,
    /// Nothing was compared: `{others}`.
    pub nothing_compared: &'static str,
    /// Added to any answer where something could not be compared: `{n}`.
    pub others: &'static str,

    /// The second run is better.
    pub better: &'static str,
    /// The second run is worse.
    pub worse: &'static str,
    /// No difference is shown.
    pub not_shown: &'static str,
    /// The same, where there is little room.
    pub not_shown_short: &'static str,
    /// The items are too few.
    pub too_few: &'static str,
    /// The same, where there is little room.
    pub too_few_short: &'static str,
    /// Higher values are better.
    pub higher: &'static str,
    /// Lower values are better.
    pub lower: &'static str,

    /// The second value less the first.
    pub difference: &'static str,
    /// Number of items that both answered.
    pub pairs: &'static str,
    /// A number of pairs: `{n}`.
    pub n: &'static str,
    /// What a number of pairs would have to be: `{n}`.
    pub needs: &'static str,
    /// The p value on a terminal: `{p}`.
    pub p_is: &'static str,
    /// Heading of p values.
    pub p: &'static str,
    /// Heading of adjusted p values.
    pub adjusted_p: &'static str,
    /// Heading of the verdicts.
    pub verdict: &'static str,
    /// Heading of the tests.
    pub test: &'static str,
    /// Heading of the numbers of items that one side alone had right.
    pub only: &'static str,
    /// Those numbers: `{a}`, `{b}`.
    pub only_are: &'static str,
    /// The confidence of the intervals.
    pub confidence: &'static str,
    /// When a difference counts: `{alpha}`, `{confidence}`, `{n}`.
    pub note: &'static str,

    /// Section of the picture.
    pub differences: &'static str,
    /// Title of the picture.
    pub picture: &'static str,
    /// What the axis of several metrics counts.
    pub fractions: &'static str,
    /// What stands on one axis.
    pub axes: &'static str,
    /// Key of the hatched side.
    pub legend_better: &'static str,
    /// Key of the interval.
    pub legend_interval: &'static str,
    /// Rows that are not drawn: `{n}`.
    pub undrawn: &'static str,
    /// Section of the table.
    pub metrics: &'static str,
    /// Section of what was refused.
    pub refused: &'static str,
    /// Nothing was refused.
    pub none_refused: &'static str,
    /// What is not listed: `{n}`.
    pub more: &'static str,
    /// Section of the tests.
    pub how: &'static str,
    /// What is compared with what.
    pub how_told: &'static str,
    /// How to make the comparison again.
    pub again: &'static str,

    /// Exact test of the items that one side alone had right.
    pub mcnemar_exact: &'static str,
    /// The same with a correction, for many items.
    pub mcnemar_corrected: &'static str,
    /// Test that swaps answers at random.
    pub randomisation: &'static str,

    /// Why: only one run took the metric.
    pub only_in_one: &'static str,
    /// Why: the two numbers do not mean the same.
    pub signatures_differ: &'static str,
    /// Why: the two read other data.
    pub data_differ: &'static str,
    /// Why: no item was answered by both.
    pub no_items: &'static str,
    /// Why: a value is not defined.
    pub undefined: &'static str,
}

impl Words {
    /// The words of a language.
    pub fn of(lang: Lang) -> &'static Words {
        match lang {
            Lang::En => &EN,
            Lang::Zh => &ZH,
        }
    }

    /// What was found of a metric.
    pub fn choice(&self, choice: Choice) -> &'static str {
        match choice {
            Choice::Better => self.better,
            Choice::Worse => self.worse,
            Choice::NoDifferenceShown => self.not_shown,
            Choice::TooFewItems => self.too_few,
        }
    }

    /// The same, where there is little room.
    pub fn choice_short(&self, choice: Choice) -> &'static str {
        match choice {
            Choice::NoDifferenceShown => self.not_shown_short,
            Choice::TooFewItems => self.too_few_short,
            Choice::Better | Choice::Worse => self.choice(choice),
        }
    }

    /// Which values are better.
    pub fn direction(&self, higher_is_better: bool) -> &'static str {
        if higher_is_better { self.higher } else { self.lower }
    }

    /// The name of a test by its id.
    pub fn test(&self, id: &str) -> Option<&'static str> {
        match id {
            "mcnemar-exact" => Some(self.mcnemar_exact),
            "mcnemar-corrected" => Some(self.mcnemar_corrected),
            "approximate-randomisation" => Some(self.randomisation),
            _ => None,
        }
    }

    /// Why something cannot be compared, by the id of the reason.
    pub fn reason(&self, id: &str) -> Option<&'static str> {
        match id {
            "only_in_one" => Some(self.only_in_one),
            "signatures_differ" => Some(self.signatures_differ),
            "data_differ" => Some(self.data_differ),
            "no_items" => Some(self.no_items),
            "undefined" => Some(self.undefined),
            _ => None,
        }
    }
}

/// English.
pub static EN: Words = Words {
    title: "Comparison of two runs",
    in_use: "A, in use",
    candidate: "B, to take its place",
    folder: "Folder",
    answer_regression: "Regression",
    answer_none: "No regression shown",
    answer_unknown: "Cannot be told",
    regression: "B cannot take A's place without a regression: it is worse in {worse} of {all} metrics compared ({list}){others}.",
    none_shown: "No regression is shown if B takes A's place: of {all} metrics compared it is better in {better}, and in {same} no difference is shown{others}.",
    cannot_tell_needs: "Whether B can take A's place without a regression cannot be told: the items are too few in {few} of {all} metrics compared, where about {needs} pairs are needed{others}.",
    cannot_tell: "Whether B can take A's place without a regression cannot be told: the items are too few in {few} of {all} metrics compared{others}.",
    nothing_compared: "Whether B can take A's place without a regression cannot be told: no metric could be compared{others}.",
    others: "; nothing is known of {n} that could not be compared",
    better: "better",
    worse: "worse",
    not_shown: "no difference shown",
    not_shown_short: "none shown",
    too_few: "too few items",
    too_few_short: "too few",
    higher: "higher is better",
    lower: "lower is better",
    difference: "B − A",
    pairs: "Pairs",
    n: "n {n}",
    needs: "needs {n}",
    p_is: "p {p}",
    p: "p",
    adjusted_p: "Adjusted p",
    verdict: "B is",
    test: "Test",
    only: "Right alone",
    only_are: "A {a}, B {b}",
    confidence: "Confidence",
    note: "A difference counts where its p, adjusted for all {n} metrics together (Holm), is at most {alpha}. Each interval holds at {confidence}.",
    differences: "The differences",
    picture: "Differences B − A",
    fractions: "fractions",
    axes: "Fractions whose differences are of like size share an axis. Each axis has a scale of its own.",
    legend_better: "hatched side: B is better",
    legend_interval: "difference and its interval",
    undrawn: "{n} more: see the table",
    metrics: "Every metric",
    refused: "Not compared",
    none_refused: "Everything that either run measured on items was compared.",
    more: "{n} more: see the JSON",
    how: "How they were compared",
    how_told: "Both runs are held against each other item by item, on the items that both answered and on no others. A metric is compared only where its signature is the same in both runs.",
    again: "Make the comparison again, and check each run by itself:",
    mcnemar_exact: "McNemar's test, exact",
    mcnemar_corrected: "McNemar's test, corrected for continuity",
    randomisation: "approximate randomisation",
    only_in_one: "only one run has it",
    signatures_differ: "the two numbers mean different things",
    data_differ: "the data differ",
    no_items: "no item was answered by both",
    undefined: "a value is not defined",
};

/// Chinese.
pub static ZH: Words = Words {
    title: "两次运行的比较",
    in_use: "A（现用）",
    candidate: "B（拟替换）",
    folder: "目录",
    answer_regression: "有退步",
    answer_none: "未见退步",
    answer_unknown: "无法判断",
    regression: "以 B 取代 A 会有退步：在所比较的 {all} 项指标中，B 有 {worse} 项更差（{list}）{others}。",
    none_shown: "以 B 取代 A 未见退步：在所比较的 {all} 项指标中，B 有 {better} 项更好，{same} 项未见差异{others}。",
    cannot_tell_needs: "无法判断以 B 取代 A 是否会有退步：在所比较的 {all} 项指标中，有 {few} 项数据项太少，约需 {needs} 对{others}。",
    cannot_tell: "无法判断以 B 取代 A 是否会有退步：在所比较的 {all} 项指标中，有 {few} 项数据项太少{others}。",
    nothing_compared: "无法判断以 B 取代 A 是否会有退步：没有可比较的指标{others}。",
    others: "；另有 {n} 项无法比较，情况不明",
    better: "更好",
    worse: "更差",
    not_shown: "未见差异",
    not_shown_short: "未见差异",
    too_few: "数据项太少",
    too_few_short: "项数太少",
    higher: "越高越好",
    lower: "越低越好",
    difference: "B − A",
    pairs: "配对数",
    n: "n {n}",
    needs: "需 {n}",
    p_is: "p {p}",
    p: "p 值",
    adjusted_p: "校正 p 值",
    verdict: "B 的表现",
    test: "检验",
    only: "仅一方正确",
    only_are: "A {a}，B {b}",
    confidence: "置信度",
    note: "p 值按全部 {n} 项指标一并校正（Holm），不大于 {alpha} 时差异方算数。各区间的置信度为 {confidence}。",
    differences: "差异",
    picture: "差值 B − A",
    fractions: "比例",
    axes: "差值大小相近的比例共用一条坐标轴；各坐标轴的刻度互不相同。",
    legend_better: "阴影一侧：B 更好",
    legend_interval: "差值及其区间",
    undrawn: "另有 {n} 项，见下表",
    metrics: "全部指标",
    refused: "未比较",
    none_refused: "两次运行中基于数据项的测量均已比较。",
    more: "另有 {n} 项，见 JSON",
    how: "比较方法",
    how_told: "两次运行逐项比较，仅使用双方均已作答的数据项。仅当指标在两次运行中的签名相同时才作比较。",
    again: "重新比较，并分别核验两次运行：",
    mcnemar_exact: "McNemar 精确检验",
    mcnemar_corrected: "McNemar 检验（连续性校正）",
    randomisation: "近似随机化检验",
    only_in_one: "仅一次运行有此项",
    signatures_differ: "两个数值的含义不同",
    data_differ: "数据不同",
    no_items: "没有双方均已作答的数据项",
    undefined: "数值无定义",
};
