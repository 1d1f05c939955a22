//! Every fixed word of a difference, in English and Chinese, in one table; words between braces are filled in.
//! Knows no layout.

use crate::report::Lang;

pub(super) use crate::report::wording::fill;

/// The words for a key; the key itself where the table has none.
pub(super) fn word(key: &str, lang: Lang) -> &str {
    let row = TABLE.iter().find(|row| row.0 == key);
    match (row, lang) {
        (Some(row), Lang::En) => row.1,
        (Some(row), Lang::Zh) => row.2,
        (None, _) => key,
    }
}

/// Key, English, Chinese.
const TABLE: &[(&str, &str, &str)] = &[
    ("sentence", "From {old} to {new}: {counts}; {certificates}.", "从 {old} 到 {new}：{counts}；{certificates}。"),
    (
        "sentence.same",
        "From {old} to {new} nothing changed that anybody must meet or read; {certificates}.",
        "从 {old} 到 {new}，要求与措辞均无变化；{certificates}。",
    ),
    ("list", ", ", "，"),
    ("certificates.lapse", "certificates lapse", "证书失效"),
    ("certificates.hold", "every certificate still holds", "全部证书仍然有效"),
    ("count.stricter", "{n} stricter", "{n} 项收紧"),
    ("count.new", "{n} new", "{n} 项新增"),
    ("count.changed", "{n} changed", "{n} 项变更"),
    ("count.looser", "{n} looser", "{n} 项放宽"),
    ("count.gone", "{n} gone", "{n} 项删除"),
    ("count.reworded", "{n} reworded only", "{n} 项仅改措辞"),
    ("group.stricter", "Stricter", "收紧"),
    ("group.new", "New", "新增"),
    ("group.changed", "Changed, neither stricter nor looser", "变更，既非收紧也非放宽"),
    ("group.looser", "Looser", "放宽"),
    ("group.gone", "Gone", "删除"),
    ("group.reworded", "Reworded only", "仅改措辞"),
    ("change.stricter", "stricter", "收紧"),
    ("change.new", "new", "新增"),
    ("change.changed", "changed", "变更"),
    ("what.title", "title", "标题"),
    ("what.model", "model", "模型"),
    ("what.dataset", "dataset", "数据集"),
    ("what.clause", "clause", "条款"),
    ("from", "from", "原"),
    ("to", "to", "现"),
    (
        "lapse",
        "Certificates of {old} lapse: they do not prove what {new} requires here:",
        "{old} 的证书失效，因其不能证明 {new} 的以下要求：",
    ),
    ("hold", "Every certificate of {old} also proves conformance to {new}.", "{old} 的每份证书亦可证明符合 {new}。"),
    ("reason", "{what} {id} ({change})", "{what} {id}（{change}）"),
    ("reason.when", ", for submissions with {when} only", "，仅涉及 {when} 的提交物"),
];
