"""Numbers that others published of predictions, and these predictions as `lmstd-check certify --predictions` reads them.

    python reproduce.py EXAMPLES [--check]

EXAMPLES is a folder with what was published: `tabular/` (German credit, a logistic regression, fairlearn's numbers),
`asr/` (ten recordings, whisper's transcripts, jiwer's numbers) and `sentiment/` (movie reviews, a small Transformer,
scikit-learn's numbers). Writes, into `../data/tabular`, `../data/asr` and `../data/sentiment-predictions`, all files
there but the standards (`*.lms`) and the READMEs, which are kept by hand; `--check` makes all again and exits with 1 if
a file differs.

What is changed, and nothing else:

- tabular: the test rows out of `german_credit.csv`, in the order of the predictions, with their number from 0 (`row`)
  and the sex that the published numbers are by. Predictions 1 and 0 are called `good` and `bad`; the score, which is the
  probability of `good`, is told of both classes.
- asr: reference and hypothesis become a table and its predictions; both are normalised as the publisher says. The
  hypothesis as the model wrote it stays beside. JSON lines, since a transcript of which nothing is left is a text.
- sentiment: `predictions.csv` byte for byte; its reviews are those of `examples/sentiment/data/test.csv`.

`expected.json` lists what a clause of the standard measures: `measure` as a report writes it, `value`, `tolerance`, `n`
(rows that count, where that was published), `groups` (the value of each, where the measure is by a column, whose own
value is the worst group's), `confusion` (rows are truth) and `published`: where the number stands in the published file,
or how it follows from what stands there; `null` where the library alone says it. Every value is computed from the
written files by scikit-learn, fairlearn or jiwer and held against the published one: to the last digit that is printed
there. Made with scikit-learn 1.9.1, fairlearn 0.15.0 and jiwer 4.0.0.
"""

import argparse
import csv
import decimal
import io
import json
import math
import pathlib
import re
import sys

import jiwer
import numpy as np
from fairlearn.metrics import (
    demographic_parity_difference,
    demographic_parity_ratio,
    equal_opportunity_difference,
    equalized_odds_difference,
    equalized_odds_ratio,
    selection_rate,
)
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    precision_score,
    recall_score,
    roc_auc_score,
)

TESTS = pathlib.Path(__file__).resolve().parent.parent
DATA = TESTS / "data"
REVIEWS = TESTS.parent.parent / "examples" / "sentiment" / "data" / "test.csv"
TOLERANCE = 1e-9
# `personal_status_and_sex` of women: divorced, separated or married; single.
WOMEN = ("A92", "A95")


def read(path):
    return path.read_text(encoding="utf-8")


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def written(rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def lines(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def listed(entries):
    return "[\n" + ",\n".join(json.dumps(entry) for entry in entries) + "\n]\n"


def close(one, other):
    return math.isclose(one, other, rel_tol=0, abs_tol=1e-12)


class Numbers:
    """What is expected, each number held against the published one first."""

    def __init__(self):
        self.entries = []

    def add(self, measure, value, published, printed, digits=None, **more):
        """`digits`: how many decimals the publisher printed; all where absent. `printed` is None without a publisher."""
        value = float(value)
        if printed is not None:
            shown = value if digits is None else round(value, digits)
            assert close(shown, printed), f"{measure}: {value!r} is not {printed!r}"
        entry = {"measure": measure, "value": value, "tolerance": TOLERANCE, **more, "published": published}
        self.entries.append(entry)


# ------------------------------------------------------------------------------------------------ German credit


def tabular(source):
    credit, published = table(read(source / "german_credit.csv")), json.loads(read(source / "german_fairness.json"))
    given = table(read(source / "german_predictions.csv"))
    one = decimal.Decimal(1)
    rows, answers = [], []
    for answer in given:
        row = credit[int(answer["row"])]
        assert (answer["sex"] == "female") == (row["personal_status_and_sex"] in WOMEN)
        assert {"1": "1", "0": "2"}[answer["label"]] == row["credit_risk"]
        rows.append({"row": answer["row"], "sex": answer["sex"], **row})
        good = decimal.Decimal(answer["score"])
        answers.append({
            "id": answer["row"],
            "prediction": {"1": "good", "0": "bad"}[answer["prediction"]],
            "probability_bad": str(one - good),
            "probability_good": answer["score"],
        })
    made = {"test.csv": written(rows), "predictions.csv": written(answers)}
    made["expected.json"] = listed(tabular_numbers(table(made["test.csv"]), table(made["predictions.csv"]), published))
    return made


def tabular_numbers(rows, answers, published):
    predicted_by = {answer["id"]: answer["prediction"] for answer in answers}
    truth = np.array([row["credit_risk"] == "1" for row in rows])
    predicted = np.array([predicted_by[row["row"]] == "good" for row in rows])
    sex = np.array([row["sex"] for row in rows])
    assert len(rows) == len(answers) == published["n_test"]
    numbers, call = Numbers(), "scorer, german.test"
    plain = {"accuracy": accuracy_score, "precision": precision_score, "recall": recall_score, "f1": f1_score}
    for name, score in plain.items():
        of = call if name == "accuracy" else f"{call}, good"
        more = {"n": len(rows)} if name == "accuracy" else {}
        numbers.add(f"{name}({of})", score(truth, predicted), name, published[name], **more)
    groups = {}
    for group, own in published["by_group"].items():
        here, name = sex == group, f"by_group.{group}"
        theirs, ours, part = truth[here], predicted[here], f"{call} where sex == {group}"
        groups[group] = accuracy_score(theirs, ours)
        numbers.add(f"accuracy({part})", groups[group], f"{name}.accuracy", own["accuracy"])
        numbers.add(f"recall({part}, good)", recall_score(theirs, ours), f"{name}.tpr", own["tpr"])
        # The false-positive rate is what the specificity lacks to 1.
        specificity = recall_score(theirs, ours, pos_label=False)
        numbers.add(f"specificity({part}, good)", specificity, f"1 - {name}.fpr", 1 - own["fpr"])
        assert close(selection_rate(theirs, ours), own["selection_rate"])
    worst, least = min(groups.values()), min(own["accuracy"] for own in published["by_group"].values())
    for pick in ("", " worst group"):
        numbers.add(f"accuracy({call}) by sex{pick}", worst, "by_group, the least accuracy", least, groups=groups)
    compared = {"sensitive_features": sex}
    for name, score in (
        ("demographic_parity_difference", demographic_parity_difference),
        ("demographic_parity_ratio", demographic_parity_ratio),
        ("equalized_odds_difference", equalized_odds_difference),
    ):
        numbers.add(f"{name}({call}, by: sex)", score(truth, predicted, **compared), name, published[name])
    assert close(equalized_odds_ratio(truth, predicted, **compared), published["equalized_odds_ratio"])
    women, men = published["by_group"]["female"], published["by_group"]["male"]
    numbers.add(
        f"equal_opportunity_difference({call}, by: sex)",
        equal_opportunity_difference(truth, predicted, **compared),
        "by_group.male.tpr - by_group.female.tpr",
        men["tpr"] - women["tpr"],
    )
    numbers.add(
        f"disparate_impact({call}, by: sex, reference: male)",
        selection_rate(truth[sex == "female"], predicted[sex == "female"])
        / selection_rate(truth[sex == "male"], predicted[sex == "male"]),
        "by_group.female.selection_rate / by_group.male.selection_rate",
        women["selection_rate"] / men["selection_rate"],
    )
    return numbers.entries


# ------------------------------------------------------------------------------------------------ recognised speech


def normalised(text):
    """As the publisher says: lower case, `mr.` to `mister`, everything but a to z, apostrophe and blank to a blank."""
    text = text.lower().replace("mr.", "mister")
    return " ".join(re.sub("[^a-z' ]", " ", text).split())


def asr(source):
    published = json.loads(read(source / "asr.json"))
    rows, answers = [], []
    for item in published["items"]:
        name = item["file"].removesuffix(".wav")
        assert normalised(item["reference"]) == item["reference"]
        rows.append({
            "id": name,
            "recording": item["file"],
            "source": "cards" if name.startswith("cards") else "librivox",
            "seconds": item["seconds"],
            "reference": item["reference"],
        })
        answers.append({"id": name, "prediction": normalised(item["hypothesis"]), "hypothesis": item["hypothesis"]})
        assert round(jiwer.wer(item["reference"], answers[-1]["prediction"]), 4) == item["wer"]
    made = {"test.csv": written(rows), "predictions.jsonl": lines(answers)}
    answers = [json.loads(line) for line in made["predictions.jsonl"].splitlines()]
    made["expected.json"] = listed(asr_numbers(table(made["test.csv"]), answers, published))
    name = "LICENSE.pocketsphinx-testdata.txt"
    return {**made, name: read(source / name)}


def asr_numbers(rows, answers, published):
    prediction = {answer["id"]: answer["prediction"] for answer in answers}
    numbers = Numbers()
    for name, part in (("librivox", " where source == librivox"), ("all", "")):
        own, here = published[name], [row for row in rows if not part or row["source"] == name]
        references = [row["reference"] for row in here]
        hypotheses = [prediction[row["id"]] for row in here]
        words, call = jiwer.process_words(references, hypotheses), f"recogniser, recordings.test{part}"
        for count in ("substitutions", "deletions", "insertions", "hits"):
            assert getattr(words, count) == own[count]
        assert len(here) == own["n"]
        wer, cer = words.wer, jiwer.cer(references, hypotheses)
        numbers.add(f"wer({call})", wer, f"{name}.wer", own["wer"], digits=5, n=own["n"])
        numbers.add(f"cer({call})", cer, f"{name}.cer", own["cer"], digits=5, n=own["n"])
    return numbers.entries


# ------------------------------------------------------------------------------------------------ movie reviews


def sentiment(source):
    published, reviews = json.loads(read(source / "metrics.json")), read(REVIEWS)
    assert reviews == read(source / "test.csv"), "the example has other reviews"
    predictions = read(source / "predictions.csv")
    numbers = sentiment_numbers(table(reviews), table(predictions), published)
    return {"predictions.csv": predictions, "expected.json": listed(numbers)}


def sentiment_numbers(rows, answers, published):
    answer = {answer["id"]: answer for answer in answers}
    answers = [answer[row["id"]] for row in rows]
    truth = np.array([int(row["label"]) for row in rows])
    predicted = np.array([int(answer["prediction"]) for answer in answers])
    margin = np.array([float(answer["logit_pos"]) - float(answer["logit_neg"]) for answer in answers])
    assert len(rows) == published["n_test"] and ((margin > 0) == (predicted == 1)).all()
    numbers, call = Numbers(), "classifier, reviews.test"
    table_of = confusion_matrix(truth, predicted).tolist()
    assert table_of == published["confusion_matrix"]
    confusion = {"labels": ["neg", "pos"], "counts": table_of}
    accuracy = accuracy_score(truth, predicted)
    more = {"n": len(rows), "confusion": confusion}
    numbers.add(f"accuracy({call})", accuracy, "accuracy", published["accuracy"], **more)
    scores = {"precision": precision_score, "recall": recall_score, "f1": f1_score}
    for name, score in scores.items():
        numbers.add(f"{name}({call}, pos)", score(truth, predicted), name, published[name])
    for name, score in scores.items():
        mean = score(truth, predicted, average="macro")
        numbers.add(f"{name}({call}, average: macro)", mean, f"macro_{name}", published[f"macro_{name}"])
    ((right, wrong), _) = published["confusion_matrix"]
    specificity = recall_score(truth, predicted, pos_label=0)
    told = "confusion_matrix[0][0] / (confusion_matrix[0][0] + confusion_matrix[0][1])"
    numbers.add(f"specificity({call}, pos)", specificity, told, right / (right + wrong))
    numbers.add(f"roc_auc({call})", roc_auc_score(truth, margin), "roc_auc", published["roc_auc"])
    rarest = min(np.bincount(truth)) / len(truth)
    numbers.add("balance(reviews.test)", rarest, "1 - majority_baseline", 1 - published["majority_baseline"])
    sure = np.array([abs(float(row["rating"])) >= 1 for row in rows])
    assert sure.sum() == published["n_abs_rating_ge_1"]
    numbers.add(
        f"accuracy({call} where rating >= 1 or rating <= -1)",
        accuracy_score(truth[sure], predicted[sure]),
        "accuracy_on_abs_rating_ge_1",
        published["accuracy_on_abs_rating_ge_1"],
        n=int(sure.sum()),
    )
    long = np.array([len(row["text"]) > 200 for row in rows])
    accuracy = accuracy_score(truth[long], predicted[long])
    numbers.add(f"accuracy({call} where length > 200)", accuracy, None, None, n=int(long.sum()))
    return numbers.entries


def main():
    parser = argparse.ArgumentParser(description="Published numbers and their predictions, for `certify --predictions`.")
    parser.add_argument("examples", type=pathlib.Path, help="the folder with tabular/, asr/ and sentiment/")
    parser.add_argument("--check", action="store_true", help="make all again and exit with 1 if a file differs")
    asked = parser.parse_args()
    differ = []
    for folder, made, standard in (
        ("tabular", tabular(asked.examples / "tabular"), "german.lms"),
        ("asr", asr(asked.examples / "asr"), "asr.lms"),
        ("sentiment-predictions", sentiment(asked.examples / "sentiment"), "sentiment.lms"),
    ):
        clauses = read(DATA / folder / standard)
        for entry in json.loads(made["expected.json"]):
            if entry["measure"] not in clauses:
                differ.append(f"{folder}/{standard}: no clause measures {entry['measure']}")
        for name, text in made.items():
            path = DATA / folder / name
            if not asked.check:
                path.write_text(text, encoding="utf-8", newline="\n")
            elif not path.exists() or read(path) != text:
                differ.append(f"{folder}/{name} differs")
    print("\n".join(differ) or "the published numbers are those of the predictions")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
