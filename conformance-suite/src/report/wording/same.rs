//! Words of two submissions that are held against each other.

use super::table;

table! {
    "same.architecture": "Both are read as {name}.", "两者均按架构 {name} 读取。";
    "same.parameters.equal": "{n} of {all} parameters hold the same numbers.", "{all} 个参数中有 {n} 个数值完全相同。";
    "same.parameters.rounded": "{n} are the other's numbers rounded to {type}.", "{n} 个为对方数值舍入到 {type} 的结果。";
    "same.parameters.quantised": "{n} are the other's numbers quantised to {type}.", "{n} 个为对方数值量化为 {type} 的结果。";
    "same.parameters.cut": "{name} lacks its last {n} rows in one of both, which its graph never reads; the others hold the same numbers.", "{name} 在其中一方缺少末尾 {n} 行，该方的计算图从不读取；其余各行数值完全相同。";
    "same.parameters.others": "{n} hold other numbers.", "{n} 个数值不同。";
    "same.parameters.different": "{n} hold other numbers:", "{n} 个数值不同：";
    "same.quantising": "Run in f64 on the same inputs, `{name}`, the last of {n} values, is {difference} apart: what quantising costs. Rounding alone would explain {bound}.", "在相同输入上以 f64 运行，{n} 个值中最后的 `{name}` 相差 {difference}：这是量化的代价。仅舍入可解释 {bound}。";
    "same.is.equal": "the same numbers", "数值完全相同";
    "same.is.rounded": "the other's numbers, rounded to {type}", "对方数值舍入到 {type}";
    "same.is.quantised": "the other's numbers, quantised to {type}", "对方数值量化为 {type}";
    "same.is.cut": "the last {n} rows are missing in one, the others hold the same numbers", "一方缺少末尾 {n} 行，其余各行数值相同";
    "same.is.different": "up to {difference} apart, first at element {at}", "最大相差 {difference}，首个不同元素为第 {at} 个";
    "same.is.shape": "missing in one, of another shape, or not finite", "一方缺失、形状不同或含非有限数值";
    "same.more": "… and {n} more", "……另有 {n} 个";
    "same.outputs": "Run in f64 on the same inputs, all {n} values agree; `{name}` is {difference} apart, where arithmetic explains {bound}.", "在相同输入上以 f64 运行，{n} 个值全部一致；`{name}` 相差 {difference}，算术可解释 {bound}。";
    "same.diverge": "Run in f64 on the same inputs, `{name}` is the first of {n} values that diverges: {difference} apart, where arithmetic explains {bound}.", "在相同输入上以 f64 运行，{n} 个值中 `{name}` 首先出现偏离：相差 {difference}，算术可解释 {bound}。";
    "same.title": "Conversion proof", "转换核验";
    "same.types": "Number types", "数值类型";
    "same.parameters": "Parameters", "参数";
    "same.parameter": "Parameter", "参数";
    "same.relation": "What it is in both", "双方关系";
    "same.values": "Values of the programs", "程序中的各个值";
    "same.values.told": "Both models were run in f64 on the same random inputs. What the arithmetic of the narrower type explains is derived for each value from the program, the weights and these inputs.", "两个模型以 f64 在相同的随机输入上运行。较窄数值类型的算术误差可解释的范围，由程序、权重与这些输入逐值推导得出。";
    "same.value": "Value", "值";
    "same.apart": "Largest difference", "最大差值";
    "same.explained": "Rounding explains", "舍入可解释";
    "same.value.pass": "agrees", "一致";
    "same.value.fail": "diverges", "偏离";
    "same.value.not-applicable": "moved by quantising", "因量化而偏移";
    "same.value.undecided": "unclear", "无法判定";
    "same.how": "How this was found", "核验方法";
    "same.how.told": "Both submissions are read as the architecture that their configs name, in a limited worker that executes nothing of them. Parameter by parameter the numbers are equal, those of one are the other's rounded to its narrower type or quantised, or they differ. Where they are not all equal, both are run and every value between input and output is compared. Anyone can do it again:", "两份提交均按其配置所声明的架构读取，读取在受限的工作进程中进行，不执行提交中的任何代码。逐个参数判断：数值相同、一方为另一方舍入到较窄类型或量化的结果，或数值不同。若不全相同，则运行双方并比较输入与输出之间的每个值。任何人均可重做：";
    "same.equal": "The same model, number for number", "同一模型，数值完全相同";
    "same.within": "The same model in another number type", "同一模型，仅数值类型不同";
    "same.different": "Two different models", "两个不同的模型";
    "same.unclear": "It cannot be told: a difference is within a few roundings", "无法判定：差异在若干次舍入之内";
}
