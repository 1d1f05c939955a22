"""Makes the `.npy` and `.npz` files beside itself as NumPy saves them, and `goldens.safetensors` with their numbers.

    python make.py

Made with numpy 2.4.6 and safetensors 0.8.0. Names in the goldens are `FILE/TENSOR`; every tensor there is row-major.
What is in `refused/` loads in NumPy and is refused by lmstd.
"""

import pathlib

import numpy as np
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).resolve().parent
RANDOM = np.random.default_rng(20_268)
TYPES = ["<f8", "<f4", "<f2", "<i8", "<i4", "<i2", "|i1", "<u8", "<u4", "<u2", "|u1", "|b1"]


def numbers(shape, dtype="<f4"):
    return np.abs(RANDOM.standard_normal(shape) * 50).astype(dtype)


def main():
    arrays = {f"types/{dtype[1:]}": numbers((2, 3), dtype) for dtype in TYPES}
    arrays |= {
        "scalar": np.float32(2.5).reshape(()),
        "empty": np.zeros((0, 3), "<f4"),
        "columns": np.asfortranarray(numbers((3, 4))),
        "cube of columns": np.asfortranarray(numbers((2, 3, 4), "<f8")),
        "vector": numbers((5,)),
        "zeros": np.zeros((32, 32), "<f4"),
    }
    np.savez(HERE / "stored.npz", **arrays)
    np.savez_compressed(HERE / "deflated.npz", **arrays)
    goldens = {f"{file}/{name}": value for file in ["stored.npz", "deflated.npz"] for name, value in arrays.items()}
    for name, version in [("one", (1, 0)), ("two", (2, 0)), ("three", (3, 0))]:
        value = arrays["columns"] if name == "two" else arrays["vector"]
        with open(HERE / f"{name}.npy", "wb") as file:
            np.lib.format.write_array(file, value, version=version)
        goldens[f"{name}.npy/array"] = value
    (HERE / "refused").mkdir(exist_ok=True)
    np.save(HERE / "refused/objects.npy", np.array([{}, 1], dtype=object))
    np.savez(HERE / "refused/objects.npz", a=numbers((2,)), b=np.array([None]))
    np.save(HERE / "refused/structure.npy", np.zeros(2, [("x", "<f4"), ("y", "<i4")]))
    np.save(HERE / "refused/big-endian.npy", numbers((3,), ">f4"))
    np.save(HERE / "refused/text.npy", np.array(["a", "bc"]))
    np.save(HERE / "refused/complex.npy", numbers((3,), "<c8"))
    np.savez_compressed(HERE / "refused/bomb.npz", a=np.zeros(5_000_000, "u1"))
    # safetensors keeps the memory's order, so that columns must become rows first.
    save_file({name: np.ascontiguousarray(value).reshape(value.shape) for name, value in goldens.items()}, HERE / "goldens.safetensors")


if __name__ == "__main__":
    main()
