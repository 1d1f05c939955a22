//! Faults of data sets and of the predictions on them.

use super::faults;

// Not laid out by rustfmt, because it is a macro call.
faults! {
    "missing_dataset" {
        "Missing dataset", "缺少数据集";
        "The file of a split is not named or not there.", "未指定划分所用的文件，或该文件不存在。";
        "Give the file's path with `--data`.", "使用 `--data` 指定文件路径。"
    }
    "missing_column" {
        "Missing column", "缺少列";
        "A declared column is not in the file.", "文件中没有所声明的列。";
        "Add the column or rename the one that holds it.", "补充该列，或将对应的列改名。"
    }
    "wrong_type" {
        "Wrong type", "类型不符";
        "Values of a column are not of its declared type.", "列中有取值不属于所声明的类型。";
        "Write the values in that type.", "按该类型书写取值。"
    }
    "missing_value" {
        "Missing value", "缺少取值";
        "A value that may not be missing is missing.", "缺少不得缺失的取值。";
        "Fill the value, remove the row, or declare the column optional.", "填补取值、删除该行，或将该列声明为可缺失。"
    }
    "unknown_class" {
        "Unknown class", "未知类别";
        "A class is named that is not declared.", "所指类别未经声明。";
        "Use a declared class, or declare this one.", "使用已声明的类别，或声明该类别。"
    }
    "out_of_range" {
        "Value out of range", "取值超出范围";
        "Values of a column are outside their declared range or list.", "列中有取值超出所声明的范围或列表。";
        "Correct the values or the rule.", "更正取值或规则。"
    }
    "bad_length" {
        "Text too short or too long", "文本过短或过长";
        "Texts of a column are outside their declared length.", "列中有文本超出所声明的长度。";
        "Cut or remove the texts, or change the length.", "截短或删除这些文本，或修改长度规则。"
    }
    "duplicate_value" {
        "Value that should be unique stands twice", "应唯一的值出现重复";
        "A column declared unique holds a value more than once.", "声明为唯一的列中有取值重复。";
        "Remove the repeated rows or give them values of their own.", "删除重复的行，或为其赋予各自的取值。"
    }
    "row_count" {
        "Wrong number of rows", "行数不符";
        "A split has another number of rows than the standard declares.", "划分的行数与标准的声明不符。";
        "Give the whole split, or change its declared number of rows.", "提供完整的划分，或修改所声明的行数。"
    }
    "duplicate_text" {
        "Text stands in two splits", "文本跨划分重复";
        "A text stands in more than one split, so that test results do not say what they seem to.", "同一文本出现在多个划分中，使测试结果失去意义。";
        "Keep it in one split only.", "只在一个划分中保留该文本。"
    }
    "bad_pattern" {
        "Text of another form", "文本格式不符";
        "A text is not of the form that is asked for.", "文本不符合所要求的格式。";
        "Correct the text, or change the pattern.", "更正文本，或修改模式。"
    }
    "malformed_pattern" {
        "Malformed pattern", "模式格式错误";
        "A pattern is no regular expression.", "模式不是正则表达式。";
        "Write a regular expression for the whole value.", "写出针对整个取值的正则表达式。"
    }
    "duplicate_row" {
        "Row stands twice", "行重复";
        "A row says the same as an earlier one of its split.", "某行与同一划分中之前的一行内容相同。";
        "Keep the first of them.", "保留其中第一行。"
    }
    "near_duplicate" {
        "Nearly the same text", "文本近似重复";
        "A text shares most of its runs of words with another one.", "某文本与另一文本的大部分连续词串相同。";
        "Keep one of the two, and split by group.", "保留两者之一，并按组划分数据。"
    }
    "shared_group" {
        "Group stands in two splits", "组跨划分出现";
        "A speaker, patient or document stands in two splits.", "同一说话人、患者或文档出现在两个划分中。";
        "Keep all rows of a group in one split.", "将同一组的所有行保留在一个划分中。"
    }
    "early_row" {
        "Row from the time of another split", "时间重叠";
        "A row is not after the latest of the split that it is held against.", "某行不晚于所比较划分的最后一行。";
        "Cut the splits at a day.", "以某一天为界划分数据。"
    }
    "contaminated" {
        "Text stands in the corpus", "文本出现在语料库中";
        "A row shares a long run of words with a corpus.", "某行与语料库有相同的长词串。";
        "Remove the row from the test split, or the text from the corpus.", "从测试划分中删除该行，或从语料库中删除该文本。"
    }
    "label_error" {
        "Audit found another label", "审核标签不同";
        "An audit gives a row another label than the data do.", "审核给出的标签与数据中的标签不同。";
        "Correct the label, and look at rows like it.", "更正标签，并检查类似的行。"
    }
    "personal_text" {
        "Personal data", "个人数据";
        "A text holds what tells of a person, such as an address or a number.", "文本含有可识别个人的信息，例如地址或号码。";
        "Mask it before the data are used.", "使用数据之前先予遮盖。"
    }
    "bad_encoding" {
        "Wrong encoding", "编码错误";
        "A text holds characters that were lost or mistaken on its way.", "文本含有在处理过程中丢失或误读的字符。";
        "Read the source again in its own encoding, and write UTF-8.", "以原编码重新读取来源，并写为 UTF-8。"
    }
    "other_language" {
        "Another language", "其他语言";
        "A text is in another language than the one that is asked for.", "文本不属于所要求的语言。";
        "Remove the row, or declare a split of its own.", "删除该行，或为其声明单独的划分。"
    }
    "digest_mismatch" {
        "Another file", "文件不符";
        "The file has another digest than the standard names.", "文件的摘要与标准所列不同。";
        "Give the file that the standard means.", "提供标准所指的文件。"
    }
    "missing_source" {
        "Source is not told", "未说明来源";
        "A dataset does not say where its rows come from, or leaves out a part of it.", "数据集未说明其来源，或说明不全。";
        "Write what is missing in the source's block.", "在来源说明中补充所缺内容。"
    }
    "unknown_licence" {
        "Unknown licence", "未知许可证";
        "The licence of a source is not told, or is none that is known.", "来源的许可证未说明，或不为人知。";
        "Write an SPDX expression, for example `CC-BY-4.0`.", "写出 SPDX 表达式，例如 `CC-BY-4.0`。"
    }
    "licence_conflict" {
        "Licence forbids the use", "许可证冲突";
        "The licence of a source does not allow the use, alone or with the others.", "来源的许可证单独或与其他许可证一起均不允许该用途。";
        "Leave the source out, or obtain another licence for it.", "去除该来源，或为其取得其他许可证。"
    }
    "malformed_predictions" {
        "Malformed predictions", "预测结果格式错误";
        "Stored or handed-in answers contradict themselves, the split or the standard.", "所存或交来的回答自相矛盾，或与数据划分、标准不符。";
        "Give every row of the split its answers by its id; stored ones are written by this program.", "按编号为划分中的每一行提供回答；存储的回答由本程序写出。"
    }
    "model_failed" {
        "The evaluation broke off", "评估中断";
        "The model could not be run over the whole split.", "模型未能在整个划分上运行完毕。";
        "Run the model on the row named, or on the first rows, alone.", "单独在所指的行或前几行上运行模型。"
    }
}
