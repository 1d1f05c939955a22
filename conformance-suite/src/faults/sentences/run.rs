//! Forms of sentences about measurements, the worker, declarations, and of facts and limits that reports show.

use super::sentences;

// Not laid out by rustfmt, because it is a macro call: one form a line.
sentences! {
    // Closeness.
    "the values diverge first in `{}`: `{}` agrees, `{}` does not" => "数值最先在 `{}` 处出现分歧：`{}` 一致，`{}` 不一致";
    "the values diverge first in `{}`: `{}` is the first value compared" => "数值最先在 `{}` 处出现分歧：`{}` 是首个比对的值";
    "`{}` diverges from the reference" => "`{}` 偏离参考值";
    "within {x} of the reference" => "与参考值相差不超过 {x}";
    "{x} away" => "相差 {x}";
    "within {x}" => "相差不超过 {x}";
    "another shape or no numbers" => "形状不同或不是数值";
    "no id" => "无编号";
    "look at this layer: its weights, its options in the config, or the code that made the claimed values" => "检查该层：其权重、配置选项，或生成声明值的代码";
    "the submission claims no outputs" => "提交物未声明任何输出";
    "add golden.safetensors with inputs and the outputs that the model gives on them" => "补充 golden.safetensors，写入输入及模型对其给出的输出";
    "golden.safetensors does not claim the output `{}`" => "golden.safetensors 未声明输出 `{}`";
    "claim every output that the architecture declares" => "声明该架构规定的全部输出";
    "there is nothing to compare in `{}`: the mask of the claimed inputs keeps no position" => "`{}` 中没有可比对的内容：所声明输入的掩码未保留任何位置";
    "claim inputs with positions that the attention mask keeps" => "声明注意力掩码保留有位置的输入";
    "texts.json claims no logits" => "texts.json 未声明 logits";
    "claim the logits that the model gives for each text alone" => "声明模型对每条文本单独给出的 logits";
    "rounding alone may change `{}` by as much as its own size, so that agreement would say nothing" => "仅舍入误差就可能使 `{}` 的变化与其自身大小相当，一致与否不说明任何问题";
    "look for weights or activations that overflow or cancel each other" => "检查权重或激活是否溢出或相互抵消";
    "the architecture declares no output" => "架构未规定任何输出";
    "declare an output" => "规定一个输出";
    "the checkpoint holds no floating-point weight" => "检查点不含浮点权重";
    "save the checkpoint with its weights" => "连同权重保存检查点";
    "whether the tokenizer fits cannot be told: {}" => "无法判断分词器是否匹配：{}";
    "the parameters cannot be counted: {}" => "无法统计参数量：{}";
    "the model has no parameters" => "模型没有参数";
    "the submission is empty" => "提交物为空";
    "submit the model's files" => "提交模型的文件";
    "the architecture has no output `logits` to classify by" => "架构没有可用于分类的输出 `logits`";
    "the output to classify by is not `[batch, labels]`" => "用于分类的输出不是 `[batch, labels]`";
    "`{}` is not a finite number everywhere, or has another shape than the program gives" => "`{}` 含非有限数值，或形状与程序给出的不同";
    "`{}` is not a finite number everywhere" => "`{}` 含非有限数值";
    "look for NaN in the weights and in the claims" => "检查权重与声明值中是否有 NaN";
    "look for NaN in the weights" => "检查权重中是否有 NaN";
    "`{}` claims too many values" => "`{}` 声明的数值过多";
    "claim fewer rows" => "减少声明的行数";
    "the submission claims no tokenised texts" => "提交物未声明任何分词结果";
    "add texts.json with texts, ids and logits" => "补充 texts.json，写入文本、编号与 logits";
    "the tokenizer gives other ids than the submission claims" => "分词器给出的编号与提交物的声明不符";
    "submit the tokenizer that training used" => "提交训练时使用的分词器";
    "the model gives other logits on the claimed ids than the submission claims" => "模型在所声明编号上给出的 logits 与提交物的声明不符";
    "make the claims again with these weights" => "以这些权重重新生成声明值";
    "the tokenizer gives ids that the embedding table has no row for" => "分词器给出的编号在嵌入表中没有对应的行";
    "ids below {n}" => "小于 {n} 的编号";
    "id {n}" => "编号 {n}";
    "`{}` is outside the vocabulary" => "`{}` 超出词表范围";
    "submit the tokenizer and config that the model was trained with" => "提交训练该模型时使用的分词器与配置";
    "the architecture takes no attention mask, so that padding is read as text" => "该架构不接受注意力掩码，填充会被当作文本读取";
    "leave this clause out, or choose an architecture with a mask" => "不采用本条款，或选用带掩码的架构";
    "the attention mask is not `[batch, seq]`" => "注意力掩码的形状不是 `[batch, seq]`";
    "every output has a position axis" => "所有输出均带位置轴";
    "declare an output without one" => "声明一个不带位置轴的输出";
    "the output `{}` has no batch axis" => "输出 `{}` 没有批次轴";
    "the architecture has no output `{}`" => "架构没有输出 `{}`";
    "the architecture does not say how many ids it takes" => "架构未说明其接受多少个编号";

    // Running the model.
    "the model cannot run: {}" => "模型无法运行：{}";
    "check the weights, the config and the inputs" => "检查权重、配置与输入";
    "the program gave no answer" => "程序未给出结果";
    "a size does not fit this machine" => "尺寸超出本机能力";
    "the input `{}` is not given" => "未给出输入 `{}`";
    "the input `{}` has shape {}, not `{}`" => "输入 `{}` 的形状为 {}，而非 `{}`";
    "the input `{}` holds {}, which is not legal there" => "输入 `{}` 含不合法的取值 {}";
    "the weight `{}` has shape {}, not {}" => "权重 `{}` 的形状为 {}，而非 {}";
    "id {n} is outside the table of {n} rows" => "编号 {n} 超出 {n} 行的表";
    "there is no class `{}`" => "没有类别 `{}`";
    "name a declared class" => "指明已声明的类别";
    "the class that counts as positive is not named" => "未指明作为正类的类别";
    "name a class, or write `average: macro`, `micro` or `weighted`" => "指明一个类别，或写 `average: macro`、`micro` 或 `weighted`";
    "a class and an average exclude each other" => "类别与平均方式不能同时给出";
    "give one of the two" => "二者取其一";
    "there is no average `{}`" => "没有平均方式 `{}`";
    "write `binary`, `macro`, `micro` or `weighted`" => "写 `binary`、`macro`、`micro` 或 `weighted`";
    "`{}` cannot be part of a weighted score" => "`{}` 不能作为加权分的组成部分";
    "use accuracy, precision, recall or f1 in a metric" => "在指标中使用 accuracy、precision、recall 或 f1";
    "`{}` was not measured" => "未测量 `{}`";
    "run again" => "重新运行";
    "report this as a bug" => "请作为程序缺陷报告";
    "the reading contradicts itself: {}" => "测量结果自相矛盾：{}";
    "the reading has no value of this name" => "测量结果中没有该名称的数值";
    "the reading is not a number" => "测量结果不是数值";
    "the reading is not a check" => "测量结果不是检查项";
    "the reading is not a comparison of outputs" => "测量结果不是输出比对";
    "the tolerance is not a distance" => "容差不是距离";
    "the standard names a measurement that it does not have" => "标准引用了其中没有的测量项";
    "a reading that failed also has values" => "失败的测量结果却含有数值";
    "a reading has neither a value nor an error" => "测量结果既无数值也无错误";
    "the value `{}` is given twice" => "数值 `{}` 重复给出";
    "a check must hold exactly when there are no findings" => "检查项成立与否须与是否发现问题一致";
    "a number is NaN or infinite" => "数值为 NaN 或无穷大";
    "a confidence is not between 0 and 1" => "置信度不在 0 与 1 之间";
    "an exact value has an interval" => "精确值却带有区间";
    "an interval is open without the sample size that closes it, or the reverse" => "区间开放而未给出使其闭合的样本量，或与之相反";
    "an interval has no confidence" => "区间没有置信度";
    "an interval has its bounds the wrong way round" => "区间首尾颠倒";
    "no output was compared" => "没有比对任何输出";
    "a distance is NaN, infinite or negative" => "距离为 NaN、无穷大或负数";
    "a distance has its bounds the wrong way round" => "距离的界限首尾颠倒";
    "its value is undefined" => "其值未定义";
    "its bar is not a number" => "其门槛不是数值";
    "it rests on no samples" => "没有任何样本";
    "it is an estimate without an interval" => "它是估计值，却没有区间";
    "its interval has {r} confidence where {r} is asked" => "要求 {1} 置信度，而其区间仅为 {0}";

    // The worker.
    "the worker died again and again" => "隔离进程反复异常终止";
    "look at the failures of the other measurements" => "查看其他测量项的失败原因";
    "if the submission is sound, raise the limits and run again" => "如提交物无误，请提高限制后重新运行";
    "submit a smaller model or data, or raise the limits" => "提交更小的模型或数据，或提高限制";
    "the worker gave no answer within {s} s and was killed" = "the worker gave no answer within {} and was killed" => "隔离进程在 {} 内未作答，已被终止";
    "the worker {}; it last wrote: {}" => "隔离进程{}；最后输出：{}";
    "the worker {}" => "隔离进程{}";
    "closed its answers and was killed" => "关闭了应答通道，已被终止";
    "crashed with signal {n}" => "因信号 {n} 崩溃";
    "was killed by signal {n}" => "被信号 {n} 终止";
    "ended without an answer" => "未作答即结束";
    "gave up on an error of its own (panic)" => "因自身错误中止（panic）";
    "ended with exit code {n}" => "以退出码 {n} 结束";
    "ended in an unknown way" => "以未知方式结束";
    "ran out of its memory limit of {b} bytes" = "ran out of its memory limit of {}" => "用尽 {} 的内存限制";
    "used up its CPU time of {s} s" = "used up its CPU time of {}" => "用尽 {} 的 CPU 时间";
    "wrote a file beyond its limit of {b} bytes" = "wrote a file beyond its limit of {}" => "写出的文件超过 {} 的限制";
    "was killed by signal 9, as the system does when memory or CPU time runs out" => "被信号 9 终止，系统在内存或 CPU 时间耗尽时会如此";

    // Declarations.
    "The submission does not declare `{}`." => "提交物未声明 `{}`。";
    "The submitter declares `{}` as `{}`, which the standard does not accept." => "提交者声明 `{}` 为 `{}`，标准不予接受。";
    "the {} changed while it was checked: another worker found it otherwise" => "{}在检测期间发生改动：另一进程所见不同";
    "The submission changed while it was checked, so nothing that it states about `{}` counts." => "提交物在检测期间发生改动，其关于 `{}` 的陈述均不计。";
    "A third party attests `{}` as `{}`, which the standard does not accept." => "第三方证明 `{}` 为 `{}`，标准不予接受。";
    "The attestation of `{}` begins on {r}, which has not come yet." => "关于 `{}` 的证明自 {} 起生效，尚未到期。";
    "Attestations of `{}` contradict each other: one says `{}`, another `{}`." => "关于 `{}` 的证明互相矛盾：一份为 `{}`，另一份为 `{}`。";
    "A third party attested `{}` as `{}` until {r}, and that day has passed." => "第三方证明 `{}` 为 `{}`，有效期至 {}，现已届满。";
    "hand in an attestation of `{}` with {}" => "提交关于 `{}` 的证明，取值要求：{}";
    "run again on or after that day" => "在该日或之后重新运行";
    "hand in an attestation of `{}` that is signed with `{}`" => "提交由 `{1}` 签署的关于 `{0}` 的证明";
    "hand in the attestation that holds, and leave the other out" => "只提交有效的证明，去掉另一份";
    "hand in a new attestation by the same signer" => "提交同一签署者的新证明";
    "ask who signed it for a new one" => "请签署者重新出具";
    "the envelope must have exactly one signature" => "信封须恰有一个签名";
    "the envelope carries no in-toto statement" => "信封不含 in-toto 声明";
    "hand in the attestation as its signer made it" => "提交签署者出具的原件";
    "the attestation does not count: {}" => "该证明不计：{}";
    "the statement is no lmstd attestation of version 1" => "该声明不是 lmstd 第 1 版证明";
    "hand in an attestation of exactly these files" => "提交恰好针对这些文件的证明";
    "the attestation is about `{}`, which is not in the submission" => "该证明针对 `{}`，而提交物中没有该文件";
    "the attestation is about another `{}` than the submission's" => "该证明针对的 `{}` 与提交物中的不同";
    "the attestation names neither weights nor config.json, so it is about no model" => "该证明既未列出权重也未列出 config.json，因而不针对任何模型";
    "the attestation states nothing, too much, or at too great length" => "该证明未陈述内容，或内容过多、过长";
    "a date of the attestation is not YYYY-MM-DD" => "该证明的日期不是 YYYY-MM-DD 格式";
    "the attestation ends before it begins" => "该证明的终止日早于起始日";
    "No third party's signed statement on `{}` was handed in." => "未提交第三方对 `{}` 的签名声明。";
    "declare `{}` in the submission's model card, with {}" => "在提交物的模型卡中声明 `{}`，取值要求：{}";

    // Facts.
    "reference in f64, unfused; bound = twice the largest of {n} runs with random f32 roundings; fail at {n} bounds" => "参考值以 f64 逐算子计算；界限取 {n} 次随机 f32 舍入运行中最大偏差的两倍；超过界限的 {n} 倍判为不通过";

    // Limits that held.
    "not limited: {}" => "未受限制：{}";
    "{b} bytes of address space" = "{} of address space" => "地址空间 {}";
    "{s} seconds of CPU time" = "{}" => "{}";
    "{s} seconds, held by the parent" = "{}, held by the parent" => "{}，由父进程执行";
    "{n} open files" = "{}" => "{} 个";
    "{b} bytes a written file" = "{} each" => "每个 {}";
    "{b} bytes" = "{}" => "{}";
    "{} (system-call filter)" => "{}（系统调用过滤）";
    "no sockets" => "禁用套接字";
    "no new programs, no sight of other processes" => "不得启动新程序，不可见其他进程";
}
