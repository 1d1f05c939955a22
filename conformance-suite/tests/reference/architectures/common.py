"""What the scripts of this folder share: weights that show every fault, and a case folder as the tests read it.

A case is a folder under `conformance-suite/tests/architectures/`: `config.json` and `model.safetensors` as the
reference library saves them, and `golden.safetensors` with the inputs and outputs of the reference in f32, eager.
"""

import os
import pathlib
import shutil

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
import torch
from safetensors.torch import load_file, save_file

CASES = pathlib.Path(__file__).resolve().parents[2] / "architectures"


def randomise(model, seed):
    """Weights of ordinary size, unlike each other, none neutral: matrices by fan-in, gains around 1, biases around 0.

    The libraries' own initial values (tiny matrices, zero biases, gains of one) would hide most faults.
    """
    generator = torch.Generator().manual_seed(seed)
    draw = lambda tensor: torch.randn(tensor.shape, generator=generator, dtype=torch.float32)
    with torch.no_grad():
        for name, tensor in sorted(model.state_dict().items()):
            if not tensor.is_floating_point() or tensor.numel() == 0:
                continue
            if "running_var" in name:
                tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.5)
            elif tensor.dim() >= 2:
                # Tables of vectors are read by rows; all other matrices sum over their fan-in.
                table = "embed" in name or name.endswith(("wte.weight", "wpe.weight", "shared.weight"))
                fan_in = 1 if table else tensor[0].numel()
                tensor.copy_(draw(tensor) / fan_in**0.5)
            elif name.endswith("weight") or "norm" in name.lower() and not name.endswith("bias"):
                tensor.copy_(1 + 0.2 * draw(tensor))
            else:
                tensor.copy_(0.2 * draw(tensor))
    return model.eval()


def ids(rows, length, vocabulary, seed, low=3):
    """Random token ids without the special ones below `low`."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(low, vocabulary, (rows, length), generator=generator)


def right_padding(rows, length, padded):
    """A mask whose last row ends with `padded` positions of padding."""
    mask = torch.ones(rows, length, dtype=torch.int64)
    mask[-1, length - padded :] = 0
    return mask


def write(case, model, inputs, outputs):
    """Saves the model as its library does, and the claims: `inputs` and `outputs` are tensors by name."""
    folder = CASES / case
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    model.save_pretrained(folder, safe_serialization=True)
    for extra in ("generation_config.json",):
        (folder / extra).unlink(missing_ok=True)
    claims = {**inputs, **outputs}
    plain = {
        name: (value.to(torch.float32) if value.is_floating_point() else value.to(torch.int64)).detach().clone().contiguous()
        for name, value in claims.items()
        if value is not None
    }
    assert all(torch.isfinite(value).all() for value in plain.values() if value.is_floating_point())
    save_file(plain, folder / "golden.safetensors")
    size = sum(file.stat().st_size for file in folder.iterdir())
    print(f"{case}: {sum(t.numel() for t in load_file(folder / 'model.safetensors').values())} numbers, {size} bytes")
