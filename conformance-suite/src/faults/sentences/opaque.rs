//! Forms of sentences about models that are only asked.

use super::sentences;

// Not laid out by rustfmt, because it is a macro call: one form a line.
sentences! {
    "the model is only asked: it shows no weights, no config and no tokenizer" => "该模型仅可提问，不展示权重、配置与分词器";
    "submit the model's files, or leave the clause out" => "提交模型文件，或不采用本条款";
    "the answers to the same questions changed during the run: it was not one model that answered" => "运行期间对相同问题的回答发生变化：作答者并非同一模型";
    "let one and the same model answer the whole run" => "请由同一模型回答整次运行";
    "the model gave no answer to {n} of {n} questions about `{}`" => "模型对 `{2}` 的 {1} 个问题中的 {0} 个未作回答";
    "answer every row: one without an answer is not left out" => "请回答每一行：未作答的行不会被略去";
    "the rows are more than {n} questions or {n} bytes for the model" => "这些数据行超过 {0} 个问题或 {1} 字节";
    "ask a sample of the rows" => "请改为抽样提问";
    "the command could not be started: {}" => "命令无法启动：{}";
    "give a command that is in PATH or a path to it" => "给出位于 PATH 中的命令或其路径";
    "the command did not begin with `{}`" => "命令的首行不是 `{}`";
    "a line of the command is no JSON object" => "命令输出的一行不是 JSON 对象";
    "a line of the command is no answer: {}" => "命令输出的一行不是回答：{}";
    "the command answers an id that was not asked, or was answered already" => "命令回答了未曾提出或已经回答的编号";
    "an answer is not what was asked: {}" => "回答与所提问题不符：{}";
    "answer as docs/opaque.md says, and write nothing else to standard output" => "按 docs/opaque.md 的规定作答，且不向标准输出写入其他内容";
    "the command {} before all was answered; it last wrote: {r}" => "命令在全部作答前{}；其最后输出：{}";
    "the command {} before all was answered" => "命令在全部作答前{}";
    "the command was silent for {x} s; it last wrote: {r}" => "命令 {} 秒内无响应；其最后输出：{}";
    "the command was silent for {x} s" => "命令 {} 秒内无响应";
    "closed its output" => "关闭了输出";
    "look at its own message, and run it by hand" => "查看其自身的消息，并手动运行该命令";
    "answer each line at once, and flush every answer" => "请逐行即时作答，并在每次回答后刷新输出";
    "not one question was answered" => "没有任何问题得到回答";
    "the classes of `{}` are answered in two ways" => "`{}` 的类别以两种方式作答";
    "the endpoint's URL {}" => "端点网址有误：{}";
    "name the host with `--allow-host` if it is meant" => "如确需访问，请以 `--allow-host` 指明该主机";
    "an endpoint without TLS is asked only where the user names its host" => "未使用 TLS 的端点仅在用户指明其主机时访问";
    "the host's address is {}" => "该主机的地址不予访问：{}";
    "the host has no address: {}" => "该主机没有地址：{}";
    "the host has no address" => "该主机没有地址";
    "check the endpoint's name" => "检查端点的名称";
    "{n} questions in a row had no answer" => "连续 {} 个问题没有回答";
    "look whether the endpoint works, and run again" => "检查端点是否正常，然后重新运行";
    "a response of the endpoint is not what its API says: {}" => "端点的响应不符合其接口规定：{}";
    "use an endpoint that speaks OpenAI's API as docs/opaque.md says" => "请使用按 docs/opaque.md 所述实现 OpenAI 接口的端点";
    "the endpoint leads elsewhere (HTTP {n})" => "端点跳转至他处（HTTP {}）";
    "give the address to which it leads, if it is meant" => "如确需访问，请直接给出其跳转的地址";
    "the endpoint refuses to answer (HTTP {n})" => "端点拒绝作答（HTTP {}）";
    "check its address, the model's name and the key" => "检查其地址、模型名称与密钥";
    "a response of the endpoint has more than {n} bytes" => "端点的一个响应超过 {} 字节";
    "the endpoint was asked {}" => "对端点的提问达到上限：{}";
    "the endpoint did not answer: {}" => "端点没有作答：{}";
    "check its address and its certificate" => "检查其地址与证书";
    "the user's own program" => "用户自己的程序";
    "asked by a process of its own, which the system does not limit in all ways" => "由单独的进程提问，但系统未能施加全部限制";
    "asked by a process of its own, which alone may use the network" => "由单独的进程提问，仅该进程可使用网络";
    "give every row scores, or probabilities, or a label" => "对每一行统一给出得分、概率或标签";
}
