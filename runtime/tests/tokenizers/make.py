"""Small tokenizers of every form, and what the reference libraries make of texts and conversations with them.

transformers 5.24, tokenizers 0.23, sentencepiece 0.2, keras_preprocessing 1.1, keras 3 with tensorflow 2. Run in this
folder: `python make.py`. Writes one folder a form with its files, `ids.json` (`{form: [[ids] ...]}`, texts in
`texts.json`) and `chats.json`.
"""

import json
import os
import pathlib
import random
import shutil

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
HERE = pathlib.Path(__file__).parent

CORPUS = [
    "The film isn't bad, it's 1,234 times worse than that; don't watch it.",
    "A quiet triumph of small gestures and long silences.",
    "def add(a, b):\n    return a + b  # sums",
    "Les élèves naïfs goûtent la crème brûlée à Noël.",
    "Die Größe der Straße beträgt 3,5 Kilometer über Köln.",
    "中文也是一种语言，电影很好看。",
    "これは日本語の文です。映画は面白い。",
    "한국어 문장도 있습니다.",
    "Привет, мир! Как дела сегодня?",
    "مرحبا بالعالم",
    "hello world hello there general words are repeated words",
    "I loved it, I hated it, she said it was 10/10 or 3/10.",
    "In 1999 the price was $12.50, up 7% from 1998's level.",
    "``quoted'' text and \"plain\" quotes",
]

TEXTS = [
    "", " ", "  ", "\n", "\t", "a", "A", "hello world", "Hello, World!", " hello", "hello ", "  hello   world  ",
    "The film isn't bad, it's 1,234 times worse.", "don't", "DON'T STOP", "x" * 120, "ab" * 60,
    "naïve café", "nai\u0308ve cafe\u0301", "ÀÉÎÕÜ", "Größe Straße", "ſtraße ﬁne ﬂow",
    "中文", "中文也是 language", "電影很好看。", "日本語の文", "ﾊﾝｶｸ カタカナ", "한국어", "\u1112\u1161\u11ab\u1100\u116e\u11a8",
    "Привет, мир!", "Ελληνικά ΣΑΣ", "İstanbul ısı", "مرحبا بالعالم", "שלום", "हिन्दी", "ไทย",
    "😀", "👩‍👩‍👧", "🇩🇪 flag", "a😀b", "e\u0301\u0302", "\u0301", "a\u200bb", "a\u00adb", "a\u00a0b", "a\u3000b", "\ufeffbom",
    "a\u0000b", "a\u0007b", "line\nline\r\nline\rline", "tab\tbed", "1234567890", "3.14159 -2e10", "1,000,000", "½ ² Ⅳ",
    "def f(x):\n    return x ** 2", "if (a && b) { c[0] = 'x'; }", "http://example.org/?q=1&r=2", "#hashtag @user",
    "``quoted'' \"plain\"", "…—–", "\ufffd", "▁under ▁▁ scores▁", "<s> </s> <unk>", "[CLS] x [SEP]", "words words words",
    "ＦＵＬＬ ｗｉｄｔｈ", "a b  c   d    e",
]


def write(folder, name, value):
    folder.mkdir(parents=True, exist_ok=True)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    (folder / name).write_text(text, encoding="utf-8", newline="\n")


def fresh(name):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def ids_of(tokenizer, special=True):
    return [tokenizer(text, add_special_tokens=special)["input_ids"] for text in TEXTS]


def wordpiece(name, cased, **settings):
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertTokenizer

    folder = fresh(name)
    trained = BertWordPieceTokenizer(lowercase=not cased, strip_accents=not cased)
    trained.train_from_iterator(CORPUS, vocab_size=260, min_frequency=1, show_progress=False)
    vocab = sorted(trained.get_vocab().items(), key=lambda item: item[1])
    write(folder, "vocab.txt", "".join(token + "\n" for token, _ in vocab))
    write(folder, "tokenizer_config.json", {"tokenizer_class": "BertTokenizer", "do_lower_case": not cased, **settings})
    return ids_of(BertTokenizer.from_pretrained(folder))


def bytelevel(name, cls, special, add_prefix_space=False, config=None, suffix=""):
    import transformers
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

    folder = fresh(name)
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix=suffix))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    if suffix:
        tokenizer.normalizer = normalizers.Lowercase()
    trainer = trainers.BpeTrainer(
        vocab_size=512 + (256 if suffix else 0) + len(special), special_tokens=special, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), end_of_word_suffix=suffix,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    vocab = model["vocab"]
    if suffix:
        # CLIP has each byte at the end of a word too.
        for letter in sorted(pre_tokenizers.ByteLevel.alphabet()):
            vocab.setdefault(letter + suffix, len(vocab))
    write(folder, "vocab.json", vocab)
    write(folder, "merges.txt", "#version: 0.2\n" + "".join(" ".join(pair) + "\n" for pair in model["merges"]))
    settings = {"tokenizer_class": cls, "add_prefix_space": add_prefix_space, **(config or {})}
    if cls == "CLIPTokenizer":
        settings.pop("add_prefix_space")
    write(folder, "tokenizer_config.json", settings)
    return ids_of(getattr(transformers, cls).from_pretrained(folder))


def rules():
    """The rules of nmt_nfkc for the characters in use: the whole map would be 240 kB a model."""
    import unicodedata

    text = "".join(TEXTS + CORPUS)
    parts = set(text) | {text[n : n + length] for n in range(len(text)) for length in (2, 3)}
    table = {}
    for part in parts:
        normal = unicodedata.normalize("NFKC", part)
        whole = normal != part and (len(part) == 1 or len(normal) < len("".join(unicodedata.normalize("NFKC", c) for c in part)))
        if len(part) == 1 and (part.isspace() or part in "\u200b\ufeff"):
            table[part] = " "
        elif len(part) == 1 and (unicodedata.category(part) == "Cc"):
            table[part] = ""
        elif whole:
            table[part] = normal
    points = lambda part: " ".join(f"{ord(c):X}" for c in part)
    table = {part: normal for part, normal in table.items() if normal != part and "\0" not in part}
    return "".join(f"{points(part)}\t{points(normal)}\n" for part, normal in sorted(table.items()))


def spm(name, file, model_type="unigram", vocab_size=220, **settings):
    import sentencepiece

    folder = fresh(name)
    if "normalization_rule_name" not in settings:
        table = HERE / "rules.tmp"
        table.write_text(rules(), encoding="utf-8")
        settings["normalization_rule_tsv"] = str(table)
    corpus = HERE / "corpus.tmp"
    corpus.write_text("\n".join(line.replace("\n", " ") for line in CORPUS * 4), encoding="utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpus), model_prefix=str(folder / "m"), model_type=model_type, vocab_size=vocab_size,
        hard_vocab_limit=False, minloglevel=2, num_threads=1, **settings,
    )
    corpus.unlink()
    (HERE / "rules.tmp").unlink(missing_ok=True)
    (folder / "m.vocab").unlink()
    (folder / "m.model").rename(folder / file)
    return folder, sentencepiece.SentencePieceProcessor(model_file=str(folder / file))


# Special tokens that stand in a text are special to transformers, and text to sentencepiece.
MARKED = ("<s>", "[CLS]")


def encoder(processor):
    """sentencepiece after the map of characters as the tokenizers library applies it. That takes a cluster of characters as
    one, where sentencepiece goes on after the longest match; of the texts here they differ in clusters of three only."""
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2
    from tokenizers import normalizers

    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(processor.serialized_model_proto())
    table = proto.normalizer_spec.precompiled_charsmap
    if not table:
        return processor.encode
    proto.normalizer_spec.ClearField("precompiled_charsmap")
    bare = sentencepiece.SentencePieceProcessor(model_proto=proto.SerializeToString())
    mapped = normalizers.Precompiled(table).normalize_str
    return lambda text, **options: bare.encode(mapped(text), **options)


def pieces(processor, number, before, after):
    """The ids of the sentencepiece library itself, numbered and surrounded; none for texts with special tokens."""
    cut = encoder(processor)
    encode = lambda text: before + [number(id) for id in cut(text)] + after
    return [None if text.startswith(MARKED) else encode(text) for text in TEXTS]


def sentencepieces():
    same = lambda id: id
    out = {}
    folder, model = spm("spm-plain", "spiece.model")
    out["spm-plain"] = pieces(model, same, [], [])
    folder, model = spm("spm-bpe", "tokenizer.model", "bpe", vocab_size=300)
    out["spm-bpe"] = pieces(model, same, [], [])
    folder, model = spm("spm-user", "spiece.model", user_defined_symbols=["<sep>", "10/10", "▁▁"])
    out["spm-user"] = pieces(model, same, [], [])
    folder, model = spm("spm-bytes", "spiece.model", vocab_size=480, byte_fallback=True)
    out["spm-bytes"] = pieces(model, same, [], [])
    folder, model = spm("t5", "spiece.model", pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    write(folder, "tokenizer_config.json", {"tokenizer_class": "T5Tokenizer", "extra_ids": 100})
    out["t5"] = pieces(model, same, [], [1])
    folder, model = spm("xlm-roberta", "sentencepiece.bpe.model")
    write(folder, "tokenizer_config.json", {"tokenizer_class": "XLMRobertaTokenizer"})
    out["xlm-roberta"] = pieces(model, lambda id: 3 if id == 0 else id + 1, [0], [2])
    folder, model = spm(
        "llama", "tokenizer.model", "bpe", vocab_size=560, byte_fallback=True, normalization_rule_name="identity",
        remove_extra_whitespaces=False, split_digits=True, allow_whitespace_only_pieces=True,
    )
    write(folder, "tokenizer_config.json", {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True, "add_eos_token": False, "legacy": True})
    out["llama"] = pieces(model, same, [1], [])
    folder, model = spm(
        "gemma", "tokenizer.model", "bpe", vocab_size=560, byte_fallback=True, normalization_rule_name="identity",
        remove_extra_whitespaces=False, add_dummy_prefix=False, user_defined_symbols=["▁▁", "▁▁▁", "<unused0>", "``"],
    )
    write(folder, "tokenizer_config.json", {"tokenizer_class": "GemmaTokenizer", "add_bos_token": True})
    out["gemma"] = pieces(model, same, [1], [])
    folder, model = spm("marian", "source.spm")
    tokens = ["</s>", "<unk>"] + [model.id_to_piece(id) for id in range(model.get_piece_size())]
    tokens = [token for n, token in enumerate(tokens) if token not in tokens[:n] and token != "<s>"][:-20] + [">>de<<", "<pad>"]
    numbers = {token: n for n, token in enumerate(tokens)}
    write(folder, "vocab.json", numbers)
    write(folder, "tokenizer_config.json", {"tokenizer_class": "MarianTokenizer"})
    out["marian"] = [
        None if text.startswith(MARKED) else
        [numbers.get(piece, numbers["<unk>"]) for piece in encoder(model)(text, out_type=str)] + [numbers["</s>"]]
        for text in TEXTS
    ]
    folder, model = spm("albert", "spiece.model", pad_id=0, unk_id=1, bos_id=-1, eos_id=-1, control_symbols=["[CLS]", "[SEP]", "[MASK]"])
    write(folder, "tokenizer_config.json", {"tokenizer_class": "AlbertTokenizer", "do_lower_case": True, "keep_accents": False})
    out["albert"] = albert(model)
    return out


def albert(model):
    """The dealings of ALBERT's first tokenizer with text, around the sentencepiece library, as Google published them."""
    import unicodedata

    out = []
    for text in TEXTS:
        if text.startswith(MARKED):
            out.append(None)
            continue
        text = text.replace("``", '"').replace("''", '"')
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()
        out.append([model.piece_to_id("[CLS]")] + encoder(model)(text) + [model.piece_to_id("[SEP]")])
    return out


def keras_json(name, **settings):
    from keras_preprocessing.text import Tokenizer

    folder = fresh(name)
    tokenizer = Tokenizer(**settings)
    tokenizer.fit_on_texts(CORPUS)
    write(folder, "tokenizer.json", tokenizer.to_json())
    return [ids if text else [] for text, ids in zip(TEXTS, tokenizer.texts_to_sequences(TEXTS))]


def keras_list():
    import keras

    folder = fresh("keras-list")
    layer = keras.layers.TextVectorization(max_tokens=60)
    layer.adapt(CORPUS)
    write(folder, "vocabulary.txt", "\n".join(layer.get_vocabulary()))
    return [[int(id) for id in layer([text])[0].numpy()] for text in TEXTS]


CHATS = [
    [{"role": "user", "content": "Hi there"}],
    [{"role": "system", "content": "Be brief. "}, {"role": "user", "content": " What is 2+2?\n"}, {"role": "assistant", "content": "4"},
     {"role": "user", "content": "Grüße, 世界 \"quoted\" <b>&amp;</b>"}],
    [{"role": "user", "content": "Weather?"},
     {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": {"name": "weather", "arguments": {"city": "Köln", "days": 2, "exact": True, "scale": 0.5, "none": None}}}]},
     {"role": "tool", "name": "weather", "content": "{\"t\": 21}"}, {"role": "assistant", "content": "It is 21 °C."}, {"role": "user", "content": "Thanks"}],
]
TOOLS = [{"type": "function", "function": {"name": "weather", "description": "The weather of a city", "parameters": {"type": "object", "properties": {"city": {"type": "string", "description": "a 'city'"}, "days": {"type": "integer"}}, "required": ["city"]}}}]

TEMPLATES = {
    "chatml": "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
    "llama2": "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}{% for message in loop_messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{% if loop.index0 == 0 and system_message != false %}{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ ' ' + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}",
    "llama3": "{{- bos_token }}\n{%- if not date_string is defined %}\n    {%- set date_string = strftime_now(\"%d %b %Y\") %}\n{%- endif %}\n{%- if messages[0]['role'] == 'system' %}\n    {%- set system_message = messages[0]['content']|trim %}\n    {%- set messages = messages[1:] %}\n{%- else %}\n    {%- set system_message = \"\" %}\n{%- endif %}\n{{- \"<|start_header_id|>system<|end_header_id|>\\n\\n\" }}\n{%- if tools is not none %}\n    {{- \"Environment: ipython\\n\" }}\n{%- endif %}\n{{- \"Today Date: \" + date_string + \"\\n\\n\" }}\n{%- if tools is not none %}\n    {%- for t in tools %}\n        {{- t | tojson(indent=4) }}\n        {{- \"\\n\\n\" }}\n    {%- endfor %}\n{%- endif %}\n{{- system_message }}\n{{- \"<|eot_id|>\" }}\n{%- for message in messages %}\n    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}\n        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}\n    {%- elif 'tool_calls' in message %}\n        {%- if not message.tool_calls|length == 1 %}\n            {{- raise_exception(\"This model only supports single tool-calls at once!\") }}\n        {%- endif %}\n        {%- set tool_call = message.tool_calls[0].function %}\n        {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' -}}\n        {{- '{\"name\": \"' + tool_call.name + '\", ' }}\n        {{- '\"parameters\": ' }}\n        {{- tool_call.arguments | tojson }}\n        {{- \"}\" }}\n        {{- \"<|eot_id|>\" }}\n    {%- elif message.role == \"tool\" or message.role == \"ipython\" %}\n        {{- \"<|start_header_id|>ipython<|end_header_id|>\\n\\n\" }}\n        {%- if message.content is mapping or message.content is iterable %}\n            {{- message.content | tojson }}\n        {%- else %}\n            {{- message.content }}\n        {%- endif %}\n        {{- \"<|eot_id|>\" }}\n    {%- endif %}\n{%- endfor %}\n{%- if add_generation_prompt %}\n    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}\n{%- endif %}\n",
    "mistral": "{%- if messages[0][\"role\"] == \"system\" %}\n    {%- set system_message = messages[0][\"content\"] %}\n    {%- set loop_messages = messages[1:] %}\n{%- else %}\n    {%- set loop_messages = messages %}\n{%- endif %}\n{%- set user_messages = loop_messages | selectattr(\"role\", \"equalto\", \"user\") | list %}\n{%- set ns = namespace(index=0) %}\n{%- for message in loop_messages %}\n    {%- if not (message.role == \"tool\" or (message.tool_calls is defined and message.tool_calls is not none)) %}\n        {%- set ns.index = ns.index + 1 %}\n    {%- endif %}\n{%- endfor %}\n{{- bos_token }}\n{%- for message in loop_messages %}\n    {%- if message[\"role\"] == \"user\" %}\n        {%- if tools is not none and (message == user_messages[-1]) %}\n            {{- \"[AVAILABLE_TOOLS] [\" }}\n            {%- for tool in tools %}\n                {%- set tool = tool.function %}\n                {{- '{\"type\": \"function\", \"function\": {' }}\n                {%- for key, val in tool.items() if key != \"return\" %}\n                    {%- if val is string %}\n                        {{- '\"' + key + '\": \"' + val + '\"' }}\n                    {%- else %}\n                        {{- '\"' + key + '\": ' + val|tojson }}\n                    {%- endif %}\n                    {%- if not loop.last %}\n                        {{- \", \" }}\n                    {%- endif %}\n                {%- endfor %}\n                {{- \"}}\" }}\n                {%- if not loop.last %}{{- \", \" }}{%- else %}{{- \"]\" }}{%- endif %}\n            {%- endfor %}\n            {{- \"[/AVAILABLE_TOOLS]\" }}\n        {%- endif %}\n        {%- if loop.last and system_message is defined %}\n            {{- \"[INST] \" + system_message + \"\\n\\n\" + message[\"content\"] + \"[/INST]\" }}\n        {%- else %}\n            {{- \"[INST] \" + message[\"content\"] + \"[/INST]\" }}\n        {%- endif %}\n    {%- elif message[\"role\"] == \"assistant\" %}\n        {{- \" \" + message[\"content\"]|trim + eos_token}}\n    {%- endif %}\n{%- endfor %}\n{{ ns.index }}\n",
    "gemma": "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{% for message in messages %}{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% endif %}",
    "phi": "{% for message in messages %}{% if message['role'] == 'system' and message['content'] %}{{'<|system|>\n' + message['content'] + '<|end|>\n'}}{% elif message['role'] == 'user' %}{{'<|user|>\n' + message['content'] + '<|end|>\n'}}{% elif message['role'] == 'assistant' %}{{'<|assistant|>\n' + message['content'] + '<|end|>\n'}}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %}",
    "qwen": "{%- if tools %}\n    {{- '<|im_start|>system\\n' }}\n    {%- if messages[0].role == 'system' %}\n        {{- messages[0].content + '\\n\\n' }}\n    {%- endif %}\n    {{- \"# Tools\\n\\n<tools>\" }}\n    {%- for tool in tools %}\n        {{- \"\\n\" }}\n        {{- tool | tojson }}\n    {%- endfor %}\n    {{- \"\\n</tools><|im_end|>\\n\" }}\n{%- else %}\n    {%- if messages[0].role == 'system' %}\n        {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}\n    {%- endif %}\n{%- endif %}\n{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}\n{%- for message in messages[::-1] %}\n    {%- set index = (messages|length - 1) - loop.index0 %}\n    {%- if ns.multi_step_tool and message.role == \"user\" and message.content is string and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}\n        {%- set ns.multi_step_tool = false %}\n        {%- set ns.last_query_index = index %}\n    {%- endif %}\n{%- endfor %}\n{%- for message in messages %}\n    {%- if message.content is string %}\n        {%- set content = message.content %}\n    {%- else %}\n        {%- set content = '' %}\n    {%- endif %}\n    {%- if (message.role == \"user\") or (message.role == \"system\" and not loop.first) %}\n        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>' + '\\n' }}\n    {%- elif message.role == \"assistant\" %}\n        {%- set reasoning_content = '' %}\n        {%- if message.reasoning_content is string %}\n            {%- set reasoning_content = message.reasoning_content %}\n        {%- elif '</think>' in content %}\n            {%- set reasoning_content = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}\n            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}\n        {%- endif %}\n        {%- if loop.index0 > ns.last_query_index and (loop.last or reasoning_content) %}\n            {{- '<|im_start|>' + message.role + '\\n<think>\\n' + reasoning_content.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}\n        {%- else %}\n            {{- '<|im_start|>' + message.role + '\\n' + content }}\n        {%- endif %}\n        {%- if message.tool_calls %}\n            {%- for tool_call in message.tool_calls %}\n                {%- if (loop.first and content) or (not loop.first) %}\n                    {{- '\\n' }}\n                {%- endif %}\n                {%- if tool_call.function %}\n                    {%- set tool_call = tool_call.function %}\n                {%- endif %}\n                {{- '<tool_call>\\n{\"name\": \"' }}\n                {{- tool_call.name }}\n                {{- '\", \"arguments\": ' }}\n                {%- if tool_call.arguments is string %}\n                    {{- tool_call.arguments }}\n                {%- else %}\n                    {{- tool_call.arguments | tojson }}\n                {%- endif %}\n                {{- '}\\n</tool_call>' }}\n            {%- endfor %}\n        {%- endif %}\n        {{- '<|im_end|>\\n' }}\n    {%- elif message.role == \"tool\" %}\n        {%- if loop.first or (messages[loop.index0 - 1].role != \"tool\") %}\n            {{- '<|im_start|>user' }}\n        {%- endif %}\n        {{- '\\n<tool_response>\\n' }}\n        {{- content }}\n        {{- '\\n</tool_response>' }}\n        {%- if loop.last or (messages[loop.index0 + 1].role != \"tool\") %}\n            {{- '<|im_end|>\\n' }}\n        {%- endif %}\n    {%- endif %}\n{%- endfor %}\n{%- if add_generation_prompt %}\n    {{- '<|im_start|>assistant\\n' }}\n    {%- if enable_thinking is defined and enable_thinking is false %}\n        {{- '<think>\\n\\n</think>\\n\\n' }}\n    {%- endif %}\n{%- endif %}",
    "zephyr": "{% for message in messages %}\n{% if message['role'] == 'user' %}\n{{ '<|user|>\n' + message['content'] + eos_token }}\n{% elif message['role'] == 'system' %}\n{{ '<|system|>\n' + message['content'] + eos_token }}\n{% elif message['role'] == 'assistant' %}\n{{ '<|assistant|>\n'  + message['content'] + eos_token }}\n{% endif %}\n{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}",
    "vicuna": "{% set ns = namespace(first='') %}{% for m in messages %}{% if m.role == 'system' %}{% set ns.first = m.content | trim ~ ' ' %}{% continue %}{% endif %}{{ ns.first }}{% set ns.first = '' %}{{ {'user': 'USER', 'assistant': 'ASSISTANT', 'tool': 'TOOL'}.get(m.role, 'OTHER') }}: {{ m.content | replace('\n', ' ') }}{% if m.role == 'assistant' %}{{ eos_token }}{% endif %} {% if loop.index > 3 %}{% break %}{% endif %}{% endfor %}{% if add_generation_prompt %}ASSISTANT:{% endif %}",
    "deepseek": "{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}{% set ns = namespace(is_first=false, is_tool=false, system_prompt='') %}{%- for message in messages %}{%- if message['role'] == 'system' %}{% set ns.system_prompt = message['content'] %}{%- endif %}{%- endfor %}{{bos_token}}{{ns.system_prompt}}{%- for message in messages %}{%- if message['role'] == 'user' %}{%- set ns.is_tool = false -%}{{'<User>' + message['content']}}{%- endif %}{%- if message['role'] == 'assistant' and message['content'] %}{{'<Assistant>' + message['content'].split('</think>')[-1] + '<end>'}}{%- endif %}{%- if message['role'] == 'tool' %}{%- set ns.is_tool = true -%}{{'<tool>' + message['content'] + '</tool>'}}{%- endif %}{%- endfor -%}{% if ns.is_tool %}{{'<tools end>'}}{% endif %}{% if add_generation_prompt and not ns.is_tool %}{{'<Assistant>'}}{% endif %}",
    "granite": "{%- macro render(name, value, level=0) -%}\n{{ '  ' * level }}{{ name }}:{% if value is mapping %}\n{% for k, v in value | dictsort %}{{ render(k, v, level + 1) }}{% endfor %}{% elif value is string %} {{ value | upper }}\n{% elif value is iterable %} {{ value | join('/') }}\n{% else %} {{ value }}\n{% endif %}\n{%- endmacro -%}\n{% if tools %}{% for tool in tools %}{{ render('tool', tool) }}{% endfor %}{% endif %}\n{% for message in messages %}\n{% generation %}{{ message.content | capitalize }}{% endgeneration %} {{ loop.index ~ '/' ~ loop.length }} {{ 'odd' if loop.index is odd else 'even' }} {{ loop.previtem.role if loop.previtem is defined else 'none' }} {{ loop.first }}\n{% endfor %}",
    "cohere": "{{ bos_token }}{% for message in messages %}{% set text = message.content or '' %}{{ '<|TURN|>' ~ message.role.upper()[:4] ~ '|' ~ text.strip().split()|length ~ '|' ~ text.title() ~ '|' ~ text.find('2') ~ '|' ~ text.replace('a', 'o', 1) }}{% for call in message.tool_calls or [] %}{{ call.function.arguments.items() | list | tojson }}{{ call | tojson(indent=2, sort_keys=true) }}{{ call.function.arguments.keys() | list }}{{ call.function.arguments }}{% endfor %}{% endfor %}{% if documents %}{% for doc in documents %}{{ doc['title'] }}: {{ doc['text'] | tojson(ensure_ascii=true) }}{% endfor %}{% endif %}{{ '%s-%d' | format('x', 3) }}{{ [3, 1, 2] | sort | join(',') }}{{ 7 // 2 }}{{ 7 / 2 }}{{ -7 % 3 }}{{ 2 ** 5 }}{{ 'a' in 'abc' }}{{ none }}{{ [1, 'a', true, none, 1.5] }}",
}


def chats():
    import datetime

    import jinja2
    import transformers.utils.chat_template_utils as utils

    class Clock(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2024, 2, 29, 13, 5, 9)

    utils.datetime = Clock
    out = []
    for name, template in TEMPLATES.items():
        for n, messages in enumerate(CHATS):
            for tools in (None, TOOLS) if n else (None,):
                for prompt in (False, True):
                    documents = [{"title": "Düne", "text": "Sand\n☀ \x7f"}] if prompt else None
                    try:
                        rendered, _ = utils.render_jinja_template(
                            conversations=[messages], tools=tools, documents=documents, chat_template=template,
                            add_generation_prompt=prompt, bos_token="<s>", eos_token="</s>",
                        )
                        rendered = rendered[0]
                    except jinja2.exceptions.TemplateError as error:
                        rendered = {"error": str(error)}
                    out.append({"template": name, "messages": n, "tools": tools is not None, "prompt": prompt,
                                "documents": documents, "rendered": rendered})
    write(HERE, "chats.json", {"templates": TEMPLATES, "chats": CHATS, "tools": TOOLS, "rendered": out})


def main():
    random.seed(0)
    out = {
        "bert": wordpiece("bert", False),
        "bert-cased": wordpiece("bert-cased", True, strip_accents=False, tokenize_chinese_chars=False),
        "gpt2": bytelevel("gpt2", "GPT2Tokenizer", ["<|endoftext|>"]),
        "gpt2-blank": bytelevel("gpt2-blank", "GPT2Tokenizer", ["<|endoftext|>"], add_prefix_space=True),
        "roberta": bytelevel("roberta", "RobertaTokenizer", ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]),
        "qwen2": bytelevel("qwen2", "Qwen2Tokenizer", ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]),
        "clip": bytelevel("clip", "CLIPTokenizer", ["<|startoftext|>", "<|endoftext|>"], suffix="</w>"),
        **sentencepieces(),
        "keras": keras_json("keras", oov_token="<OOV>", num_words=40),
        "keras-plain": keras_json("keras-plain"),
        "keras-letters": keras_json("keras-letters", char_level=True, oov_token="?"),
        "keras-list": keras_list(),
    }
    write(HERE, "texts.json", TEXTS)
    write(HERE, "ids.json", out)
    chats()


if __name__ == "__main__":
    main()
