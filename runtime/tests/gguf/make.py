"""Makes the `.gguf` files beside itself with the gguf library, and what the reference libraries read in them.

    python make.py
    node ids.mjs texts.json ids.json tokens-[!b]*.gguf

Made with gguf 0.19.0, numpy 2.4.6, torch 2.15.0, transformers 5.24.0, tokenizers 0.23.3, safetensors 0.8.0; `ids.json` by
llama.cpp as node-llama-cpp 3.22.1 has it. `numbers.safetensors`: every tensor of `types.gguf` as the gguf library
dequantises it, `q8_1` and `q8_k`, which that library does not, by the definition of their blocks. `configs.json`: what
transformers makes of each `model-*.gguf` that it reads, and under `source` the configuration that the file was made from.
`bert-ids.json`: by transformers' own BERT tokenizer, from whose vocabulary `tokens-bert.gguf` was made.
"""

import json
import pathlib

import gguf
import numpy as np
import torch
import transformers
from gguf import GGMLQuantizationType as T
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

HERE = pathlib.Path(__file__).resolve().parent
BLOCKS = [T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.Q8_0, T.Q2_K, T.Q3_K, T.Q4_K, T.Q5_K, T.Q6_K]
# Bytes of a block, and where its scales of 16 bits stand.
SCALES = {T.Q4_0: (18, [0]), T.Q4_1: (20, [0, 2]), T.Q5_0: (22, [0]), T.Q5_1: (24, [0, 2]), T.Q8_0: (34, [0]),
          T.Q2_K: (84, [80, 82]), T.Q3_K: (110, [108]), T.Q4_K: (144, [0, 2]), T.Q5_K: (176, [0, 2]), T.Q6_K: (210, [208])}


def writer(name, architecture):
    return gguf.GGUFWriter(HERE / name, architecture)


def finish(made):
    made.write_header_to_file()
    made.write_kv_data_to_file()
    made.write_tensors_to_file()
    made.close()


def types():
    chance = np.random.default_rng(20_266)
    made, numbers = writer("types.gguf", "none"), {}
    for kind in BLOCKS:
        size, scales = SCALES[kind]
        elements = gguf.GGML_QUANT_SIZES[kind][0]
        blocks = chance.integers(0, 256, (512 // elements, size), dtype=np.uint8)
        for at in scales:
            wanted = chance.normal(0, 0.1, len(blocks)).astype(np.float16)
            # An infinite and a subnormal scale; the blocks then hold what is no number.
            wanted[: len(blocks) // 2] = np.array([np.inf, 6e-8] * 8, np.float16)[: len(blocks) // 2]
            blocks[:, at : at + 2] = wanted.view(np.uint8).reshape(-1, 2)
        rows = blocks.reshape(2, -1)
        name = kind.name.lower()
        made.add_tensor(name, rows, raw_dtype=kind)
        numbers[name] = gguf.quants.dequantize(rows, kind).astype(np.float32)
    plain = chance.normal(0, 3, (3, 4))
    for dtype, kind in [("float32", None), ("float16", None), ("float64", None), ("int8", None), ("int16", None), ("int32", None), ("int64", None)]:
        numbers[dtype] = plain.astype(dtype)
        made.add_tensor(dtype, numbers[dtype], raw_dtype=kind)
    bf16 = torch.from_numpy(plain).to(torch.bfloat16)
    made.add_tensor("bfloat16", bf16.view(torch.uint8).numpy(), raw_dtype=T.BF16)
    numbers["bfloat16_as_float32"] = bf16.float().numpy()
    # One, two, three and four axes.
    for axes in [(5,), (2, 3), (2, 3, 4), (2, 1, 3, 2)]:
        numbers[f"axes{len(axes)}"] = chance.normal(0, 1, axes).astype(np.float32)
        made.add_tensor(f"axes{len(axes)}", numbers[f"axes{len(axes)}"])
    finish(made)
    save_file(numbers, HERE / "numbers.safetensors")


def common(made, config, **more):
    made.add_context_length(config.max_position_embeddings)
    made.add_embedding_length(config.hidden_size)
    made.add_block_count(config.num_hidden_layers)
    made.add_head_count(config.num_attention_heads)
    inner = getattr(config, "intermediate_size", None) or getattr(config, "ffn_hidden_size", None) or config.n_inner
    made.add_feed_forward_length(inner)
    made.add_vocab_size(config.vocab_size)
    made.add_tensor("token_embd.weight", np.zeros((config.vocab_size, config.hidden_size), np.float32))
    for key, value in more.items():
        getattr(made, f"add_{key}")(value)


def model_files():
    """Files of each architecture with the keys that llama.cpp's converter writes for it, and few tensors."""
    small = dict(vocab_size=11, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=24, max_position_embeddings=32)
    grouped = small | dict(num_key_value_heads=2)
    output = ("output.weight", (11, 16))

    def rms(config):
        return dict(head_count_kv=config.num_key_value_heads, layer_norm_rms_eps=config.rms_norm_eps, rope_freq_base=config.rope_parameters["rope_theta"])

    llama = transformers.LlamaConfig(**grouped, rms_norm_eps=1e-5, rope_theta=50_000.0, bos_token_id=1, eos_token_id=2, pad_token_id=3)
    yield "model-llama.gguf", "llama", llama, rms(llama) | dict(rope_dimension_count=4, bos_token_id=1, eos_token_id=2, pad_token_id=3), [output]
    scaling = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=8192)
    wide = grouped | dict(hidden_size=64)
    llama3 = transformers.LlamaConfig(**wide, rms_norm_eps=1e-5, rope_parameters=scaling | dict(rope_theta=500_000.0), tie_word_embeddings=True)
    yield "model-llama3.gguf", "llama", llama3, rms(llama3) | dict(rope_dimension_count=16), ["factors"]
    linear = transformers.LlamaConfig(**grouped, rope_parameters=dict(rope_type="linear", factor=2.0, rope_theta=10_000.0), attention_bias=True, tie_word_embeddings=True)
    kind = gguf.RopeScalingType.LINEAR
    yield "model-linear.gguf", "llama", linear, rms(linear) | dict(rope_scaling_type=kind, rope_scaling_factor=2.0), [("blk.0.attn_q.bias", (16,))]
    qwen2 = transformers.Qwen2Config(**grouped, rope_theta=1e6, tie_word_embeddings=True)
    yield "model-qwen2.gguf", "qwen2", qwen2, rms(qwen2), []
    qwen3 = transformers.Qwen3Config(**grouped, head_dim=8, rope_theta=1e6)
    yield "model-qwen3.gguf", "qwen3", qwen3, rms(qwen3) | dict(key_length=8, value_length=8), [output]
    gemma = transformers.GemmaConfig(**grouped, head_dim=8)
    yield "model-gemma.gguf", "gemma", gemma, rms(gemma) | dict(key_length=8, value_length=8), []
    gemma2 = transformers.Gemma2Config(**grouped, head_dim=8, query_pre_attn_scalar=8, sliding_window=16)
    capped = dict(attn_logit_softcapping=50.0, final_logit_softcapping=30.0, sliding_window=16)
    yield "model-gemma2.gguf", "gemma2", gemma2, rms(gemma2) | dict(key_length=8, value_length=8) | capped, []
    gpt2 = transformers.GPT2Config(vocab_size=11, n_embd=16, n_layer=2, n_head=4, n_inner=64, n_positions=32, bos_token_id=0, eos_token_id=0)
    yield "model-gpt2.gguf", "gpt2", gpt2, dict(layer_norm_eps=gpt2.layer_norm_epsilon, bos_token_id=0, eos_token_id=0), [("position_embd.weight", (32, 16))]
    phi = transformers.PhiConfig(**small, rope_parameters=dict(rope_type="default", rope_theta=10_000.0, partial_rotary_factor=0.5))
    yield "model-phi2.gguf", "phi2", phi, dict(head_count_kv=4, layer_norm_eps=phi.layer_norm_eps, rope_dimension_count=2), [output]
    falcon = transformers.FalconConfig(vocab_size=11, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, ffn_hidden_size=64, max_position_embeddings=32, num_kv_heads=1)
    yield "model-falcon.gguf", "falcon", falcon, dict(head_count_kv=1, layer_norm_eps=falcon.layer_norm_epsilon), []
    neox = transformers.GPTNeoXConfig(**small, rope_parameters=dict(rope_type="default", rope_theta=10_000.0, partial_rotary_factor=0.5))
    yield "model-gptneox.gguf", "gptneox", neox, dict(layer_norm_eps=neox.layer_norm_eps, rope_dimension_count=2, parallel_residual=True), [output, ("blk.0.attn_qkv.bias", (48,))]
    bert = transformers.BertConfig(**small)
    yield "model-bert.gguf", "bert", bert, dict(layer_norm_eps=bert.layer_norm_eps, causal_attention=False), [("position_embd.weight", (32, 16)), ("token_types.weight", (2, 16))]


def llama3_factors(config):
    """The factors as llama.cpp's converter writes them."""
    rope = config.rope_parameters
    low, high, trained, factor = (rope[name] for name in ["low_freq_factor", "high_freq_factor", "original_max_position_embeddings", "factor"])
    factors = []
    for pair in range(0, config.head_dim, 2):
        wave = 2 * np.pi * rope["rope_theta"] ** (pair / config.head_dim)
        if wave < trained / high:
            factors.append(1.0)
        elif wave > trained / low:
            factors.append(factor)
        else:
            smooth = (trained / wave - low) / (high - low)
            factors.append(1 / ((1 - smooth) / factor + smooth))
    return np.array(factors, np.float32)


def models_with_configs():
    configs = {}
    for name, architecture, config, keys, tensors in model_files():
        made = writer(name, architecture)
        common(made, config, **keys)
        for tensor in tensors:
            if tensor == "factors":
                made.add_tensor("rope_freqs.weight", llama3_factors(config))
            else:
                made.add_tensor(tensor[0], np.zeros(tensor[1], np.float32))
        finish(made)
        read = {}
        try:
            read = transformers.AutoConfig.from_pretrained(HERE, gguf_file=name).to_dict()
        except Exception as error:
            print(name, type(error).__name__, str(error)[:90])
        configs[name] = {"source": config.to_dict(), "transformers": read}
    (HERE / "configs.json").write_text(json.dumps(configs, indent=1, sort_keys=True, default=str) + "\n")


CORPUS = """The quick brown fox jumps over the lazy dog. It's 1234 and they're here; we'll see 2024-05-17 at 12:30.
def main(argument): return [x ** 2 for x in range(1000)]  # comments, and "quotes" ... !!! ==> <tag> {brace}
    four spaces,     five spaces and\ttabs\n\n\nlines  Straße naïve café 東京は日本の首都です。 Привет мир! 안녕하세요 😀😀 ÀÉÎ
I'M SHOUTING LOUDER THAN THE OTHERS 000 111 222 333 12345 678 999 one1two22three333 $5.00 50% a+b=c ~ ^ | `code`
""" * 20
TEXTS = [
    "", "Hello world", " leading blank", "  two blanks", "trailing ", "a  b   c    d", "12345 and 1,000.5", "x1y22z333 4444",
    "it's they're WE'LL I'm don't", "tabs\tand\nlines\n\n\nend\n", " \n \n x", "東京は日本の首都です。", "Привет, мир! Ёж", "안녕하세요 세계",
    "😀 family 👨‍👩‍👧 flag 🇩🇪", "Straße naïve café", "e\u0301 combining n\u0303", "def f(x):\n    return x**2  # code",
    "!!! ... ==> <tag> {brace} [list] (x) $5 50% ^ ~ | `q`", "ALLCAPS MixedCase camelCase", "\u00a0nbsp\u2003em space", "مرحبا بالعالم",
    "हिन्दी भाषा", "ไทย ภาษา", "a\u200bb zero width", "1st 2nd Ⅷ ½ ²", "https://example.com/a?b=c&d=e#f", "{\"key\": [1, 2.5e-3, null]}",
    "<s> in text</s> and more", "[CLS] word [SEP]", "word<|end|>word", "<0x41> is no byte", "\r\nwindows\r\nlines\r\n", "       seven then x",
    "....", "don’t “quote” – dash — em", "ﬁ ligature Ａ full width", "mixed中文and英文123混合", "ΑΒΓ αβγ ς", "a" * 60,
]


def trained(blank, size):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace() if blank else pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = [] if blank else pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator([CORPUS], trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False))
    model = json.loads(tokenizer.to_str())["model"]
    return model["vocab"], model["merges"]


def vocabulary_file(name, architecture="llama"):
    made = writer(name, architecture)
    made.add_context_length(32)
    made.add_embedding_length(8)
    made.add_block_count(1)
    made.add_feed_forward_length(8)
    made.add_head_count(2)
    made.add_layer_norm_rms_eps(1e-5)
    made.add_layer_norm_eps(1e-5)
    return made


def close_vocabulary(made, tokens, types, scores=None):
    made.add_token_list(tokens)
    made.add_token_types(types)
    if scores:
        made.add_token_scores(scores)
    finish(made)


def vocabularies():
    vocab, merges = trained(False, 420)
    tokens = [token for token, _ in sorted(vocab.items(), key=lambda item: item[1])] + ["<|end|>", "<s>", "<think>"]
    kinds = [1] * len(vocab) + [3, 3, 4]
    for pre in ["default", "gpt-2", "smollm", "llama-bpe", "qwen2", "qwen35", "falcon", "tekken", "gpt-4o"]:
        made = vocabulary_file(f"tokens-{pre}.gguf")
        made.add_tokenizer_model("gpt2")
        made.add_tokenizer_pre(pre)
        made.add_token_merges([" ".join(merge) for merge in merges])
        made.add_bos_token_id(len(vocab) + 1)
        made.add_eos_token_id(len(vocab))
        close_vocabulary(made, tokens, kinds)

    vocab, merges = trained(True, 330)
    merged = ["".join(merge) for merge in merges]
    letters = [token for token in vocab if token not in merged]
    pieces = list(dict.fromkeys(merged)) + letters
    tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)] + pieces + ["<|end|>", "<think>"]
    kinds = [2, 3, 3] + [6] * 256 + [1] * len(pieces) + [3, 4]
    scores = [0.0] * 259 + [-float(place) for place in range(len(pieces))] + [0.0, 0.0]
    for name, prefix, eos in [("spm", None, False), ("spm-bare", False, True)]:
        made = vocabulary_file(f"tokens-{name}.gguf")
        made.add_tokenizer_model("llama")
        made.add_bos_token_id(1)
        made.add_eos_token_id(2)
        made.add_unk_token_id(0)
        if prefix is not None:
            made.add_add_space_prefix(prefix)
            made.add_add_eos_token(eos)
        close_vocabulary(made, tokens, kinds, scores)

    from tokenizers import BertWordPieceTokenizer
    words = BertWordPieceTokenizer(lowercase=True)
    words.train_from_iterator([CORPUS], vocab_size=300, show_progress=False)
    plain = [token for token, _ in sorted(words.get_vocab().items(), key=lambda item: item[1])]

    def phantom(token):
        if token.startswith("[") and token.endswith("]"):
            return token
        return token[2:] if token.startswith("##") else "\u2581" + token

    made = vocabulary_file("tokens-bert.gguf", "bert")
    made.add_causal_attention(False)
    made.add_tokenizer_model("bert")
    for key, token in [("bos", "[CLS]"), ("eos", "[SEP]"), ("seperator", "[SEP]"), ("cls", "[CLS]"), ("unknown", "[UNK]"), ("padding", "[PAD]")]:
        made.add_uint32(f"tokenizer.ggml.{key}_token_id", plain.index(token))
    close_vocabulary(made, [phantom(token) for token in plain], [3 if token.startswith("[") and len(token) > 2 and token.endswith("]") else 1 for token in plain])
    bert = transformers.BertTokenizer(vocab={token: place for place, token in enumerate(plain)}, do_lower_case=True)
    (HERE / "texts.json").write_text(json.dumps(TEXTS, ensure_ascii=True, indent=0) + "\n")
    (HERE / "bert-ids.json").write_text(json.dumps([bert.encode(text) for text in TEXTS], separators=(",", ":")) + "\n")


def blocks_by_definition():
    """Q8_1 and Q8_K, which only ggml itself reads: a scale times numbers of 8 bits; sums that follow from them beside."""
    chance = np.random.default_rng(7)
    numbers, rows = {}, {}
    for name, elements, scale, sums in [("q8_1", 32, np.float16, 2), ("q8_k", 256, np.float32, 32)]:
        count = 512 // elements
        scales = chance.normal(0, 0.1, count).astype(scale)
        values = chance.integers(-128, 128, (count, elements)).astype(np.int8)
        around = chance.integers(0, 256, (count, sums), dtype=np.uint8)
        parts = [scales.view(np.uint8).reshape(count, -1), values.view(np.uint8)]
        # Q8_1 has its sum before the numbers, Q8_K behind them.
        parts.insert(1 if name == "q8_1" else 2, around)
        rows[name] = np.concatenate(parts, axis=1)
        numbers[name] = (values.astype(np.float32) * scales.astype(np.float32)[:, None]).reshape(-1)
    made = writer("own.gguf", "none")
    # The library pads by the sizes it knows, and it has another for Q8_1: as bytes, with the types put in below.
    for name, blocks in rows.items():
        made.add_tensor(name, blocks.reshape(-1).view(np.int8))
    finish(made)
    path = HERE / "own.gguf"
    held = bytearray(path.read_bytes())
    for name, number in [("q8_1", 9), ("q8_k", 15)]:
        at = held.index(name.encode()) + len(name) + 4
        held[at : at + 12] = (512).to_bytes(8, "little") + number.to_bytes(4, "little")
    path.write_bytes(held)
    save_file(numbers, HERE / "own.safetensors")


if __name__ == "__main__":
    types()
    blocks_by_definition()
    models_with_configs()
    vocabularies()
