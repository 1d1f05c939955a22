//! Every fixed word of every report, in English and Chinese, in one table. Clause texts, names and numbers come from the
//! report itself; words between braces are filled in. Knows no format.

/// Language of a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese.
    Zh,
}

impl Lang {
    /// BCP 47 tag, as HTML's `lang` attribute wants it.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::Zh => "zh-Hans",
        }
    }

    /// The other language of every report.
    pub fn other(self) -> Lang {
        match self {
            Lang::En => Lang::Zh,
            Lang::Zh => Lang::En,
        }
    }
}

/// The words for a key. An unknown key, such as a fault of a newer checker, is shown as it is.
pub fn word(key: &str, lang: Lang) -> &str {
    let row = TABLE.iter().find(|row| row.0 == key);
    match (row, lang) {
        (Some(row), Lang::En) => row.1,
        (Some(row), Lang::Zh) => row.2,
        (None, _) => key,
    }
}

/// Title of a fault id; the id itself where the table has none.
pub fn fault(id: &str, lang: Lang) -> String {
    let key = format!("fault.{id}");
    let title = word(&key, lang);
    if title == key { id.to_owned() } else { title.to_owned() }
}

/// `template` with each `{name}` replaced once; what is filled in is not looked at again.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        match after.split_once('}') {
            Some((name, tail)) => {
                out.push_str(values.iter().find(|(n, _)| *n == name).map_or(name, |(_, v)| v));
                rest = tail;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out + rest
}

/// Terms of the glossary, in reading order: each has `term.X` (the word) and `gloss.X` (its meaning).
pub const GLOSSARY: [&str; 17] = [
    "pass",
    "fail",
    "undecided",
    "attested",
    "expired",
    "not-applicable",
    "error",
    "must",
    "should",
    "may",
    "measured",
    "declared",
    "bar",
    "interval",
    "root",
    "lock",
    "evidence",
];

macro_rules! table {
    ($($key:literal: $en:literal, $zh:literal;)*) => {
        /// Key, English, Chinese.
        pub const TABLE: &[(&str, &str, &str)] = &[$(($key, $en, $zh)),*];
    };
}

// Not laid out by rustfmt, because it is a macro call: one row a line.
table! {
    // The outcome.
    "outcome.conforms": "Conforms", "符合标准";
    "outcome.does-not-conform": "Does not conform", "不符合标准";
    "outcome.undecided": "Undecided", "无法判定";
    "outcome.error": "Could not be measured", "未能完成测量";
    "sentence.conforms": "“{name}” conforms to {title} {version}: all {all} required clauses that apply hold, each of them measured.", "“{name}”符合《{title}》{version}：适用的 {all} 项必须条款全部成立，且均经实测。";
    "sentence.conforms-declared": "“{name}” conforms to {title} {version}: all {all} required clauses that apply hold, {measured} measured and {unmeasured} on a declaration or signature only.", "“{name}”符合《{title}》{version}：适用的 {all} 项必须条款全部成立，其中 {measured} 项经实测，{unmeasured} 项仅凭声明或签名。";
    "sentence.does-not-conform": "“{name}” does not conform to {title} {version}: {open} of {all} required clauses that apply failed.", "“{name}”不符合《{title}》{version}：适用的 {all} 项必须条款中有 {open} 项不成立。";
    "sentence.undecided": "Whether “{name}” conforms to {title} {version} could not be decided: {open} of {all} required clauses that apply stayed undecided.", "无法判定“{name}”是否符合《{title}》{version}：适用的 {all} 项必须条款中有 {open} 项未能判定。";
    "sentence.error": "Whether “{name}” conforms to {title} {version} could not be decided: {open} of {all} required clauses that apply could not be measured.", "无法判定“{name}”是否符合《{title}》{version}：适用的 {all} 项必须条款中有 {open} 项未能测量。";

    // Verdicts, trust, levels, cover.
    "verdict.pass": "pass", "通过";
    "verdict.fail": "fail", "不通过";
    "verdict.undecided": "undecided", "未判定";
    "verdict.attested": "attested", "凭声明";
    "verdict.expired": "expired", "已过期";
    "verdict.not-applicable": "not applicable", "不适用";
    "verdict.error": "error", "未测得";
    "trust.measured": "measured", "实测";
    "trust.attested": "attested", "第三方证明";
    "trust.declared": "declared", "自行声明";
    "trust.none": "nothing measured", "无测量";
    "level.must": "must", "必须";
    "level.should": "should", "应当";
    "level.may": "may", "可以";
    "cover.measured": "measured", "实测覆盖";
    "cover.mixed": "measured in part, the rest declared", "部分实测，其余为声明";
    "cover.declared": "by declaration only", "仅凭声明";
    "cover.open": "not covered", "未覆盖";
    "cover.not-applicable": "not applicable", "不适用";

    // Sections.
    "report": "Conformance report", "符合性检测报告";
    "section.outcome": "Outcome", "结论";
    "section.decided": "What decided it", "判定依据";
    "section.clauses": "Every clause", "全部条款";
    "section.model": "The model", "模型";
    "section.data": "The data", "数据";
    "section.numbers": "The numbers", "数值明细";
    "section.trace": "Traceability", "控制项追溯";
    "section.check": "How to check this report", "如何核验本报告";
    "contents": "Contents", "目录";
    "skip": "Skip to the outcome", "跳至结论";

    // Labels.
    "colon": ": ", "：";
    "standard": "Standard", "标准";
    "submission": "Submission", "提交物";
    "date": "Date (UTC)", "日期（UTC）";
    "signer": "Signed by", "签名者";
    "signer.one-time": "a key made for this run only: it proves that nothing was changed, but not who signed", "仅为本次运行生成的密钥：可证明内容未被改动，但不能证明签名者身份";
    "signer.named": "a lasting key: compare it with the one the signer publishes", "长期密钥：请与签名者公布的公钥核对";
    "attempt": "Attempts so far", "累计检测次数";
    "attempt.note": "of this submission against this standard in this log, this run included", "本日志中同一提交物对同一标准的检测次数，含本次";
    "limits": "Limits that held", "生效的限制";
    "tool": "Checker", "检测程序";
    "platform": "Platform", "平台";
    "threads": "Threads", "线程数";
    "lock": "Lock", "锁定摘要";
    "root": "Root", "根摘要";
    "title": "Title", "名称";
    "version": "Version", "版本";
    "declared": "What the submitter declares", "提交者的声明";
    "declared.note": "These lines are the submitter's word. Nothing here was measured.", "以下内容为提交者自述，未经测量。";
    "clause": "Clause", "条款";
    "level": "Level", "级别";
    "verdict": "Verdict", "判定";
    "trust": "Trust", "可信来源";
    "requirement": "Requirement", "要求";
    "reason": "Why", "理由";
    "measure": "Measurement", "测量项";
    "value": "Value", "测量值";
    "content": "Value", "值";
    "bar": "Bar", "门限";
    "line.bar": ", bar {bar}", "，门限 {bar}";
    "interval": "Interval", "置信区间";
    "samples": "Samples", "样本数";
    "method": "Method", "方法";
    "margin": "Margin", "裕度";
    "facts": "Facts", "说明";
    "at": "at {p} confidence", "置信度 {p}";
    "controls": "Controls", "控制项";
    "control": "Control", "控制项";
    "covered": "Cover", "覆盖情况";
    "evidence": "Evidence", "证据";
    "findings": "Findings", "问题";
    "finding.at": "Place", "位置";
    "finding.expected": "Expected", "应为";
    "finding.found": "Found", "实为";
    "finding.mend": "To mend it", "修正方法";
    "more": "{n} more: see report.json", "另有 {n} 项，见 report.json";
    "decided.must": "Required clauses that do not hold", "未成立的必须条款";
    "decided.other": "Other clauses that do not hold (without weight in the outcome)", "其他未成立的条款（不影响结论）";
    "decided.margins": "Nothing failed. These required clauses cleared their bars by least:", "没有条款不通过。以下必须条款距门限最近：";
    "decided.no-margins": "Nothing failed, and no required clause holds a number against a bar.", "没有条款不通过，且没有必须条款以数值与门限比较。";
    "method.wilson": "Wilson score", "Wilson 评分区间";
    "method.bootstrap-percentile": "percentile bootstrap", "百分位自助法";
    "method.order-statistic": "order statistics", "次序统计量";
    "architecture": "Architecture", "架构";
    "parameters": "Parameters", "参数量";
    "unknown": "not known", "未知";
    "dtypes": "Tensors by type", "各类型张量数";
    "config": "Configuration", "配置";
    "field": "Field", "字段";
    "drawing": "Architecture of {name}, from input to output", "{name} 的架构（由输入至输出）";
    "files": "Files", "文件";
    "file": "File", "文件";
    "size": "Size", "大小";
    "tensors": "Tensors", "张量数";
    "type": "Type", "类型";
    "column": "Column", "列";
    "columns": "Columns", "列";
    "split": "Split", "划分";
    "rows": "Rows", "行数";
    "classes": "Classes", "类别";
    "source": "Source", "来源";
    "not-read": "could not be read", "无法读取";
    "none": "None.", "无。";
    "confusion": "Confusion matrix", "混淆矩阵";
    "confusion.note": "Rows are the true classes, columns the model's answers.", "行为真实类别，列为模型输出。";
    "confusion.large": "Too many classes to draw. The most frequent confusions:", "类别过多，不便绘图。最常见的混淆：";
    "truth": "true", "真实";
    "predicted": "answered", "输出";
    "correct": "Correct", "正确";
    "of-truth": "True in all", "真实合计";
    "of-answers": "Answered in all", "输出合计";
    "class": "Class", "类别";
    "all-numbers": "All measurements", "全部测量";
    "trace.note": "A control is listed because a clause names it. Controls that no clause names are not covered by this standard.", "仅列出条款引用的控制项；未被任何条款引用的控制项不在本标准覆盖范围内。";
    "trace.declared": "Covered by declaration only", "仅凭声明覆盖";
    "trace.open": "Not covered", "未覆盖";
    "check.verify": "Recompute every digest, the evidence tree and the signature, offline and without running the model:", "离线重算全部摘要、证据树与签名，无需运行模型：";
    "check.standard": "Hold the lock against a copy of the standard, and demand the signer's key:", "以标准副本核对锁定摘要，并指定签名者公钥：";
    "check.out": "OUT is the folder this report lies in; DIR is the submission; STANDARD is the standard's file.", "OUT 为本报告所在目录，DIR 为提交物目录，STANDARD 为标准文件。";
    "check.keep": "Keep the whole folder: this page is for reading, the signature covers report.json.", "请保存整个目录：本页供阅读，签名针对 report.json。";
    "environment": "Environment", "运行环境";
    "seeds": "Random seeds", "随机种子";
    "seeds.note": "Derived from the standard's lock and the submission's root, so nobody can choose them.", "由标准锁定摘要与提交物根摘要推导，任何一方均无法选择。";
    "tolerances": "Tolerances and where they come from", "容差及其来源";
    "glossary": "Words", "术语";
    "lies": "Report", "报告";
    "parameters.short": "{n} params", "{n} 参数";
    "times": "× {n}", "× {n}";
    "boxes.more": "{n} more boxes", "另有 {n} 个模块";
    "legend.meets": "hatched side: meets the bar", "阴影一侧：满足门限";
    "legend.interval": "value and its interval", "测量值及其置信区间";
    "glance": "At a glance", "概览";

    // Alternative texts of drawings.
    "alt.interval": "Measured {value}, interval {interval}, bar {bar}.", "测量值 {value}，置信区间 {interval}，门限 {bar}。";
    "alt.value": "Measured {value}, bar {bar}.", "测量值 {value}，门限 {bar}。";
    "alt.classes": "Rows per class: {list}.", "各类别行数：{list}。";
    "alt.confusion": "Counts by true class and answer: {list}.", "按真实类别与输出计数：{list}。";
    "alt.drawing": "From input to output: {list}.", "由输入至输出：{list}。";

    // Glossary.
    "term.pass": "pass", "通过";
    "gloss.pass": "There is positive evidence, and the near end of the interval clears the bar, not only the measured value.", "有肯定性证据，且置信区间的近端（而不仅是测量值）越过门限。";
    "term.fail": "fail", "不通过";
    "gloss.fail": "There is positive evidence that the bar is not met at the stated confidence.", "有肯定性证据表明，在所述置信度下未达到门限。";
    "term.undecided": "undecided", "未判定";
    "gloss.undecided": "The interval or the numeric error lies on both sides of the bar. It is neither a pass nor a fail.", "置信区间或数值误差横跨门限，既非通过也非不通过。";
    "term.attested": "attested", "凭声明";
    "gloss.attested": "Rests on a declaration or a signature; the checker did not measure it.", "以声明或签名为据，检测程序未作测量。";
    "term.expired": "expired", "已过期";
    "gloss.expired": "A declaration or signature whose date has passed. It counts as a fail.", "声明或签名已过有效期，按不通过计。";
    "term.not-applicable": "not applicable", "不适用";
    "gloss.not-applicable": "The clause's condition is false for this submission.", "该条款的适用条件对本提交物不成立。";
    "term.error": "error", "未测得";
    "gloss.error": "The checker could not measure, for example because a limit was reached or a file is malformed. Never a pass.", "检测程序无法测量，例如达到限制或文件格式有误；绝不视为通过。";
    "term.must": "must", "必须";
    "gloss.must": "Decides the outcome.", "决定结论。";
    "term.should": "should", "应当";
    "gloss.should": "Expected and reported; has no weight in the outcome.", "建议满足并予报告，不影响结论。";
    "term.may": "may", "可以";
    "gloss.may": "Optional and reported; has no weight in the outcome.", "可选并予报告，不影响结论。";
    "term.measured": "measured", "实测";
    "gloss.measured": "The checker computed it from the files themselves; anybody can compute it again.", "由检测程序直接从文件计算得出，任何人均可复算。";
    "term.declared": "declared", "自行声明";
    "gloss.declared": "The submitter says so. Nobody measured it.", "提交者自述，未经任何测量。";
    "term.bar": "bar", "门限";
    "gloss.bar": "The number that a clause holds a measurement against.", "条款用以比较测量值的数值。";
    "term.interval": "interval", "置信区间";
    "gloss.interval": "The range in which the true value lies at the stated confidence.", "在所述置信度下真值所在的范围。";
    "term.root": "root", "根摘要";
    "gloss.root": "One SHA-256 digest over the paths and contents of all files of the submission.", "覆盖提交物全部文件路径与内容的一个 SHA-256 摘要。";
    "term.lock": "lock", "锁定摘要";
    "gloss.lock": "One SHA-256 digest over every text the verdict depends on: the standard, what it extends and the architectures it uses.", "覆盖判定所依据的全部文本的一个 SHA-256 摘要：标准、其所继承的标准及所用架构。";
    "term.evidence": "evidence", "证据";
    "gloss.evidence": "A record of what was measured, named by the SHA-256 digest of its bytes.", "测量记录，以其字节的 SHA-256 摘要命名。";

    // Faults.
    "fault.missing_tensor": "Missing tensor", "缺少张量";
    "fault.unexpected_tensor": "Unexpected tensor", "多余的张量";
    "fault.transposed_weight": "Transposed weight", "权重被转置";
    "fault.wrong_shape": "Wrong shape", "形状不符";
    "fault.wrong_dtype": "Wrong element type", "元素类型不符";
    "fault.vocab_size_mismatch": "Vocabulary size mismatch", "词表大小不一致";
    "fault.non_finite_weight": "Weight that is not a finite number", "权重含非有限数值";
    "fault.malformed_header": "Malformed file header", "文件头格式错误";
    "fault.malformed_file": "Malformed file", "文件格式错误";
    "fault.truncated_file": "Truncated file", "文件不完整";
    "fault.missing_file": "Missing file", "缺少文件";
    "fault.duplicate_name": "Name used twice", "名称重复";
    "fault.unsafe_path": "Unsafe path", "路径不安全";
    "fault.unsafe_pickle": "Pickle that would run code", "pickle 文件含可执行内容";
    "fault.unsupported_format": "Unsupported file format", "不支持的文件格式";
    "fault.limit_exceeded": "Limit exceeded", "超出限制";
    "fault.timed_out": "Time limit reached", "超过时间限制";
    "fault.out_of_memory": "Memory limit reached", "超过内存限制";
    "fault.worker_died": "The isolated worker died", "隔离进程异常终止";
    "fault.tampered": "Changed after it was recorded", "记录后被改动";
    "fault.bad_signature": "Signature does not match", "签名不匹配";
    "fault.config_out_of_range": "Configuration value out of range", "配置值超出范围";
    "fault.missing_config": "Missing configuration field", "缺少配置字段";
    "fault.tokenizer_mismatch": "Tokenizer does not fit the model", "分词器与模型不匹配";
    "fault.output_mismatch": "Outputs do not agree", "输出不一致";
    "fault.batch_dependence": "Result depends on the batch", "结果受同批样本影响";
    "fault.missing_golden": "No claimed outputs to compare with", "没有可供比对的声明输出";
    "fault.missing_dataset": "Missing dataset", "缺少数据集";
    "fault.missing_column": "Missing column", "缺少列";
    "fault.unexpected_column": "Unexpected column", "多余的列";
    "fault.wrong_type": "Wrong type", "类型不符";
    "fault.out_of_range": "Value out of range", "取值超出范围";
    "fault.unknown_class": "Unknown class", "未知类别";
    "fault.missing_value": "Missing value", "缺少取值";
    "fault.not_unique": "Value that should be unique stands twice", "应唯一的值出现重复";
    "fault.too_few_rows": "Too few rows", "行数不足";
    "fault.duplicate_text": "Text stands in more than one place", "文本重复出现";
    "fault.leaked_text": "Text stands in two splits", "文本跨划分泄漏";
    "fault.license_not_accepted": "Licence not accepted", "许可证不被接受";
    "fault.missing_declaration": "Missing declaration", "缺少声明";
    "fault.expired_declaration": "Declaration has expired", "声明已过期";
    "fault.below_bar": "Bar not met", "未达到门限";
    "fault.empty_sample": "Nothing to measure on", "没有可测量的样本";
}
