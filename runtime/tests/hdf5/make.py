"""Makes the HDF5 and Keras files beside itself as h5py and Keras write them, and `goldens.safetensors` with the numbers
that h5py reads from them again.

    KERAS_BACKEND=torch python make.py

Made with h5py 3.16.0 (HDF5 2.0), keras 3.15.1 on torch 2.15.0, and safetensors 0.8.0. Names in the goldens are
`FILE/PATH`. The arrays of `refused.npz` are the bytes of files that h5py wrote and lmstd refuses, for the reasons that their
names tell.
"""

import io
import pathlib

import h5py
import keras
import ml_dtypes
import numpy as np
import torch
from keras.src.legacy.saving import legacy_h5_format
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).resolve().parent
RANDOM = np.random.default_rng(20_267)


def numbers(shape, dtype="<f4"):
    return (RANDOM.standard_normal(shape) * 50).astype(dtype)


def low_level(group, name, value, layout=None, early=False, chunks=None):
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    if layout is not None:
        plist.set_layout(layout)
    if chunks is not None:
        plist.set_chunk(chunks)
    if early:
        plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    space = h5py.h5s.create_simple(value.shape)
    dataset = h5py.h5d.create(group.id, name.encode(), h5py.h5t.py_create(value.dtype), space, plist)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, value)


def fill(file):
    floats = file.create_group("floats")
    for dtype in ["<f2", "<f4", "<f8"]:
        floats[dtype[1:]] = numbers((3, 4), dtype)
    integers = file.create_group("integers")
    for dtype in ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]:
        integers[dtype] = np.abs(numbers((5,))).astype(dtype)
    file["truth"] = np.array([True, False, True])
    shapes = file.create_group("shapes")
    shapes["scalar"] = np.float32(2.5)
    shapes["empty"] = np.zeros((0, 3), "<f4")
    shapes["cube"] = numbers((2, 3, 4))
    low_level(shapes, "compact", numbers((3, 5)), h5py.h5d.COMPACT)
    shapes.attrs["text"] = "wörter"
    shapes.attrs["texts"] = ["a", "", "longer than one word"]
    shapes.attrs["fixed"] = np.array([b"first", b"second"])
    shapes.attrs["number"] = 3
    shapes.attrs["nothing"] = h5py.Empty("f4")
    chunked = file.create_group("chunked")
    value = numbers((5, 7))
    chunked.create_dataset("plain", data=value, chunks=(2, 3))
    chunked.create_dataset("gzip", data=value, chunks=(2, 3), compression="gzip")
    chunked.create_dataset("shuffled", data=value, chunks=(4, 4), compression="gzip", shuffle=True)
    chunked.create_dataset("checked", data=value, chunks=(5, 2), fletcher32=True)
    every = {"compression": "gzip", "shuffle": True, "fletcher32": True}
    chunked.create_dataset("all", data=numbers((3, 4, 5), "<f8"), chunks=(2, 3, 2), **every)
    chunked.create_dataset("one", data=value, chunks=(5, 7), **every)
    chunked.create_dataset("whole", data=value, chunks=(5, 7))


def refused(file, name):
    file["a"] = numbers((3,))
    if name == "external-link":
        file["b"] = h5py.ExternalLink("other.h5", "/a")
    elif name == "external-storage":
        file.create_dataset("b", (3,), "<f4", external=[("/etc/hostname", 0, 12)])
    elif name == "virtual":
        layout = h5py.VirtualLayout((3,), "<f4")
        layout[:] = h5py.VirtualSource("other.h5", "a", (3,))
        file.create_virtual_dataset("b", layout)
    elif name == "soft-link":
        file["b"] = h5py.SoftLink("/a")
    elif name == "soft-loop":
        file["b"] = h5py.SoftLink("/c")
        file["c"] = h5py.SoftLink("/b")
    elif name == "hard-link":
        file["b"] = file["a"]
    elif name == "cycle":
        file["b/c"] = numbers((2,))
        file["b/d"] = file["b"]
    elif name == "root-cycle":
        file["b"] = file["/"]
    elif name == "unwritten":
        file.create_dataset("b", (10**9, 10**9), "<f4")
    elif name == "unwritten-chunks":
        file.create_dataset("b", (10**9, 10**9), "<f4", chunks=(10**6, 10))
    elif name == "one-chunk-missing":
        file.create_dataset("b", (4,), "<f4", chunks=(2,))[:2] = 1
    elif name == "big-endian":
        file["b"] = numbers((3,), ">f4")
    elif name == "compound":
        file["b"] = np.zeros(2, [("x", "<f4"), ("y", "<i4")])
    elif name == "complex":
        file["b"] = numbers((3,), "<c8")
    elif name == "text":
        file["b"] = "text"
    elif name == "lzf":
        file.create_dataset("b", data=numbers((50,)), chunks=(25,), compression="lzf")
    elif name == "committed-type":
        file["b"] = np.dtype("<f4")
    elif name == "scale-offset":
        file.create_dataset("b", data=np.arange(9), chunks=(9,), scaleoffset=0)
    elif name == "reference":
        file.create_dataset("b", data=file["a"].ref, dtype=h5py.ref_dtype)
    elif name == "bomb":
        file.create_dataset("b", data=np.zeros(2_000_000, "u1"), chunks=(2_000_000,), compression="gzip")
    else:
        raise ValueError(name)


REFUSED = [
    "external-link", "external-storage", "virtual", "soft-link", "soft-loop", "hard-link", "cycle", "root-cycle",
    "unwritten", "unwritten-chunks", "one-chunk-missing", "big-endian", "compound", "complex", "text", "lzf",
    "committed-type", "scale-offset", "reference", "bomb",
]


def hdf5():
    for name, libver in [("earliest.h5", "earliest"), ("v110.h5", ("v110", "v110")), ("latest.h5", "latest")]:
        with h5py.File(HERE / name, "w", libver=libver) as file:
            fill(file)
            if name == "earliest.h5":
                many = file.create_group("many")
                for number in range(20):
                    many[f"tensor {number}"] = numbers((2,))
                file["chunked"].create_dataset("many", data=numbers((9, 8), "i1"), chunks=(1, 1))
            else:
                file["chunked"].create_dataset("many", data=numbers((33, 32), "i1"), chunks=(1, 1))
                row = file.create_group("row")
                low_level(row, "early", numbers((5, 7)), early=True, chunks=(2, 3))


def hostile():
    def written(fill, **options):
        held = io.BytesIO()
        with h5py.File(held, "w", **options) as file:
            fill(file)
        return np.frombuffer(held.getvalue(), "u1")

    def heap_of_links(file):
        for number in range(12):
            file[f"{number}"] = numbers((2,))

    def heap_of_attributes(file):
        file["a"] = numbers((2,))
        for number in range(12):
            file.attrs[f"{number}"] = number

    def growing(file):
        file.create_dataset("b", data=numbers((4,)), chunks=(2,), maxshape=(None,))

    files = {name: written(lambda file, name=name: refused(file, name)) for name in REFUSED}
    newest = {"heap-of-links": heap_of_links, "heap-of-attributes": heap_of_attributes, "growing": growing}
    files |= {name: written(fill, libver="latest") for name, fill in newest.items()}
    for name in ["external-link", "soft-link"]:
        files[f"new-{name}"] = written(lambda file, name=name: refused(file, name), libver="latest")
    np.savez_compressed(HERE / "refused.npz", **files)


def model():
    keras.utils.set_random_seed(4)
    layers = [keras.layers.Dense(3, name="first"), keras.layers.BatchNormalization(), keras.layers.Dropout(0.2)]
    model = keras.Sequential([keras.layers.Input((4,)), *layers, keras.layers.Dense(2, name="last")])
    model.compile("sgd", "mse", metrics=["mae"])
    model.fit(RANDOM.random((8, 4)), RANDOM.random((8, 2)), verbose=0)
    return model


def tensorflow(path, trained):
    """As TensorFlow 1 did: fixed texts, `:0` behind each name, lists of names that were too long cut into pieces."""
    with h5py.File(path, "w") as file:
        weights = file.create_group("model_weights")
        weights.attrs["keras_version"] = np.bytes_("2.2.4-tf")
        weights.attrs["layer_names0"] = np.array([b"first", b"dropout"])
        weights.attrs["layer_names1"] = np.array([b"last"])
        weights.create_group("dropout").attrs["weight_names"] = np.array([])
        for layer in ["first", "last"]:
            names = [f"{layer}/kernel:0", f"{layer}/bias:0"]
            group = weights.create_group(layer)
            group.attrs["weight_names"] = np.array([name.encode() for name in names])
            for name, value in zip(names, trained.get_layer(layer).get_weights()):
                group[name] = value
        file["optimizer_weights/SGD/iter:0"] = np.int64(1)


def saved():
    trained = model()
    trained.save(HERE / "model.h5")
    trained.save(HERE / "model.keras")
    trained.save_weights(HERE / "model.weights.h5")
    with h5py.File(HERE / "weights-only.h5", "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, trained)
    tensorflow(HERE / "tensorflow.h5", trained)
    keras.config.set_dtype_policy("bfloat16")
    half = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3)])
    half.save_weights(HERE / "bfloat16.weights.h5")


def golden(dataset):
    value = dataset[()]
    if value.dtype == np.dtype("V2"):
        return torch.from_numpy(value.view("<i2").copy()).view(torch.bfloat16)
    return torch.from_numpy(np.ascontiguousarray(value)).reshape(value.shape)


def main():
    hdf5()
    hostile()
    saved()
    goldens = {}
    for path in sorted(HERE.glob("*.h5")):
        with h5py.File(path) as file:

            def visit(name, item, path=path):
                if isinstance(item, h5py.Dataset):
                    goldens[f"{path.name}/{name}"] = golden(item)

            file.visititems(visit)
    save_file(goldens, HERE / "goldens.safetensors")


if __name__ == "__main__":
    main()
