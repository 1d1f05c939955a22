//! Names of what the checker tells in its own short words: facts of measurements, limits, seeds, progress.

use super::table;

// Not laid out by rustfmt, because it is a macro call: one row a line.
table! {
    // Facts of measurements, by the key under which a measure tells them.
    "fact.architecture": "architecture", "架构";
    "fact.tensors": "tensors", "张量数";
    "fact.parameters": "parameters", "参数量";
    "fact.tied": "tied weights", "共享权重数";
    "fact.ignored": "ignored tensors", "忽略的张量数";
    "fact.operators of the graph": "operators of the graph", "计算图的算子";
    "fact.rows that the graph leaves out": "rows that the graph leaves out", "计算图省略的行数";
    "fact.not examined": "beside the weights, not examined", "权重之外未检查的文件";
    "fact.texts": "texts", "文本数";
    "fact.rows": "rows", "行数";
    "fact.undeclared columns": "undeclared columns", "未声明的列";
    "fact.splits": "splits", "划分";
    "fact.file": "file", "文件";
    "fact.files": "files", "文件数";
    "fact.bytes": "bytes", "字节数";
    "fact.ids": "ids", "编号个数";
    "fact.fields": "config fields", "配置字段数";
    "fact.tokens": "tokens", "词元数";
    "fact.largest id": "largest id", "最大编号";
    "fact.definition": "definition", "定义";
    "fact.signature": "what numbers must share to be compared", "可比标识（相同者方可比较）";
    "fact.trials": "answers to each item", "每题回答次数";
    "fact.term": "term {name}", "组成项 {name}";
    "fact.sensitivity": "score if any one weight were a fifth larger or smaller", "任一权重增减五分之一时的得分";
    "fact.predicted class": "predicted class", "预测类别";
    "fact.true class": "true class", "真实类别";
    "fact.tolerance": "origin of the tolerance", "容差来源";
    "fact.pass_bound": "pass bound", "通过界限";
    "fact.fail_bound": "fail bound", "不通过界限";
    "fact.bit for bit": "bit for bit", "逐位比较";
    "fact.declared": "declared", "声明值";
    "fact.difference in bounds": "difference in bounds", "差异（以界限计）";
    "fact.inputs tried": "inputs tried", "尝试的输入数";
    "fact.harmless": "config keys that change nothing", "不影响计算的配置键";
    "fact.bytes kept": "bytes kept for each position", "每个位置缓存的字节数";
    "fact.flops": "floating-point operations", "浮点运算次数";
    "fact.audited rows": "audited rows", "审核的行数";
    "fact.other labels": "audited rows with another label", "标签不同的审核行数";
    "fact.chance by drawing alone": "chance of so large a distance by drawing alone", "仅由抽样产生如此差距的概率";
    "fact.different values": "different values", "不同取值数";
    "fact.rows after the first": "rows after the first of their value", "同一取值首行之后的行数";
    "fact.first day": "first day", "最早日期";
    "fact.latest day": "latest day", "最晚日期";
    "fact.latest day of the other split": "latest day of the other split", "另一划分的最晚日期";
    "fact.not told": "texts whose language could not be told", "无法判断语言的文本数";
    "fact.rows found": "rows found", "查出的行数";
    "fact.rows without a value": "rows without a value", "缺失取值的行数";
    "fact.sha256": "sha256", "sha256";
    "fact.sources": "sources", "来源数";
    "fact.kv_cache": "bytes kept for each position", "每个位置缓存的字节数";
    "fact.peak_memory": "peak memory (bytes)", "峰值内存（字节）";
    "fact.total_size": "all tensors (bytes)", "全部张量（字节）";
    "fact.total_parameters": "parameters", "参数量";
    "fact.formula": "formula", "公式";
    "fact.weights": "weights (bytes)", "权重（字节）";
    "fact.activations": "activations (bytes)", "激活值（字节）";
    "fact.not finite": "not finite", "非有限数值";

    "range": "{low} to {high}", "{low} 至 {high}";
    "undefined": "undefined", "未定义";

    // Files beside the weights.
    "beside": "{file} ({kind})", "{file}（{kind}）";
    "beside.more": " and {n} more", "，另有 {n} 个";
    "kind.pickle": "pickle", "pickle 序列化文件";
    "kind.weights": "weights", "权重";
    "kind.code": "code", "代码";

    // Limits of the worker.
    "limit.memory": "memory", "内存";
    "limit.cpu": "CPU time", "CPU 时间";
    "limit.wall": "wall-clock time", "总时长";
    "limit.files": "open files", "打开文件";
    "limit.file-size": "written files", "写出文件";
    "limit.core-dumps": "core dumps", "核心转储";
    "limit.file-system": "file system", "文件系统";
    "limit.network": "network", "网络";
    "limit.command": "the command", "命令";
    "limit.endpoint": "the endpoint", "端点";
    "limit.processes": "other processes", "其他进程";

    // What seeds are for.
    "seed.nonce": "nonce", "随机数";
    "seed.bootstrap": "bootstrap (intervals)", "自助法（区间）";
    "seed.perturbation": "perturbation (changed texts)", "扰动（改动的文本）";
    "seed.probe": "probe (random inputs)", "探测（随机输入）";
    "seed.rounding": "rounding (tolerances)", "舍入（容差）";

    // What is under way.
    "progress.weights": "weights", "读取权重";
    "progress.weights of": "weights of {name}", "读取权重：{name}";
    "progress.latency of": "latency of {name}", "测量延迟：{name}";
    "progress.schema of": "schema of {name}", "检查数据：{name}";
    "progress.positions of": "positions of {name}", "逐长度运行：{name}";
    "progress.bytes of": "reading {name}", "读取：{name}";
    "progress.rows of": "rows of {name}", "处理数据行：{name}";
    "progress.near duplicates": "near duplicates", "查找近似重复";
    "progress.asking": "asking the model", "向模型提问";
    "progress.preparation": "preparation", "重放预处理";
    "progress.contamination": "contamination", "查找语料污染";
    "progress.continuations": "continuations", "续写";
    "progress.reference runs": "reference runs", "参考运行";
    "progress.on": "{name} on {split}", "{name} 预测 {split}";
}
