//! Every fixed word of a document, in English and Chinese, in one table; words that reports have too come from theirs.
//! Between backticks stands code, between braces what is filled in. Knows no format.

use super::paper::{Line, Run};
use crate::report::Lang;
use crate::report::wording as report;

/// The words for a key.
pub(super) fn word(key: &str, lang: Lang) -> &str {
    let row = TABLE.iter().find(|row| row.0 == key);
    match (row, lang) {
        (Some(row), Lang::En) => row.1,
        (Some(row), Lang::Zh) => row.2,
        (None, _) => report::word(key, lang),
    }
}

/// Whether the table has words for a key.
pub(super) fn known(key: &str) -> bool {
    TABLE.iter().any(|row| row.0 == key)
}

/// The words for a key in both languages.
pub(super) fn words(key: &str) -> Line {
    say(key, &[])
}

/// The words for a key in both languages, with each `{name}` filled in.
pub(super) fn say(key: &str, values: &[(&str, &Line)]) -> Line {
    let side = |lang| filled(word(key, lang), values, lang);
    Line { en: side(Lang::En), zh: side(Lang::Zh) }
}

/// Lines as a list in words: `a, b or c`.
pub(super) fn alternatives(lines: &[Line]) -> Line {
    match lines {
        [] => Line::default(),
        [only] => only.clone(),
        [before @ .., last] => listed(before).then(&words("list.or")).then(last),
    }
}

/// Lines one after another: `a, b, c`. Names alone stay the same in both languages.
pub(super) fn listed(lines: &[Line]) -> Line {
    let names = lines.iter().all(|line| line.en == line.zh);
    Line::join(lines, &if names { Line::text(", ") } else { words("list.and") })
}

fn filled(template: &str, values: &[(&str, &Line)], lang: Lang) -> Vec<Run> {
    let mut out = Vec::new();
    for run in Run::marked(template) {
        match run {
            Run::Text(text) => fill(&text, values, lang, &mut out),
            other => out.push(other),
        }
    }
    out
}

/// `text` with its holes filled; what is filled in is not looked at again.
fn fill(text: &str, values: &[(&str, &Line)], lang: Lang, out: &mut Vec<Run>) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, tail)) = after.split_once('}') else { break };
        push(before, out);
        if let Some((_, line)) = values.iter().find(|(known, _)| *known == name) {
            out.extend(line.side(lang).1.iter().cloned());
        }
        rest = tail;
    }
    push(rest, out);
}

fn push(text: &str, out: &mut Vec<Run>) {
    if !text.is_empty() {
        out.push(Run::Text(text.to_owned()));
    }
}

macro_rules! table {
    ($($key:literal: $en:literal, $zh:literal;)*) => {
        /// Key, English, Chinese.
        const TABLE: &[(&str, &str, &str)] = &[$(($key, $en, $zh)),*];
    };
}

// Not laid out by rustfmt, because it is a macro call: one row a line.
table! {
    // The page.
    "doc.kind": "Standard for AI models", "人工智能模型标准";
    "doc.skip": "Skip to the text", "跳至正文";
    "doc.id": "Identifier", "标识";
    "doc.tool": "Document made by", "文件生成程序";
    "list.and": ", ", "、";
    "list.or": " or ", " 或 ";
    "list.rules": "; ", "；";
    "list.sentence": " ", "";

    // Foreword and scope.
    "foreword": "Foreword", "前言";
    "foreword.made": "This document was made from the source text in Annex A, which is the standard proper. Where the two differ, Annex A holds.", "本文件由附录 A 的源文本生成，该源文本即为标准本身；如有出入，以附录 A 为准。";
    "foreword.languages": "The normative text of a clause stands in both languages where its authors wrote both. A verdict rests on the requirement as written, which is the same for every reader.", "条款的规范性文本由作者以中英文撰写者，中英文并列。判定以书面要求为据，书面要求不因语言而异。";
    "foreword.manual": "What measures do is told in the words of the manual of `lmstd-check`, which is in English.", "测量项的说明引自 `lmstd-check` 手册，手册为英文。";
    "scope": "Scope", "范围";
    "scope.purpose": "This standard says what a submitted model has to be. `lmstd-check` decides whether a submission conforms to it.", "本标准规定所提交的模型应满足的要求，由 `lmstd-check` 判定提交物是否符合。";
    "scope.models": "Models", "模型";
    "scope.datasets": "Datasets", "数据集";
    "scope.clauses": "Clauses by level", "各级别的条款数";
    "scope.number": "Clauses", "条款数";
    "scope.weight": "Weight in the outcome", "对结论的影响";
    "scope.total": "in all", "合计";
    "scope.no-models": "This standard has no model.", "本标准未规定模型。";
    "scope.no-data": "This standard has no dataset.", "本标准未规定数据集。";
    "model": "Model", "模型";
    "dataset": "Dataset", "数据集";
    "splits": "Splits", "划分";

    // Terms.
    "terms": "Terms and definitions", "术语和定义";
    "terms.models": "Models", "模型";
    "terms.datasets": "Datasets", "数据集";
    "terms.metrics": "Metrics", "指标";
    "terms.measures": "Measures", "测量项";
    "terms.levels": "Levels of requirement", "要求的级别";
    "terms.verdicts": "Verdicts", "判定结果";
    "terms.trust": "On whose word a clause rests", "条款的可信来源";
    "terms.none": "None are defined.", "无。";
    "term.model": "Model of the architecture {architecture}, see {place}.", "架构为 {architecture} 的模型，见 {place}。";
    "term.dataset": "Dataset with the splits {splits}, see {place}.", "数据集，含划分 {splits}，见 {place}。";
    "term.metric": "Weighted score of a model on a split: {formula}.", "模型在某一划分上的加权得分：{formula}。";
    "define.must": "The requirement is absolute (MUST of RFC 2119, 必须 in Chinese). A submission conforms only if every such clause that applies holds.", "绝对要求（对应 RFC 2119 的 MUST，英文为 must）。适用的此类条款须全部成立，提交物方为符合。";
    "define.should": "The requirement is expected to be met; there may be sound reasons not to, whose consequences have to be understood and weighed (SHOULD of RFC 2119, 应当 in Chinese). It is reported and has no weight in the outcome.", "通常须予满足；确有充分理由时可不满足，但须理解并权衡其后果（对应 RFC 2119 的 SHOULD，英文为 should）。予以报告，不影响结论。";
    "define.may": "The requirement is optional (MAY of RFC 2119, 可以 in Chinese). It is reported and has no weight in the outcome.", "可选要求（对应 RFC 2119 的 MAY，英文为 may）。予以报告，不影响结论。";
    "define.attested": "A named third party has signed a statement of the fact: the signature can be checked, the fact was not measured. Or the model's answers were handed in: the number was computed from them, but that the model gave them was not seen.", "由具名第三方签署该事实的声明：签名可以核验，事实本身未经测量。或模型的回答由提交方交来：数值据其算得，但未见证其出自该模型。";

    // Models.
    "models": "Requirements on models", "对模型的要求";
    "models.instance": "{model} is an instance of the architecture {architecture}. Each field of its configuration has a value that both the architecture and this standard allow.", "{model} 为架构 {architecture} 的实例，其配置的每个字段取值均须为架构和本标准所允许。";
    "models.effect": "These constraints take effect through the clauses that measure {model}.", "上述约束通过测量 {model} 的条款生效。";
    "models.fields": "Constraints on the configuration of {model}", "{model} 的配置约束";
    "models.allowed": "Architecture allows", "架构允许";
    "models.default": "Default", "缺省值";
    "models.standard": "This standard allows", "本标准允许";
    "models.field": "{name} (read from {others})", "{name}（读取自 {others}）";
    "models.any": "any value", "任意值";
    "models.required": "none, has to be given", "无，必须给出";
    "models.optional": "none, may be absent", "无，可以缺省";
    "models.free": "no further limit", "无进一步限制";
    "models.relations": "Relations that hold between the fields of {model}", "{model} 各字段之间须成立的关系";
    "models.relation": "Relation", "关系";
    "models.source": "Stated by", "规定者";
    "models.by-architecture": "architecture", "架构";
    "models.by-standard": "this standard", "本标准";
    "models.ports": "Inputs and outputs of {model}", "{model} 的输入与输出";
    "models.port": "Name", "名称";
    "models.direction": "Direction", "方向";
    "models.input": "input", "输入";
    "models.output": "output", "输出";
    "models.legal": "Legal values", "合法取值";
    "models.none": "none", "无";
    "models.drawing": "Architecture of {model}, from input to output; sizes are named after the fields of the configuration.", "{model} 的架构（由输入至输出），尺寸以配置字段命名。";
    "models.loop": "What stands under {index} is repeated for each {index} in {range}.", "标有 {index} 的部分对 {range} 中的每个 {index} 重复。";
    "drawing.number": "No.", "序号";
    "drawing.part": "Part", "部分";
    "drawing.ops": "Operations", "操作";
    "drawing.reads": "Reads", "读取";
    "drawing.gives": "Gives", "输出";
    "type.int": "whole number", "整数";
    "type.real": "number", "实数";
    "type.bool": "true or false", "布尔值";
    "type.text": "text", "文本";
    "type.tokens": "sequence of tokens", "词元序列";
    "type.date": "date (ISO 8601)", "日期（ISO 8601）";
    "type.image": "path of a picture", "图像路径";
    "type.audio": "path of a recording", "录音路径";
    "type.class": "class: {labels}", "类别：{labels}";
    "type.label": "{label} (written {value})", "{label}（记作 {value}）";

    // Data.
    "data": "Requirements on data", "对数据的要求";
    "data.columns": "Columns of {dataset}", "{dataset} 的列";
    "data.rules": "Rules", "规则";
    "data.splits": "Splits of {dataset}", "{dataset} 的划分";
    "data.given": "given with `--data`", "由 `--data` 指定";
    "role.input": "what the model reads", "模型的输入";
    "role.target": "what the model predicts", "模型的预测目标";
    "role.id": "identifies a row", "行标识";
    "rule.length": "{low} to {high} characters", "{low} 至 {high} 个字符";
    "rule.length-open": "at least {low} characters", "长度不少于 {low} 个字符";
    "rule.range": "{low} to {high}", "{low} 至 {high}";
    "rule.pattern": "matches {pattern}", "匹配 {pattern}";
    "data.sources": "What is said of the sources of {dataset}", "关于 {dataset} 来源的说明";
    "data.fact": "About", "项目";
    "data.said": "What is said", "说明";
    "data.annotation": "annotation", "标注";
    "data.prepares": "How columns of {dataset} are prepared before the model reads them", "模型读取前 {dataset} 各列的预处理";
    "data.steps": "Steps", "步骤";
    "rule.allowed": "one of {values}", "取值为 {values}";
    "rule.unique": "no value twice within a split", "同一划分内取值不得重复";
    "rule.optional": "may be missing", "可以缺失";
    "rule.required": "never missing", "不得缺失";
    "rows.least": "at least {low}", "不少于 {low}";
    "rows.most": "at most {high}", "不多于 {high}";
    "rows.between": "{low} to {high}", "{low} 至 {high}";
    "rows.exactly": "exactly {low}", "恰为 {low}";
    "rows.any": "any number", "不限";

    // Clauses.
    "clauses": "Clauses", "条款";
    "clauses.note": "Each clause is decided by itself. The requirement as written decides; the words beside it explain it.", "各条款单独判定。判定以书面要求为据，释义仅供理解。";
    "clause.when": "Applies", "适用条件";
    "clause.always": "always", "始终适用";
    "clause.if": "when {condition}", "当 {condition} 时";
    "clause.written": "Requirement as written", "书面要求";
    "clause.words": "In words", "释义";
    "clause.trust": "Rests on", "判定依据";
    "clause.method": "How it is measured", "测量方法";
    "clause.no-controls": "none named", "未指明";
    "clause.declared": "{key} is read from the front matter of the submission's model card.", "{key} 取自提交物模型卡的前置元数据。";
    "clause.attested": "{key} is read from a third party's signed statement.", "{key} 取自第三方签署的声明。";
    "rests.measured": "measured: the checker computes it from the files themselves", "实测：由检测程序直接从文件计算";
    "rests.attested": "attested: a third party's signature, not a measurement", "第三方证明：以第三方签名为据，未经测量";
    "rests.declared": "declared: the submitter's word, not a measurement", "自行声明：以提交者自述为据，未经测量";
    "stage.header": "Needs file headers, the configuration and data; no weight is read.", "仅需文件头、配置与数据，不读取权重。";
    "stage.weights": "Needs the values of the weights.", "需读取权重数值。";
    "stage.run": "Needs the model to run.", "需运行模型。";
    "measure.again": "Can be computed again from the stored predictions, without the model.", "可由存档的预测结果复算，无需模型。";
    "require.all": "All of these hold:", "以下各项均成立：";
    "require.any": "At least one of these holds:", "以下至少一项成立：";
    "require.not": "This does not hold:", "以下不成立：";
    "require.holds": "The check {value} holds: it finds no fault.", "检查 {value} 成立，即未发现问题。";
    "require.derived": "{value} lies within the tolerance that the arithmetic of the architecture explains on these weights and inputs.", "{value} 不超出该架构在所给权重与输入上的运算误差所能解释的容差。";
    "require.absolute": "{value} lies within a distance of {distance}.", "{value} 的差异不超过 {distance}。";
    "require.declared": "The submitter declares {key} as {values}.", "提交者声明 {key} 为 {values}。";
    "require.attested": "A third party attests {key} as {values}.", "第三方证明 {key} 为 {values}。";
    "require.estimate": "{comparison}, decided on the interval of {confidence} confidence, not on the measured value alone.", "{comparison}，以 {confidence} 区间判定，而非仅凭测量值。";
    "require.exact": "{comparison}, decided on the exact value.", "{comparison}，以精确值判定。";
    "compare.>=": "{value}, {kind}, is at least {bar}", "{value}（{kind}）不低于 {bar}";
    "compare.>": "{value}, {kind}, is above {bar}", "{value}（{kind}）高于 {bar}";
    "compare.<=": "{value}, {kind}, is at most {bar}", "{value}（{kind}）不高于 {bar}";
    "compare.<": "{value}, {kind}, is below {bar}", "{value}（{kind}）低于 {bar}";
    "compare.==": "{value}, {kind}, is exactly {bar}", "{value}（{kind}）等于 {bar}";
    "compare.!=": "{value}, {kind}, is not {bar}", "{value}（{kind}）不等于 {bar}";
    "kind.rate": "a rate", "比率";
    "kind.score": "a score", "得分";
    "kind.ratio": "a ratio that may exceed 1", "可大于 1 的比值";
    "kind.number": "a number", "数值";
    "kind.count": "a number of things", "数量";
    "kind.time": "a duration", "时长";
    "kind.bytes": "a size", "大小";
    "when.and": " and ", " 且 ";
    "when.or": " or ", " 或 ";
    "when.not": "not ({condition})", "非（{condition}）";
    "when.group": "({condition})", "（{condition}）";
    "when.config": "the configuration of {model} meets {text}", "{model} 的配置满足 {text}";
    "when.has": "{dataset} has the column {field} (it has)", "{dataset} 含列 {field}（实有）";
    "when.part": "{model} has {part}", "{model} 具有{part}";
    "part.tokenizer": "a tokenizer", "分词器";
    "part.claims": "claimed outputs", "声明的输出";
    "part.ids": "an input of token ids", "词元编号输入";
    "part.mask": "an attention mask that alone says which words count", "单独决定哪些词计入的注意力掩码";
    "part.causality": "an order of reading from left to right", "自左向右的阅读顺序";
    "part.texts": "claimed token ids of texts", "声明的文本词元编号";
    "part.counts": "sizes that it tells of itself", "自述的规模";
    "part.generations": "claimed continuations", "声明的续写";
    "when.lacks": "{dataset} has the column {field} (it has not)", "{dataset} 含列 {field}（实无）";

    // Matrix.
    "matrix": "Clauses and controls", "条款与控制项对照";
    "matrix.note": "A mark says that the clause of its column gives evidence for the control of its row: {signs}.", "标记表示该列条款为该行控制项提供证据：{signs}。";
    "matrix.sign": "{sign} {trust}", "{sign} {trust}";
    "matrix.caption": "Controls and the clauses that give evidence for them", "控制项及为其提供证据的条款";
    "matrix.part": "Controls and the clauses that give evidence for them, part {n} of {all}", "控制项及为其提供证据的条款（第 {n} 部分，共 {all} 部分）";
    "matrix.none": "No clause names a control.", "没有条款指明控制项。";
    "matrix.without": "Clauses that name no control: {clauses}.", "未指明控制项的条款：{clauses}。";

    // Decision.
    "decision": "How conformity is decided", "符合性的判定";
    "decision.outcome": "The outcome", "结论";
    "decision.outcomes": "Outcomes and exit codes of `lmstd-check certify`", "结论与 `lmstd-check certify` 的退出码";
    "decision.outcome-head": "Outcome", "结论";
    "decision.when": "When", "条件";
    "decision.exit": "Exit code", "退出码";
    "decision.no-outcome": "No outcome", "无结论";
    "when.conforms": "Every required clause that applies passes, or is attested where it rests on a declaration, a signature or answers that were handed in.", "适用的必须条款全部通过；以声明、签名或交来的回答为据者凭声明成立。";
    "when.does-not-conform": "A required clause fails or has expired.", "有必须条款不通过或已过期。";
    "when.error": "No required clause fails, but one could not be measured.", "没有必须条款不通过，但有必须条款未能测量。";
    "when.undecided": "No required clause fails and each could be measured, but one is undecided.", "没有必须条款不通过，且均已测量，但有必须条款未能判定。";
    "when.usage": "The command or the standard is at fault.", "命令或标准有误。";
    "when.internal": "The checker or its machine is at fault.", "检测程序或其运行环境出错。";
    "decision.verdict": "The verdict of a clause", "条款的判定";
    "decision.bound": "Where a value is estimated from a sample, its interval decides: the clause passes if all of the interval meets the bar, fails if no part of it does, and is undecided otherwise.", "由样本估计的值以其区间判定：整个区间满足门槛则通过，区间的任何部分均不满足则不通过，否则为未判定。";
    "decision.undecided": "Undecided is neither a pass nor a fail. The report says how many more samples or what precision would decide it, where that can be said.", "未判定既非通过也非不通过。在可以给出的情况下，报告说明再增加多少样本或采用何种精度即可判定。";
    "decision.closed": "What is missing, malformed, empty, not a number or out of time never passes.", "缺失、格式有误、为空、非数值或超时者一律不得通过。";
    "decision.parts": "Where parts are joined by `and`, a part that fails decides, then one that could not be measured, then one that is undecided. Where they are joined by `or`, a part that passes decides.", "以 `and` 连接的各部分，不通过者优先，其次为未能测量者，再次为未判定者；以 `or` 连接者，任一部分通过即可。";
    "decision.several": "Several clauses together", "多项条款的合并判定";
    "decision.no-estimate": "No required clause rests on an estimate, so sampling error does not enter the outcome.", "没有必须条款以估计值为据，抽样误差不影响结论。";
    "decision.number": "Comparisons in required clauses that rest on an estimate: {n}.", "必须条款中以估计值为据的比较项数：{n}。";
    "decision.conform": "A submission conforms only if every required clause that applies holds; no clause makes up for another. Where a submission truly misses the bar of a required clause, it is found to conform with a probability of at most {worst}, however many clauses there are, because the clause that it misses has to pass as well.", "适用的必须条款须全部成立，提交物方为符合，条款之间不得相互抵补。提交物若确未达到某一必须条款的门槛，无论条款多少，被误判为符合的概率均不超过 {worst}，因为该条款也须通过。";
    "decision.fail": "The probability that at least one of these intervals misses the true value is at most {sum}, the sum of the errors that their confidences allow. With a probability of at least {rest} every verdict that they give is right.", "上述区间中至少有一个未覆盖真值的概率不超过 {sum}，即各置信度所容许误差之和；据其作出的判定全部正确的概率不低于 {rest}。";
    "decision.nominal": "Both figures hold as far as each interval keeps its stated confidence. No further correction for several clauses is made.", "以上数值以各区间达到其标称置信度为前提。对多项条款不再另行校正。";
    "decision.repeat": "Doing it again", "复现";
    "decision.seeds": "All that is drawn at random follows from the lock of the standard, the root digest of the submission and a nonce that the log commits to, so nobody can choose it. Every attempt is counted.", "所有随机抽取均由标准的锁定摘要、提交物的根摘要与日志所承诺的随机数推导，任何一方均无法选择。每次检测均予计数。";
    "decision.verify": "A certificate is checked offline, without the model, by `lmstd-check verify OUT`.", "证书可由 `lmstd-check verify OUT` 离线核验，无需模型。";

    // Annexes.
    "annex.source": "Annex A (normative): source text of the standard", "附录 A（规范性）：标准的源文本";
    "annex.file": "File {name}, {lines} lines, SHA-256 {digest}.", "文件 {name}，共 {lines} 行，SHA-256 为 {digest}。";
    "annex.revision": "Annex B (informative): revision, lock and sign-off", "附录 B（资料性）：版本、锁定摘要与签署";
    "revision": "Revision", "版本信息";
    "revision.lock": "The lock is one digest over every text that a verdict depends on: the standard, and the architectures, operations and signatures of measures that it uses. Any change gives another lock, and every result cites the lock it was found under.", "锁定摘要覆盖判定所依据的全部文本：标准本身，以及所用的架构、算子与测量项签名。任何改动都会产生不同的锁定摘要，每份结果均注明其所依据的锁定摘要。";
    "revision.check": "Whether a certificate was given under this text is told by `lmstd-check verify OUT --standard FILE`.", "证书是否依据本文本出具，可由 `lmstd-check verify OUT --standard FILE` 核验。";
    "revision.texts": "Texts", "所用文本";
    "revision.caption": "Texts that this standard is made of or uses, by digest", "构成本标准或为其所用的文本及其摘要";
    "revision.text": "Text", "文本";
    "revision.what": "What it is", "类别";
    "text.standard": "standard", "标准";
    "text.other": "text that the standard extends or uses", "标准所继承或引用的文本";
    "text.architecture": "architecture", "架构";
    "text.operation": "operation", "算子";
    "text.measure": "signature of a measure", "测量项签名";
    "signoff": "Sign-off", "签署";
    "signoff.note": "The undersigned accept version {version} of {id} with the lock {lock}.", "签署人认可 {id} 的 {version} 版，锁定摘要为 {lock}。";
    "signoff.caption": "Signatures", "签署栏";
    "signoff.name": "Name", "姓名";
    "signoff.role": "Role", "职务";
    "signoff.signature": "Signature", "签名";
    "signoff.date": "Date", "日期";
}
