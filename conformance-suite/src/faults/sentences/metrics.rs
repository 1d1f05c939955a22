//! Forms of sentences about metrics: rows and parameters that they refuse, and answers that are handed in for them.

use super::sentences;

// Not laid out by rustfmt, because it is a macro call: one form a line.
sentences! {
    // Places. Most sentences below are told of a row.
    "the rows reject the model" => "这些行拒收该模型";
    "the rows are too few to accept or to reject the model" => "行数过少，既不能接收也不能拒收该模型";
    "draw as many rows as the plan says, or mend the model" => "按抽样方案抽取足够的行，或改进模型";
    "at most {n} misses in {n} rows" => "{1} 行中至多 {0} 个错误";
    "{n} misses in {n} rows" => "{1} 行中有 {0} 个错误";
    "no number of rows keeps both risks at these levels" => "没有任何行数能在这些水平下同时满足两类风险";
    "write shares with `worse` below `good`, and risks between 0 and 1" => "写出 `worse` 低于 `good` 的比例，且风险介于 0 与 1 之间";
    "the rows are not independent, as an exact decision needs them" => "各行并不独立，而精确判定要求独立";
    "use a clause with a bar, whose interval knows of clusters" => "改用带门槛的条款，其区间会考虑聚类";
    "there is no accuracy of these rows" => "这些行没有准确率";
    "name a split of classes" => "指明一个以类别为目标的划分";
    "{} (row {n})" => "{}（第 {} 行）";

    // What rows promise.
    "a class is not declared" => "类别未经声明";
    "the scores are not one for each class" => "得分并非每个类别各一个";
    "a score is not a finite number" => "得分不是有限数值";
    "the marks are not one for each label" => "标记并非每个标签各一个";
    "there are not as many tags predicted as true" => "预测的标注与真实的标注数目不符";
    "a log-likelihood is not a finite number of at most 0" => "对数似然不是不大于 0 的有限数值";
    "there is not one log-likelihood a choice" => "对数似然并非每个选项各一个";
    "a log-likelihood is not a finite number" => "对数似然不是有限数值";
    "the right choice is not among the choices" => "正确的选项不在各选项之中";
    "there is no reference" => "没有参考文本";
    "the masks are not of one size" => "掩码大小不一";
    "a box is not four finite numbers of at least no size" => "框不是四个有限数值，或其宽高为负";
    "a box or a score is not a finite number" => "框或得分含非有限数值";
    "there is not one score an entry" => "得分并非每个条目各一个";
    "a grade is not a finite number of at least 0" => "相关度等级不是不小于 0 的有限数值";
    "a number is not finite" => "数值为 NaN 或无穷大";
    "the vectors are not equally long" => "两个向量长度不等";
    "a group has no name" => "分组没有名称";
    "there is not one rating, or gap, a rater" => "评分（或空缺）并非每位标注者各一个";
    "a rating is not finite" => "评分为 NaN 或无穷大";
    "there is not one count a category" => "计数并非每个类别各一个";
    "a row lacks a column" => "该行缺少列";
    "the lists of the rows differ in length" => "各列表的行数不一";
    "give every row every value" => "为每一行补全各项取值";
    "mend the row" => "更正该行";
    "the weights of the rows are not one number of at least 0 each" => "各行的权重并非各为一个不小于 0 的数值";
    "mend the weights" => "更正权重";

    // Rows of another kind.
    "the metric is not for rows of this kind" => "该指标不适用于这一种类的数据行";
    "look which kind `explain` names" => "查看 `explain` 所列的种类";
    "the rows are not of a kind that the metric reads" => "数据行不属于该指标可读取的种类";
    "look at the format of the vectors" => "查看测试向量的格式";
    "a list was expected" => "此处应为列表";
    "`{}` is not a list of what the kind has" => "`{}` 不是由该种类的内容组成的列表";
    "a mark is neither 0 nor 1" => "标记既非 0 也非 1";
    "a value is of another type than the kind has" => "取值的类型与该种类不符";
    "a box has no image" => "框未注明所属图像";
    "the raters did not rate as many units" => "各标注者所评的条目数不一";
    "the predictions cannot be read as {r}" => "预测结果无法读作 {}";
    "use a metric that fits the target column, or declare another target" => "使用适合目标列的指标，或声明其他目标列";
    "the predictions are classes without scores" => "预测结果只有类别，没有得分";
    "give a probability for each class" => "给出每个类别的概率";
    "a cell is not what the metric reads" => "单元格的内容不是该指标可读取的";
    "look at its format" => "检查其格式";

    // Groups and slices.
    "the predictions have no column `{}`" => "预测结果中没有列 `{}`";
    "the columns make more than {n} groups" => "这些列组合成的分组超过 {n} 个";
    "group by fewer columns" => "减少用于分组的列";
    "row {n} has no declared value in `{}` or `{}`, so that its group is not known" => "第 {} 行在 `{}` 或 `{}` 中没有已声明的取值，无法确定其分组";
    "row {n} has no declared value in `{}`, so that its group is not known" => "第 {} 行在 `{}` 中没有已声明的取值，无法确定其分组";
    "there are more than {n} groups, or {n} rates to compare" => "分组多于 {} 个，或需比较的比率多于 {} 个";
    "compare fewer groups, or fewer classes" => "减少参与比较的分组或类别";
    "`reference` names no declared group: `{}`" => "`reference` 所指的分组未经声明：`{}`";
    "write the name of a group, or `highest`" => "写分组的名称，或写 `highest`";
    "no row of the split meets the condition" => "划分中没有满足条件的数据行";
    "widen the condition, or add rows" => "放宽条件，或补充数据行";

    // Parameters.
    "`{}` cannot be `{}`" => "`{}` 不能取 `{}`";
    "`{}` is not a word" => "`{}` 的取值不是词语";
    "`{}` is not a text" => "`{}` 的取值不是文本";
    "`{}` is not a number" => "`{}` 的取值不是数值";
    "`{}` is not a whole number of at least {n}" => "`{}` 不是不小于 {} 的整数";
    "`{}` is below 0" => "`{}` 小于 0";
    "`{}` is above {n}" => "`{}` 大于 {}";
    "`{}` is not above 0 and below 1" => "`{}` 不在 0 与 1 之间（不含两端）";
    "`{}` is not between 0 and 1" => "`{}` 不在 0 与 1 之间（不含两端）";
    "`{}` is not above {n}" => "`{}` 不大于 {}";
    "write one of {r}, or `highest`" => "写以下之一：{}，或写 `highest`";
    "write one of {r}" => "写以下之一：{}";
    "write a number" => "写一个数值";
    "write a number of at least 0, or -1 for the usual one" => "写不小于 0 的数值，或写 -1 采用通常的取值";
    "write a number of at least 0; 2 is usual" => "写不小于 0 的数值，通常为 2";
    "write for example `{}`" => "例如写 `{}`";
    "write fewer, for example `{}`" => "减少其数目，例如写 `{}`";
    "write the quantile, for example `{}`" => "写明分位数，例如 `{}`";

    // Classes and probabilities.
    "there is no such class" => "没有该类别";
    "there are no labels" => "没有标签";
    "give every row a mark for each label" => "为每一行给出每个标签的标记";
    "there are more than {n} classes" => "类别多于 {} 个";
    "measure the top classes, or group them" => "只测量主要的类别，或合并类别";
    "there are fewer than two classes" => "类别少于两个";
    "declare all classes of the target" => "声明目标列的全部类别";
    "there are more than two classes" => "类别多于两个";
    "write `form: sum`" => "写 `form: sum`";
    "write `form: macro`, `micro` or `weighted`" => "写 `form: macro`、`micro` 或 `weighted`";
    "write `form: ovr` (each class against the rest) or `form: ovo` (each pair)" => "写 `form: ovr`（每个类别对其余类别）或 `form: ovo`（类别两两相对）";
    "the scores are not probabilities that sum to 1" => "得分不是总和为 1 的概率";
    "a score is not a probability" => "得分不是概率";
    "let the model answer with probabilities (softmax or sigmoid), not with logits" => "令模型给出概率（经 softmax 或 sigmoid），而非 logits";
    "let the model answer with probabilities, not with logits" => "令模型给出概率，而非 logits";
    "`k` is not below the number of classes, so that every row would count" => "`k` 不小于类别数，每一行都会计为命中";
    "write a smaller `k`" => "减小 `k`";
    "there are more than {n} bins" => "分箱多于 {} 个";

    // Spans, texts and speech.
    "`{}` is no tag of the scheme, whose tags begin with one of {r}" => "`{}` 不是该标注方案的标注，其标注以 {} 中的一个字母开头";
    "name the scheme of the tags, or leave out `mode: strict`" => "指明标注所用的方案，或去掉 `mode: strict`";
    "a tag is empty" => "标注为空";
    "write `O` outside of spans" => "片段之外写 `O`";
    "a text has more than {n} words" => "文本多于 {} 个词";
    "split it into sentences, a row each" => "将其拆分为句子，每句一行";
    "the texts are too long for the longest common subsequence" => "文本过长，无法计算最长公共子序列";
    "part the texts into shorter rows, or count words: `{}`" => "将文本拆分为更短的行，或改为按词计数：`{}`";
    "the texts are too long to be compared" => "文本过长，无法比较";
    "part the texts into shorter rows" => "将文本拆分为更短的行";
    "write 0 for chrF, or 2 for chrF++" => "写 0 表示 chrF，或写 2 表示 chrF++";
    "a text has no log-likelihood of any token" => "文本没有任何词元的对数似然";
    "leave the text out, or give the log-likelihood of each of its tokens" => "去掉该文本，或给出其每个词元的对数似然";

    // Rankings.
    "a query has fewer than two entries" => "查询的条目少于两个";
    "leave the query out: one entry has no order" => "去掉该查询：单个条目没有次序可言";
    "a grade is too large for an exponential gain" => "相关度等级过大，无法采用指数增益";
    "write `gain: linear`, or smaller grades" => "写 `gain: linear`，或使用较小的等级";

    // Raters.
    "an item has fewer than two raters" => "条目的标注者少于两位";
    "have each item rated by two or more" => "每个条目由两位或更多标注者评定";
    "the items differ in their number of raters" => "各条目的标注者人数不一";
    "give each item as many raters, or measure `krippendorff_alpha`" => "使各条目的标注者人数相同，或改测 `krippendorff_alpha`";
    "there are more than {n} distinct ratings" => "互不相同的评分多于 {} 个";
    "round the ratings" => "对评分作舍入";
    "a rating below 0 is not on a ratio scale" => "小于 0 的评分不属于比率尺度";
    "write `level: interval`" => "写 `level: interval`";
    "a rating is not a declared label" => "评分不是已声明的标签";
    "use declared labels" => "使用已声明的标签";
    "the raters' columns have not the same labels" => "各标注者的列所声明的标签不同";
    "declare the same labels for every rater" => "为每位标注者声明相同的标签";

    // Drift.
    "a drift has no split to be held against" => "漂移没有可供对照的划分";
    "a value of the column is not a number" => "该列有取值不是数值";
    "name a number column, or `length`" => "指明一个数值列，或写 `length`";
    "`{}` has no declared categories" => "`{}` 没有已声明的类别";
    "name a class column; for numbers use `ks`" => "指明一个类别列；对数值使用 `ks`";
    "there are no categories" => "没有类别";
    "count at least one category" => "至少统计一个类别";
    "one side has no rows" => "其中一侧没有数据行";
    "count rows of both sides" => "两侧的数据行均须统计";
    "category {n} has no rows on either side" => "第 {} 个类别在两侧均没有数据行";
    "leave the category out, or join it with another" => "去掉该类别，或将其并入另一类别";
    "the exact p is counted for up to {n} rows a side" => "精确 p 值仅在每侧不超过 {} 行时计算";
    "write `method: asymp`" => "写 `method: asymp`";
    "write `base: 2`, or `base: 0` for e" => "写 `base: 2`，或写 `base: 0` 表示以 e 为底";

    // Privacy.
    "no column is named that can identify a person" => "未指明可用于识别个人的列";
    "name the columns that together can identify a person" => "指明合起来可以识别个人的各列";
    "no column is named that must stay secret" => "未指明须保密的列";
    "name the sensitive column" => "指明敏感列";

    // Weighted scores.
    "there is no metric `{}`" => "没有指标 `{}`";
    "a weighted score has no terms" => "加权得分没有组成项";
    "add a term" => "添加一个组成项";
    "the terms are of different rows" => "各组成项所用的数据行不同";
    "use metrics of the same rows" => "使用相同数据行上的指标";
    "`{}` has several values" => "`{}` 有多个数值";
    "use metrics that give one value" => "使用只给出一个数值的指标";

    // Answers to perturbed rows.
    "there are no answers to perturbed rows" => "没有对扰动后数据行的回答";
    "answers that are handed in say nothing of perturbed rows" => "交来的回答不涉及扰动后的数据行";
    "submit the model itself, so that it can be asked" => "提交模型本身，以便对其提问";
    "there is no perturbation `{}`" => "没有扰动方式 `{}`";
    "write `typos` with a rate above 0 and up to 1, `upper`, `lower`, `swap`, `punctuation` or `dialect`" => "写 `typos`（比率大于 0 且不超过 1）、`upper`、`lower`、`swap`、`punctuation` 或 `dialect`";

    // Answers that are handed in.
    "The id of the row stands twice, so that nobody knows which answer is its own." => "该行的标识重复，无法确定哪个回答属于该行。";
    "The row has no answer." => "该行没有回答。";
    "The row has another number of answers than the rows before." => "该行的回答数与前面各行不同。";
    "The file answers ids that the split does not have." => "文件回答了该划分中没有的标识。";
    "Give every row of the split the same number of answers, by its id." => "按标识为划分的每一行给出同样数目的回答。";
    "The file has probabilities and logits." => "文件同时含有概率与 logits。";
    "The id is missing." => "缺少标识。";
    "The dataset has no target column." => "数据集没有目标列。";
    "Give the column that the model predicts `role target`." => "为模型所预测的列写明 `role target`。";
    "The {} of the row is missing." => "该行缺少{}。";
    "target" => "目标值";
    "id" => "标识";
    "The answer is missing or not a finite number." => "缺少回答，或回答不是有限数值。";
    "The predicted class is not declared." => "预测的类别未经声明。";
    "The predicted class has not the largest score." => "预测的类别得分不是最大。";

    // Logs of other tools.
    "The log has more answers than the limit of {n}." => "日志中的回答超过 {} 条的限制。";
    "The choices of the log are not the declared classes." => "日志中的选项不是所声明的类别。";
    "Declare the choices as the classes of the target, or make the target no class." => "将各选项声明为目标列的类别，或不将目标列声明为类别列。";
    "The file is a zip archive, as `.eval` logs are." => "文件是 zip 压缩包，`.eval` 日志即为此格式。";
    "Where it is a log of Inspect AI, export it: `{}`." => "如为 Inspect AI 的日志，请将其导出：`{}`。";
    "The file holds {}, and no answers: totals cannot be computed again." => "文件只有{}，没有回答：汇总值无法重新计算。";
    "{} ({r}, …)" => "{}（{} 等）";
    "results" => "汇总结果";
    "Give the log of the samples beside it, for example `{}`." => "提供与其并存的样本日志，例如 `{}`。";
    "The item is answered twice in one trial." => "该题目在同一轮次中有两个回答。";
    "Give the log of one task and one run." => "提供单一任务、单次运行的日志。";
    "The line is not one JSON object." => "该行不是一个 JSON 对象。";
    "The line is no record: {}." => "该行不是记录：{}。";
    "Give the log as the tool wrote it, one JSON object a line, each key once." => "原样提供工具写出的日志，每行一个 JSON 对象，键不得重复。";
    "The log has the answers of two filters, `{}` and `{}`." => "日志含有两个过滤器的回答：`{}` 与 `{}`。";
    "Keep the lines of one filter, for example with `{}`." => "只保留一个过滤器的行，例如使用 `{}`。";
    "Give `samples_TASK_DATE.jsonl` as `lm_eval --log_samples` wrote it." => "原样提供 `lm_eval --log_samples` 写出的 `samples_TASK_DATE.jsonl`。";
    "The sample has no `doc_id` that is a number." => "该样本没有数值形式的 `doc_id`。";
    "The sample has no arguments of a known form." => "该样本的请求参数不是已知的形式。";
    "The sample has another number of filtered responses than of requests." => "该样本经过滤的响应数与请求数不符。";
    "The sample asks for several texts, so that it has no one answer." => "该样本要求生成多段文本，没有唯一的回答。";
    "A log-likelihood is not a finite number." => "对数似然不是有限数值。";
    "The sample has no response." => "该样本没有响应。";
    "A response is not a text." => "响应不是文本。";
    "The log cannot be read: {}." => "日志无法解析：{}。";
    "The log holds no samples." => "日志中没有样本。";
    "Export the log whole: `{}`." => "完整导出日志：`{}`。";
    "Export the log whole, without `--header-only`, of a run that logs its samples." => "选取记录了样本的一次运行，完整导出其日志，不使用 `--header-only`。";
    "The sample ended in an error or was marked as invalid." => "该样本以错误结束，或被标为无效。";
    "Run the sample again, with `inspect eval-retry`." => "使用 `inspect eval-retry` 重新运行该样本。";
    "The sample has no output." => "该样本没有输出。";
    "The record has no `sample_id`." => "该记录没有 `sample_id`。";
    "Give the instance-level file as its converter wrote it." => "原样提供转换程序写出的逐样本文件。";
    "The record has several outputs, and none was extracted." => "该记录有多个输出，而未从中提取出答案。";
    "The output of the record is not a text." => "该记录的输出不是文本。";
    "The record has no answer." => "该记录没有回答。";
    "The sample stands twice in one trial of one evaluation." => "该样本在同一评测的同一轮次中出现两次。";
    "The sample has another answer in another evaluation." => "该样本在另一评测中的回答不同。";
    "Keep the records of one `evaluation_name`, or of one run." => "只保留同一 `evaluation_name` 或同一次运行的记录。";

    // A place by a name of any form: last, since it fits much.
    "{r}: id {r}" => "{}：标识 {}";
}
