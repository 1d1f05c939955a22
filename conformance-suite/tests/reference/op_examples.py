"""The examples of the operations, computed by reference implementations.

Every composite (`compiler/std/ops/*.lms`, in its doc comment) and every primitive (the rows in `compiler/src/op/*.rs`)
has examples of the form

    `EXPRESSION` with `NAME = JSON`, `NAME = JSON` gives `JSON`

where names that the expression does not have are weights. Each is computed here in float64, by torch or transformers,
or by a plain loop where neither has the operation, and held against the numbers that are written, at eight digits. Says
which differ and which operations have no example; exits with 1 if there are any. The runtime's own tests hold compiler
and engine against the same examples. Run with torch 2.15.0 and transformers 5.24.0: `python op_examples.py`.
"""

import functools
import json
import math
import os
import pathlib
import re
import sys

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
import numpy as np
import torch
import torch.nn.functional as F
import transformers
from transformers.activations import ACT2FN
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers.models.gptj import modeling_gptj
from transformers.models.llama import modeling_llama
from transformers.pytorch_utils import Conv1D

ROOT = pathlib.Path(__file__).resolve().parents[3]
# Stands only in programs without a config, which cannot run.
WITHOUT_EXAMPLE = {"carry"}

torch.set_grad_enabled(False)
torch.set_num_threads(1)

# --- reading -------------------------------------------------------------------------------------------------------


def of_composites():
    """Name and examples of every composite; a line that no blank one precedes goes on with the example above."""
    for path in sorted((ROOT / "compiler" / "std" / "ops").glob("*.lms")):
        lines = [line[3:].strip() for line in path.read_text().splitlines() if line.startswith("///")]
        examples, inside = [], False
        for line in lines:
            if line.startswith("Example: "):
                examples.append(line.removeprefix("Example: "))
                inside = True
            elif inside and line:
                examples[-1] += " " + line
            else:
                inside = False
        yield path.stem, examples


def of_primitives():
    """Name and examples of every row: its first text, and the one that says what something gives."""
    row_of = re.compile(r"^pub const \w+: Row =(.*?);\n", re.DOTALL | re.MULTILINE)
    literal = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
    for path in sorted((ROOT / "compiler" / "src" / "op").glob("*.rs")):
        for row in row_of.findall(path.read_text()):
            texts = [re.sub(r"\\\n\s*", "", text) for text in literal.findall(row)]
            yield texts[0], [text for text in texts if text.startswith("`") and "` gives `" in text]


def parsed(example):
    """Expression, operands as JSON by name, and what it gives as JSON."""
    words, quoted = example.split("`")[0::2], example.split("`")[1::2]
    between = [", "] * (len(quoted) - 3)
    assert words[:1] == [""] and words[-1] in ("", "."), example
    assert words[1:-1] == ([" with ", *between, " gives "] if len(quoted) > 2 else [" gives "]), example
    operands = dict(text.split(" = ", 1) for text in quoted[1:-1])
    return quoted[0], {name: json.loads(text) for name, text in operands.items()}, json.loads(quoted[-1])


def translated(expression):
    """An expression of the language in Python."""
    form = re.fullmatch(r"(contract|rearrange|repeat)\((.+?) -> (.+?)((?:, \w+ = \d+)*)\)", expression)
    if form:
        name, operands, result, sizes = form.groups()
        tensors = re.findall(r"(\w+)\[([^]]*)\]", operands)
        pattern = ", ".join(axes for _, axes in tensors) + " -> " + result
        return f"{name}({', '.join(tensor for tensor, _ in tensors)}, pattern={pattern!r}{sizes})"
    python = re.sub(r"(\w+): ", r"\1=", expression).replace("from=", "start=")
    for word, operator in {"div": "//", "and": "&", "or": "|", "not": "~"}.items():
        python = re.sub(rf"\b{word}\b", operator, python)
    return python


def tensor(value):
    """A number with a decimal point is a float, of 64 bits as numpy makes it."""
    return torch.from_numpy(np.array(value))


# --- primitives ----------------------------------------------------------------------------------------------------


def rearranged(x, pattern, **sizes):
    """Splits, reorders and merges axes; an axis that the operand lacks repeats it."""
    before, after = ([part.strip("()").split() for part in re.findall(r"\([^)]*\)|\w+", side)]
                     for side in pattern.split(" -> "))
    for axis in reversed(range(len(before))):
        x = x.unflatten(axis, [sizes.get(name, -1) for name in before[axis]])
    names, wanted = sum(before, []), sum(after, [])
    for new in [name for name in wanted if name not in names]:
        x, names = x[..., None].expand(*x.shape, sizes[new]), [*names, new]
    x = x.permute([names.index(name) for name in wanted])
    lengths = iter(x.shape)
    return x.reshape([math.prod(next(lengths) for _ in part) for part in after])


def padded(x, axis, before, after, value=0.0):
    assert axis == -1
    return F.pad(x, (before, after), value=value)


def windows(x, axis, size, step=1, dilation=1):
    return x.unfold(axis, dilation * (size - 1) + 1, step)[..., ::dilation]


PRIMITIVES = {
    "exp": torch.exp,
    "log": torch.log,
    "sqrt": torch.sqrt,
    "tanh": torch.tanh,
    "erf": torch.erf,
    "sin": torch.sin,
    "cos": torch.cos,
    "relu": torch.relu,
    "abs": torch.abs,
    "floor": torch.floor,
    "min": torch.minimum,
    "max": lambda a, b=None, axis=None: a.amax(axis, keepdim=True) if b is None else torch.maximum(a, b),
    "float": lambda x: x.double(),
    "int": lambda x: x.trunc().long(),
    "where": torch.where,
    "sum": lambda x, axis: x.sum(axis, keepdim=True),
    "mean": lambda x, axis: x.mean(axis, keepdim=True),
    "cumsum": lambda x, axis: x.cumsum(axis),
    "contract": lambda a, b, pattern: torch.einsum(pattern.replace(" ", ""), a, b),
    "rearrange": rearranged,
    "repeat": rearranged,
    "slice": lambda x, axis, start, length: x.narrow(axis, start, length),
    "concat": lambda a, b, axis: torch.cat([a, b], axis),
    "pad": padded,
    "windows": windows,
    "take": lambda table, ids: table[ids],
    "gather": lambda x, ids, axis: x.gather(axis, ids),
    "iota": torch.arange,
}

# --- composites ----------------------------------------------------------------------------------------------------


def activation(x, name):
    return ACT2FN["hardswish" if name == "hard_swish" else name](x)


def attention(q, k, v, seen, scale):
    return F.scaled_dot_product_attention(q, k, v, attn_mask=seen, scale=scale)


def causal(keep, window=math.inf):
    def sees(row, i, j):
        return j == i or bool(keep[row, j]) and j <= i and i - j < window

    batch, seq = keep.shape
    return torch.tensor([[[[sees(row, i, j) for j in range(seq)] for i in range(seq)]] for row in range(batch)])


def conv1d(w, x, out, size, step, before, after, groups=1, dilation=1, bias=True):
    assert w["weight"].shape == (out, x.shape[-2] // groups, size)
    bias = w["bias"] if bias else None
    return F.conv1d(F.pad(x, (before, after)), w["weight"], bias, step, 0, dilation, groups)


def conv2d(w, x, out, size, step, padding, groups=1, dilation=1, bias=True):
    assert w["weight"].shape == (out, x.shape[-3] // groups, size, size)
    return F.conv2d(x, w["weight"], w["bias"] if bias else None, step, padding, dilation, groups)


def embedding(w, ids, rows, width):
    assert w["weight"].shape == (rows, width)
    return F.embedding(ids, w["weight"])


def last_token(x, ids, padding):
    """As the sequence classifiers of transformers find it."""
    kept = (ids != padding).long()
    last = (torch.arange(ids.shape[-1]) * kept).argmax(-1)
    return x[torch.arange(len(x)), last]


def linear(w, x, out, bias=True):
    assert w["weight"].shape == (out, x.shape[-1])
    return F.linear(x, w["weight"], w["bias"] if bias else None)


def linear_in_out(w, x, out):
    layer = Conv1D(out, x.shape[-1]).double()
    layer.load_state_dict(w)
    return layer(x)


def masked_mean(x, keep):
    return torch.stack([text[kept].mean(0) for text, kept in zip(x, keep)])


def top_k(x, k):
    order = np.argsort(-x.numpy(), axis=-1, kind="stable")
    chosen = np.zeros(x.shape, dtype=bool)
    np.put_along_axis(chosen, order[..., :k], True, -1)
    return torch.from_numpy(chosen)


def round_to_8_bits(n):
    return n.float().bfloat16().double().long()


def sinusoidal_positions(length, width):
    """The table of the article, as the implementations of transformers make it."""
    table = np.array([[p / np.power(10000, 2 * (j // 2) / width) for j in range(width)] for p in range(length)])
    table[:, 0::2], table[:, 1::2] = np.sin(table[:, 0::2]), np.cos(table[:, 1::2])
    return torch.from_numpy(table)


def rope_half(x, angles):
    cos, sin = (torch.cat([part, part], -1)[None] for part in (angles.cos(), angles.sin()))
    turned, _ = modeling_llama.apply_rotary_pos_emb(x[None, None], x[None, None], cos, sin)
    return turned[0, 0]


def rope_pairs(x, angles):
    turned = modeling_gptj.apply_rotary_pos_emb(x[None, :, None], angles.sin()[None], angles.cos()[None])
    return turned[0, :, 0]


def rope_frequencies(width, base):
    return 1.0 / base ** (torch.arange(0, width, 2).double() / width)


def base_of(frequencies):
    """The base that they are the plain frequencies of."""
    base = float(frequencies[1]) ** -len(frequencies)
    assert torch.allclose(rope_frequencies(2 * len(frequencies), base), frequencies)
    return base


def agreed(kind, frequencies, made, positions, length=None, **parameters):
    """What was made by the formula in float64, if transformers, which knows float32 alone, gives the same."""
    width = 2 * len(frequencies)
    parameters = {"rope_type": kind, "rope_theta": base_of(frequencies), **parameters}
    config = transformers.LlamaConfig(
        hidden_size=width, num_attention_heads=1, head_dim=width, max_position_embeddings=positions,
        rope_parameters=parameters,
    )
    known, _ = ROPE_INIT_FUNCTIONS[kind](config, "cpu", seq_len=length)
    assert torch.allclose(known.double(), made, rtol=1e-6, atol=0.0), (kind, known, made)
    return made


def rope_linear(frequencies, factor):
    return agreed("linear", frequencies, frequencies / factor, 64, factor=factor)


def rope_dynamic(frequencies, factor, length, trained):
    width = 2 * len(frequencies)
    growth = factor * max(length, trained) / trained - (factor - 1)
    made = rope_frequencies(width, base_of(frequencies) * growth ** (width / (width - 2)))
    return agreed("dynamic", frequencies, made, trained, length, factor=factor)


def rope_llama3(frequencies, factor, low, high, trained):
    def scaled(frequency):
        length = 2 * math.pi / frequency
        if length < trained / high:
            return frequency
        if length > trained / low:
            return frequency / factor
        smooth = (trained / length - low) / (high - low)
        return (1 - smooth) * frequency / factor + smooth * frequency

    made = torch.tensor([scaled(float(frequency)) for frequency in frequencies], dtype=torch.float64)
    parameters = {"low_freq_factor": low, "high_freq_factor": high, "original_max_position_embeddings": trained}
    return agreed("llama3", frequencies, made, int(trained * factor), factor=factor, **parameters)


def rope_yarn(frequencies, base, factor, fast, slow, trained, truncate):
    width = 2 * len(frequencies)

    def index(turns):
        return width * math.log(trained / (turns * 2 * math.pi)) / (2 * math.log(base))

    low, high = index(fast), index(slow)
    if truncate:
        low, high = math.floor(low), math.ceil(high)
    low, high = max(low, 0), min(high, width - 1)
    high = high + 0.001 if low == high else high
    divided = ((torch.arange(width // 2).double() - low) / (high - low)).clamp(0, 1)
    made = frequencies / factor * divided + frequencies * (1 - divided)
    parameters = {
        "beta_fast": fast, "beta_slow": slow, "truncate": truncate, "original_max_position_embeddings": trained,
    }
    assert math.isclose(base, base_of(frequencies))
    return agreed("yarn", frequencies, made, int(trained * factor), factor=factor, **parameters)


COMPOSITES = {
    "activation": activation,
    "attention": attention,
    "attention_weights": lambda scores, seen: scores.masked_fill(~seen, -math.inf).softmax(-1),
    "causal": causal,
    "causal_window": causal,
    "gelu": F.gelu,
    "gelu_tanh": functools.partial(F.gelu, approximate="tanh"),
    "hard_swish": F.hardswish,
    "keys_seen": lambda keep: keep[:, None, None, :],
    "l2_normalise": lambda x, eps=0.0: F.normalize(x, dim=-1, eps=eps),
    "last_token": last_token,
    "masked_mean": masked_mean,
    "max_pool2d": lambda x, size, step, padding: F.max_pool2d(x, size, step, padding),
    "merge_heads": lambda x: x.transpose(-3, -2).flatten(-2),
    "mish": F.mish,
    "quick_gelu": ACT2FN["quick_gelu"],
    "relu6": F.relu6,
    "repeat_heads": lambda x, times: modeling_llama.repeat_kv(x[None], times)[0],
    "rope_dynamic": rope_dynamic,
    "rope_frequencies": rope_frequencies,
    "rope_half": rope_half,
    "rope_linear": rope_linear,
    "rope_llama3": rope_llama3,
    "rope_pairs": rope_pairs,
    "rope_yarn": rope_yarn,
    "round_to_8_bits": round_to_8_bits,
    "sigmoid": torch.sigmoid,
    "silu": F.silu,
    "sinusoidal_positions": sinusoidal_positions,
    "soft_cap": lambda x, cap: torch.tanh(x / cap) * cap,
    "softmax": lambda x, axis: x.softmax(axis),
    "softplus": F.softplus,
    "split_heads": lambda x, heads: x.unflatten(-1, (heads, -1)).transpose(-3, -2),
    "top_k": top_k,
}

# These take their weights first.
WEIGHTED = {
    "batch_norm": lambda w, x, eps: F.batch_norm(
        x[None], w["running_mean"], w["running_var"], w["weight"], w["bias"], eps=eps
    )[0],
    "conv1d": conv1d,
    "conv2d": conv2d,
    "embedding": embedding,
    "group_norm": lambda w, x, groups, eps: F.group_norm(x[None], groups, w["weight"], w["bias"], eps)[0],
    "layer_norm": lambda w, x, eps, bias=True: F.layer_norm(
        x, x.shape[-1:], w["weight"], w["bias"] if bias else None, eps
    ),
    "linear": linear,
    "linear_in_out": linear_in_out,
    "rms_norm": lambda w, x, eps: F.rms_norm(x, x.shape[-1:], w["weight"], eps),
}

# --- comparing -----------------------------------------------------------------------------------------------------


def computed(expression, operands):
    """What the reference gives, as nested lists."""
    values = {name: tensor(value) for name, value in operands.items()}
    used = set(re.findall(r"\w+", re.sub(r"\w+: ", "", expression)))
    weights = {name: value for name, value in values.items() if name not in used}
    names = {name: value for name, value in values.items() if name in used}
    weighted = {name: functools.partial(function, weights) for name, function in WEIGHTED.items()}
    constants = {"true": True, "false": False}
    functions = {**PRIMITIVES, **COMPOSITES, **weighted, **constants}
    return eval(translated(expression), {"__builtins__": {}}, {**functions, **names}).tolist()


def same(found, written):
    """Whether a reference value is what is written; of a float eight digits are."""
    if isinstance(found, list) and isinstance(written, list):
        return len(found) == len(written) and all(map(same, found, written))
    return type(found) is type(written) and (float(f"{found:.8g}") if isinstance(found, float) else found) == written


def faults(name, examples):
    if not examples and name not in WITHOUT_EXAMPLE:
        yield f"{name} has no example"
    for example in examples:
        expression, operands, written = parsed(example)
        found = computed(expression, operands)
        if not same(found, written):
            yield f"{name}: {expression} gives {json.dumps(found)}, not {json.dumps(written)}"


def main():
    operations = [*of_primitives(), *of_composites()]
    found = [fault for operation in operations for fault in faults(*operation)]
    for fault in found:
        print(fault)
    count = sum(len(examples) for _, examples in operations)
    print(f"{count} examples of {len(operations)} operations, {len(found)} faults")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
