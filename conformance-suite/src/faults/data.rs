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
