"""Lays out the public corpora that the ignored tests of tests/all/corpora.rs replay, one file an input.

    pip install h5py
    python3 conformance-suite/tests/corpora/fetch.py DIR
    LMSTD_CORPORA=DIR cargo test -p lmstd-conformance-suite --test all corpora -- --ignored

DIR is an absolute path. Needs git, a network, 4 GB in DIR, and h5py for the two attacks on Keras. With `--from MIRRORS`
each repository is read from a git repository MIRRORS/OWNER+NAME instead of from GitHub. Every repository is read at the
commit named below, so that the lists beside this file keep. Nothing of a corpus is run, unpickled or loaded here,
nothing of it is committed, and each keeps its own licence.

DIR/CORPUS/INPUT is an input; DIR/CORPUS.truth says what the corpus itself wants of each: `accept`, `reject`, or
`either` where it leaves that open. Some inputs are no files of the corpora:
- JSON-Schema-Test-Suite: one file a test, `FILE-GROUP-TEST.json` with the schema and the instance;
- safetensors: the repository holds scripts that write the attacks. Those on its own format and the bombs are written
  to the same end without torch, TensorFlow or Paddle, which the scripts would need: see `attacks`.
"""

import argparse
import ast
import base64
import io
import json
import marshal
import os
import pickle
import shutil
import struct
import subprocess
import sys
import types
import zipfile
import zlib
from collections import OrderedDict

COMMITS = {
    "picklescan": ("mmaitre314", "f15d54da3dec9aa28a87ede82f87882bb80f1023"),
    "parquet-testing": ("apache", "1a2a75127be06fc0123f03ebd36c966f7beda27d"),
    "JSONTestSuite": ("nst", "1ef36fa01286573e846ac449e8683f8833c5b26a"),
    "yaml-test-suite": ("yaml", "6ad3d2c62885d82fc349026c136ef560838fdf3d"),  # data-2022-01-17
    "JSON-Schema-Test-Suite": ("json-schema-org", "44401e0c046704b476ec9d2e2fccdaee618f259d"),
    "safetensors": ("huggingface", "24b0b2857fef49be734b9ab72ce97c09bb25f5b9"),
}

# What picklescan's tests call safe: all else of its files is an attack, by name or by what the tests find in it.
SAFE = {
    "bad_pytorch.pt", "benign0_v0.pkl", "benign0_v3.pkl", "benign0_v4.pkl", "benign_password_protected.zip",
    "int_array.npy", "int_arrays.npz", "int_arrays_compressed.npz", "new_pytorch_model.bin", "not_a_pickle.bin",
    "object_array.npy", "object_arrays.npz", "object_arrays_compressed.npz", "pytorch_model.bin",
}


class Repository:
    """A repository at its commit, read object by object."""

    def __init__(self, name, scratch, mirrors):
        owner, self.commit = COMMITS[name]
        if mirrors:
            # A git folder, or one that holds it under this name.
            mirror = os.path.join(mirrors, f"{owner}+{name}")
            inner = os.path.join(mirror, "repo")
            self.folder = inner if os.path.isdir(inner) else mirror
            return
        self.folder = os.path.join(scratch, name)
        subprocess.run(["git", "init", "--quiet", "--bare", self.folder], check=True)
        source = f"https://github.com/{owner}/{name}"
        subprocess.run(["git", "-C", self.folder, "fetch", "--quiet", "--depth", "1", source, self.commit], check=True)

    def git(self, *words):
        return subprocess.run(["git", "-C", self.folder, *words], check=True, stdout=subprocess.PIPE).stdout

    def files(self, *below):
        """The paths of all files below some folders, each with its bytes."""
        for path in self.git("ls-tree", "-r", "-z", "--name-only", self.commit, *below).decode().split("\0"):
            if path:
                yield path, self.git("cat-file", "blob", f"{self.commit}:{path}")


class Corpus:
    """Where the inputs of one corpus are written, and what it wants of them."""

    def __init__(self, root, name):
        self.folder, self.list = os.path.join(root, name), os.path.join(root, name + ".truth")
        self.truth = {}
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)

    def path(self, name, truth):
        if name in self.truth:
            sys.exit(f"{self.folder}: two inputs are called {name}")
        self.truth[name] = truth
        return os.path.join(self.folder, name)

    def add(self, name, truth, data):
        with open(self.path(name, truth), "wb") as file:
            file.write(data)

    def close(self):
        with open(self.list, "w", encoding="utf-8") as file:
            file.writelines(f"{truth} {name}\n" for name, truth in sorted(self.truth.items()))


def picklescan(repository, corpus):
    for path, data in repository.files("tests/data", "tests/data2"):
        name = os.path.basename(path)
        corpus.add(name, "accept" if name in SAFE else "reject", data)


def parquet(repository, corpus):
    for path, data in repository.files("bad_data"):
        if path.endswith(".parquet"):
            corpus.add(os.path.basename(path), "reject", data)


def json_texts(repository, corpus):
    truths = {"y_": "accept", "n_": "reject", "i_": "either"}
    for path, data in repository.files("test_parsing"):
        name = os.path.basename(path)
        corpus.add(name, truths[name[:2]], data)


def yaml_texts(repository, corpus):
    """`ID/in.yaml`, or `ID/NN/in.yaml` where a test has several; the links by name and by tag are passed over."""
    texts, wrong = {}, set()
    for path, data in repository.files():
        folder, name = os.path.split(path)
        if folder.startswith(("name/", "tags/")):
            continue
        if name == "in.yaml":
            texts[folder] = data
        elif name == "error":
            wrong.add(folder)
    for folder, data in texts.items():
        corpus.add(folder.replace("/", "-") + ".yaml", "reject" if folder in wrong else "accept", data)


def schemas(repository, corpus):
    for path, data in repository.files("tests/draft2020-12/"):
        stem = path.removeprefix("tests/draft2020-12/").removesuffix(".json")
        if "/" in stem:
            continue  # optional
        for g, group in enumerate(json.loads(data)):
            for t, test in enumerate(group["tests"]):
                case = {
                    "description": f"{group['description']}: {test['description']}",
                    "schema": group["schema"],
                    "instance": test["data"],
                }
                truth = "accept" if test["valid"] else "reject"
                corpus.add(f"{stem}-{g:02}-{t:02}.json", truth, json.dumps(case, indent=1).encode() + b"\n")


def attacks(repository, corpus):
    """What the scripts of `attacks/` write. Of the same bytes: the three on safetensors. Of the same content: the
    pickles (with stand-ins for the classes that they name), the archives (compressed in blocks of 1 MB), and the two
    Keras models (the function is that of the script, compiled and not run)."""
    scripts = dict(repository.files("attacks"))
    told(corpus)
    flood(corpus, "safetensors_abuse_attempt_2.safetensors", [2, 2], 1000 * 1000 * 10)
    flood(corpus, "safetensors_abuse_attempt_3.safetensors", [200, 200], 1000 * 100)
    weight = torch_tensor()
    evil = Evil('echo "pwned your computer, I can do anything I want."', weight=weight)
    members = {"data.pkl": torch_pickle(evil), "byteorder": b"little", "data/0": bytes(16), "version": b"3\n"}
    corpus.add("torch_ace.pt", "reject", stored({f"torch_ace/{name}": data for name, data in members.items()}))
    evil = Evil('echo "pwned your computer, I can do anything I want."', weight=("weight", [[0.0, 0.0], [0.0, 0.0]]))
    corpus.add("paddle_ace.pdparams", "reject", pickle.dumps([evil], protocol=4))
    bomb(corpus, "numpy_dos.npz", [], "weights.npy")
    plain = [("archive/data.pkl", torch_pickle({"weight": weight})), ("archive/version", b"3\n")]
    bomb(corpus, "torch_dos.pt", plain, "archive/data/0")
    keras(corpus, scripts["attacks/tf_ace_create.py"])


def told(corpus):
    """A sound file of which the header is said to be longer than the file."""
    header = b'{"weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}'
    header += b" " * (-len(header) % 8)
    data = (1000).to_bytes(8, "little") + header + bytes(16)
    corpus.add("safetensors_abuse_attempt_1.safetensors", "reject", data)


def flood(corpus, name, shape, count):
    """Tensors that all lie at one place; piece by piece, since Python's own JSON of them would take gigabytes."""
    end = shape[0] * shape[1] * 4
    with open(corpus.path(name, "reject"), "wb") as file:
        file.write(bytes(8))
        for start in range(0, count, 10_000):
            entries = {
                f"weight_{i}": {"dtype": "F32", "shape": shape, "data_offsets": [0, end]}
                for i in range(start, start + 10_000)
            }
            text = json.dumps(entries)[1:-1]
            file.write((("{" if start == 0 else ", ") + text).encode())
        file.write(b"}")
        length = file.tell() - 8
        block = bytes(1 << 20)
        for start in range(0, length, len(block)):
            file.write(block[: length - start])
        file.seek(0)
        file.write(length.to_bytes(8, "little"))


class Evil(dict):
    """A dictionary whose pickle runs a command when it is loaded, which nobody does here."""

    def __init__(self, command, **items):
        super().__init__(**items)
        self.command = command

    def __reduce__(self):
        return eval, (f"os.system('{self.command}') or dict()",), None, None, iter(self.items())


class Storage:
    """Stands in for a storage of four floats."""


class Tensor:
    """Stands in for `torch.zeros((2, 2))`."""

    def __reduce__(self):
        rebuild = sys.modules["torch._utils"]._rebuild_tensor_v2
        return rebuild, (Storage(), 0, (2, 2), (2, 1), False, OrderedDict())


def torch_tensor():
    """A stand-in whose pickle names what a tensor's names."""
    modules = {name: types.ModuleType(name) for name in ("torch", "torch._utils")}
    sys.modules.update(modules)

    def _rebuild_tensor_v2():
        pass

    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    modules["torch._utils"]._rebuild_tensor_v2 = _rebuild_tensor_v2
    modules["torch"].FloatStorage = type("FloatStorage", (), {"__module__": "torch"})
    return Tensor()


def torch_pickle(value):
    class Pickler(pickle.Pickler):
        def persistent_id(self, part):
            if isinstance(part, Storage):
                return "storage", sys.modules["torch"].FloatStorage, "0", "cpu", 4
            return None

    out = io.BytesIO()
    Pickler(out, protocol=2).dump(value)
    return out.getvalue()


def stored(members):
    """An archive of these members, of no date and not compressed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def zeros_checksum(count):
    """The CRC-32 of that many zero bytes: the register times x^(8·count), as polynomials over GF(2)."""

    def times(a, b):
        product = 0
        for bit in range(32):
            if a >> (31 - bit) & 1:
                product ^= b
            b = (b >> 1) ^ (0xEDB88320 if b & 1 else 0)
        return product

    power, factor, bits = 1 << 31, 1 << 30, 8 * count
    while bits:
        if bits & 1:
            power = times(power, factor)
        factor, bits = times(factor, factor), bits >> 1
    return times(0xFFFFFFFF, power) ^ 0xFFFFFFFF


def bomb(corpus, name, plain, last):
    """An archive of some members and one of 40 GB of zeros, deflated to a thousandth."""
    count, block = 40 * 1000, bytes(1000 * 1000)
    deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = deflate.compress(block) + deflate.flush(zlib.Z_FULL_FLUSH)
    members = []
    for member, data in plain:
        deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
        small = deflate.compress(data) + deflate.flush()
        members.append((member.encode(), [small], zlib.crc32(data), len(small), len(data)))
    size = len(packed) * count + 2
    whole = count * len(block)
    pieces = [packed] * count + [b"\x03\x00"]
    members.append((last.encode(), pieces, zeros_checksum(whole), size, whole))
    with open(corpus.path(name, "reject"), "wb") as file:
        directory = b""
        for member, pieces, checksum, size, whole in members:
            large = whole >> 32 != 0
            wide = struct.pack("<HHQQ", 1, 16, whole, size) if large else b""
            sizes = (0xFFFFFFFF, 0xFFFFFFFF) if large else (size, whole)
            version = 45 if large else 20
            told = struct.pack("<HHHHHIIIHH", version, 0, 8, 0, 33, checksum, *sizes, len(member), len(wide))
            directory += b"PK\x01\x02" + struct.pack("<H", version | 3 << 8) + told
            directory += struct.pack("<HHHII", 0, 0, 0, 0o600 << 16, file.tell()) + member + wide
            file.write(b"PK\x03\x04" + told + member + wide)
            file.writelines(pieces)
        start = file.tell()
        file.write(directory)
        ends = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), start, 0)
        file.write(b"PK\x05\x06" + ends)


def keras(corpus, script):
    """The two Keras models whose only layer is a Lambda that runs a command."""
    import h5py  # what the rest of the corpora need not

    tree = ast.parse(script)
    code = compile(ast.Module(tree.body[:2], []), "tf_ace_create.py", "exec")
    function = next(part for part in code.co_consts if isinstance(part, types.CodeType) and part.co_name == "exec_")
    packed = base64.b64encode(marshal.dumps(function)).decode()
    layer = {"class_name": "__lambda__", "config": {"code": packed, "defaults": None, "closure": None}}
    inputs = {"batch_shape": [None, 28, 28, 1], "dtype": "float32", "name": "input_layer"}
    layers = [
        {"module": "keras.layers", "class_name": "InputLayer", "config": inputs, "registered_name": None},
        {
            "module": "keras.layers",
            "class_name": "Lambda",
            "config": {"name": "custom", "trainable": True, "dtype": "float32", "function": layer, "arguments": {}},
            "registered_name": None,
        },
    ]
    config = {"name": "sequential", "trainable": True, "layers": layers}
    model = {"module": "keras", "class_name": "Sequential", "config": config, "registered_name": None}
    with h5py.File(corpus.path("tf_ace.h5", "reject"), "w") as file:
        file.attrs.update({"keras_version": "3.5.0", "backend": "tensorflow", "model_config": json.dumps(model)})
        weights = file.create_group("model_weights")
        weights.attrs.update({"keras_version": b"3.5.0", "backend": b"tensorflow", "layer_names": [b"custom"]})
        weights.create_group("custom").attrs["weight_names"] = []
        weights.create_group("top_level_model_weights").attrs["weight_names"] = []
    inner = io.BytesIO()
    with h5py.File(inner, "w") as file:
        file.create_group("layers/custom/vars")
        file.create_group("vars")
    texts = {"metadata.json": {"keras_version": "3.5.0", "date_saved": "2024-01-01@00:00:00"}, "config.json": model}
    members = {name: json.dumps(text).encode() for name, text in texts.items()}
    corpus.add("tf_ace.keras", "reject", stored({**members, "model.weights.h5": inner.getvalue()}))


LAYOUTS = {
    "picklescan": picklescan,
    "parquet-testing": parquet,
    "JSONTestSuite": json_texts,
    "yaml-test-suite": yaml_texts,
    "JSON-Schema-Test-Suite": schemas,
    "safetensors": attacks,
}


def main():
    parser = argparse.ArgumentParser(description="Lays out the public corpora in DIR.")
    parser.add_argument("dir", metavar="DIR")
    parser.add_argument("--from", dest="mirrors", metavar="MIRRORS", help="take OWNER+NAME from this folder")
    parser.add_argument("--only", metavar="CORPUS", choices=LAYOUTS, action="append", help="only this; may be repeated")
    chosen = parser.parse_args()
    scratch = os.path.join(chosen.dir, ".repository")
    os.makedirs(chosen.dir, exist_ok=True)
    for name in chosen.only or LAYOUTS:
        shutil.rmtree(scratch, ignore_errors=True)
        os.makedirs(scratch)
        corpus = Corpus(chosen.dir, name)
        LAYOUTS[name](Repository(name, scratch, chosen.mirrors), corpus)
        corpus.close()
        print(f"{name}: {len(corpus.truth)} inputs", flush=True)
    shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
