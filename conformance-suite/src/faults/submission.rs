//! Faults of a submission: its files, weights, config, tokenizer, claims and card.

use super::faults;

// Not laid out by rustfmt, because it is a macro call.
faults! {
    "missing_file" {
        "Missing file", "缺少文件";
        "A file that is needed is not there.", "缺少所需的文件。";
        "Add the file.", "补充该文件。"
    }
    "unreadable" {
        "Unreadable file", "文件无法读取";
        "The system did not give the bytes of a file or folder.", "系统未能提供该文件或目录的内容。";
        "Check that it exists and that its permissions let the checker read it.", "确认其存在，且权限允许检测程序读取。"
    }
    "unsafe_path" {
        "Unsafe path", "路径不安全";
        "A link, a device, a hard link, a name that systems read differently, or a path that leaves the submission.", "存在链接、设备文件、硬链接、不同系统解读不一的名称，或指向提交物之外的路径。";
        "Submit plain files with plain names in one folder.", "在同一目录内提交普通文件，并使用普通名称。"
    }
    "unsupported_format" {
        "Unsupported file format", "不支持的文件格式";
        "The weights are in a format that this version does not read.", "权重采用了本版本无法读取的格式。";
        "Convert the weights to safetensors.", "将权重转换为 safetensors 格式。"
    }
    "ambiguous_files" {
        "Files that contradict each other", "文件互相矛盾";
        "Two files claim the same role, so that which one counts is not known.", "有两个文件承担同一角色，无法确定以哪一个为准。";
        "Keep one of them.", "只保留其中一个。"
    }
    "unreferenced_shard" {
        "Weight file outside the model", "不属于模型的权重文件";
        "A weight file is not named by the index.", "索引未列出该权重文件。";
        "Remove the file, or list its tensors in the index.", "移除该文件，或在索引中列出其张量。"
    }
    "shard_mismatch" {
        "Shard and index disagree", "分片与索引不一致";
        "A shard lacks a tensor that the index places in it, or holds one that the index does not.", "分片缺少索引指定的张量，或含有索引未指定的张量。";
        "Save the model again with its index.", "连同索引重新保存模型。"
    }
    "malformed_header" {
        "Malformed file header", "文件头格式错误";
        "The header of a weight file breaks a rule of its format.", "权重文件的文件头违反其格式规则。";
        "Write the file again with the safetensors library's `save_file`.", "使用 safetensors 库的 `save_file` 重新写出该文件。"
    }
    "truncated_file" {
        "Truncated file", "文件不完整";
        "A file ends before the data that it declares.", "文件在其声明的数据之前结束。";
        "Copy or download the file again and compare its size.", "重新复制或下载该文件，并核对大小。"
    }
    "malformed_json" {
        "Malformed JSON", "JSON 格式错误";
        "A file is not strict JSON, or JSON of another form than expected.", "文件不是严格的 JSON，或其结构与预期不符。";
        "Write the file again with an ordinary JSON library.", "使用通用 JSON 库重新写出该文件。"
    }
    "duplicate_key" {
        "Name used twice", "名称重复";
        "The same name stands twice in one JSON object, and readers differ on which one counts.", "同一 JSON 对象中名称重复，不同读取程序的取舍不一。";
        "Remove one of the two.", "删除其中一个。"
    }
    "malformed_data" {
        "Malformed data", "数据格式错误";
        "Stored values are not what their format or type allows.", "所存数据不符合其格式或类型的规定。";
        "Write the file again with a common library for its format.", "使用该格式的常用库重新写出该文件。"
    }
    "limit_exceeded" {
        "Limit exceeded", "超出限制";
        "Something is more, larger or deeper than the checker takes.", "数量、大小或层级超出检测程序所能接受的范围。";
        "Submit less or smaller data, or raise the limit.", "减少提交内容或缩小其规模，或提高限制。"
    }
    "custom_code" {
        "Code that would be run", "要求执行代码";
        "The config asks the loader to run code of its own.", "配置要求加载程序执行自带代码。";
        "Remove the request, and declare the architecture by its public name.", "移除该要求，并以公开名称声明架构。"
    }
    "unsafe_pickle" {
        "Unsafe pickle", "不安全的 pickle";
        "The pickle names code, or uses operations, that weights do not need. Nothing of it was run.", "pickle 引用了权重所不需要的代码或操作。其中没有任何内容被执行。";
        "Save the weights alone, with `torch.save(model.state_dict(), FILE)` or as safetensors.", "仅保存权重：使用 `torch.save(model.state_dict(), FILE)`，或保存为 safetensors。"
    }
    "tampered" {
        "Changed while it was checked", "检测期间被改动";
        "The submission changed between being hashed and being read.", "提交物在计算摘要之后、读取之前发生了改动。";
        "Check a copy that nothing writes to.", "改用无任何程序写入的副本进行检测。"
    }
    "position_insensitive" {
        "Order of words without effect", "词序无影响";
        "A text and the same words in the opposite order come out alike.", "文本与其逆序的结果相同。";
        "Look for position vectors or rotations that are missing, zero or not added.", "检查位置向量或旋转是否缺失、为零或未加入。"
    }
    "unknown_architecture" {
        "Unknown architecture", "未知架构";
        "No known architecture is of the family or class that the config names.", "没有已知架构属于配置所指明的家族或类别。";
        "Name the architecture in the standard, or describe it in a document of its own.", "在标准中指明架构，或以独立文档描述该架构。"
    }
    "tied_weights_differ" {
        "Tied weights differ", "共享权重不一致";
        "A tensor that the architecture has once is stored twice, with other numbers.", "架构中唯一的张量被存储两次，且数值不同。";
        "Store it once, or declare that both are not tied.", "只存储一次，或声明二者不共享。"
    }
    "graph_differs" {
        "Graph of another model", "计算图与架构不符";
        "The graph beside the weights computes something else than the architecture does with them.", "与权重一同提交的计算图，其计算结果与架构使用这些权重的结果不同。";
        "Export the model again from the weights, or declare the architecture that the graph is of.", "由这些权重重新导出模型，或声明该计算图所属的架构。"
    }
    "graph_not_comparable" {
        "Graph that cannot be compared", "计算图无法比较";
        "The graph beside the weights and the architecture cannot be held against each other.", "与权重一同提交的计算图无法与架构相互核对。";
        "Export the model in f32, with inputs and outputs of the architecture's names.", "以 f32 导出模型，并使输入与输出的名称与架构一致。"
    }
    "missing_tensor" {
        "Missing tensor", "缺少张量";
        "A parameter of the architecture is not stored.", "架构所需的参数未存储。";
        "Save the checkpoint again with this tensor.", "重新保存包含该张量的检查点。"
    }
    "unexpected_tensor" {
        "Unexpected tensor", "多余的张量";
        "A stored tensor is no parameter of the architecture.", "所存张量不是该架构的参数。";
        "Remove the tensor, or declare the architecture and sizes that it belongs to.", "移除该张量，或声明其所属的架构与尺寸。"
    }
    "ambiguous_tensor" {
        "Two tensors for one parameter", "参数对应多个张量";
        "Two stored tensors are the same parameter under different spellings.", "两个所存张量以不同写法对应同一参数。";
        "Keep one of the two.", "只保留其中一个。"
    }
    "transposed_weight" {
        "Transposed weight", "权重被转置";
        "A weight is stored with its two axes swapped.", "所存权重的两个轴互换。";
        "Store the weight as [out, in].", "按 [输出, 输入] 存储该权重。"
    }
    "wrong_shape" {
        "Wrong shape", "形状不符";
        "A tensor has another shape than the architecture says.", "张量形状与架构规定不符。";
        "Declare the sizes that are stored, or save the right weights.", "声明实际存储的尺寸，或保存正确的权重。"
    }
    "wrong_dtype" {
        "Wrong element type", "元素类型不符";
        "A tensor is stored in another element type than the config declares.", "张量的元素类型与配置声明不符。";
        "Convert the tensor, or declare the type that is stored.", "转换该张量，或声明实际存储的类型。"
    }
    "vocab_size_mismatch" {
        "Vocabulary size mismatch", "词表大小不一致";
        "Tokenizer, embedding table and config do not agree on the vocabulary.", "分词器、嵌入表与配置的词表不一致。";
        "Submit the tokenizer and config that the model was trained with.", "提交训练该模型时使用的分词器与配置。"
    }
    "non_finite_weight" {
        "Weight that is not a finite number", "权重含非有限数值";
        "A stored weight is NaN or infinite.", "所存权重为 NaN 或无穷大。";
        "Go back to a checkpoint from before the training diverged.", "改用训练发散之前的检查点。"
    }
    "config_out_of_range" {
        "Configuration value out of range", "配置值超出范围";
        "The config is missing a field, or has a value that the architecture or the standard does not allow.", "配置缺少字段，或其取值为架构或标准所不允许。";
        "Declare a config that the architecture and the standard allow.", "声明架构与标准均允许的配置。"
    }
    "malformed_tokenizer" {
        "Malformed tokenizer", "分词器格式错误";
        "The tokenizer contradicts itself or cannot be built.", "分词器自相矛盾或无法构建。";
        "Save the tokenizer again with the tokenizers library.", "使用 tokenizers 库重新保存分词器。"
    }
    "tokenizer_mismatch" {
        "Tokenizer does not give the claimed ids", "分词结果与声明不符";
        "A text is tokenised into other ids than the submission claims.", "文本的分词编号与提交物的声明不符。";
        "Submit the tokenizer that training used.", "提交训练时使用的分词器。"
    }
    "malformed_card" {
        "Malformed model card", "模型卡格式错误";
        "The front matter of the model card is not plain YAML.", "模型卡的前置元数据不是普通 YAML。";
        "Write it as plain YAML between two lines `---`.", "在两行 `---` 之间以普通 YAML 书写。"
    }
    "count_mismatch" {
        "A size that is not so", "自述规模不符";
        "The submission tells a size of itself that its program and weights do not have.", "提交物自述的规模与其程序及权重不符。";
        "Write the number that was counted, or leave it out.", "写入实际计得的数值，或删去该项。"
    }
    "unknown_claim" {
        "Claim of something that is not computed", "声明了架构不计算的内容";
        "The submission claims a value that the architecture does not compute, so nothing compares it.", "提交物声明了架构不计算的值，因此无从比对。";
        "Claim values by the names that the architecture gives them.", "以架构所给的名称声明各值。"
    }
    "missing_claim" {
        "No claimed outputs to compare with", "没有可供比对的声明输出";
        "The submission does not claim an output that has to be compared, or claims it where nothing counts.", "提交物未声明须比对的输出，或所声明的位置均不计入。";
        "Claim every output that the architecture declares.", "声明该架构规定的全部输出。"
    }
}
