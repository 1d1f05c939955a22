"""Makes the `.pt` files beside itself as torch saves them, and `goldens.safetensors` with the numbers that torch loads.

    python make.py

Made with torch 2.15.0 and safetensors 0.8.0. Names in the goldens are `FILE/TENSOR`; every tensor there is contiguous.
"""

import collections
import pathlib

import torch
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).resolve().parent
TYPES = [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool]


def files():
    torch.manual_seed(20_266)
    values = torch.randn(3, 4) * 50
    yield "types.pt", {str(dtype).removeprefix("torch."): values.abs().to(dtype) for dtype in TYPES}
    whole = torch.randn(4, 6)
    views = {
        "whole": whole,
        "transposed": whole.t(),
        "slice": whole[1:3, 2:5],
        "every_second": whole[:, ::2],
        "row": whole[2],
        "cube": torch.randn(2, 3, 4).permute(2, 0, 1),
        "scalar": torch.tensor(2.5),
        "empty": torch.zeros(0, 3),
        "one": whole[3:4, 5:6],
    }
    yield "views.pt", views
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    yield "module.pt", model.state_dict()
    yield "parameters.pt", collections.OrderedDict(model.named_parameters())
    yield "training.pt", {"epoch": 3, "lr": 0.1, "name": "run", "state_dict": model.state_dict(), "history": [1, 2.5, None, True]}


def main():
    goldens = {}
    for name, held in files():
        torch.save(held, HERE / name)
        loaded = torch.load(HERE / name, weights_only=True)
        tensors = loaded.get("state_dict", loaded)
        goldens |= {f"{name}/{key}": tensor.detach().clone().contiguous() for key, tensor in tensors.items()}
    for name, held in list(files())[:3]:
        torch.save(held, HERE / f"old-{name}", _use_new_zipfile_serialization=False)
    both = {"model": {"a": torch.zeros(1)}, "state_dict": {"a": torch.ones(1)}}
    torch.save(both, HERE / "two-models.pt")
    torch.save({"state_dict": {"a": torch.zeros(2).expand(3, 2)}}, HERE / "expanded.pt")
    torch.save(torch.nn.Linear(2, 2), HERE / "whole-module.pt")
    save_file(goldens, HERE / "goldens.safetensors")


if __name__ == "__main__":
    main()
