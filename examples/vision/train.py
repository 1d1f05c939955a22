"""Hand-written digits as pictures of 8 by 8 pixels, and a small convolutional network that reads them.

    python train.py OUT

writes OUT/data, OUT/submission and OUT/broken anew: the pictures out of scikit-learn's digits, the weights by torch,
the claimed outputs by the same network. Everything is seeded, and the committed files were made with torch 2.15.0,
numpy 2.4.6, scikit-learn 1.9.1, pillow 13.0.0 and safetensors 0.8.0 on a CPU; other versions may give other last
digits.
"""

import argparse
import csv
import hashlib
import json
import pathlib

import numpy
import torch
from PIL import Image
from safetensors.torch import save_file
from sklearn import metrics
from sklearn.datasets import load_digits
from torch import nn

SEED = 20_261_102
# Rows in the order of the file: neighbours are one writer's, so that a shuffle would put writers into all splits.
SPLITS = {"train": (0, 1047), "validation": (1047, 1197), "test": (1197, 1797)}
CHANNELS, HIDDEN = [8, 16], [32]
EPOCHS = 60
# Mean and deviation of the training pictures, as `prepare picture` in standard.lms has them.
MEAN, STD = 0.3072, 0.3760


def digits():
    """Ink is 16 in scikit-learn's pictures and 255 here."""
    stored = load_digits()
    pictures = numpy.rint(stored.images * (255 / 16)).astype(numpy.uint8)
    return pictures, stored.target


def prepared(pictures):
    """`decode(grey) rescale(255) normalise(mean: 0.3072, std: 0.376)`."""
    return ((torch.from_numpy(pictures).float() / 255 - MEAN) / STD).unsqueeze(1)


class DigitClassifier(nn.Module):
    """`cnn.DigitClassifier`: convolutions with an activation and max-pooling, then dense layers."""

    def __init__(self):
        super().__init__()
        maps, side = [], 8
        for before, after in zip([1] + CHANNELS, CHANNELS):
            maps += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
            side //= 2
        dense = []
        for before, after in zip([CHANNELS[-1] * side * side] + HIDDEN, HIDDEN):
            dense += [nn.Linear(before, after), nn.ReLU()]
        self.conv_layers = nn.Sequential(*maps)
        self.fc_layers = nn.Sequential(*dense, nn.Linear(HIDDEN[-1], 10))

    def forward(self, pixels):
        return self.fc_layers(self.conv_layers(pixels).flatten(1))


def trained(pictures, target):
    """The weights of the epoch with the least loss on the validation split."""
    torch.manual_seed(SEED)
    model = DigitClassifier()
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.05)
    pixels, answers = prepared(pictures), torch.from_numpy(target)
    rows, (low, high) = SPLITS["train"][1], SPLITS["validation"]
    best, kept = float("inf"), None
    for _ in range(EPOCHS):
        for batch in torch.randperm(rows).split(32):
            optimiser.zero_grad()
            nn.functional.cross_entropy(model(pixels[batch]), answers[batch]).backward()
            optimiser.step()
        with torch.no_grad():
            loss = nn.functional.cross_entropy(model(pixels[low:high]), answers[low:high]).item()
        if loss < best:
            best, kept = loss, {name: tensor.clone() for name, tensor in model.state_dict().items()}
    model.load_state_dict(kept)
    return model.eval()


def write_data(out, pictures, target):
    """A picture for each test row; of the others the label and a digest of the grey values."""
    (out / "images").mkdir(parents=True, exist_ok=True)
    for split, (low, high) in SPLITS.items():
        with (out / f"{split}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["id", "picture", "label", "digest"])
            for row in range(low, high):
                name = f"images/{row:04}.png" if split == "test" else ""
                if name:
                    Image.fromarray(pictures[row]).save(out / name, optimize=True)
                digest = hashlib.sha256(pictures[row].tobytes()).hexdigest()[:16]
                writer.writerow([row, name, target[row], digest])


def write_submission(out, model, pictures):
    out.mkdir(parents=True, exist_ok=True)
    config = {
        "architectures": ["DigitClassifier"],
        "model_type": "digit_cnn",
        "image_size": 8,
        "num_channels": 1,
        "channels": CHANNELS,
        "kernel_sizes": [3, 3],
        "paddings": [1, 1],
        "pool_size": 2,
        "hidden_sizes": HIDDEN,
        "activation": "relu",
        "id2label": {str(digit): str(digit) for digit in range(10)},
    }
    (out / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})
    pixels = prepared(pictures)
    claims = {"pixel_values": pixels.contiguous(), "logits": model(pixels).contiguous()}
    save_file(claims, out / "golden.safetensors")


def tell(name, model, pictures, target):
    answers = model(prepared(pictures)).argmax(-1).numpy()
    recalls = metrics.recall_score(target, answers, average=None)
    right, macro = metrics.accuracy_score(target, answers), metrics.f1_score(target, answers, average="macro")
    print(f"{name}: {len(target)} rows, accuracy {right:.4f}, macro F1 {macro:.4f}", end=", ")
    print(f"least recall {recalls.min():.4f} of {recalls.argmin()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", metavar="OUT", type=pathlib.Path, help="the folder to write")
    out = parser.parse_args().out
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)

    pictures, target = digits()
    write_data(out / "data", pictures, target)
    seen = pictures[: SPLITS["train"][1]] / 255
    print(f"training pixels: mean {seen.mean():.4f}, deviation {seen.std():.4f}")

    model = trained(pictures, target)
    # The broken twin learnt dark ink on light paper, as a scanner gives it, and is asked for light ink on dark.
    paper = 255 - pictures
    twin = trained(paper, target)
    low, high = SPLITS["test"]
    with torch.no_grad():
        write_submission(out / "submission", model, pictures[low : low + 16])
        write_submission(out / "broken", twin, pictures[low : low + 16])
        for name, (low, high) in SPLITS.items():
            tell(name, model, pictures[low:high], target[low:high])
        tell("broken twin, its own pictures", twin, paper[low:high], target[low:high])
        tell("broken twin, test", twin, pictures[low:high], target[low:high])


if __name__ == "__main__":
    main()
