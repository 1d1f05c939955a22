//! Words of two submissions that are held against each other.

use super::table;

table! {
    "same.architecture": "Both are read as {name}.", "两者均按架构 {name} 读取。";
    "same.parameters.equal": "{n} of {all} parameters hold the same numbers.", "{all} 个参数中有 {n} 个数值完全相同。";
    "same.parameters.rounded": "{n} are the other's numbers rounded to {type}.", "{n} 个为对方数值舍入到 {type} 的结果。";
    "same.parameters.quantised": "{n} are the other's numbers quantised to {type}.", "{n} 个为对方数值量化为 {type} 的结果。";
    "same.parameters.cut": "{name} lacks its last {n} rows in one of both, which its graph never reads; the others hold the same numbers.", "{name} 在其中一方缺少末尾 {n} 行，该方的计算图从不读取；其余各行数值完全相同。";
    "same.parameters.different": "{n} hold other numbers:", "{n} 个数值不同：";
    "same.parameter": "{name}: up to {difference} apart, first at element {at}", "{name}：最大相差 {difference}，首个不同元素为第 {at} 个";
    "same.parameter.shape": "{name}: missing in one, of another shape, or not finite", "{name}：一方缺失、形状不同或含非有限数值";
    "same.more": "… and {n} more", "……另有 {n} 个";
    "same.outputs": "Run in f64 on the same inputs, all {n} values agree; `{name}` is {difference} apart, where arithmetic explains {bound}.", "在相同输入上以 f64 运行，{n} 个值全部一致；`{name}` 相差 {difference}，算术可解释 {bound}。";
    "same.diverge": "Run in f64 on the same inputs, `{name}` is the first of {n} values that diverges: {difference} apart, where arithmetic explains {bound}.", "在相同输入上以 f64 运行，{n} 个值中 `{name}` 首先出现偏离：相差 {difference}，算术可解释 {bound}。";
    "same.equal": "The same model, number for number", "同一模型，数值完全相同";
    "same.within": "The same model in another number type", "同一模型，仅数值类型不同";
    "same.different": "Two different models", "两个不同的模型";
    "same.unclear": "It cannot be told: a difference is within a few roundings", "无法判定：差异在若干次舍入之内";
}
