"""How far the checker can be trusted: wrong models that it must notice, and right ones that it must not refuse.

Takes the golden cases of the repository (`../architectures`, made by reference libraries). A mutant is a case in which
config, weights or claims are changed so that the claimed outputs are no longer those of the stored model: the checker
must not certify it. A variant is a case stored or run in another way that changes nothing: the checker must certify it.
Each is made in a temporary folder and certified by the standard `lmstd/architecture`; the counts go into a page.

Needs numpy alone: `python mutants.py target/release/lmstd-check`.
"""

import argparse
import collections
import copy
import dataclasses
import itertools
import json
import math
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import time
import typing
import zlib

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
CASES = HERE.parent / "architectures"
GOLDENS = HERE.parent / "goldens"
PAGE = HERE.parents[2] / "docs" / "mutants.md"

# --- safetensors ---------------------------------------------------------------------------------------------------

# numpy has no bfloat16: a record of its two bytes stands for one number.
BF16 = np.dtype([("bf16", "<u2")])
DTYPES = {
    "F64": np.dtype("<f8"), "F32": np.dtype("<f4"), "F16": np.dtype("<f2"), "BF16": BF16,
    "I64": np.dtype("<i8"), "I32": np.dtype("<i4"), "U8": np.dtype("u1"), "BOOL": np.dtype("?"),
}
KINDS = {dtype: kind for kind, dtype in DTYPES.items()}


def read(path):
    """The tensors of a file by name, and its metadata."""
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    metadata = header.pop("__metadata__", None)
    tensors = {}
    for name, info in header.items():
        begin, end = info["data_offsets"]
        values = np.frombuffer(data[8 + size + begin : 8 + size + end], DTYPES[info["dtype"]])
        tensors[name] = values.reshape(info["shape"])
    return tensors, metadata


def encode(tensors, metadata=None, overlap=False):
    """The bytes of a file, tensors in the order given; with `overlap` the second lies where the first one does."""
    header, data, begins = {}, b"", []
    if metadata is not None:
        header["__metadata__"] = metadata
    for number, (name, values) in enumerate(tensors.items()):
        own = np.ascontiguousarray(values).tobytes()
        begin = begins[0] if overlap and number == 1 else len(data)
        begins.append(begin)
        header[name] = {
            "dtype": KINDS[values.dtype], "shape": list(values.shape), "data_offsets": [begin, begin + len(own)],
        }
        data += own
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def to_bf16(values):
    """Rounded to the nearest bfloat16, ties to even."""
    bits = values.astype("<f4").view("<u4").astype(np.uint64)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2").view(BF16).reshape(values.shape)


def from_bf16(values):
    return (values["bf16"].astype("<u4") << 16).view("<f4")


# --- models --------------------------------------------------------------------------------------------------------

DROP = object()


def one_file(model, folder):
    (folder / "model.safetensors").write_bytes(encode(model.weights, model.metadata))


@dataclasses.dataclass
class Model:
    """A submission: what is stored, and how. Copies share arrays, so these are replaced and never written."""

    case: str
    config: dict
    weights: dict
    claims: typing.Optional[dict]
    metadata: typing.Optional[dict]
    save: typing.Callable = one_file
    threads: int = 1
    # Continuations that are claimed, where these are what it is about; not those of the case.
    generations: typing.Optional[list] = None

    def but(self, config=None, weights=None, claims=None, **fields):
        """A copy with these config keys (dots for nested ones), weights and claims changed, `DROP` for none at all."""
        new = dataclasses.replace(self, config=copy.deepcopy(self.config), **fields)
        for key, value in (config or {}).items():
            *path, last = key.split(".")
            place = new.config
            for part in path:
                place = place.setdefault(part, {})
            place.update({last: value})
            if value is DROP:
                del place[last]
        merge = lambda old, changes: {k: v for k, v in {**old, **changes}.items() if v is not DROP}
        if weights:
            new.weights = merge(self.weights, weights)
        if claims:
            new.claims = merge(self.claims, claims)
        return new

    def write(self, folder):
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps(self.config, indent=2))
        if self.claims is not None:
            (folder / "golden.safetensors").write_bytes(encode(self.claims))
        if self.generations is not None:
            (folder / "generations.json").write_text(json.dumps(self.generations))
        self.save(self, folder)

    def differs(self, other):
        same = lambda a, b: a.keys() == b.keys() and all(
            a[k].dtype == b[k].dtype and a[k].shape == b[k].shape and a[k].tobytes() == b[k].tobytes() for k in a
        )
        return (
            self.config != other.config or self.save is not other.save or self.generations != other.generations
            or not same(self.weights, other.weights) or not same(self.claims, other.claims)
        )


def load(case):
    folder = CASES / case if (CASES / case).is_dir() else GOLDENS / case
    weights, metadata = read(folder / "model.safetensors")
    claims, _ = read(folder / "golden.safetensors")
    return Model(case, json.loads((folder / "config.json").read_text()), weights, claims, metadata)


def with_generations(case):
    """The case with the continuations that it claims."""
    return load(case).but(generations=json.loads((CASES / case / "generations.json").read_text()))


# One small case of each family; `MORE` below takes others for single faults.
FAMILIES = {
    "bert": "bert-sequence-classification-odd",
    "roberta": "roberta-token-classification-odd",
    "distilbert": "distilbert-sequence-classification",
    "albert": "albert-masked-lm",
    "electra": "electra-token-classification",
    "deberta-v2": "deberta-v2-sequence-classification",
    "sentence": "sentence-embedder",
    "gpt2": "gpt2-causal-lm-odd",
    "gpt3": "gpt3-causal-lm-banded",
    "gpt-neo": "gpt_neo-causal-lm-odd",
    "gpt-neox": "gpt_neox-causal-lm-odd",
    "opt": "opt-causal-lm",
    "falcon": "falcon-causal-lm-odd",
    "phi": "phi-causal-lm-odd",
    "llama": "llama-causal-lm",
    "smollm2": "smollm2-causal-lm",
    "mistral": "mistral-causal-lm",
    "mixtral": "mixtral-causal-lm",
    "qwen2": "qwen2-causal-lm-odd",
    "qwen3": "qwen3-causal-lm-odd",
    "gemma": "gemma-causal-lm",
    "gemma2": "gemma2-causal-lm",
    "t5": "t5-conditional-generation",
    "bart": "bart-conditional-generation",
    "marian": "marian-conditional-generation",
    "transformer": "transformer-encoder-decoder",
    "whisper": "whisper-conditional-generation",
    "wav2vec2": "wav2vec2-ctc-odd",
    "vit": "vit-image-classification",
    "clip": "clip-text",
    "convnext": "convnext-image-classification",
    "resnet": "resnet-image-classification",
    "mobilenet": "mobilenet-v2-torchvision",
    "word-vectors": "word-vectors",
    "mlp": "tabular-mlp-odd",
    "cnn": "digit-cnn",
    "rezero": "rezero-causal-lm",
    "article": "article-classifier-odd",
    "post-norm": "transformer-post-norm-classifier",
}
FAMILY = {case: family for family, case in FAMILIES.items()}
LLAMAS = {"llama", "mistral", "mixtral", "qwen2", "qwen3", "gemma", "gemma2"}

# Stored, but read by nobody.
UNREAD = re.compile(r"position_ids$|num_batches_tracked$|masked_spec_embed$")
WORDS = re.compile(
    r"(word_embeddings|embed_tokens|wte|shared|token_embedding|token_emb|embed_in|vectors|(^|\.)embedding)\.weight$"
)
PLACES = re.compile(
    r"(position_embeddings?|embed_positions|wpe|positions|pos_emb)(\.weight)?$"
    r"|(relative_attention_bias|rel_embeddings)\.weight$"
)
QUERY = re.compile(r"\.(query|q_lin|q_proj|query_proj|q)\.(weight|bias)$")
KEY = {"query": "key", "q_lin": "k_lin", "q_proj": "k_proj", "query_proj": "key_proj", "q": "k"}
VALUE = {"query": "value", "q_lin": "v_lin", "q_proj": "v_proj", "query_proj": "value_proj", "q": "v"}
KEY_BIAS = re.compile(r"\.(key|k_lin|k_proj|key_proj|k)\.bias$")
HEADS = ("num_attention_heads", "n_head", "num_heads", "nhead", "n_heads", "encoder_attention_heads")
EPS = ("layer_norm_eps", "layer_norm_epsilon", "rms_norm_eps")
VOCABULARY = "vocab_size"
LAYERS = ("num_hidden_layers", "n_layer", "num_layers", "n_layers", "encoder_layers", "num_encoder_layers")


def numbers(model):
    """The names of the float weights that the program reads."""
    unread = lambda name: UNREAD.search(name) or model.case == "sentence-embedder" and name.startswith("pooler")
    return [n for n, values in model.weights.items() if values.dtype == DTYPES["F32"] and not unread(n)]


def matrices(model):
    """Matrices and kernels, not tables; the table of word vectors where there is nothing else."""
    wide = lambda name: sum(size > 1 for size in model.weights[name].shape) > 1 and not name.endswith("bias")
    table = lambda name: WORDS.search(name) or PLACES.search(name) or "token_type" in name
    found = [name for name in numbers(model) if wide(name)]
    return [name for name in found if not table(name)] or found


def middle(names):
    return names[len(names) // 2]


def key_of(config, keys):
    return next((key for key in keys if config.get(key) is not None), None)


def chance(*words):
    return np.random.default_rng(zlib.crc32(" ".join(map(str, words)).encode()))


def inputs(model):
    named = {
        "input_ids", "attention_mask", "token_type_ids", "decoder_input_ids", "decoder_attention_mask",
        "pixel_values", "input_features", "input_values", "a", "b", "c",
    }
    return [n for n in model.claims if n in named or n == "features" and FAMILY.get(model.case) == "mlp"]


def results(model):
    """Claimed outputs and layer values."""
    given = set(inputs(model))
    return [name for name in model.claims if name not in given]


def outputs(model):
    return [name for name in results(model) if "hidden_states." not in name and name != "features"]


def on_results(model, change):
    return model.but(claims={name: change(model.claims[name]) for name in results(model)})


def on(model, names, change):
    return model.but(weights={name: change(model.weights[name]) for name in names})


def put(values, place, value):
    new = values.copy()
    new[place] = value
    return new


# --- mutants -------------------------------------------------------------------------------------------------------

MUTANTS = []


def mutant(kind, every=1):
    """Registers a generator of (detail, mutant) over a case; it is asked for one family in `every`, in turn."""
    def register(function):
        MUTANTS.append((kind, every, function))
        return function
    return register


@mutant("bias set to zero")
def _(m):
    # Softmax does not see what is added to all scores of a query, so a bias of keys says nothing; rotary keys are read,
    # but left out here as well.
    names = [n for n in numbers(m) if n.endswith("bias") and not KEY_BIAS.search(n)]
    for name in names[:1]:
        yield name, on(m, [name], np.zeros_like)


def norms(m):
    """Pairs of gain and bias of equal shape."""
    pairs = [(n, n[: -len("weight")] + "bias") for n in numbers(m) if n.endswith("weight") and m.weights[n].ndim == 1]
    return [(gain, bias) for gain, bias in pairs if bias in m.weights]


@mutant("norm gain and bias swapped", every=2)
def _(m):
    for gain, bias in norms(m)[:1]:
        yield gain, m.but(weights={gain: m.weights[bias], bias: m.weights[gain]})


@mutant("norm gain set to one", every=2)
def _(m):
    gains = [n for n in numbers(m) if n.endswith("weight") and m.weights[n].ndim == 1]
    if gains:
        yield gains[-1], on(m, [gains[-1]], np.ones_like)


def twins(m):
    """Names of one layer and of the next one, as far as both have a tensor of the same shape there."""
    layers = collections.defaultdict(dict)
    for name in numbers(m):
        for number in re.finditer(r"\.(\d+)\.", name):
            layers[name[: number.start()], int(number[1])][name[number.end() :]] = name
    best = (0, 0, {})
    for (prefix, number), own in layers.items():
        other = layers.get((prefix, number + 1), {})
        shape = lambda name: m.weights[name].shape
        pairs = {own[k]: other[k] for k in own if k in other and shape(own[k]) == shape(other[k])}
        if any(m.weights[name].ndim > 1 for name in pairs):
            best = max(best, (len(pairs) / len(own), -len(prefix), pairs), key=lambda found: found[:2])
    return best[2]


@mutant("two layers swapped")
def _(m):
    if pairs := twins(m):
        swapped = {a: m.weights[b] for a, b in [*pairs.items(), *((b, a) for a, b in pairs.items())]}
        yield f"{next(iter(pairs))} …", m.but(weights=swapped)


@mutant("layer stored twice", every=2)
def _(m):
    if pairs := twins(m):
        yield f"{next(iter(pairs))} …", m.but(weights={b: m.weights[a] for a, b in pairs.items()})


@mutant("square weight transposed")
def _(m):
    square = [n for n in matrices(m) if m.weights[n].ndim == 2 and len(set(m.weights[n].shape)) == 1]
    for name in square[-1:]:
        yield name, on(m, [name], np.transpose)


@mutant("kernel transposed or reversed")
def _(m):
    for name in [n for n in matrices(m) if m.weights[n].ndim > 2 and m.weights[n].shape[-1] > 1][:1]:
        if m.weights[name].ndim == 4:
            yield f"{name} transposed", on(m, [name], lambda w: w.swapaxes(2, 3))
        yield f"{name} reversed", on(m, [name], lambda w: w[..., ::-1])


def joint(m):
    """Where queries, keys and values are one matrix: its name, the axis of its columns, the groups and their parts."""
    heads = m.config.get(key_of(m.config, HEADS))
    spec = {
        "gpt2": ("c_attn.weight", 1, 1, 3), "gpt3": ("c_attn.weight", 1, 1, 3),
        "gpt-neox": ("query_key_value.weight", 0, heads, 3),
        "falcon": ("query_key_value.weight", 0, 1, (heads or 0) + 2),
        "transformer": ("in_proj_weight", 0, 1, 3), "post-norm": ("in_proj_weight", 0, 1, 3),
    }.get(FAMILY[m.case])
    if spec:
        yield next(n for n in m.weights if n.endswith(spec[0])), *spec[1:]


def parts(values, axis, groups, number, change):
    """The matrix with its parts (`[group, part, column, …]`) changed."""
    moved = np.moveaxis(values, axis, 0)
    split = moved.reshape(groups, number, -1, *moved.shape[1:])
    return np.moveaxis(change(split).reshape(moved.shape), 0, axis)


def queries(m, kind="weight"):
    return [n for n in numbers(m) if (found := QUERY.search(n)) and found[2] == kind]


def partner(name, to):
    return QUERY.sub(lambda found: f".{to[found[1]]}.{found[2]}", name)


@mutant("queries and keys swapped")
def _(m):
    for q in queries(m)[:1]:
        k = partner(q, KEY)
        if m.weights[q].shape == m.weights[k].shape:
            yield q, m.but(weights={q: m.weights[k], k: m.weights[q]})
    for name, axis, groups, number in joint(m):
        if number == 3:
            yield name, on(m, [name], lambda w: parts(w, axis, groups, number, lambda p: p[:, [1, 0, 2]]))


@mutant("keys and values swapped", every=2)
def _(m):
    for q in queries(m)[:1]:
        k, v = partner(q, KEY), partner(q, VALUE)
        yield k, m.but(weights={k: m.weights[v], v: m.weights[k]})
    for name, axis, groups, number in joint(m):
        order = [*range(number - 2), number - 1, number - 2]
        yield name, on(m, [name], lambda w: parts(w, axis, groups, number, lambda p: p[:, order]))


def head_width(m, q):
    """Columns of a head."""
    own = m.config.get("head_dim") or m.config.get("d_kv")
    return own or m.weights[q].shape[0] // m.config[key_of(m.config, HEADS)]


@mutant("heads of the values moved on by one", every=2)
def _(m):
    for q in queries(m)[:1]:
        v, width = partner(q, VALUE), head_width(m, q)
        if m.weights[v].shape[0] > width:
            yield v, on(m, [v], lambda w: np.roll(w, width, axis=0))


@mutant("attention scale folded into the weights", every=2)
def _(m):
    # Where queries are normalised after their projection, a factor on them is no fault.
    if any(re.search(r"q_norm|q_layernorm", name) for name in m.weights):
        return
    for q in queries(m)[:1]:
        both = [q] + [n for n in queries(m, "bias") if n[: -len("bias")] == q[: -len("weight")]]
        yield q, on(m, both, lambda w: w * np.float32(head_width(m, q) ** -0.5))


@mutant("gate and up swapped")
def _(m):
    pairs = [("gate_proj", "up_proj"), ("w1", "w3"), ("wi_0", "wi_1")]
    for gate, up in [(n, n.replace(a, b)) for n in numbers(m) for a, b in pairs if f".{a}." in n][:1]:
        yield gate, m.but(weights={gate: m.weights[up], up: m.weights[gate]})


@mutant("rotary columns in the other layout")
def _(m):
    # The two public layouts: halves, and pairs side by side.
    if FAMILY[m.case] in LLAMAS | {"smollm2"}:
        q, width = queries(m)[0], head_width(m, queries(m)[0])
        turn = lambda w: w.reshape(-1, 2, width // 2, w.shape[1]).swapaxes(1, 2).reshape(w.shape)
        yield q, on(m, [q, partner(q, KEY)], turn)


@mutant("position table moved on by one")
def _(m):
    for name in [n for n in numbers(m) if PLACES.search(n)][:2]:
        yield name, on(m, [name], lambda w: np.roll(w, 1, axis=w.ndim - 2))


@mutant("word table moved on by one", every=2)
def _(m):
    for name in [n for n in numbers(m) if WORDS.search(n)][:1]:
        yield name, on(m, [name], lambda w: np.roll(w, 1, axis=0))


def noise(size):
    def add(m):
        name = middle(matrices(m))
        drawn = 1 + size * chance(m.case, "noise").standard_normal(m.weights[name].shape)
        yield name, on(m, [name], lambda w: (w * drawn).astype("<f4"))
    return add


for size in (1e-2, 1e-3, 1e-4, 1e-5, 1e-6):
    mutant(f"noise of {size:.0e} on one matrix".replace("e-0", "e-"), every=2 if size > 1e-5 else 1)(noise(size))


@mutant("largest element of one matrix changed by 1 %", every=2)
def _(m):
    name = middle(matrices(m))
    place = np.unravel_index(np.abs(m.weights[name]).argmax(), m.weights[name].shape)
    yield name, on(m, [name], lambda w: put(w, place, w[place] * np.float32(1.01)))


def by_row(bits):
    def rounded(w):
        if w.ndim < 2:
            return w
        most = 2 ** (bits - 1) - 1
        step = np.abs(w.reshape(len(w), -1)).max(axis=1).reshape(-1, *[1] * (w.ndim - 1)) / most
        return (np.round(w / np.where(step > 0, step, 1)) * step).astype("<f4")
    return rounded


ROUNDINGS = {
    "float16": lambda w: w.astype("<f2").astype("<f4"),
    "bfloat16": lambda w: from_bf16(to_bf16(w)),
    "8 bits a row": by_row(8),
    "4 bits a row": by_row(4),
}
for word, rounded in ROUNDINGS.items():
    mutant(f"weights rounded to {word}, claims of the unrounded", every=3)(
        lambda m, rounded=rounded: [("all weights", on(m, numbers(m), rounded))]
    )


@mutant("weights stored in float16, claims of the unrounded", every=3)
def _(m):
    yield "all weights", on(m, numbers(m), lambda w: w.astype("<f2")).but(config={"dtype": "float16"})


@mutant("weight that is no number", every=3)
def _(m):
    name = middle(numbers(m))
    for value in (np.nan, np.inf):
        yield f"{value} in {name}", on(m, [name], lambda w: put(w, (0,) * w.ndim, value))


@mutant("tensor missing", every=3)
def _(m):
    yield middle(numbers(m)), m.but(weights={middle(numbers(m)): DROP})


@mutant("tensor too many", every=3)
def _(m):
    name = middle(numbers(m))
    yield f"{name}_copy", m.but(weights={f"{name}_copy": m.weights[name]})


@mutant("wrong shape", every=3)
def _(m):
    name = middle(matrices(m))
    yield f"{name}, a row less", on(m, [name], lambda w: w[:-1])
    if m.weights[name].shape[0] != m.weights[name].shape[-1]:
        yield f"{name} transposed", on(m, [name], np.transpose)


@mutant("one tensor of another type", every=3)
def _(m):
    name = middle(numbers(m))
    m = m.but(config={"dtype": "float32"})
    yield f"{name} in float16", on(m, [name], lambda w: w.astype("<f2"))
    yield f"{name} in float64", on(m, [name], lambda w: w.astype("<f8"))


# Case, name pattern, what is done.
SINGLE_WEIGHTS = [
    ("mixtral-causal-lm", "two experts swapped", r"layers\.0\.block_sparse_moe\.experts\.([01])\.", "swap"),
    ("mixtral-causal-lm", "router rows moved on by one", r"layers\.0\.block_sparse_moe\.gate\.weight", "roll"),
    ("resnet-image-classification", "running mean set to zero", r"embedder\.normalization\.running_mean", "zero"),
    ("resnet-image-classification", "running variance set to one", r"embedder\.normalization\.running_var", "one"),
    ("mobilenet-v2-torchvision", "running mean set to zero", r"features\.0\.1\.running_mean", "zero"),
    ("mobilenet-v2-torchvision", "running variance set to one", r"features\.0\.1\.running_var", "one"),
    ("convnext-image-classification", "layer scale set to one", r"stages\.1\.layers\.0\.layer_scale_parameter", "one"),
    ("rezero-causal-lm", "residual gate set to zero", r"layers\.0\.resweight", "zero"),
    ("clip-model", "logit scale not taken as a logarithm", r"^logit_scale$", "exp"),
    ("clip-model", "projection transposed", r"^visual_projection\.weight$", "transpose"),
    ("gemma-causal-lm", "gain stored with its one", r"layers\.0\.input_layernorm\.weight", "more"),
    ("gemma2-causal-lm", "gain stored with its one", r"layers\.0\.input_layernorm\.weight", "more"),
    ("wav2vec2-ctc", "weight norm without its length", r"weight\.original0$", "one"),
    ("wav2vec2-ctc-old-names", "weight norm without its length", r"weight_g$", "one"),
    ("whisper-conditional-generation", "encoder positions set to zero", r"encoder\.embed_positions\.weight$", "zero"),
    ("bart-conditional-generation", "output bias set to zero", r"^final_logits_bias$", "zero"),
    ("t5-conditional-generation", "relative bias set to zero", r"encoder.*relative_attention_bias\.weight$", "zero"),
    ("vit-image-classification", "class vector set to zero", r"cls_token$", "zero"),
    ("word-vectors", "a column doubled", r"^vectors\.weight$", "double"),
    ("tabular-mlp-odd", "mean set to zero", r"^mean$", "zero"),
    ("tabular-mlp-odd", "scale set to one", r"^scale$", "one"),
]
ACTIONS = {
    "roll": lambda w: np.roll(w, 1, axis=0), "zero": np.zeros_like, "one": np.ones_like, "exp": np.exp,
    "transpose": np.transpose, "more": lambda w: w + np.float32(1),
    "double": lambda w: w * np.where(np.arange(w.shape[1]) == 0, 2, 1),
}


def single_weights():
    for case, detail, pattern, action in SINGLE_WEIGHTS:
        m = load(case)
        found = [name for name in m.weights if re.search(pattern, name)]
        assert found, (case, pattern)
        if action == "swap":
            other = lambda n: re.sub(pattern, lambda f: f[0].replace(f"s.{f[1]}.", f"s.{1 - int(f[1])}."), n)
            yield case, detail, m.but(weights={name: m.weights[other(name)] for name in found})
        else:
            yield case, detail, on(m, found, lambda w: ACTIONS[action](w).astype("<f4"))


# --- mutants of the config ---

@mutant("heads regrouped")
def _(m):
    key = key_of(m.config, HEADS)
    if not key or "d_kv" in m.config:
        return
    old = m.config[key]
    new = old // 2 if old % 2 == 0 else 1
    changes = {key: new}
    if m.config.get("head_dim"):
        changes["head_dim"] = m.config["head_dim"] * old // new
    if m.config.get("num_key_value_heads"):
        changes["num_key_value_heads"] = max(1, m.config["num_key_value_heads"] * new // old)
    yield f"{key} {old} to {new}", m.but(config=changes)


@mutant("norm epsilon changed")
def _(m):
    if key := key_of(m.config, EPS):
        old = m.config[key]
        # 1e-12 plus ten times as much is nothing in float32, so these get the epsilons of other libraries.
        for new in (1e-5, 1e-3) if old < 1e-9 else (10 * old, 1000 * old):
            yield f"{key} {old:g} to {new:g}", m.but(config={key: float(f"{new:.3g}")})


# gelu_new, gelu_pytorch_tanh and gelu_fast are one formula, silu and swish another: none of these for its like.
OTHER_ACTIVATIONS = {
    "gelu": ["gelu_new", "relu"], "gelu_new": ["gelu", "relu"], "gelu_pytorch_tanh": ["gelu", "relu"],
    "gelu_fast": ["gelu"], "quick_gelu": ["gelu"], "relu": ["gelu", "silu"], "silu": ["gelu", "relu"],
    "swish": ["gelu", "relu"], "tanh": ["relu"], "sigmoid": ["tanh"],
}


ACTIVATION = (
    "hidden_act", "activation_function", "activation", "hidden_activation", "conv_act", "feat_extract_activation",
    "ff_activation", "dense_activation",
)


@mutant("another activation")
def _(m):
    for key in [key for key in ACTIVATION if m.config.get(key)]:
        for new in OTHER_ACTIVATIONS[m.config[key]]:
            # Gemma reads "gelu" as the tanh form, as the reference does.
            if not (m.config["model_type"] == "gemma" and new == "gelu"):
                yield f"{key} {m.config[key]} to {new}", m.but(config={key: new})


@mutant("vocabulary off by one", every=3)
def _(m):
    if m.config.get(VOCABULARY) and FAMILY[m.case] != "wav2vec2":
        for step in (1, -1):
            yield f"{step:+d}", m.but(config={VOCABULARY: m.config[VOCABULARY] + step})


@mutant("number of layers off by one", every=3)
def _(m):
    if key := key_of(m.config, LAYERS):
        for step in (1, -1):
            yield f"{key} {step:+d}", m.but(config={key: m.config[key] + step})


@mutant("config key that nobody knows", every=2)
def _(m):
    yield "attention_temperature", m.but(config={"attention_temperature": 0.5})


@mutant("tied or untied by the config")
def _(m):
    if isinstance(m.config.get("tie_word_embeddings"), bool) and any(len(m.claims[n].shape) == 3 for n in outputs(m)):
        head = outputs(m)
        if "logits" in head and m.claims["logits"].shape[-1] == m.config[VOCABULARY] and FAMILY[m.case] != "t5":
            old = m.config["tie_word_embeddings"]
            yield f"{old} to {not old}", m.but(config={"tie_word_embeddings": not old})


# The output layer of models whose config ties it to the word table.
HEAD = {
    "albert-masked-lm": ("predictions.decoder.weight", "albert.embeddings.word_embeddings.weight"),
    "bert-masked-lm": ("cls.predictions.decoder.weight", "bert.embeddings.word_embeddings.weight"),
    "roberta-masked-lm": ("lm_head.decoder.weight", "roberta.embeddings.word_embeddings.weight"),
    "distilbert-masked-lm": ("vocab_projector.weight", "distilbert.embeddings.word_embeddings.weight"),
    "electra-masked-lm": ("generator_lm_head.weight", "electra.embeddings.word_embeddings.weight"),
    "deberta-v2-masked-lm": ("cls.predictions.decoder.weight", "deberta.embeddings.word_embeddings.weight"),
    "gpt2-causal-lm": ("lm_head.weight", "transformer.wte.weight"),
    "gpt3-causal-lm": ("lm_head.weight", "transformer.wte.weight"),
    "gpt_neo-causal-lm": ("lm_head.weight", "transformer.wte.weight"),
    "gpt_neox-causal-lm-odd": ("embed_out.weight", "gpt_neox.embed_in.weight"),
    "opt-causal-lm": ("lm_head.weight", "model.decoder.embed_tokens.weight"),
    "falcon-causal-lm": ("lm_head.weight", "transformer.word_embeddings.weight"),
    "phi-causal-lm-odd": ("lm_head.weight", "model.embed_tokens.weight"),
    "llama-causal-lm-odd": ("lm_head.weight", "model.embed_tokens.weight"),
    "mistral-causal-lm-odd": ("lm_head.weight", "model.embed_tokens.weight"),
    "mixtral-causal-lm-odd": ("lm_head.weight", "model.embed_tokens.weight"),
    "qwen2-causal-lm-odd": ("lm_head.weight", "model.embed_tokens.weight"),
    "qwen3-causal-lm-odd": ("lm_head.weight", "model.embed_tokens.weight"),
    "gemma-causal-lm": ("lm_head.weight", "model.embed_tokens.weight"),
    "gemma2-causal-lm": ("lm_head.weight", "model.embed_tokens.weight"),
    "bart-conditional-generation": ("model.encoder.embed_tokens.weight", "model.shared.weight"),
    "marian-conditional-generation": ("lm_head.weight", "model.shared.weight"),
    "t5-conditional-generation": ("encoder.embed_tokens.weight", "shared.weight"),
    "whisper-conditional-generation": ("proj_out.weight", "model.decoder.embed_tokens.weight"),
    "smollm2-causal-lm-odd": ("lm_head.weight", "model.embed_tokens.weight"),
    "rezero-causal-lm": ("lm_head.weight", "embedding.weight"),
    "transformer-encoder-decoder": ("generator.weight", "embedding.weight"),
}


def tied_copies():
    for case, (head, table) in HEAD.items():
        m = load(case)
        assert head not in m.weights and table in m.weights, case
        changed = put(m.weights[table], (0, 0), m.weights[table][0, 0] * np.float32(1.01))
        yield case, head, m.but(weights={head: changed})


# Case, keys and values; dots for nested keys.
SINGLE_CONFIGS = [
    ("bert-sequence-classification-odd", {"is_decoder": True}),
    ("bert-sequence-classification-odd", {"position_embedding_type": "relative_key"}),
    ("bert-sequence-classification-odd", {"architectures": ["BertForTokenClassification"]}),
    ("bert-model", {"model_type": "roberta", "architectures": ["RobertaModel"]}),
    ("bert-sequence-classification-odd", {"type_vocab_size": 2}),
    ("roberta-token-classification-odd", {"pad_token_id": 1}),
    ("roberta-token-classification-odd", {"id2label": DROP}),
    ("albert-masked-lm", {"num_hidden_groups": 2}),
    ("albert-masked-lm", {"embedding_size": 32}),
    ("deberta-v2-sequence-classification", {"pos_att_type": ["p2c"]}),
    ("deberta-v2-sequence-classification", {"pos_att_type": ["c2p"]}),
    ("deberta-v2-sequence-classification", {"relative_attention": False}),
    ("deberta-v2-sequence-classification", {"position_buckets": 4}),
    ("deberta-v2-sequence-classification", {"norm_rel_ebd": "none"}),
    ("deberta-v2-sequence-classification", {"conv_act": "tanh"}),
    ("deberta-v2-sequence-classification", {"pooler_hidden_act": "tanh"}),
    ("deberta-v2-sequence-classification", {"share_att_key": False}),
    ("gpt2-causal-lm", {"scale_attn_weights": False}),
    ("gpt2-causal-lm", {"scale_attn_by_inverse_layer_idx": True}),
    ("gpt2-causal-lm-odd", {"scale_attn_weights": True}),
    ("gpt2-sequence-classification", {"pad_token_id": DROP}),
    ("gpt3-causal-lm-banded", {"window_size": 6}),
    ("gpt3-causal-lm-banded", {"window_size": 8}),
    ("gpt3-causal-lm-banded", {"window_size": DROP}),
    ("gpt_neo-causal-lm-odd", {"window_size": 4}),
    ("gpt_neo-causal-lm-odd", {"attention_layers": ["global", "local", "local"]}),
    ("gpt_neox-causal-lm-odd", {"rope_parameters.rope_theta": 10000.0}),
    ("gpt_neox-causal-lm-odd", {"rope_parameters.factor": 1.0}),
    ("gpt_neox-causal-lm-odd", {"rope_parameters.partial_rotary_factor": 1.0}),
    ("gpt_neox-causal-lm-odd", {"rope_parameters.rope_type": "default"}),
    ("gpt_neox-causal-lm-odd", {"use_parallel_residual": True}),
    ("opt-causal-lm", {"do_layer_norm_before": False}),
    ("opt-causal-lm-no-final-norm", {"do_layer_norm_before": False}),
    ("opt-causal-lm", {"enable_bias": False}),
    ("falcon-causal-lm-odd", {"rope_parameters.rope_theta": 10000.0}),
    ("falcon-causal-lm-odd", {"rope_parameters.factor": 1.0}),
    ("falcon-causal-lm-odd", {"alibi": True}),
    ("falcon-causal-lm-alibi", {"alibi": False}),
    ("falcon-causal-lm-odd", {"parallel_attn": True}),
    ("falcon-causal-lm-many-keys", {"multi_query": True}),
    ("falcon-causal-lm-new", {"num_kv_heads": 1}),
    ("phi-causal-lm-odd", {"rope_parameters.partial_rotary_factor": 0.8}),
    ("phi-causal-lm-odd", {"rope_parameters.rope_theta": 10000.0}),
    ("phi-causal-lm-odd", {"rope_parameters.factor": 1.0}),
    ("phi-causal-lm-odd", {"qk_layernorm": False}),
    ("llama-causal-lm", {"rope_parameters.rope_theta": 500000.0}),
    ("llama-causal-lm", {"rope_parameters.rope_type": "linear", "rope_parameters.factor": 2.0}),
    ("llama-causal-lm", {"num_key_value_heads": 4}),
    ("llama-causal-lm", {"attention_bias": True}),
    ("llama-causal-lm", {"model_type": "mistral", "architectures": ["MistralForCausalLM"], "sliding_window": 7}),
    ("llama-causal-lm", {"architectures": ["LlamaForSequenceClassification"]}),
    ("llama-causal-lm-linear", {"rope_parameters.factor": 1.0}),
    ("llama-causal-lm-llama3", {"rope_parameters.rope_type": "default"}),
    ("llama-causal-lm-llama3", {"rope_parameters.factor": 1.5}),
    ("llama-causal-lm-llama3", {"rope_parameters.high_freq_factor": 8.0}),
    ("llama-causal-lm-dynamic", {"rope_parameters.rope_type": "default"}),
    ("llama-causal-lm-dynamic", {"max_position_embeddings": 12}),
    ("llama-causal-lm-yarn", {"rope_parameters.rope_type": "default"}),
    ("llama-causal-lm-yarn", {"rope_parameters.factor": 2.0}),
    ("llama-causal-lm-yarn-attention-factor", {"rope_parameters.attention_factor": DROP}),
    ("llama-causal-lm-yarn-mscale", {"rope_parameters.mscale": DROP}),
    ("llama-causal-lm-yarn-untruncated", {"rope_parameters.truncate": True}),
    ("llama-sequence-classification", {"pad_token_id": 5}),
    ("smollm2-causal-lm", {"rope_theta": 10000.0}),
    ("smollm2-causal-lm-odd", {"num_key_value_heads": 9}),
    ("mistral-causal-lm", {"sliding_window": 6}),
    ("mistral-causal-lm", {"sliding_window": 8}),
    ("mistral-causal-lm", {"sliding_window": None}),
    ("mistral-causal-lm", {"rope_parameters.rope_theta": 1000000.0}),
    ("mixtral-causal-lm", {"num_experts_per_tok": 1}),
    ("mixtral-causal-lm", {"num_experts_per_tok": 3}),
    ("mixtral-causal-lm", {"sliding_window": 5}),
    ("mixtral-causal-lm", {"rope_parameters.rope_theta": 10000.0}),
    ("qwen2-causal-lm-odd", {"sliding_window": 5}),
    ("qwen2-causal-lm-odd", {"use_sliding_window": False}),
    ("qwen2-causal-lm-odd", {"layer_types": ["full_attention", "sliding_attention", "full_attention"]}),
    ("qwen2-causal-lm", {"rope_parameters.beta_slow": 1.0}),
    ("qwen2-causal-lm", {"model_type": "llama", "architectures": ["LlamaForCausalLM"]}),
    ("qwen3-causal-lm-odd", {"sliding_window": 7}),
    ("qwen3-causal-lm-odd", {"head_dim": 8}),
    ("qwen3-causal-lm-odd", {"attention_bias": False}),
    ("gemma-causal-lm", {"rope_parameters.rope_theta": 500000.0}),
    ("gemma-causal-lm", {"model_type": "llama", "architectures": ["LlamaForCausalLM"]}),
    ("gemma2-causal-lm", {"attn_logit_softcapping": 50.0}),
    ("gemma2-causal-lm", {"attn_logit_softcapping": None}),
    ("gemma2-causal-lm", {"final_logit_softcapping": 30.0}),
    ("gemma2-causal-lm", {"final_logit_softcapping": None}),
    ("gemma2-causal-lm", {"query_pre_attn_scalar": 16}),
    ("gemma2-causal-lm", {"sliding_window": 8}),
    ("gemma2-causal-lm", {"layer_types": ["full_attention", "sliding_attention"]}),
    ("t5-conditional-generation", {"relative_attention_max_distance": 32}),
    ("t5-conditional-generation", {"scale_decoder_outputs": False}),
    ("t5-conditional-generation", {"feed_forward_proj": "gelu", "dense_act_fn": "gelu"}),
    ("t5-conditional-generation", {"feed_forward_proj": "gated-relu", "is_gated_act": True}),
    ("t5-conditional-generation", {"dense_act_fn": "gelu"}),
    ("t5-conditional-generation-gated", {"scale_decoder_outputs": True}),
    ("bart-conditional-generation", {"scale_embedding": True}),
    ("bart-sequence-classification-odd", {"scale_embedding": False}),
    ("bart-sequence-classification-odd", {"decoder_start_token_id": 2}),
    ("bart-sequence-classification-odd", {"eos_token_id": 5}),
    ("marian-conditional-generation", {"scale_embedding": True}),
    ("whisper-conditional-generation", {"decoder_attention_heads": 1}),
    ("wav2vec2-ctc", {"do_stable_layer_norm": True}),
    ("wav2vec2-ctc", {"conv_stride": [4, 2, 1]}),
    ("wav2vec2-ctc", {"feat_extract_norm": "layer"}),
    ("wav2vec2-ctc", {"num_conv_pos_embedding_groups": 2}),
    ("wav2vec2-ctc-odd", {"adapter_attn_dim": None}),
    ("wav2vec2-sequence-classification", {"use_weighted_layer_sum": False}),
    ("vit-image-classification", {"qkv_bias": False}),
    ("vit-image-classification", {"patch_size": 8}),
    ("vit-model", {"pooler_act": "gelu"}),
    ("clip-text", {"eos_token_id": 5}),
    ("clip-model", {"text_config.hidden_act": "gelu"}),
    ("clip-model", {"vision_config.hidden_act": "gelu"}),
    ("clip-model", {"text_config.num_attention_heads": 2}),
    ("clip-model", {"vision_config.layer_norm_eps": 1e-3}),
    ("convnext-image-classification", {"layer_scale_init_value": 0.0}),
    ("convnext-image-classification", {"depths": [1, 1, 2, 1]}),
    ("resnet-image-classification", {"downsample_in_bottleneck": True}),
    ("resnet-image-classification", {"downsample_in_first_stage": True}),
    ("resnet-image-classification", {"layer_type": "basic"}),
    ("mobilenet-v2-image-classification", {"tf_padding": False}),
    ("mobilenet-v2-image-classification-odd", {"tf_padding": False}),
    ("mobilenet-v2-image-classification-odd", {"output_stride": 16}),
    ("mobilenet-v2-image-classification-torch-padding", {"tf_padding": True}),
    ("word-vectors", {"dim": 8}),
    ("tabular-mlp-odd", {"standardise": False}),
    ("tabular-mlp-odd", {"hidden_sizes": [9, 5, 11]}),
    ("tabular-mlp", {"activation": "gelu"}),
    ("digit-cnn", {"activation": "gelu"}),
    ("digit-cnn", {"paddings": [1, 1, 0]}),
    ("digit-cnn", {"pool_size": 3}),
    ("rezero-causal-lm", {"causal": False}),
    ("rezero-causal-lm-odd", {"causal": True}),
    ("rezero-causal-lm", {"residual": "layer_norm(x + f(x))"}),
    ("transformer-encoder-decoder", {"norm_first": True}),
    ("transformer-encoder-decoder", {"activation": "gelu"}),
    ("transformer-encoder-decoder-no-bias", {"bias": True}),
    ("transformer-post-norm-classifier", {"norm_first": True}),
    ("transformer-post-norm-classifier-odd", {"nhead": 1}),
    ("article-classifier", {"norm": "pre"}),
    ("article-classifier", {"pooling": "mean_mask"}),
    ("article-classifier", {"head_dim": 16}),
    ("article-classifier", {"max_len": 23}),
]


# A config that says one thing twice, in two spellings, and not alike; or in a spelling that is no checkpoint's. In each
# of these transformers 5.24 reads another model than the one of the claims.
LINEAR = {"rope_scaling": {"type": "linear", "factor": 2.0}}
AT_ODDS = [
    *((f"{family}-causal-lm", LINEAR) for family in ("llama", "mistral", "gemma2", "phi", "gpt_neox", "falcon")),
    ("qwen2-causal-lm-odd", LINEAR),
    ("llama-causal-lm", {"rope_scaling": {"rope_type": "yarn", "factor": 4.0}}),
    ("llama-causal-lm", {"rope_parameters.rope_theta": 500.0, "rope_theta": 10000.0}),
    ("gpt_neox-causal-lm", {"rope_parameters.rope_theta": 500.0, "rotary_emb_base": 10000.0}),
    ("gpt_neox-causal-lm", {"rope_parameters.partial_rotary_factor": 0.5, "rotary_pct": 0.25}),
    ("phi-causal-lm", {"rope_parameters.partial_rotary_factor": 1.0, "partial_rotary_factor": 0.5}),
    ("gpt2-causal-lm", {"num_attention_heads": 2}),
    ("gpt2-causal-lm", {"num_hidden_layers": 1}),
    ("gpt_neo-causal-lm-odd", {"num_attention_heads": 1}),
    ("distilbert-model", {"num_attention_heads": 2}),
    ("distilbert-model", {"hidden_size": 16}),
    ("mixtral-causal-lm", {"num_experts": 2}),
    ("falcon-causal-lm", {"n_embed": 64}),
    ("bart-conditional-generation", {"num_hidden_layers": 1}),
    ("marian-conditional-generation", {"num_hidden_layers": 1}),
    ("whisper-conditional-generation", {"num_hidden_layers": 1}),
    ("llama-causal-lm-linear", {"rope_parameters": DROP, "rope_type": "linear", "rope_factor": 2.5}),
    ("llama-causal-lm-yarn-untruncated", {"rope_parameters.truncate": True, "rope_truncate": False}),
    ("clip-text", {"hidden_act": "gelu", "text_hidden_act": "quick_gelu"}),
    ("clip-vision", {"num_attention_heads": 4, "vision_num_attention_heads": 2}),
    ("clip-model", {"text_config.hidden_act": "gelu", "text_hidden_act": "quick_gelu"}),
    ("opt-causal-lm-no-final-norm", {"_remove_final_layer_norm": False, "remove_final_layer_norm": True}),
]


def single_configs(table=SINGLE_CONFIGS):
    for case, changes in table:
        m = load(case)
        told = lambda value: "left out" if value is DROP else json.dumps(value)
        yield case, ", ".join(f"{key} {told(value)}" for key, value in changes.items()), m.but(config=changes)


# --- mutants of the claims ---

@mutant("claims of two rows swapped", every=2)
def _(m):
    swap = lambda values: np.concatenate([values[1::-1], values[2:]])
    yield "rows 1 and 2", on_results(m, swap)


@mutant("claims of two positions swapped", every=2)
def _(m):
    wide = [name for name in results(m) if m.claims[name].ndim == 3]
    swap = lambda values: np.concatenate([values[:, 1::-1], values[:, 2:]], axis=1)
    if wide:
        yield "positions 1 and 2", m.but(claims={name: swap(m.claims[name]) for name in wide})


def padded(m):
    """Claims by position that the mask of the input rules, its last row, and how many positions that keeps."""
    mask = m.claims.get("attention_mask")
    if mask is None or mask.all() or FAMILY.get(m.case) == "wav2vec2":
        return [], 0, 0
    decoder = "decoder_input_ids" in m.claims or m.config["model_type"] == "bart"
    own = lambda name: m.claims[name].ndim == 3 and m.claims[name].shape[:2] == mask.shape
    names = [n for n in results(m) if own(n) and (n.startswith("encoder") or not decoder)]
    return names, len(mask) - 1, int(mask[-1].sum())


@mutant("claims of a word and of padding swapped", every=2)
def _(m):
    names, row, kept = padded(m)
    swap = lambda v: put(put(v, (row, kept - 1), v[row, kept]), (row, kept), v[row, kept - 1])
    if names:
        yield f"position {kept} of row {row + 1}", m.but(claims={name: swap(m.claims[name]) for name in names})


@mutant("mask of the claims left out", every=2)
def _(m):
    if "attention_mask" in m.claims and not m.claims["attention_mask"].all():
        yield "attention_mask", m.but(claims={"attention_mask": DROP})


@mutant("segments of the claims left out")
def _(m):
    if m.claims.get("token_type_ids", np.zeros(1)).any():
        yield "token_type_ids", m.but(claims={"token_type_ids": DROP})


@mutant("another input than the one of the claims", every=2)
def _(m):
    name = next(n for n in inputs(m) if not n.endswith("mask") and n != "token_type_ids")
    values = m.claims[name]
    other = (values[(0,) * values.ndim] + 1) % m.config[VOCABULARY] if values.dtype.kind == "i" else 0.5
    yield name, m.but(claims={name: put(values, (0,) * values.ndim, other)})


for size in (1e-3, 1e-4, 1e-5):
    mutant(f"claims off by {size:.0e}, relative".replace("e-0", "e-"), every=2 if size > 1e-5 else 1)(
        lambda m, size=size: [("all claims", on_results(m, lambda v: (v * (1 + size)).astype("<f4")))]
    )


@mutant("one claim off by 1 %", every=2)
def _(m):
    name = outputs(m)[-1]
    place = (0,) + np.unravel_index(np.abs(m.claims[name][0]).argmax(), m.claims[name][0].shape)
    yield name, m.but(claims={name: put(m.claims[name], place, m.claims[name][place] * np.float32(1.01))})


for word in ("float16", "bfloat16"):
    mutant(f"claims rounded to {word}", every=3)(
        lambda m, word=word: [("all claims", on_results(m, ROUNDINGS[word]))]
    )


@mutant("claim that is no number", every=3)
def _(m):
    for value in (np.nan, np.inf):
        name = outputs(m)[-1]
        yield f"{value} in {name}", m.but(claims={name: put(m.claims[name], (0,) * m.claims[name].ndim, value)})


@mutant("an output not claimed", every=3)
def _(m):
    yield outputs(m)[-1], m.but(claims={outputs(m)[-1]: DROP})


@mutant("claims of two layers swapped", every=2)
def _(m):
    for a in [n for n in results(m) if n.endswith("hidden_states.0")][:1]:
        b = a[:-1] + "1"
        if m.claims[a].shape == m.claims[b].shape:
            yield a, m.but(claims={a: m.claims[b], b: m.claims[a]})


@mutant("classes of the claims moved on by one", every=2)
def _(m):
    name = outputs(m)[-1]
    if m.claims[name].shape[-1] > 1:
        yield name, m.but(claims={name: np.roll(m.claims[name], 1, axis=-1)})


@mutant("claims of another shape", every=3)
def _(m):
    name = outputs(m)[-1]
    if m.claims[name].shape[-1] > 1:
        yield f"{name}, a column less", m.but(claims={name: m.claims[name][..., :-1]})
    else:
        yield f"{name}, a row less", m.but(claims={name: m.claims[name][:-1]})


# --- mutants of the claimed continuations ---

# Cases whose continuations do not repeat one id.
DECODERS = (
    "gpt2-causal-lm-odd", "gpt3-causal-lm-banded", "gpt_neo-causal-lm-odd", "gpt_neox-causal-lm", "opt-causal-lm-odd",
    "falcon-causal-lm-odd", "falcon-causal-lm-alibi", "phi-causal-lm", "llama-causal-lm", "llama-causal-lm-float16",
    "llama-causal-lm-yarn", "smollm2-causal-lm-odd", "mistral-causal-lm", "mixtral-causal-lm", "qwen2-causal-lm",
    "qwen3-causal-lm", "gemma-causal-lm-odd", "gemma2-causal-lm-odd", "rezero-causal-lm",
)
ENCODER_DECODERS = (
    "t5-conditional-generation-gated", "bart-conditional-generation", "marian-conditional-generation",
    "whisper-conditional-generation", "transformer-encoder-decoder-odd",
)
WRITERS = DECODERS + ENCODER_DECODERS


def claimed(m, number, **changes):
    """The model with one entry of its continuations alone, and that changed; `DROP` leaves a key out."""
    entry = {**m.generations[number], **changes}
    return m.but(generations=[{key: value for key, value in entry.items() if value is not DROP}])


def wrong_ids():
    """One id of a continuation is another: noticed by what is likeliest alone, or by how likely they are alone."""
    for case in WRITERS:
        m = with_generations(case)
        for number in (0, 1):
            ids = m.generations[number]["continuation"]
            likelihoods = m.generations[number]["log_likelihoods"]
            place = len(ids) - 1 if number else len(ids) // 2
            # An id that the model writes somewhere, or else the next one.
            other = next((id for id in ids if id != ids[place]), (ids[place] + 1) % 40)
            changed = [*ids[:place], other, *ids[place + 1 :]]
            alone = claimed(m, number, continuation=changed, log_likelihoods=DROP)
            yield case, f"id {place + 1} of {len(ids)}, likelihoods left out", alone
            counted = claimed(m, number, continuation=changed, log_likelihoods=likelihoods, greedy=False)
            yield case, f"id {place + 1} of {len(ids)}, not greedy", counted


def chance_as_greedy():
    for case in WRITERS:
        yield case, "ids drawn by chance", claimed(with_generations(case), 2, greedy=True)


def wrong_likelihoods():
    for case in WRITERS:
        m = with_generations(case)
        own, other = (m.generations[number]["log_likelihoods"] for number in (2, 0))
        yield case, "of another continuation", claimed(m, 2, log_likelihoods=[*other, *own][: len(own)])
        yield case, "moved on by one", claimed(m, 2, log_likelihoods=[own[-1], *own[:-1]])
        # Logits of 100 and more are rounded by more than a thousandth.
        largest = max(-each for each in own)
        by = 1e-3 * (largest if largest > 40 else 1)
        yield case, f"all off by {by:.1g}", claimed(m, 2, log_likelihoods=[each + by for each in own])
        yield case, f"the last off by {by:.1g}", claimed(m, 2, log_likelihoods=[*own[:-1], own[-1] - by])
        yield case, "to the base of 2", claimed(m, 2, log_likelihoods=[each / math.log(2) for each in own])


def another_writer():
    """Continuations of the stored model's neighbour: its layers in another order, its words in other places."""
    for case in DECODERS:
        m = dataclasses.replace(with_generations(case), claims=None)
        if not numbers(m):
            continue
        if pairs := twins(m):
            swapped = {a: m.weights[b] for a, b in [*pairs.items(), *((b, a) for a, b in pairs.items())]}
            yield case, "two layers swapped", m.but(weights=swapped)
        name = middle(matrices(m))
        yield case, f"rows of {name} moved on by one", on(m, [name], lambda w: np.roll(w, 1, axis=0))


def another_text():
    for case in ENCODER_DECODERS:
        m = with_generations(case)
        for number, entry in enumerate(m.generations):
            yield case, f"entry {number + 1}, row {1 - entry['row']}", claimed(m, number, row=1 - entry["row"])


def unreadable():
    m = with_generations("llama-causal-lm")
    entry = m.generations[0]
    text, ids, size = entry["prompt"] + entry["continuation"], entry["continuation"], m.config[VOCABULARY]
    for detail, changes in {
        "an id too large in the continuation": {"continuation": [*ids[:-1], size]},
        "an id too large in the prompt": {"prompt": [size, *entry["prompt"][1:]]},
        "an id below zero": {"prompt": [-1, *entry["prompt"][1:]]},
        "no prompt": {"prompt": [], "continuation": text, "log_likelihoods": DROP},
        "no continuation": {"continuation": [], "log_likelihoods": []},
        "a likelihood too few": {"log_likelihoods": entry["log_likelihoods"][:-1]},
        "nothing to compare": {"greedy": False, "log_likelihoods": DROP},
        "a key that nobody knows": {"temperature": 0.5},
    }.items():
        yield m.case, detail, claimed(m, 0, **changes)
    yield m.case, "no entries", m.but(generations=[])
    m = with_generations("gpt2-causal-lm-odd")
    ids = m.generations[0]["continuation"]
    yield m.case, "a text beyond the positions", claimed(m, 0, continuation=ids + ids, log_likelihoods=DROP)
    m = with_generations(ENCODER_DECODERS[0])
    yield m.case, "no row", claimed(m, 0, row=DROP)
    yield m.case, "a row too many", claimed(m, 0, row=2)


# --- mutants of half-precision weights ---

HALF = [
    f"{case}-{word}"
    for case in ("bert-sequence-classification", "gpt2-causal-lm", "llama-causal-lm", "t5-conditional-generation",
                 "vit-image-classification")
    for word in ("float16", "bfloat16")
] + ["smollm2-causal-lm-bfloat16"]  # fmt: skip


def half_precision():
    for case in HALF:
        m = load(case)
        wide = [n for n, w in m.weights.items() if w.ndim > 1 and not (WORDS.search(n) or PLACES.search(n))]
        name, is_brain = middle(wide), case.endswith("bfloat16")
        single = lambda w, is_brain=is_brain: from_bf16(w) if is_brain else w.astype("<f4")
        half = lambda w, is_brain=is_brain: to_bf16(w) if is_brain else w.astype("<f2")
        yield case, f"rows of {name} moved on by one", on(m, [name], lambda w: np.roll(w, 1, axis=0))
        largest = lambda w: np.unravel_index(np.abs(single(w)).argmax(), w.shape)
        grown = lambda w: half(put(single(w), largest(w), single(w)[largest(w)] * np.float32(1.02)))
        yield case, f"largest element of {name} changed by 2 %", on(m, [name], grown)
        every = [n for n, w in m.weights.items() if w.dtype in (DTYPES["F16"], BF16)]
        key = "dtype" if "dtype" in m.config else "torch_dtype"
        if not is_brain:
            again = lambda w: to_bf16(w.astype("<f4"))
            yield case, "rounded again, to bfloat16", on(m, every, again).but(config={key: "bfloat16"})
        # The two bytes of one type read as the other.
        word, other = ("float16", DTYPES["F16"]) if is_brain else ("bfloat16", BF16)
        taken = on(m, every, lambda w, other=other: w.view(other).reshape(w.shape))
        yield case, f"bytes said to be {word}", taken.but(config={key: word})


# --- mutants of the files ---

def sharded(count, fault=None):
    """Saves an index and shards, as large checkpoints are; or makes a fault in it."""
    def save(model, folder):
        names = list(model.weights)
        shards = [names[i * len(names) // count : (i + 1) * len(names) // count] for i in range(count)]
        title = lambda i: f"model-{i + 1:05}-of-{count:05}.safetensors"
        where = {name: title(i) for i, shard in enumerate(shards) for name in shard}
        if fault == "twice":
            shards[1] = [*shards[1], shards[0][0]]
        if fault == "misplaced":
            where[names[0]] = title(1)
        if fault == "unlisted":
            del where[names[0]]
        for i, shard in enumerate(shards):
            if not (fault == "missing" and i == 1):
                (folder / title(i)).write_bytes(encode({name: model.weights[name] for name in shard}, model.metadata))
        size = sum(values.nbytes for values in model.weights.values())
        index = {"metadata": {"total_size": size}, "weight_map": dict(sorted(where.items()))}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2))
        if fault == "beside":
            one_file(model, folder)
    return save


def cut_short(model, folder):
    (folder / "model.safetensors").write_bytes(encode(model.weights, model.metadata)[:-100])


def overlapping(model, folder):
    (folder / "model.safetensors").write_bytes(encode(model.weights, model.metadata, overlap=True))


FILE_FAULTS = {
    "file cut short": cut_short, "two tensors in one place": overlapping, "shard missing": sharded(3, "missing"),
    "tensor in two shards": sharded(2, "twice"), "tensor in another shard than the index says": sharded(2, "misplaced"),
    "tensor that the index does not list": sharded(2, "unlisted"), "an index and a single file": sharded(2, "beside"),
}


def file_faults():
    for family in ("bert", "llama", "resnet"):
        for detail, save in FILE_FAULTS.items():
            yield FAMILIES[family], detail, load(FAMILIES[family]).but(save=save)


LISTS = {
    "fault of one family, in the weights": single_weights,
    "fault of one family, in the config": single_configs,
    "config keys at odds": lambda: single_configs(AT_ODDS),
    "stored copy of a tied weight differs": tied_copies,
    "half-precision weights": half_precision,
    "id of a claimed continuation changed": wrong_ids,
    "continuation by chance claimed as greedy": chance_as_greedy,
    "log-likelihoods of a continuation changed": wrong_likelihoods,
    "continuation of another model": another_writer,
    "continuation for another text of the encoder": another_text,
    "claimed continuations that cannot be read": unreadable,
    "files at odds": file_faults,
}


def all_mutants():
    """(kind, case, detail, model) for every mutant."""
    models = {family: load(case) for family, case in FAMILIES.items()}
    for turn, (kind, every, function) in enumerate(MUTANTS):
        for number, m in enumerate(models.values()):
            if (number + turn) % every == 0:
                for detail, model in function(m) or ():
                    assert model.differs(m), (kind, m.case, detail)
                    yield kind, m.case, detail, model
    for kind, function in LISTS.items():
        for case, detail, model in function():
            assert model.differs(load(case)), (kind, case, detail)
            yield kind, case, detail, model


# --- variants ------------------------------------------------------------------------------------------------------

VARIANTS = []


def variant(kind, every=1):
    def register(function):
        VARIANTS.append((kind, every, function))
        return function
    return register


def rows(m, places):
    return m.but(claims={name: values[places] for name, values in m.claims.items()})


@variant("as it is, 1 thread and 2")
def _(m):
    yield "1 thread", m
    yield "2 threads", m.but(threads=2)


@variant("tensors in another order", every=2)
def _(m):
    yield "backwards", dataclasses.replace(m, weights=dict(reversed(m.weights.items())))
    names = list(m.weights)
    chance(m.case, "order").shuffle(names)
    yield "shuffled", dataclasses.replace(m, weights={name: m.weights[name] for name in names})


@variant("in shards with an index", every=2)
def _(m):
    for count in (2, 3):
        if len(m.weights) >= count:
            yield f"{count} shards", m.but(save=sharded(count))


@variant("other metadata", every=3)
def _(m):
    yield "none", m.but(metadata=None)
    yield "other", m.but(metadata={"format": "np", "note": "saved again"})


@variant("config written in another way")
def _(m):
    config = dict(reversed(m.config.items()))
    if "dtype" in config:
        config["torch_dtype"] = config.pop("dtype")
    # Where a key has a default, null is not the same as nothing.
    null = lambda key, value: value is None and not re.search("softcapping|window", key)
    kept = {key: value for key, value in config.items() if not null(key, value)}
    harmless = {"transformers_version": "4.30.0", "_name_or_path": "a/b", "torchscript": False, "use_cache": False}
    yield "order, torch_dtype, keys without meaning", dataclasses.replace(m, config={**kept, **harmless})


@variant("weights in float16 or bfloat16, no claims", every=2)
def _(m):
    for word, cast in (("float16", lambda w: w.astype("<f2")), ("bfloat16", to_bf16)):
        floats = [n for n, values in m.weights.items() if values.dtype == DTYPES["F32"]]
        # A config that has the old spelling has it alone.
        spelling = {"torch_dtype": DROP} if "torch_dtype" in m.config else {}
        yield word, dataclasses.replace(on(m, floats, cast).but(config={"dtype": word, **spelling}), claims=None)


@variant("no claims", every=2)
def _(m):
    yield "no golden.safetensors", dataclasses.replace(m, claims=None)


@variant("claims of outputs alone", every=2)
def _(m):
    traces = [name for name in results(m) if name not in outputs(m)]
    if traces:
        yield "no layer values", m.but(claims={name: DROP for name in traces})


@variant("claims in float64", every=2)
def _(m):
    yield "all claims", on_results(m, lambda values: values.astype("<f8"))


@variant("one row of the claims", every=2)
def _(m):
    yield "first", rows(m, [0])
    yield "last", rows(m, [-1])


@variant("rows repeated or in another order", every=3)
def _(m):
    count = len(m.claims[outputs(m)[0]])
    for size in (4, 16):
        yield f"batch of {size}", rows(m, np.arange(size) % count)
    yield "backwards", rows(m, np.arange(count)[::-1])
    yield "batch of 5, shuffled", rows(m, chance(m.case, "rows").permutation(np.arange(5) % count))


@variant("mask left out where all counts", every=2)
def _(m):
    if "attention_mask" in m.claims and m.claims["attention_mask"][0].all():
        yield "first row", rows(m, [0]).but(claims={"attention_mask": DROP})


@variant("mask of truth values", every=2)
def _(m):
    masks = {name: m.claims[name].astype("?") for name in inputs(m) if name.endswith("mask")}
    if masks:
        yield "BOOL", m.but(claims=masks)


@variant("padding cut off, or filled with anything", every=2)
def _(m):
    names, row, kept = padded(m)
    if not names or "decoder_input_ids" in m.claims:
        return
    anything = lambda values: put(values, (row, slice(kept, None)), 1e9)
    yield "claims at padding", m.but(claims={name: anything(m.claims[name]) for name in names})
    # CLIP, and classifiers by the last word, look for a token; RoBERTa counts by the ids.
    yield "ids at padding", m.but(claims={"input_ids": put(m.claims["input_ids"], (row, slice(kept, None)), 7)})
    alone = rows(m, [row])
    positions = [*names, *(n for n in inputs(m) if m.claims[n].ndim == 2)]
    yield "cut off", alone.but(claims={name: alone.claims[name][:, :kept] for name in positions})


@variant("first half of the words")
def _(m):
    # What a causal model says of a position does not depend on what follows.
    if "-causal-lm" not in m.case:
        return
    half = {n: v[:, : m.claims["input_ids"].shape[1] // 2] for n, v in m.claims.items() if v.ndim > 1}
    yield "positions cut off behind", m.but(claims=half)


def renamed(m, pattern, new):
    return dataclasses.replace(m, weights={re.sub(pattern, new, name): values for name, values in m.weights.items()})


def gamma_beta(m):
    norm = r"(?i)(layer_?norm[^.]*)\."
    return renamed(renamed(m, norm + "weight$", r"\1.gamma"), norm + "bias$", r"\1.beta")


# The prefix of the base model, with which the case is stored; without, where the base model itself is.
PREFIXES = {
    "bert-sequence-classification-odd": "bert.", "bert-token-classification": "bert.",
    "roberta-token-classification": "roberta.", "distilbert-sequence-classification": "distilbert.",
    "albert-masked-lm": "albert.", "electra-token-classification": "electra.",
    "deberta-v2-sequence-classification": "deberta.", "gpt2-causal-lm-odd": "transformer.",
    "gpt_neo-causal-lm-odd": "transformer.", "opt-causal-lm": "model.",
    **{f"{family}-causal-lm": "model." for family in sorted(LLAMAS)},
}
BARE = {
    "bert-model": "bert.", "roberta-model": "roberta.", "distilbert-model": "distilbert.", "albert-model": "albert.",
    "electra-model": "electra.", "deberta-v2-model": "deberta.", "sentence-embedder": "bert.",
    "gpt2-model": "transformer.",
    **{f"{family}-model": "model." for family in sorted(LLAMAS)},
}
GAMMA_BETA = [
    "bert-sequence-classification-odd", "bert-model", "bert-masked-lm", "roberta-token-classification",
    "roberta-masked-lm", "distilbert-sequence-classification", "albert-masked-lm", "electra-token-classification",
    "deberta-v2-sequence-classification", "sentence-embedder",
]
GAMMA_BETA_BARE = [
    "bert-sequence-classification-odd", "roberta-token-classification", "distilbert-sequence-classification",
    "albert-masked-lm", "electra-token-classification", "deberta-v2-sequence-classification",
]
# Tensors that checkpoints have beside the parameters: how often, under which names, and what they hold.
COUNTED = lambda n: np.arange(n).reshape(1, n)
LOWER = lambda n: np.tril(np.ones((1, 1, n, n), "?"))
ONES = lambda *shape: np.ones(shape, "<f4")
BUFFERS = [
    ("bert-masked-lm", {"bert.pooler.dense.weight": ONES(32, 32), "bert.pooler.dense.bias": ONES(32)}),
    ("bert-token-classification", {"bert.embeddings.position_ids": COUNTED(24)}),
    ("roberta-masked-lm", {"roberta.embeddings.position_ids": COUNTED(24)}),
    ("gpt2-causal-lm-odd", {"transformer.h.0.attn.bias": LOWER(17), "transformer.h.0.attn.masked_bias": ONES(1)}),
    ("gpt_neo-causal-lm-odd", {"transformer.h.0.attn.attention.bias": LOWER(17)}),
    ("gpt_neo-causal-lm-odd", {"transformer.h.0.attn.attention.masked_bias": ONES(1)}),
    ("gpt_neox-causal-lm", {"gpt_neox.layers.0.attention.bias": LOWER(20)}),
    ("gpt_neox-causal-lm", {"gpt_neox.layers.0.attention.rotary_emb.inv_freq": ONES(2)}),
    ("falcon-causal-lm-odd", {"transformer.h.0.self_attention.rotary_emb.inv_freq": ONES(4)}),
    ("phi-causal-lm-odd", {"model.layers.0.self_attn.rotary_emb.inv_freq": ONES(2)}),
    *((f"{f}-causal-lm", {"model.layers.0.self_attn.rotary_emb.inv_freq": ONES(4)}) for f in sorted(LLAMAS)),
    ("bart-conditional-generation", {"model.encoder.version": ONES(1), "model.decoder.version": ONES(1)}),
    ("marian-conditional-generation", {"model.encoder.embed_positions.weight": ONES(24, 16)}),
    ("clip-text", {"text_model.embeddings.position_ids": COUNTED(16)}),
    ("clip-model", {f"{part}_model.embeddings.position_ids": COUNTED(n) for part, n in (("text", 16), ("vision", 17))}),
]
# Buffers that the case stores and others leave out.
LEFT_OUT = {
    "wav2vec2-ctc": "masked_spec_embed", "resnet-image-classification": "num_batches_tracked",
    "mobilenet-v2-torchvision": "num_batches_tracked", "distilbert-sequence-classification": "position_ids",
}
# The word table, and its copies.
COPIES = {
    "t5-conditional-generation": ("shared", ["encoder.embed_tokens", "decoder.embed_tokens", "lm_head"]),
    "t5-encoder": ("shared", ["encoder.embed_tokens"]),
    "bart-model": ("shared", ["encoder.embed_tokens", "decoder.embed_tokens"]),
    **{f"{family}-conditional-generation": (
        "model.shared", ["model.encoder.embed_tokens", "model.decoder.embed_tokens", "lm_head"],
    ) for family in ("bart", "marian")},
}
OTHER_NAMES = [
    ("gpt_neox-causal-lm", {"^embed_out": "lm_head"}),
    ("t5-encoder", {"^shared": "encoder.embed_tokens"}),
    ("transformer-encoder-decoder", {"^(?=encoder|decoder)": "transformer."}),
    *((case, {r"parametrizations\.weight\.original0": "weight_g", r"parametrizations\.weight\.original1": "weight_v"})
      for case in ("wav2vec2-ctc", "wav2vec2-ctc-odd")),
]


def legacy_names():
    for case, prefix in PREFIXES.items():
        yield case, f"without {prefix}", renamed(load(case), "^" + re.escape(prefix), "")
    for case, prefix in BARE.items():
        yield case, f"with {prefix}", renamed(load(case), "^", prefix)
    for case in GAMMA_BETA:
        yield case, "gamma and beta", gamma_beta(load(case))
    for case in GAMMA_BETA_BARE:
        old = renamed(gamma_beta(load(case)), "^" + re.escape(PREFIXES[case]), "")
        yield case, "gamma and beta without prefix", old
    for case, more in BUFFERS:
        yield case, f"with {next(iter(more))}", load(case).but(weights=more)
    for case, buffer in LEFT_OUT.items():
        m = load(case)
        yield case, f"without {buffer}", m.but(weights={name: DROP for name in m.weights if buffer in name})
    for case, (table, names) in COPIES.items():
        m = load(case)
        values = m.weights[f"{table}.weight"]
        yield case, "copies of the word table", m.but(weights={f"{name}.weight": values for name in names})
    for case, names in OTHER_NAMES:
        m = load(case)
        for pattern, new in names.items():
            m = renamed(m, pattern, new)
        yield case, f"{', '.join(names.values())}", m


def moved(**keys):
    """Config keys under other names."""
    return lambda config: {keys.get(key, key): value for key, value in config.items()}


def old_rotary(config):
    """`rope_parameters` as it was written before: the base apart, the scaling as `rope_scaling`."""
    new = {key: value for key, value in config.items() if key != "rope_parameters"}
    rope = dict(config["rope_parameters"])
    for key in ("rope_theta", "partial_rotary_factor"):
        if key in rope:
            new[key] = rope.pop(key)
    kind = rope.pop("rope_type")
    return {**new, "rope_scaling": None if kind == "default" else {"type": kind, **rope}}


def without(*keys):
    return lambda config: {key: value for key, value in config.items() if key not in keys}


def with_keys(**keys):
    return lambda config: {**config, **keys}


GPT_KEYS = {
    "n_embd": "hidden_size", "n_layer": "num_hidden_layers", "n_head": "num_attention_heads",
    "n_positions": "max_position_embeddings",
}
DISTILBERT_KEYS = {"dim": "hidden_size", "n_layers": "num_hidden_layers", "n_heads": "num_attention_heads"}
OLD_CONFIGS = [
    *((case, "rope_theta and rope_scaling", old_rotary) for case in (
        "llama-causal-lm", "llama-causal-lm-odd", "llama-model", "llama-causal-lm-linear", "llama-causal-lm-llama3",
        "llama-causal-lm-dynamic", "llama-causal-lm-yarn", "mistral-causal-lm", "mistral-causal-lm-odd",
        "mixtral-causal-lm", "mixtral-causal-lm-odd", "qwen2-causal-lm", "qwen2-causal-lm-odd", "qwen3-causal-lm",
        "qwen3-causal-lm-odd", "gemma-causal-lm", "gemma-causal-lm-odd", "gemma2-causal-lm", "gemma2-causal-lm-odd",
        "falcon-causal-lm", "falcon-causal-lm-odd", "phi-causal-lm", "phi-causal-lm-odd",
    )),
    *((case, "rotary_pct and rotary_emb_base", lambda config: moved(
        rope_theta="rotary_emb_base", partial_rotary_factor="rotary_pct")(old_rotary(config)),
    ) for case in ("gpt_neox-causal-lm", "gpt_neox-causal-lm-odd")),
    *((case, "other names of sizes", moved(**GPT_KEYS))
      for case in ("gpt2-causal-lm", "gpt2-causal-lm-odd", "gpt2-model", "gpt3-causal-lm")),
    *((case, "other names of sizes", moved(**DISTILBERT_KEYS))
      for case in ("distilbert-model", "distilbert-sequence-classification")),
    *((case, "other names of sizes", moved(num_layers="num_hidden_layers", num_heads="num_attention_heads"))
      for case in ("gpt_neo-causal-lm", "gpt_neo-causal-lm-odd")),
    ("falcon-causal-lm", "n_embed", moved(hidden_size="n_embed")),
    ("mixtral-causal-lm", "num_experts", moved(num_local_experts="num_experts")),
    ("gemma2-causal-lm", "sliding_window_size", moved(sliding_window="sliding_window_size")),
    ("gemma-causal-lm", "hidden_activation too", with_keys(hidden_act="gelu", hidden_activation="gelu_pytorch_tanh")),
    ("gemma-causal-lm", "hidden_act gelu alone", with_keys(hidden_act="gelu")),
    ("deberta-v2-sequence-classification", "pos_att_type in one text", with_keys(pos_att_type="p2c|c2p")),
    ("t5-conditional-generation", "T5WithLMHeadModel", lambda config: {
        **without("dense_act_fn", "is_gated_act", "scale_decoder_outputs")(config),
        "architectures": ["T5WithLMHeadModel"], "n_positions": 512, "output_past": True}),
    ("qwen2-causal-lm", "no layer_types", without("layer_types")),
    ("gemma2-causal-lm", "no layer_types", without("layer_types")),
    *((case, "num_labels in place of id2label", lambda config: {
        **without("id2label", "label2id")(config), "num_labels": len(config["id2label"])})
      for case in ("bert-sequence-classification-odd", "roberta-token-classification", "vit-image-classification",
                   "llama-sequence-classification", "convnext-image-classification")),
    ("marian-conditional-generation", "silu", with_keys(activation_function="silu")),
    ("gpt2-causal-lm", "gelu_pytorch_tanh", with_keys(activation_function="gelu_pytorch_tanh")),
    ("llama-causal-lm", "defaults left out", without("attention_bias", "mlp_bias", "hidden_act", "head_dim")),
    ("bert-sequence-classification-odd", "defaults left out", without("is_decoder", "add_cross_attention")),
]


def old_configs():
    for case, detail, change in OLD_CONFIGS:
        m = load(case)
        new = dataclasses.replace(m, config=change(m.config))
        assert new.differs(m), (case, detail)
        yield case, detail, new


def equal_copies():
    for case, (head, table) in HEAD.items():
        m = load(case)
        yield case, head, m.but(weights={head: m.weights[table]})


def half_precision_goldens():
    for case in HALF:
        m = load(case)
        yield m.case, "as it is", m
        yield m.case, "3 shards", m.but(save=sharded(3))
        yield m.case, "backwards", dataclasses.replace(m, weights=dict(reversed(m.weights.items())))


def claimed_continuations():
    for case in WRITERS:
        m = with_generations(case)
        yield case, "as they are", m
        yield case, "backwards", m.but(generations=m.generations[::-1])
        yield case, "the second, not claimed as greedy", claimed(m, 1, greedy=False)
        yield case, "the first, likelihoods left out", claimed(m, 0, log_likelihoods=DROP)
        # The first half as the prompt of the second, and the first half alone.
        first = m.generations[0]
        ids, likelihoods, half = first["continuation"], first["log_likelihoods"], len(first["continuation"]) // 2
        later = {"prompt": first["prompt"] + ids[:half], "continuation": ids[half:]}
        yield case, "half of it as the prompt", claimed(m, 0, **later, log_likelihoods=likelihoods[half:])
        yield case, "half of it", claimed(m, 0, continuation=ids[:half], log_likelihoods=likelihoods[:half])
    for case in DECODERS:
        yield case, "without other claims", dataclasses.replace(with_generations(case), claims=None)


VARIANT_LISTS = {
    "legacy names and buffers of tensors": legacy_names,
    "old spellings of the config": old_configs,
    "tied weight stored as an equal copy": equal_copies,
    "claims on half-precision weights": half_precision_goldens,
    "claimed continuations": claimed_continuations,
}


def all_variants():
    models = [load(case) for case in FAMILIES.values()]
    for turn, (kind, every, function) in enumerate(VARIANTS):
        for number, m in enumerate(models):
            if (number + turn) % every == 0:
                for detail, model in function(m) or ():
                    yield kind, m.case, detail, model
    for kind, function in VARIANT_LISTS.items():
        for case, detail, model in function():
            yield kind, case, detail, model


# --- certification -------------------------------------------------------------------------------------------------

# Where no claim differs by more of its largest value than this, float32 cannot show it: 32 roundings.
SMALLEST = 32 * 2.0**-24


@dataclasses.dataclass
class Verdict:
    code: int
    # The required clauses that do not hold, in the order of the standard: (clause, verdict, reason).
    clauses: list
    # Each claim's difference from the reference: in pass bounds, and over the claim's largest value.
    compared: dict


def certify(checker, model):
    with tempfile.TemporaryDirectory(prefix="lmstd-mutants-") as folder:
        folder = pathlib.Path(folder)
        model.write(folder / "submission")
        places = [folder / "submission", "--out", folder / "out"]
        command = [checker, "certify", "lmstd/architecture", *places, "--format", "json"]
        environment = {**os.environ, "RAYON_NUM_THREADS": str(model.threads)}
        run = subprocess.run(command, capture_output=True, env=environment, check=False)
    if run.returncode not in (0, 1, 2):
        return Verdict(run.returncode, [("–", "stopped", run.stderr.decode().strip()[-300:])], {})
    report = json.loads(run.stdout)
    clauses, compared = [], {}
    for clause in report["clauses"]:
        if clause["level"] == "must" and clause["verdict"] not in ("pass", "not-applicable"):
            clauses.append((clause["id"], clause["verdict"], clause["reason"]["en"]))
        for measured in clause["measured"] if clause["id"] == "SEM-1" else ():
            if measured["value"] is not None and measured["bar"] and measured["bar"]["value"]:
                name = measured["measure"].split(": ")[-1]
                largest = float(np.nanmax(np.abs(model.claims[name].astype("<f8"))))
                value = measured["value"]
                compared[name] = (value / measured["bar"]["value"], value / largest)
    return Verdict(run.returncode, clauses, compared)


@dataclasses.dataclass
class Row:
    kind: str
    case: str
    detail: str
    verdict: Verdict
    # Certified, but no further from the claims than the unchanged model may be.
    small: bool = False

    def outcome(self):
        if self.verdict.code == 2 and all(verdict == "error" for _, verdict, _ in self.verdict.clauses):
            return "not measured"
        return {0: "certified", 1: "caught", 2: "undecided"}.get(self.verdict.code, "stopped")

    def worst(self):
        """The claim that is most bounds off: its name, and by how many."""
        return max(((ratio, name) for name, (ratio, _) in self.verdict.compared.items()), default=(0.0, ""))

    def clause(self):
        """The clause that noticed: the first one that fails, else the first that is open."""
        wanted = "fail" if self.verdict.code == 1 else self.verdict.clauses[0][1]
        return next(clause for clause, verdict, _ in self.verdict.clauses if verdict == wanted)

    def line(self):
        ratio, name = self.worst()
        told = ""
        if name and GRADUAL.match(self.kind):
            told = f": `{name}` off by {ratio:.1f} bounds, {self.verdict.compared[name][1]:.0e} of its largest value"
        elif self.verdict.clauses:
            told = ": " + self.verdict.clauses[0][2].split("could not be measured: ")[-1].rstrip(".")
        return f"- {self.kind}: `{self.case}`, {self.detail}{told}"


# Faults of a size: the only ones that may be too small to see.
GRADUAL = re.compile("noise of|norm epsilon|claims off by|weights rounded|claims rounded")


def is_small(mutant, unchanged):
    """Whether no claim is further off than float32 can show, or than twice what it is for the unchanged model."""
    limit = lambda name: max(SMALLEST, 2 * unchanged.get(name, (0.0, 0.0))[1])
    return bool(mutant) and all(relative <= limit(name) for name, (_, relative) in mutant.items())


def run(checker, made, only, log, mutants):
    found, unchanged = [], {}
    for kind, case, detail, model in made:
        if only and not re.search(only, f"{kind}: {case}, {detail}"):
            continue
        row = Row(kind, case, detail, certify(checker, model))
        if mutants and row.verdict.code == 0 and GRADUAL.match(kind):
            if case not in unchanged:
                unchanged[case] = certify(checker, load(case)).compared
            row.small = is_small(row.verdict.compared, unchanged[case])
        found.append(row)
        clause = row.clause() if row.verdict.clauses else ""
        told = f"{row.outcome():12} {clause:8} {row.worst()[0]:12.2f} {kind}: {case}, {detail}"
        print(f"{len(found):5} {told}", file=sys.stderr)
        if log:
            log.write(json.dumps({"outcome": row.outcome(), **dataclasses.asdict(row)}) + "\n")
    return found


# --- the page ------------------------------------------------------------------------------------------------------

INTRODUCTION = """\
# Mutants and variants

How far the checker can be trusted. A *mutant* is a golden case (`conformance-suite/tests/architectures`) in which the
config, the weights, the files or the claims were changed, so that the claimed outputs are no longer those of the stored
model: it must not be certified. A *variant* is a case stored or run in another way that changes nothing: it must be.
All are certified by `lmstd/architecture`. Made by

```sh
python conformance-suite/tests/reference/mutants.py target/debug/lmstd-check
```

*Caught*: a required clause fails (exit 1). *Not measured*: the submission or its claims cannot be used, so nothing is
certified (exit 2). *Undecided*: the difference lies between the pass bound and ten times it, so it cannot be told from
rounding for certain, and nothing is certified (exit 2). *Below rounding*: certified (exit 0), but the fault has a size,
and no claim is further off than 32 roundings of float32 at its largest value (2e-6 of it), or than twice what the
reference library's own rounding puts it off for the unchanged model: claims in float32 do not show it. *Missed*: every
other one that is certified. Differences are given in pass bounds, which are drawn anew in each run, so that a mutant
near a bound may change its column.

*Config keys at odds*: the config says one thing in two spellings that differ, or in a name of the program that no
checkpoint has, and transformers 5.24 reads another model than that of the claims.
"""


# The columns of the mutants' table.
COLUMNS = {
    "caught": lambda row: row.outcome() == "caught",
    "not measured": lambda row: row.outcome() == "not measured",
    "undecided": lambda row: row.outcome() == "undecided",
    "below rounding": lambda row: row.small,
    "missed": lambda row: row.outcome() in ("certified", "stopped") and not row.small,
}


def count(rows):
    """How many rows there are, and which clauses noticed them."""
    clauses = collections.Counter(row.clause() for row in rows if row.verdict.clauses)
    return ", ".join(f"{clause} {number}" for clause, number in sorted(clauses.items())) or str(len(rows))


def grouped(rows):
    kinds = collections.defaultdict(list)
    for row in rows:
        kinds[row.kind].append(row)
    return kinds


def listing(title, rows):
    lines = [row.line() for row in rows]
    return [f"## {title}", "", *(lines or ["None."]), ""]


def page(mutants, variants):
    families = {FAMILY[row.case] for row in mutants if row.case in FAMILY}
    columns = {name: [row for row in mutants if fits(row)] for name, fits in COLUMNS.items()}
    totals = ", ".join(f"{len(rows)} {name}" for name, rows in columns.items())
    wrong = [row for row in variants if row.outcome() != "certified"]
    lines = [
        INTRODUCTION, "## Mutants", "", f"{len(mutants)} mutants of {len(families)} families: {totals}.", "",
        f"| kind | made | {' | '.join(COLUMNS)} |", "| --- |" + " --- |" * (len(COLUMNS) + 1),
    ]
    for kind, rows in grouped(mutants).items():
        cells = [count([row for row in rows if fits(row)]) for fits in COLUMNS.values()]
        lines.append(f"| {kind} | {len(rows)} | {' | '.join(cells)} |")
    lines += [
        "", "## Variants", "",
        f"{len(variants)} variants: {len(variants) - len(wrong)} certified, {len(wrong)} not.", "",
        "| kind | made | certified | not certified |", "| --- | --- | --- | --- |",
    ]
    for kind, rows in grouped(variants).items():
        right = sum(row.outcome() == "certified" for row in rows)
        lines.append(f"| {kind} | {len(rows)} | {right} | {len(rows) - right} |")
    lines.append("")
    lines += listing("Missed mutants", columns["missed"])
    lines += listing("Variants not certified", wrong)
    lines += listing("Undecided mutants", columns["undecided"])
    lines += listing("Mutants below rounding", columns["below rounding"])
    lines += listing("Mutants not measured", columns["not measured"])
    return "\n".join(lines).rstrip() + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checker", help="path of the lmstd-check binary")
    parser.add_argument("--page", type=pathlib.Path, default=PAGE, help="what is written (default: docs/mutants.md)")
    parser.add_argument("--only", metavar="REGEX", help="only what `KIND: CASE, DETAIL` fits; the page is then printed")
    parser.add_argument("--log", type=argparse.FileType("w"), help="a line of JSON for each mutant and variant")
    parser.add_argument("--keep", type=pathlib.Path, metavar="DIR", help="write what fits --only there, certify none")
    arguments = parser.parse_args()
    if arguments.keep:
        arguments.keep.mkdir(parents=True)
        for number, (kind, case, detail, model) in enumerate(itertools.chain(all_mutants(), all_variants())):
            if re.search(arguments.only or "", f"{kind}: {case}, {detail}"):
                model.write(arguments.keep / f"{number:04}-{case}")
        return
    start = time.monotonic()
    checker = pathlib.Path(arguments.checker).resolve()
    mutants = run(checker, all_mutants(), arguments.only, arguments.log, True)
    variants = run(checker, all_variants(), arguments.only, arguments.log, False)
    minutes = (time.monotonic() - start) / 60
    print(f"{len(mutants)} mutants and {len(variants)} variants in {minutes:.1f} minutes", file=sys.stderr)
    text = page(mutants, variants)
    if arguments.only:
        print(text)
    else:
        arguments.page.write_text(text)


if __name__ == "__main__":
    main()
