"""Golden cases of the classic decoders: GPT-2, GPT-3, GPT-Neo, GPT-NeoX, OPT, Falcon, Phi and ReZero.

GPT-3 and ReZero have no model in the reference library: plain implementations of their own stand below.
"""

import json
import math

import torch
from common import (
    CASES,
    both_paddings,
    ids,
    randomise,
    reading_and_writing,
    round_weights,
    write,
    write_generations,
)
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import (
    FalconConfig,
    FalconForCausalLM,
    GPT2Config,
    GPT2ForSequenceClassification,
    GPT2LMHeadModel,
    GPT2Model,
    GPTNeoConfig,
    GPTNeoForCausalLM,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    OPTConfig,
    OPTForCausalLM,
    PhiConfig,
    PhiForCausalLM,
)

torch.set_num_threads(1)


def claims_of(outputs, traces=True):
    """The named outputs of a forward pass, and its hidden states as traces."""
    claims = {name: outputs[name] for name in ("logits", "last_hidden_state") if name in outputs}
    if traces:
        claims |= {f"hidden_states.{n}": state for n, state in enumerate(outputs.hidden_states)}
    return claims


def transformers_case(
    case,
    kind,
    config,
    seed,
    length,
    rows=2,
    padded=5,
    attention="eager",
    traces=True,
    pad=None,
    dtype=torch.float32,
):
    """A decoder of the reference library on `rows` texts, of which the last ends with padding."""
    config._attn_implementation = attention
    model = round_weights(randomise(kind(config), seed), dtype)
    inputs = {
        "input_ids": ids(rows, length, config.vocab_size, seed + 1),
        "attention_mask": both_paddings(rows, length, padded),
    }
    if pad is not None:
        inputs["input_ids"] = torch.where(inputs["attention_mask"] == 1, inputs["input_ids"], pad)
    with torch.no_grad():
        outputs = model(**inputs, output_hidden_states=True, use_cache=False)
    write(case, model, inputs, claims_of(outputs, traces), dtype)
    if "logits" in outputs and outputs.logits.dim() == 3:
        write_generations(case, *reading_and_writing(model), config.vocab_size, length, seed)


def respell(case, source, config=lambda config: config, tensors=lambda tensors: tensors):
    """The case `source` again, with other spellings of the same config and tensors, as older checkpoints have."""
    folder = CASES / case
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(config(json.loads((CASES / source / "config.json").read_text())), indent=2)
    (folder / "config.json").write_text(text + "\n")
    stored = tensors(load_file(CASES / source / "model.safetensors"))
    stored = {name: value.clone().contiguous() for name, value in stored.items()}
    save_file(stored, folder / "model.safetensors", metadata={"format": "pt"})
    for claims in ("golden.safetensors", "generations.json"):
        (folder / claims).write_bytes((CASES / source / claims).read_bytes())


def old_rope(config):
    """The rotary embedding as transformers 4 spells it."""
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope["rope_theta"]
    config["rope_scaling"] = None
    if rope["rope_type"] != "default":
        config["rope_scaling"] = {"type": rope["rope_type"], "factor": rope["factor"]}
    if "partial_rotary_factor" in rope:
        config["partial_rotary_factor"] = rope["partial_rotary_factor"]
    return config


def old_neox_rope(config):
    """GPT-NeoX had names of its own for two of the three."""
    config = old_rope(config)
    config["rotary_emb_base"] = config.pop("rope_theta")
    config["rotary_pct"] = config.pop("partial_rotary_factor")
    return config


def buffers(tensors, of, **values):
    """`tensors` and, in each layer `of` (such as "h.{}.attn."), old buffers that are no parameters."""
    extra = {of.format(n) + name: value.clone() for n in range(2) for name, value in values.items()}
    return {**tensors, **extra}


# GPT-2


def gpt2():
    small = dict(vocab_size=80, n_positions=20, n_embd=32, n_layer=2, n_head=4, bos_token_id=1, eos_token_id=2)
    odd = dict(vocab_size=61, n_positions=17, n_embd=24, n_layer=2, n_head=3, bos_token_id=1, eos_token_id=2)
    odd |= dict(n_inner=40, activation_function="relu", layer_norm_epsilon=1e-3, scale_attn_by_inverse_layer_idx=True)
    unscaled = odd | dict(activation_function="silu", scale_attn_weights=False, reorder_and_upcast_attn=True)
    transformers_case("gpt2-model", GPT2Model, GPT2Config(**small), 100, 20)
    transformers_case("gpt2-model-odd", GPT2Model, GPT2Config(**odd), 110, 17, rows=3, padded=6)
    transformers_case("gpt2-causal-lm", GPT2LMHeadModel, GPT2Config(**small), 120, 20)
    untied = GPT2Config(**unscaled, tie_word_embeddings=False)
    transformers_case("gpt2-causal-lm-odd", GPT2LMHeadModel, untied, 130, 17, rows=3, padded=6)
    half = torch.float16
    transformers_case("gpt2-causal-lm-float16", GPT2LMHeadModel, GPT2Config(**small), 170, 20, dtype=half)
    config, brain = GPT2Config(**odd), torch.bfloat16
    transformers_case("gpt2-causal-lm-bfloat16", GPT2LMHeadModel, config, 180, 17, rows=3, padded=6, dtype=brain)
    mask = torch.tril(torch.ones(20, 20)).view(1, 1, 20, 20)
    unprefixed = lambda tensors: {name.removeprefix("transformer."): value for name, value in tensors.items()}
    respell(
        "gpt2-causal-lm-unprefixed",
        "gpt2-causal-lm",
        config=lambda config: {**config, "n_ctx": 20},
        tensors=lambda tensors: buffers(unprefixed(tensors), "h.{}.attn.", bias=mask, masked_bias=torch.tensor(-1e4)),
    )
    labels = dict(num_labels=3, pad_token_id=0)
    head = "gpt2-sequence-classification"
    transformers_case(head, GPT2ForSequenceClassification, GPT2Config(**small, **labels), 140, 20, pad=0)
    labels = dict(num_labels=5, pad_token_id=60)
    config = GPT2Config(**odd, **labels)
    transformers_case(f"{head}-odd", GPT2ForSequenceClassification, config, 150, 17, rows=3, padded=6, pad=60)
    # Without a padding token the reference takes a single row, and its last position.
    config = GPT2Config(**small, num_labels=2)
    transformers_case(f"{head}-no-padding", GPT2ForSequenceClassification, config, 160, 20, rows=1, padded=0)


# Plain implementations


class Plain(nn.Module):
    """A model that is saved as the reference library saves its own."""

    def __init__(self, config):
        super().__init__()
        self.config = config

    def save_pretrained(self, folder, safe_serialization=True):
        (folder / "config.json").write_text(json.dumps(self.config, indent=2) + "\n")
        save_file(dict(self.state_dict()), folder / "model.safetensors", metadata={"format": "pt"})


def plain_attention(q, k, v, heads, seen):
    """Attention of joined heads `[batch, position, heads * width]` where `seen[batch, query, key]` holds."""
    split = lambda t: t.unflatten(-1, (heads, -1)).transpose(1, 2)
    scores = split(q) @ split(k).mT / math.sqrt(q.shape[-1] // heads)
    scores = scores.masked_fill(~seen[:, None], -torch.inf)
    return (scores.softmax(-1) @ split(v)).transpose(1, 2).flatten(2)


def plain_case(case, model, seed, length, vocabulary, rows=2, padded=5):
    randomise(model, seed)
    words = ids(rows, length, vocabulary, seed + 1)
    inputs = {"input_ids": words, "attention_mask": both_paddings(rows, length, padded)}
    with torch.no_grad():
        outputs = model(**inputs)
    write(case, model, inputs, outputs)
    # A model that reads what follows writes nothing.
    if model.config.get("causal", True):
        read = lambda text, _: model(torch.tensor([text]), torch.ones(1, len(text)))["logits"][0]
        write_generations(case, read, None, vocabulary, length, seed)


class InOut(nn.Module):
    """A dense layer with its matrix stored as [in, out]."""

    stored_in_out = True

    def __init__(self, given, wanted):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(given, wanted))
        self.bias = nn.Parameter(torch.zeros(wanted))

    def forward(self, x):
        return x @ self.weight + self.bias


class GPT3Layer(nn.Module):
    def __init__(self, width, heads, inner):
        super().__init__()
        self.heads = heads
        self.ln_1 = nn.LayerNorm(width)
        self.attn = nn.ModuleDict(dict(c_attn=InOut(width, 3 * width), c_proj=InOut(width, width)))
        self.ln_2 = nn.LayerNorm(width)
        self.mlp = nn.ModuleDict(dict(c_fc=InOut(width, inner), c_proj=InOut(inner, width)))

    def forward(self, x, seen):
        q, k, v = self.attn["c_attn"](self.ln_1(x)).chunk(3, dim=-1)
        x = x + self.attn["c_proj"](plain_attention(q, k, v, self.heads, seen))
        wide = nn.functional.gelu(self.mlp["c_fc"](self.ln_2(x)), approximate="tanh")
        return x + self.mlp["c_proj"](wide)


class GPT3(Plain):
    """Brown et al. 2020, section 2.1: GPT-2, of whose layers every second one is locally banded."""

    def __init__(self, config):
        super().__init__(config)
        width = config["n_embd"]
        inner = config.get("n_inner") or 4 * width
        layers = [GPT3Layer(width, config["n_head"], inner) for _ in range(config["n_layer"])]
        self.transformer = nn.ModuleDict(
            dict(
                wte=nn.Embedding(config["vocab_size"], width),
                wpe=nn.Embedding(config["n_positions"], width),
                h=nn.ModuleList(layers),
                ln_f=nn.LayerNorm(width),
            )
        )

    def forward(self, input_ids, attention_mask):
        places = torch.arange(input_ids.shape[1])
        distance = places[:, None] - places[None, :]
        x = self.transformer["wte"](input_ids) + self.transformer["wpe"](places)
        claims = {}
        for n, layer in enumerate(self.transformer["h"]):
            claims[f"hidden_states.{n}"] = x
            seen = distance >= 0
            if self.config.get("window_size") and n % 2 == 1:
                seen = seen & (distance < self.config["window_size"])
            # A position always sees itself, so that no row of padding is empty.
            x = layer(x, seen & (attention_mask[:, None, :] == 1) | (distance == 0))
        x = self.transformer["ln_f"](x)
        claims[f"hidden_states.{len(self.transformer['h'])}"] = x
        return {**claims, "logits": x @ self.transformer["wte"].weight.T}


def gpt3():
    small = dict(model_type="gpt3", architectures=["GPT3LMHeadModel"], activation_function="gelu_new")
    small |= dict(vocab_size=80, n_positions=20, n_embd=32, n_layer=2, n_head=4, layer_norm_epsilon=1e-5)
    banded = small | dict(vocab_size=61, n_positions=17, n_embd=24, n_layer=4, n_head=3, n_inner=40, window_size=5)
    plain_case("gpt3-causal-lm", GPT3(small), 200, 20, 80)
    plain_case("gpt3-causal-lm-banded", GPT3(small | dict(window_size=7)), 210, 20, 80)
    plain_case("gpt3-causal-lm-odd", GPT3(banded), 220, 17, 61, rows=3, padded=6)


class ReZeroLayer(nn.Module):
    def __init__(self, width, inner):
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(width, width) for _ in range(4))
        self.linear1 = nn.Linear(width, inner)
        self.linear2 = nn.Linear(inner, width)
        self.resweight = nn.Parameter(torch.zeros(1))

    def forward(self, x, seen, heads, activation):
        x = x + self.resweight * self.o(plain_attention(self.q(x), self.k(x), self.v(x), heads, seen))
        return x + self.resweight * self.linear2(activation(self.linear1(x)))


class ReZero(Plain):
    """Bachlechner et al. 2020: a decoder without norms, whose residual branches have one learned weight a layer."""

    def __init__(self, config):
        super().__init__(config)
        width = config["d_model"]
        self.embedding = nn.Embedding(config["vocab_size"], width)
        self.positions = nn.Embedding(config["max_positions"], width)
        self.layers = nn.ModuleList(ReZeroLayer(width, config["dim_feedforward"]) for _ in range(config["num_layers"]))
        if not config["tie_word_embeddings"]:
            self.lm_head = nn.Linear(width, config["vocab_size"], bias=False)

    def forward(self, input_ids, attention_mask):
        places = torch.arange(input_ids.shape[1])
        seen = (attention_mask[:, None, :] == 1).expand(-1, len(places), -1)
        if self.config["causal"]:
            seen = seen & (places[:, None] >= places[None, :]) | torch.eye(len(places), dtype=torch.bool)
        activation = {"relu": torch.relu, "gelu": nn.functional.gelu, "tanh": torch.tanh}[self.config["activation"]]
        x = self.embedding(input_ids) + self.positions(places)
        claims = {}
        for n, layer in enumerate(self.layers):
            claims[f"hidden_states.{n}"] = x
            x = layer(x, seen, self.config["nhead"], activation)
        claims[f"hidden_states.{len(self.layers)}"] = x
        head = self.embedding if self.config["tie_word_embeddings"] else self.lm_head
        return {**claims, "last_hidden_state": x, "logits": x @ head.weight.T}


def rezero():
    small = dict(model_type="rezero_decoder", vocab_size=80, d_model=32, nhead=4, dim_feedforward=64, num_layers=2)
    small |= dict(max_positions=20, activation="gelu", causal=True, tie_word_embeddings=True)
    residual = "x + alpha * f(x); one resweight per layer for both sublayers; no layer norm"
    small |= dict(residual=residual, alpha_init=0.0)
    odd = small | dict(vocab_size=61, d_model=24, nhead=3, dim_feedforward=40, num_layers=3, max_positions=17)
    odd |= dict(activation="tanh", causal=False, tie_word_embeddings=False)
    plain_case("rezero-causal-lm", ReZero(small), 300, 20, 80)
    plain_case("rezero-causal-lm-odd", ReZero(odd), 310, 17, 61, rows=3, padded=6)


# GPT-Neo, GPT-NeoX, OPT, Falcon, Phi


def gpt_neo():
    small = GPTNeoConfig(
        vocab_size=80, max_position_embeddings=20, hidden_size=32, num_layers=2, num_heads=4, window_size=6,
        attention_types=[[["global", "local"], 1]], bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    odd = GPTNeoConfig(
        vocab_size=61, max_position_embeddings=17, hidden_size=24, num_layers=3, num_heads=3, window_size=3,
        attention_types=[[["local"], 2], [["global"], 1]], intermediate_size=40, activation_function="relu",
        layer_norm_epsilon=1e-3, tie_word_embeddings=False, bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    transformers_case("gpt_neo-causal-lm", GPTNeoForCausalLM, small, 400, 20)
    transformers_case("gpt_neo-causal-lm-odd", GPTNeoForCausalLM, odd, 410, 17, rows=3, padded=6)
    mask = torch.tril(torch.ones(20, 20, dtype=torch.uint8)).view(1, 1, 20, 20)
    respell(
        "gpt_neo-causal-lm-old",
        "gpt_neo-causal-lm",
        tensors=lambda tensors: buffers(
            tensors, "transformer.h.{}.attn.attention.", bias=mask, masked_bias=torch.tensor(-1e9)
        ),
    )


def gpt_neox():
    rope = dict(rope_theta=10_000.0, rope_type="default", partial_rotary_factor=0.25)
    small = GPTNeoXConfig(
        vocab_size=80, max_position_embeddings=24, hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, rope_parameters=rope, bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    # 0.6 of a head of 8 are 4.8 columns, of which 4 turn.
    rope = dict(rope_theta=500.0, rope_type="linear", factor=2.5, partial_rotary_factor=0.6)
    odd = GPTNeoXConfig(
        vocab_size=61, max_position_embeddings=17, hidden_size=24, num_hidden_layers=2, num_attention_heads=3,
        intermediate_size=40, rope_parameters=rope, hidden_act="gelu_fast", use_parallel_residual=False,
        attention_bias=False, layer_norm_eps=1e-3, tie_word_embeddings=True, bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    transformers_case("gpt_neox-causal-lm", GPTNeoXForCausalLM, small, 500, 24)
    transformers_case("gpt_neox-causal-lm-odd", GPTNeoXForCausalLM, odd, 510, 17, rows=3, padded=6)
    rope = dict(rope_theta=10_000.0, rope_type="default", partial_rotary_factor=1.0)
    whole = GPTNeoXConfig(**(small.to_dict() | dict(rope_parameters=rope, use_parallel_residual=False)))
    transformers_case("gpt_neox-causal-lm-whole-heads", GPTNeoXForCausalLM, whole, 520, 24)
    mask = torch.tril(torch.ones(24, 24, dtype=torch.uint8)).view(1, 1, 24, 24)
    respell(
        "gpt_neox-causal-lm-old",
        "gpt_neox-causal-lm",
        config=old_neox_rope,
        tensors=lambda tensors: buffers(
            tensors,
            "gpt_neox.layers.{}.attention.",
            **{"bias": mask, "masked_bias": torch.tensor(-1e9), "rotary_emb.inv_freq": torch.ones(2)},
        ),
    )
    respell("gpt_neox-causal-lm-odd-old", "gpt_neox-causal-lm-odd", config=old_neox_rope)


def opt():
    small = dict(vocab_size=80, max_position_embeddings=20, hidden_size=32, num_hidden_layers=2, num_attention_heads=4)
    small |= dict(ffn_dim=64)
    odd = dict(vocab_size=61, max_position_embeddings=17, hidden_size=24, num_hidden_layers=2, num_attention_heads=3)
    odd |= dict(ffn_dim=40)
    post = OPTConfig(**odd, do_layer_norm_before=False, word_embed_proj_dim=20, tie_word_embeddings=False)
    plain = dict(enable_bias=False, layer_norm_elementwise_affine=False, activation_function="gelu")
    unfinished = OPTConfig(**small, _remove_final_layer_norm=True)
    transformers_case("opt-causal-lm", OPTForCausalLM, OPTConfig(**small), 600, 20)
    transformers_case("opt-causal-lm-odd", OPTForCausalLM, post, 610, 17, rows=3, padded=6)
    transformers_case("opt-causal-lm-plain", OPTForCausalLM, OPTConfig(**odd, **plain), 620, 17)
    transformers_case("opt-causal-lm-no-final-norm", OPTForCausalLM, unfinished, 630, 20)
    respell(
        "opt-causal-lm-unprefixed",
        "opt-causal-lm",
        config=lambda config: {name: value for name, value in config.items() if name != "word_embed_proj_dim"},
        tensors=lambda tensors: {
            **{name.removeprefix("model."): value for name, value in tensors.items()},
            "lm_head.weight": tensors["model.decoder.embed_tokens.weight"],
        },
    )


def falcon():
    def case(name, seed, length=20, rows=2, padded=5, attention="eager", traces=True, **options):
        base = dict(vocab_size=80, max_position_embeddings=20, hidden_size=32, num_hidden_layers=2)
        base |= dict(num_attention_heads=4, bos_token_id=1, eos_token_id=2)
        config = FalconConfig(**(base | options))
        name = "falcon-causal-lm" + name
        transformers_case(name, FalconForCausalLM, config, seed, length, rows, padded, attention, traces)

    odd = dict(vocab_size=61, max_position_embeddings=17, hidden_size=24, num_attention_heads=3, ffn_hidden_size=40)
    case("", 700)
    rope = dict(rope_theta=500.0, rope_type="linear", factor=2.5)
    case("-odd", 710, 17, 3, 6, **odd, bias=True, parallel_attn=False, activation="gelu_new", rope_parameters=rope,
         layer_norm_epsilon=1e-3, tie_word_embeddings=False)  # fmt: skip
    new = dict(new_decoder_architecture=True)
    case("-new", 720, **new, num_kv_heads=2)
    case("-new-one-norm", 730, **new, num_kv_heads=2, num_ln_in_parallel_attn=1, ffn_hidden_size=64, bias=True)
    case("-many-keys", 740, multi_query=False)
    # The eager code of the reference adds the ALiBi bias twice, its default code once, as the published models do.
    alibi = dict(alibi=True, attention="sdpa")
    case("-alibi", 750, **alibi, multi_query=False, parallel_attn=False, bias=True)
    case("-alibi-odd", 760, 17, 3, 6, **odd, **alibi)
    # The slopes of more than 8 heads are no powers of two, and positions beyond 256 have more than 8 bits: the
    # reference rounds both to bfloat16.
    many = dict(hidden_size=24, num_attention_heads=12)
    case("-alibi-new", 770, **(alibi | new | many), num_kv_heads=3)
    long = odd | many | dict(vocab_size=40, max_position_embeddings=290, num_hidden_layers=1)
    case("-alibi-long", 780, 290, 2, 7, **(long | alibi), traces=False)
    respell("falcon-causal-lm-old", "falcon-causal-lm-odd", config=old_rope)


def phi():
    rope = dict(rope_theta=10_000.0, rope_type="default", partial_rotary_factor=0.5)
    small = PhiConfig(
        vocab_size=80, max_position_embeddings=24, hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=64, rope_parameters=rope, bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    rope = dict(rope_theta=500.0, rope_type="linear", factor=2.5, partial_rotary_factor=0.4)
    odd = PhiConfig(
        vocab_size=61, max_position_embeddings=17, hidden_size=40, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, intermediate_size=40, rope_parameters=rope, hidden_act="relu", qk_layernorm=True,
        layer_norm_eps=1e-3, tie_word_embeddings=True, bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    transformers_case("phi-causal-lm", PhiForCausalLM, small, 800, 24)
    transformers_case("phi-causal-lm-odd", PhiForCausalLM, odd, 810, 17, rows=3, padded=6)
    respell(
        "phi-causal-lm-old",
        "phi-causal-lm-odd",
        config=old_rope,
        tensors=lambda tensors: buffers(
            tensors, "model.layers.{}.self_attn.", **{"rotary_emb.inv_freq": torch.ones(2)}
        ),
    )


if __name__ == "__main__":
    for family in (gpt2, gpt3, rezero, gpt_neo, gpt_neox, opt, falcon, phi):
        family()
