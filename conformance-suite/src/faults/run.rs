//! Faults of a measurement, of the worker it runs in, and of what a submitter declares.

use super::faults;

// Not laid out by rustfmt, because it is a macro call.
faults! {
    "output_mismatch" {
        "Outputs do not agree", "输出不一致";
        "A value differs from its reference by more than the arithmetic can explain.", "数值与参考值之差超出运算误差所能解释的范围。";
        "Look at the layer named: its weights, its options in the config, or the code that made the claimed values.", "检查所指的层：其权重、配置选项，或生成声明值的代码。"
    }
    "non_finite_output" {
        "Output that is not a finite number", "输出含非有限数值";
        "The model gives NaN or infinity, or a claimed value is one.", "模型输出或声明值为 NaN 或无穷大。";
        "Look for NaN in the weights and in the claims, and for weights or activations that overflow.", "检查权重与声明值中是否有 NaN，以及权重或激活是否溢出。"
    }
    "no_attention_mask" {
        "No attention mask", "没有注意力掩码";
        "The architecture takes no attention mask, so that padding is read as text.", "该架构不接受注意力掩码，填充会被当作文本读取。";
        "Leave this clause out, or choose an architecture with a mask.", "不采用本条款，或选用带掩码的架构。"
    }
    "ambiguous_class" {
        "Nothing to decide between", "没有可供区分的类别";
        "The dataset declares fewer than two classes, so that every prediction would be right.", "数据集声明的类别不足两个，任何预测都会是正确的。";
        "Declare the classes between which the model decides.", "声明模型所要区分的各个类别。"
    }
    "not_accepted" {
        "Not accepted", "未予接收";
        "The right answers are too few to accept the model at the stated risks.", "在所声明的风险下，正确回答数不足以接收该模型。";
        "Draw as many rows as the plan says, or mend the model.", "按抽样方案抽取足够的行，或改进模型。"
    }
    "metric_refused" {
        "Metric that cannot be taken", "指标无法计算";
        "The metric cannot be taken of these rows with these parameters.", "无法以所给参数对这些数据行计算该指标。";
        "Change the parameters, or give rows for which the metric is defined.", "更改参数，或提供使该指标有定义的数据行。"
    }
    "unknown_metric" {
        "Metric without weight", "指标不可加权";
        "A metric cannot be part of a weighted score.", "该指标不能作为加权分的组成部分。";
        "Use metrics that give one value.", "使用只给出一个数值的指标。"
    }
    "not_computed" {
        "Not computed", "未能计算";
        "The model or a measure could not be computed on what was submitted.", "无法在所提交的内容上完成模型或测量项的计算。";
        "Check the weights, the config and the inputs.", "检查权重、配置与输入。"
    }
    "not_measured" {
        "Not measured", "未测量";
        "There is no reading of a measurement that the clause needs.", "缺少本条款所需的测量结果。";
        "Run again.", "重新运行。"
    }
    "internal" {
        "Fault of the checker", "检测程序内部错误";
        "The checker contradicts itself; this says nothing about the submission.", "检测程序自相矛盾，与提交物无关。";
        "Report this as a bug.", "请作为程序缺陷报告。"
    }
    "worker_died" {
        "The isolated worker died", "隔离进程异常终止";
        "The limited process in which submissions are read and run ended before it answered.", "用于读取并运行提交物的受限进程在作答前终止。";
        "If the submission is sound, raise the limits and run again.", "如提交物无误，请提高限制后重新运行。"
    }
    "worker_timed_out" {
        "The isolated worker gave no answer", "隔离进程超时";
        "The limited process in which submissions are read and run gave no answer in time.", "用于读取并运行提交物的受限进程未在规定时间内作答。";
        "Submit a smaller model or data, or raise the limits.", "提交更小的模型或数据，或提高限制。"
    }
    "reading_broken" {
        "Reading that cannot be used", "测量结果不可用";
        "A reading contradicts itself or is of another kind than the clause needs.", "测量结果自相矛盾，或与本条款所需的类型不符。";
        "Run again; if it stays, report this as a bug.", "重新运行；如仍出现，请作为程序缺陷报告。"
    }
    "value_undefined" {
        "Undefined value", "数值无定义";
        "The measured value is undefined, for example because nothing was counted.", "测量值无定义，例如没有任何可计数的内容。";
        "Give data on which the measure is defined.", "提供使该测量项有定义的数据。"
    }
    "bar_undefined" {
        "Bar that is not a number", "门槛不是数值";
        "The clause holds a value against a bar that is not a finite number.", "条款以非有限数值作为门槛。";
        "State a finite bar in the standard.", "在标准中给出有限的门槛。"
    }
    "no_samples" {
        "No samples", "没有样本";
        "The value rests on no samples.", "该数值没有任何样本支持。";
        "Give a split that is not empty.", "提供非空的划分。"
    }
    "interval_missing" {
        "Estimate without an interval", "估计值缺少区间";
        "The value is an estimate whose uncertainty is not known.", "该数值为估计值，其不确定度未知。";
        "Measure on more samples.", "在更多样本上测量。"
    }
    "confidence_too_low" {
        "Confidence too low", "置信度不足";
        "The interval was made for less confidence than the clause asks.", "区间的置信度低于条款要求。";
        "Run again with the standard as it is now.", "以现行标准重新运行。"
    }
    "not_declared" {
        "Missing declaration", "缺少声明";
        "The submission does not declare something that the standard asks for.", "提交物未作出标准所要求的声明。";
        "Declare it in the front matter of README.md.", "在 README.md 的前置元数据中作出声明。"
    }
    "not_attested" {
        "Missing attestation", "缺少第三方证明";
        "No third party's signed statement was handed in.", "未提交第三方签署的声明。";
        "Hand in a statement that a third party has signed.", "提交由第三方签署的声明。"
    }
    "attestation_not_accepted" {
        "Attestation not accepted", "第三方证明的内容不被接受";
        "What a third party attests is not among the values that the standard accepts.", "第三方证明的内容不在标准可接受的范围内。";
        "Meet what the standard accepts, and hand in a new attestation.", "满足标准的要求，并提交新的证明。"
    }
    "attestation_not_begun" {
        "Attestation not yet in force", "第三方证明尚未生效";
        "The attestation begins on a later day than this run.", "证明的生效日晚于本次检测。";
        "Run again on or after that day.", "在生效日或之后重新运行。"
    }
    "attestation_expired" {
        "Attestation has expired", "第三方证明已过期";
        "The last day of the attestation has passed.", "证明的有效期已届满。";
        "Hand in a new attestation by the same signer.", "提交同一签署者的新证明。"
    }
    "attestations_contradict" {
        "Attestations contradict each other", "第三方证明互相矛盾";
        "Two attestations that are in force say different things about one fact.", "两份有效的证明对同一事实陈述不一。";
        "Hand in the one that holds, and leave the other out.", "只提交有效的一份，去掉另一份。"
    }
    "malformed_attestation" {
        "Malformed attestation", "第三方证明格式错误";
        "An attestation is not a signed statement of the form that lmstd reads.", "证明不是 lmstd 所读取格式的签名声明。";
        "Ask who signed it for a new one.", "请签署者重新出具。"
    }
    "attestation_not_signed" {
        "Signature of an attestation does not hold", "第三方证明的签名无效";
        "The signature of an attestation does not fit its contents.", "证明的签名与其内容不符。";
        "Hand in the attestation as its signer made it.", "提交签署者出具的原件。"
    }
    "attestation_of_other_files" {
        "Attestation of other files", "第三方证明针对其他文件";
        "An attestation is about files that are not exactly the submission's.", "证明所针对的文件与提交物不完全一致。";
        "Hand in an attestation of exactly these files.", "提交恰好针对这些文件的证明。"
    }
    "license_not_accepted" {
        "Licence not accepted", "许可证不被接受";
        "The declared licence is not among those that the standard accepts.", "所声明的许可证不在标准可接受的范围内。";
        "Submit the model under an accepted licence, and declare it.", "以可接受的许可证提交模型，并作出声明。"
    }
    "declaration_not_accepted" {
        "Declaration not accepted", "声明不被接受";
        "What is declared is not among the values that the standard accepts.", "所声明的内容不在标准可接受的范围内。";
        "Meet what the standard accepts, and declare it.", "满足标准的要求，并作出相应声明。"
    }
}
