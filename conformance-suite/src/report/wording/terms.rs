//! The glossary: each term (`term.X`) and its meaning (`gloss.X`).

use super::table;

// Not laid out by rustfmt, because it is a macro call: one row a line.
table! {
    "term.pass": "pass", "通过";
    "gloss.pass": "There is positive evidence, and the near end of the interval clears the bar, not only the measured value.", "有肯定性证据，且区间的近端（而不仅是测量值）达到门槛。";
    "term.fail": "fail", "不通过";
    "gloss.fail": "There is positive evidence that the bar is not met at the stated confidence.", "有肯定性证据表明，在所述置信度下未达到门槛。";
    "term.undecided": "undecided", "未判定";
    "gloss.undecided": "The interval or the numeric error lies on both sides of the bar. It is neither a pass nor a fail.", "区间或数值误差横跨门槛，既非通过也非不通过。";
    "term.attested": "attested", "凭声明";
    "gloss.attested": "Rests on somebody's word: a declaration, a signature, or answers that were handed in and not given by the model as the checker ran it.", "以他人之言为据：声明、签名，或提交方交来、并非由检测程序运行模型所得的回答。";
    "term.expired": "expired", "已过期";
    "gloss.expired": "A declaration or signature whose date has passed. It counts as a fail.", "声明或签名已过有效期，按不通过计。";
    "term.not-applicable": "not applicable", "不适用";
    "gloss.not-applicable": "The clause's condition is false for this submission; the clause says which part of it.", "该条款的适用条件对本提交物不成立；条款中注明不成立的部分。";
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
    "term.bar": "bar", "门槛";
    "gloss.bar": "The number that a clause holds a measurement against.", "条款用以比较测量值的数值。";
    "term.interval": "interval", "区间";
    "gloss.interval": "The range in which the true value lies at the stated confidence; ∞ stands where the sample is too small for a bound.", "在所述置信度下真值所在的范围；样本过小而无法界定的一侧记为 ∞。";
    "term.bootstrap": "bootstrap", "自助法";
    "gloss.bootstrap": "Weighing the rows at random again and again, to see how far a value would move had other rows been drawn.", "反复对数据行随机加权，以观察若抽得其他数据行，数值会变动多少。";
    "term.margin": "margin", "裕度";
    "gloss.margin": "How far the near end of the interval (or the value) lies from the bar, as a share of the bar.", "区间近端（或测量值）与门槛的距离，以占门槛的比例表示。";
    "term.tolerance": "tolerance", "容差";
    "gloss.tolerance": "How far an output may lie from its reference. Derived from the arithmetic of this model on these inputs, never guessed.", "输出与参考值之间允许的差异，由该模型在所用输入上的运算推导得出，而非主观设定。";
    "term.seed": "seed", "随机种子";
    "gloss.seed": "The number from which everything random in a run is drawn, so that anybody can draw it again.", "一次运行中所有随机抽取的起始数值，任何人均可据以重新抽取。";
    "term.control": "control", "控制项";
    "gloss.control": "A requirement of a law, a standard or a framework for which a clause gives evidence.", "法律、标准或框架中的一项要求，由条款为其提供证据。";
    "term.root": "root", "根摘要";
    "gloss.root": "One SHA-256 digest over the paths and contents of all files of the submission.", "覆盖提交物全部文件路径与内容的一个 SHA-256 摘要。";
    "term.lock": "lock", "锁定摘要";
    "gloss.lock": "One SHA-256 digest over every text the verdict depends on: the standard, what it extends and the architectures it uses.", "覆盖判定所依据的全部文本的一个 SHA-256 摘要：标准、其所继承的标准及所用架构。";
    "term.evidence": "evidence", "证据";
    "gloss.evidence": "A record of what was measured, or a file that a declaration stands in, named by the SHA-256 digest of its bytes.", "测量记录，或载有声明的文件，以其字节的 SHA-256 摘要命名。";
}
