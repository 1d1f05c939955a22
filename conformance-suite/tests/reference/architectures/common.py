"""What the scripts of this folder share: weights that show every fault, and a case folder as the tests read it.

A case is a folder under `conformance-suite/tests/architectures/`: `config.json` and `model.safetensors` as the
reference library saves them, and `golden.safetensors` with the inputs and outputs of the reference in f32, eager.
"""

import itertools
import os
import pathlib
import shutil

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers.pytorch_utils import Conv1D

CASES = pathlib.Path(__file__).resolve().parents[2] / "architectures"


def summed(module, tensor):
    """Over how many products each number sums that a weight of two or more axes makes.

    1 of what is read or added as it is stored: tables of vectors, and values like ViT's positions, which lead with an
    axis of one.
    """
    if isinstance(module, (nn.Linear, nn.Conv1d, nn.Conv2d)):
        return tensor[0].numel()
    if isinstance(module, Conv1D) or getattr(module, "stored_in_out", False):
        return tensor.shape[0]
    return 1 if tensor.shape[0] == 1 else tensor.shape[-1]


def randomise(model, seed):
    """Weights of ordinary size, unlike each other, none neutral: matrices by fan-in, gains around 1, biases around 0.

    The libraries' own initial values (tiny matrices, zero biases, gains of one) would hide most faults. So would the
    row of zeros that a table begins with at its `padding_idx`: the libraries read that row as it is stored, whatever
    it holds, and that of public checkpoints is often not zero. It is drawn like the others.
    """
    generator = torch.Generator().manual_seed(seed)
    draw = lambda tensor: torch.randn(tensor.shape, generator=generator, dtype=torch.float32)
    # An output layer that is tied to a table is that table.
    tables = {id(module.weight) for module in model.modules() if isinstance(module, nn.Embedding)}
    done = set()
    with torch.no_grad():
        for name, tensor in sorted(model.state_dict(keep_vars=True).items()):
            if not tensor.is_floating_point() or tensor.numel() == 0 or id(tensor) in done:
                continue
            done.add(id(tensor))
            module = model.get_submodule(name.rpartition(".")[0])
            if name.endswith("running_var"):
                tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.5)
            elif tensor.dim() >= 2:
                tensor.copy_(draw(tensor) / (1 if id(tensor) in tables else summed(module, tensor)) ** 0.5)
            elif name.endswith("weight") and not type(module).__name__.startswith("Gemma"):
                tensor.copy_(1 + 0.2 * draw(tensor))
            else:
                # Gemma's norms add the 1 themselves.
                tensor.copy_(0.2 * draw(tensor))
    return model.eval()


def round_weights(model, dtype):
    """The weights rounded to `dtype`; the model still computes in f32, its buffers that are not stored untouched."""
    with torch.no_grad():
        for tensor in model.state_dict().values():
            if tensor.is_floating_point():
                tensor.copy_(tensor.to(dtype))
    return model


def ids(rows, length, vocabulary, seed, low=3):
    """Random token ids without the special ones below `low`."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(low, vocabulary, (rows, length), generator=generator)


def right_padding(rows, length, padded):
    """A mask whose last row ends with `padded` positions of padding."""
    mask = torch.ones(rows, length, dtype=torch.int64)
    mask[-1, length - padded :] = 0
    return mask


def left_padding(rows, length, padded):
    """A mask whose last row begins with padding: of a causal decoder, padding at the end would show nothing."""
    return right_padding(rows, length, padded).flip(1)


def both_paddings(rows, length, padded):
    """A mask whose last row ends with padding and, of three rows or more, whose second begins with it."""
    mask = right_padding(rows, length, padded)
    if rows > 2:
        mask[1, : max(padded - 2, 0)] = 0
    return mask


def spread(inputs, outputs):
    """How far the two rows that are most alike lie apart, and in which output, in parts of its largest value.

    Only rows of different inputs count, and of texts only the positions that both keep; None if there are no two.
    """
    found = []
    for name, value in outputs.items():
        given = [each for each in inputs.values() if each.shape[0] == value.shape[0]]
        masks = [each for key, each in inputs.items() if key.endswith("mask") and each.shape == value.shape[:2]]
        for a, b in itertools.combinations(range(value.shape[0]), 2):
            if all(torch.equal(each[a], each[b]) for each in given):
                continue
            apart = (value[a] - value[b]).abs()
            for mask in masks:
                apart = apart[(mask[a] * mask[b]).bool()] if apart.shape[0] == mask.shape[1] else apart
            found.append((float(apart.max() / value.abs().max()), name))
    return min(found, default=None)


def write(case, model, inputs, outputs, dtype=torch.float32):
    """Saves the model as its library does, its weights as `dtype`, and the claims: `inputs` and `outputs` by name."""
    folder = CASES / case
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if dtype != torch.float32:
        model.to(dtype)
    model.save_pretrained(folder, safe_serialization=True)
    for extra in ("generation_config.json",):
        (folder / extra).unlink(missing_ok=True)
    claims = {**inputs, **outputs}
    as_stored = lambda value: value.to(torch.float32 if value.is_floating_point() else torch.int64).detach().clone()
    plain = {name: as_stored(value).contiguous() for name, value in claims.items() if value is not None}
    assert all(torch.isfinite(value).all() for value in plain.values() if value.is_floating_point())
    save_file(plain, folder / "golden.safetensors")
    # A model that says the same of everything shows nothing. A case of one row has no second to differ from.
    least = spread(*({name: plain[name] for name in part if name in plain} for part in (inputs, outputs)))
    assert least is None or least[0] > 0.01, f"{case}: two rows give nearly the same {least[1]}: {least[0]}"
    size = sum(file.stat().st_size for file in folder.iterdir())
    numbers = sum(t.numel() for t in load_file(folder / "model.safetensors").values())
    apart = "one row" if least is None else f"rows {least[0]:.2g} apart at least, in {least[1]}"
    print(f"{case}: {numbers} numbers, {size} bytes, {apart}")
