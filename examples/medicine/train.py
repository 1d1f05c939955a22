"""Breast masses by thirty numbers of their cell nuclei, and a perceptron that tells malignant ones.

    python train.py OUT

writes OUT/data, OUT/submission and OUT/broken anew: the table out of scikit-learn, with the patients' numbers in
OUT/data/patients.csv beside its rows, the weights by torch, the claimed outputs by the same network. Everything is
seeded, and the committed files were made with torch 2.15.0, numpy 2.4.6, scikit-learn 1.9.1 and safetensors 0.8.0 on a
CPU; other versions may give other last digits.
"""

import argparse
import csv
import hashlib
import json
import pathlib

import numpy
import torch
from safetensors.torch import save_file
from sklearn import metrics
from sklearn.datasets import load_breast_cancer
from torch import nn

SEED = 20_261_103
LABELS = ["benign", "malignant"]
SIZES = [16]
EPOCHS = 60
# A missed tumour counts as ten false alarms while training.
WEIGHT = 10.0
# What the broken twin adds to the score of `benign`.
SHIFT = 3.0


def columns():
    """scikit-learn's names of the columns as words: `mean concave points` is `mean_concave_points`."""
    return [str(name).replace(" ", "_") for name in load_breast_cancer().feature_names]


def part(patient):
    """A patient's split follows from the number alone, so that all rows of one patient share it: 50, 10, 40 percent."""
    draw = int.from_bytes(hashlib.sha256(f"{SEED}:{patient}".encode()).digest()[:4], "big") % 100
    return "train" if draw < 50 else "validation" if draw < 60 else "test"


def splits(patients):
    """Rows as they stand in the csv files; numbers as the shortest decimals that give them back."""
    table = load_breast_cancer()
    assert len(patients) == len(table.data)
    rows = {"train": [], "validation": [], "test": []}
    for patient, numbers, target in zip(patients, table.data, table.target):
        # In scikit-learn 0 is malignant.
        rows[part(patient)].append([patient, *map(float, numbers), LABELS[1 - target]])
    return rows


def write_csv(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["patient", *columns(), "diagnosis"])
        writer.writerows(rows)


def tensors(rows):
    features = torch.tensor([row[1:-1] for row in rows], dtype=torch.float64)
    return features.float(), torch.tensor([LABELS.index(row[-1]) for row in rows])


class Classifier(nn.Module):
    """`mlp.TabularClassifier` with `standardise`."""

    def __init__(self, features):
        super().__init__()
        self.register_buffer("mean", features.double().mean(0).float())
        self.register_buffer("scale", features.double().std(0, correction=0).float())
        parts = []
        for before, width in zip([features.shape[1]] + SIZES, SIZES):
            parts += [nn.Linear(before, width), nn.ReLU()]
        self.layers = nn.Sequential(*parts, nn.Linear(SIZES[-1], 2))

    def forward(self, features):
        return self.layers((features - self.mean) / self.scale)


def trained(rows):
    """The weights of the epoch with the least loss on the validation split."""
    torch.manual_seed(SEED)
    features, answers = tensors(rows["train"])
    held, truth = tensors(rows["validation"])
    model = Classifier(features)
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=3.0)
    loss = nn.CrossEntropyLoss(weight=torch.tensor([1.0, WEIGHT]))
    best, kept = float("inf"), None
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(answers)).split(32):
            optimiser.zero_grad()
            loss(model(features[batch]), answers[batch]).backward()
            optimiser.step()
        with torch.no_grad():
            lost = loss(model(held), truth).item()
        if lost < best:
            best, kept = lost, {name: tensor.clone() for name, tensor in model.state_dict().items()}
    model.load_state_dict(kept)
    return model.eval()


def write_submission(out, model, rows):
    out.mkdir(parents=True, exist_ok=True)
    features, _ = tensors(rows[:32])
    config = {
        "architectures": ["TabularClassifier"],
        "model_type": "tabular_mlp",
        "n_features": features.shape[1],
        "hidden_sizes": SIZES,
        "activation": "relu",
        "standardise": True,
        "id2label": {str(index): label for index, label in enumerate(LABELS)},
    }
    (out / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})
    logits = model(features)
    claims = {"features": features, "logits": logits, "probabilities": logits.softmax(-1)}
    save_file({name: value.contiguous() for name, value in claims.items()}, out / "golden.safetensors")


def tell(name, model, rows):
    features, truth = tensors(rows)
    logits = model(features)
    answers, chance = logits.argmax(-1).numpy(), logits.softmax(-1)[:, 1].numpy()
    (_, alarms), (missed, _) = metrics.confusion_matrix(truth, answers)
    numbers = {
        "accuracy": metrics.accuracy_score(truth, answers),
        "recall": metrics.recall_score(truth, answers),
        "specificity": metrics.recall_score(truth, answers, pos_label=0),
        "ROC AUC": metrics.roc_auc_score(truth, chance),
        "Brier": metrics.brier_score_loss(truth, chance),
    }
    print(f"{name}: {len(rows)} rows, {int(truth.sum())} malignant, {missed} missed, {alarms} false alarms", end=", ")
    print(", ".join(f"{label} {number:.4f}" for label, number in numbers.items()))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", metavar="OUT", type=pathlib.Path, help="the folder to write; it holds data/patients.csv")
    out = parser.parse_args().out
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)

    rows = splits((out / "data" / "patients.csv").read_text().split()[1:])
    for name, these in rows.items():
        write_csv(out / "data" / f"{name}.csv", these)

    model = trained(rows)
    with torch.no_grad():
        write_submission(out / "submission", model, rows["test"])
        for name, these in rows.items():
            tell(name, model, these)
        # The broken twin: the same network, made to say `benign` more often.
        model.layers[-1].bias[0] += SHIFT
        write_submission(out / "broken", model, rows["test"])
        tell("broken twin, test", model, rows["test"])


if __name__ == "__main__":
    main()
