"""The made scene in which the examples of the metrics' documentation run. Standard library only.

`python scene.py` writes into ../data/scene; `python scene.py --check` compares what is stored with what it would write.
All draws come from SplitMix64, seeded by SEED and the name of the dataset, and use no function whose last digit depends
on the machine, so that the files are the same everywhere.

- scene.lms: a standard with the models and datasets and without clauses.
- DATASET.csv or DATASET.jsonl: the rows of a dataset with their truth; those of `live` are live-march.csv and
  live-june.csv.
- predictions/DATASET.csv or .jsonl: what the model answers, by id; `ratings`, `live` and `patients` have no model.
"""

import json
import pathlib
import sys

SEED = 20261126
FOLDER = pathlib.Path(__file__).resolve().parent.parent / "data" / "scene"


class Draw:
    """SplitMix64 (Steele, Lea and Flood 2014), and what is drawn with it."""

    def __init__(self, name):
        self.state = SEED ^ int.from_bytes(name.encode()[:8], "big")

    def bits(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) % 2**64
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) % 2**64
        return z ^ (z >> 31)

    def real(self):
        """In [0, 1)."""
        return (self.bits() >> 11) / 2**53

    def between(self, low, high):
        """A whole number, both ends included."""
        return low + int(self.real() * (high - low + 1))

    def chance(self, probability):
        return self.real() < probability

    def pick(self, items):
        return items[self.between(0, len(items) - 1)]

    def weighted(self, shares):
        """A key of a table of shares that sum to 1."""
        left = self.real()
        for key, share in shares.items():
            left -= share
            if left < 0:
                return key
        return key

    def normal(self):
        """Close to the standard normal law: twelve uniform numbers less 6."""
        return sum(self.real() for _ in range(12)) - 6

    def shuffled(self, items):
        items = list(items)
        for last in range(len(items) - 1, 0, -1):
            other = self.between(0, last)
            items[last], items[other] = items[other], items[last]
        return items


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def csv(header, rows):
    return "".join(",".join(str(cell) for cell in row) + "\n" for row in [header, *rows])


def jsonl(name, cells):
    """Lines with an id from 1 and one more member."""
    return "".join(compact({"id": index, name: cell}) + "\n" for index, cell in enumerate(cells, 1))


def answered(dataset, column, truths, answers):
    """The two files of a dataset whose answers are no classes."""
    return {f"{dataset}.jsonl": jsonl(column, truths), f"predictions/{dataset}.jsonl": jsonl("prediction", answers)}


# Of each tone and half: true positives, missed positives, false positives, true negatives. All have 82 of 100 right.
CELLS = {
    ("calm", "first"): (57, 3, 15, 25),
    ("calm", "second"): (56, 4, 14, 26),
    ("loud", "first"): (26, 14, 4, 56),
    ("loud", "second"): (25, 15, 3, 57),
}
OUTCOMES = [("positive", True), ("positive", False), ("negative", False), ("negative", True)]


def confidence(draw, is_right):
    """Thousandths from 510 to 995, so that about as many of the rows are right as it says, less a few hundredths."""
    while True:
        sure = 0.5 + 0.5 * max(draw.real(), draw.real())
        if draw.chance(sure if is_right else 1 - sure):
            return min(max(int(1000 * sure + 25), 510), 995)


def reviews():
    draw = Draw("reviews")
    rows = [
        (label, tone, half, is_right)
        for (tone, half), counts in CELLS.items()
        for (label, is_right), count in zip(OUTCOMES, counts)
        for _ in range(count)
    ]
    truths, answers = [], []
    for index, (label, tone, half, is_right) in enumerate(draw.shuffled(rows), 1):
        truths.append((index, label, tone, half))
        positive = (label == "positive") == is_right
        sure = confidence(draw, is_right)
        shares = (1000 - sure, sure) if positive else (sure, 1000 - sure)
        answers.append((index, "positive" if positive else "negative", *(f"0.{share:03}" for share in shares)))
    answer_columns = ("id", "prediction", "probability_negative", "probability_positive")
    return {
        "reviews.csv": csv(("id", "label", "tone", "half"), truths),
        "predictions/reviews.csv": csv(answer_columns, answers),
    }


def demand():
    draw = Draw("demand")
    truths, answers = [], []
    while len(truths) < 200:
        value = 20 + 5 * draw.normal()
        if 8 <= value <= 32:
            truths.append((len(truths) + 1, f"{value:.2f}"))
            answers.append((len(truths), f"{value + 1.25 * draw.normal():.2f}"))
    return {"demand.csv": csv(("id", "value"), truths), "predictions/demand.csv": csv(("id", "prediction"), answers)}


DETERMINERS = "the this every another our their one".split()
ADJECTIVES = (
    "old young small green quiet heavy bright narrow wooden careful empty warm early distant broken patient"
).split()
NOUNS = (
    "farmer teacher basket river bridge market letter window garden engine doctor boat lantern village mountain driver"
    " kitchen harbour painter station table clock forest child bottle ladder road island singer blanket"
).split()
VERBS = "carries finds paints repairs follows opens leaves sells watches cleans moves builds reaches keeps".split()
PREPOSITIONS = "near behind under beside through towards after before without above".split()
ADVERBS = "today often slowly again later together early quietly".split()


def phrase(draw, nouns=NOUNS):
    words = [draw.pick(DETERMINERS)]
    words += [draw.pick(ADJECTIVES)] if draw.chance(0.6) else []
    return [*words, draw.pick(nouns)]


def clause(draw, nouns=NOUNS):
    """The words of a sentence."""
    words = phrase(draw, nouns) + [draw.pick(VERBS)] + phrase(draw, nouns)
    for _ in range(draw.between(0, 2)):
        words += [draw.pick(PREPOSITIONS)] + phrase(draw, nouns)
    return words + ([draw.pick(ADVERBS)] if draw.chance(0.4) else [])


def sentence(words):
    text = " ".join(words)
    return f"{text[0].upper()}{text[1:]}."


def misspelt(draw, word):
    """The word with another letter at one place."""
    place = draw.between(0, len(word) - 1)
    return word[:place] + draw.pick("aeinorst") + word[place + 1 :]


def garbled(draw, words):
    """The words with about one fault in five: another word, a wrong letter, one too few, one too many, two swapped."""
    out = []
    for word in words:
        fault = draw.weighted({"none": 0.8, "other": 0.08, "letter": 0.05, "few": 0.03, "many": 0.02, "swap": 0.02})
        if fault == "other":
            out.append(draw.pick(NOUNS + ADJECTIVES))
        elif fault == "letter":
            out.append(misspelt(draw, word))
        elif fault == "swap":
            out.insert(max(len(out) - 1, 0), word)
        elif fault != "few":
            out += [word, draw.pick(DETERMINERS)] if fault == "many" else [word]
    return out


def content(words):
    return [word for word in words if word not in DETERMINERS]


def sentences():
    draw = Draw("sentences")
    references, answers = [], []
    for index in range(100):
        words = clause(draw)
        answer = words
        # Fifteen rows are exactly right; in the others more than a determiner is wrong.
        while index % 20 >= 3 and content(answer) == content(words):
            answer = garbled(draw, words)
        references.append(sentence(words))
        answers.append(sentence(answer))
    order = draw.shuffled(range(100))
    shuffled = [[rows[index] for index in order] for rows in (references, answers)]
    return answered("sentences", "reference", *shuffled)


KINDS = {"PER": 0.4, "LOC": 0.35, "ORG": 0.25}


def spans(draw, length):
    """One to three spans as kind, begin and end, with an untagged word between them."""
    out, at = [], draw.between(0, 2)
    for _ in range(draw.between(1, 3)):
        end = at + draw.between(1, 3)
        if end <= length:
            out.append((draw.weighted(KINDS), at, end))
        at = end + draw.between(1, 4)
    return out


def found(draw, span, length):
    """What the tagger makes of a span."""
    kind, begin, end = span
    fate = draw.weighted({"right": 0.86, "missed": 0.04, "kind": 0.05, "end": 0.05})
    if fate == "missed":
        return []
    if fate == "kind":
        kind = draw.pick([other for other in KINDS if other != kind])
    if fate == "end":
        end = end - 1 if end - begin > 1 else min(end + 1, length)
    return [(kind, begin, end)]


def tags(spans, length):
    out = ["O"] * length
    for kind, begin, end in spans:
        for at in range(begin, end):
            out[at] = f"{'B' if at == begin else 'I'}-{kind}"
    return out


def entities():
    draw = Draw("entities")
    truths, answers = [], []
    for _ in range(150):
        length = draw.between(7, 14)
        true = spans(draw, length)
        answer = [one for span in true for one in found(draw, span, length)]
        used = tags(true + answer, length)
        free = [at for at in range(length) if used[at] == "O"]
        if free and draw.chance(0.12):
            at = draw.pick(free)
            answer.append((draw.weighted(KINDS), at, at + 1))
        truths.append(" ".join(tags(true, length)))
        answers.append(" ".join(tags(answer, length)))
    return answered("entities", "tags", truths, answers)


# Words whose letters take more than a byte each.
ACCENTED = ["café", "façade", "piñata", "crème"]


def passages():
    draw = Draw("passages")
    texts, answers = [], []
    for _ in range(100):
        written = [clause(draw, NOUNS + ACCENTED) for _ in range(draw.between(1, 3))]
        tokens = sum(2 if draw.chance(0.3) else 1 for words in written for _ in words)
        likelihoods = []
        for _ in range(tokens):
            u = draw.real()
            likelihoods.append(round(-0.02 - 7.44 * u * u, 3))
        texts.append(" ".join(map(sentence, written)))
        answers.append(likelihoods)
    return answered("passages", "text", texts, answers)


def winners(choices, likelihoods):
    """The best choice by sum, by character and by byte; nothing where it is a close call."""
    out = []
    for size in (lambda _: 1, len, lambda choice: len(choice.encode())):
        scores = sorted((likelihoods[at] / size(choices[at]), at) for at in range(len(choices)))
        if scores[-1][0] - scores[-2][0] < 0.002:
            return None
        out.append(scores[-1][1])
    return out


# How many of 200 items are right: by sum and by length, by sum alone, by length alone, by none.
ITEMS = [((True, True), 126), ((True, False), 16), ((False, True), 16), ((False, False), 42)]


def question(draw, by_sum, by_length):
    """An item and its log-likelihoods whose winners are right as asked for."""
    while True:
        choices = []
        while len(choices) < 4:
            choice = " ".join(phrase(draw, NOUNS + ACCENTED))
            choices += [choice] if choice not in choices else []
        truth = draw.between(0, 3)
        rates = [0.75 + 0.12 * draw.normal() - (0.15 if at == truth else 0) for at in range(4)]
        likelihoods = [round(-len(choice) * max(rate, 0.1), 3) for choice, rate in zip(choices, rates)]
        best = winners(choices, likelihoods)
        if best and [one == truth for one in best] == [by_sum, by_length, by_length]:
            return compact({"choices": choices, "truth": truth}), likelihoods


def questions():
    draw = Draw("questions")
    plan = draw.shuffled(kind for kind, count in ITEMS for _ in range(count))
    return answered("questions", "item", *zip(*(question(draw, *kind) for kind in plan)))


def topics():
    draw = Draw("topics")
    truths, answers = [], []
    for _ in range(120):
        marks = [int(draw.chance(share)) for share in (0.5, 0.4, 0.3, 0.2, 0.15)]
        truths.append(compact(marks))
        answers.append([mark if draw.chance(0.88) else 1 - mark for mark in marks])
    return answered("topics", "marks", truths, answers)


def disc(x, y, radius):
    return [[int((column - x) ** 2 + (row - y) ** 2 <= radius * radius) for column in range(8)] for row in range(8)]


def scans():
    draw = Draw("scans")
    truths, answers = [], []
    for _ in range(40):
        x, y, radius = 2.5 + 2 * draw.real(), 2.5 + 2 * draw.real(), 2.2 + 1.2 * draw.real()
        truths.append(compact(disc(x, y, radius)))
        moved = (x + 0.5 * draw.normal(), y + 0.5 * draw.normal(), radius + 0.3 * draw.normal())
        answers.append([[pixel if draw.chance(0.98) else 1 - pixel for pixel in row] for row in disc(*moved)])
    return answered("scans", "mask", truths, answers)


def place(draw):
    """A box of a size from small to large in a picture of 640 by 480."""
    size = draw.pick([16, 24, 48, 72, 128, 180])
    width, height = (int(size * (0.8 + 0.4 * draw.real())) for _ in range(2))
    return [draw.between(0, 640 - width), draw.between(0, 480 - height), width, height]


def nearly(draw, box):
    """The box with each side moved by some hundredths of its size."""
    x, y, width, height = box
    shift = [round(0.05 * draw.normal() * size, 1) for size in (width, height, width, height)]
    return [round(max(side + by, low), 1) for side, by, low in zip(box, shift, (0, 0, 1, 1))]


def detected(draw, objects):
    out = []
    for true in objects:
        if draw.chance(0.9):
            kind = true["class"] if draw.chance(0.95) else (true["class"] + 1) % 3
            score = round(0.45 + 0.54 * draw.real(), 3)
            out.append({"class": kind, "box": nearly(draw, true["box"]), "score": score})
    while draw.chance(0.35):
        out.append({"class": draw.between(0, 2), "box": place(draw), "score": round(0.05 + 0.6 * draw.real(), 3)})
    return out


def photos():
    draw = Draw("photos")
    truths, answers = [], []
    for _ in range(40):
        objects = [{"class": draw.between(0, 2), "box": place(draw), "crowd": 0} for _ in range(draw.between(1, 5))]
        truths.append(compact(objects))
        answers.append(detected(draw, objects))
    return answered("photos", "objects", truths, answers)


def ranked(draw, grades):
    """Distinct scores, higher for higher grades but for chance."""
    while True:
        scores = [round(0.3 + 0.14 * grade + 0.18 * draw.normal(), 3) for grade in grades]
        if len(set(scores)) == len(scores):
            return scores


def queries():
    draw = Draw("queries")
    truths, answers = [], []
    for _ in range(80):
        relevant = draw.between(1, 4)
        grades = draw.shuffled([draw.between(1, 3) for _ in range(relevant)] + [0] * (10 - relevant))
        truths.append(compact(grades))
        answers.append(ranked(draw, grades))
    return answered("queries", "grades", truths, answers)


def pairs():
    draw = Draw("pairs")
    truths, answers = [], []
    for _ in range(100):
        vector = [round(draw.normal(), 3) for _ in range(8)]
        truths.append(compact(vector))
        answers.append([round(number + 0.75 * draw.normal(), 3) for number in vector])
    return answered("pairs", "vector", truths, answers)


LEVELS = ["low", "mid", "high"]


def rating(draw, level):
    """The level of the unit, or a neighbour of it."""
    if draw.chance(0.84):
        return LEVELS[level]
    return LEVELS[draw.pick([one for one in range(3) if abs(one - level) == 1])]


def ratings():
    draw = Draw("ratings")
    rows = []
    for index in range(1, 61):
        level = draw.between(0, 2)
        rows.append((index, *(rating(draw, level) for _ in range(3))))
    return {"ratings.csv": csv(("id", "rater_1", "rater_2", "rater_3"), rows)}


MONTHS = {
    "march": (1.0, {"web": 0.5, "shop": 0.3, "phone": 0.2}),
    "june": (1.2, {"web": 0.62, "shop": 0.24, "phone": 0.14}),
}


def live():
    draw = Draw("live")
    out = {}
    for month, (growth, channels) in MONTHS.items():
        rows = []
        for index in range(1, 401):
            u = draw.real()
            rows.append((index, f"{growth * (5 + 20 * u + 40 * u * u * u):.2f}", draw.weighted(channels)))
        out[f"live-{month}.csv"] = csv(("id", "amount", "channel"), rows)
    return out


AGES = {"young": (0.6, 0.1, 0.3), "middle": (0.4, 0.3, 0.3), "old": (0.2, 0.5, 0.3)}
REGIONS = ["north", "centre", "south"]
DIAGNOSES = ["asthma", "diabetes", "migraine"]


def patients():
    """Of every age, region and sex 10 to 30 rows, 20 on average, with two diagnoses at least."""
    draw = Draw("patients")
    sizes = draw.shuffled([10, 12, 14, 15, 16, 17, 18, 19, 20, 20, 21, 22, 23, 24, 25, 26, 28, 30])
    rows = []
    for age, shares in AGES.items():
        for region in REGIONS:
            for sex in "fm":
                size = sizes.pop()
                certain = [DIAGNOSES[0], DIAGNOSES[1]]
                more = [draw.weighted(dict(zip(DIAGNOSES, shares))) for _ in range(size - 2)]
                rows += [(age, region, sex, diagnosis) for diagnosis in certain + more]
    rows = [(index, *row) for index, row in enumerate(draw.shuffled(rows), 1)]
    return {"patients.csv": csv(("id", "age_band", "region", "sex", "diagnosis"), rows)}


# Model (none for data alone), dataset, what it is, its columns after the id.
SCENE = [
    ("classifier", "reviews", "Classes with a probability each", [
        "label: class {negative, positive}, role target", "tone: class {calm, loud}", "half: class {first, second}"]),
    ("forecaster", "demand", "Numbers", ["value: real, role target"]),
    ("translator", "sentences", "Texts", ["reference: text, role target"]),
    ("tagger", "entities", "Tags of a sentence", ["tags: tokens, role target"]),
    ("writer", "passages", "Texts; answers are the log-likelihoods of their tokens", ["text: text, role target"]),
    ("chooser", "questions", "Four choices and the right one; answers are the log-likelihoods of the choices", [
        "item: text, role target"]),
    ("labeller", "topics", "Marks of five labels", ["marks: text, role target"]),
    ("segmenter", "scans", "Masks of 8 by 8", ["mask: text, role target"]),
    ("detector", "photos", "Boxes of a picture", ["objects: text, role target"]),
    ("ranker", "queries", "Grades of ten entries; answers are their scores", ["grades: text, role target"]),
    ("encoder", "pairs", "Vectors of eight numbers", ["vector: text, role target"]),
    (None, "ratings", "What three raters say of a unit", [
        f"rater_{rater}: class {{low, mid, high}}" for rater in (1, 2, 3)]),
    (None, "live", "What comes in, in two months", ["amount: real", "channel: class {web, shop, phone}"]),
    (None, "patients", "Records of persons", [
        "age_band: class {young, middle, old}", "region: class {north, centre, south}", "sex: class {f, m}",
        "diagnosis: class {asthma, diabetes, migraine}"]),
]
MAKERS = [
    reviews, demand, sentences, entities, passages, questions, topics, scans, photos, queries, pairs,
    ratings, live, patients,
]


def standard(files):
    """The standard around the data; clauses are added where it ends."""
    lines = [
        "// Models and datasets, all made, for clauses that are added where this ends.",
        "",
        "/// The scene of the metrics' examples.",
        "standard scene 1.0.0 {",
        '  title en "Scene" zh "场景"',
        "",
    ]
    for model, *_ in SCENE:
        lines += [f"  model {model} = any", ""] if model else []
    for _, dataset, doc, columns in SCENE:
        lines += [f"  /// {doc}.", f"  dataset {dataset} {{"]
        lines += [f"    {column}" for column in ["id: int, unique, role id", *columns]]
        own = [path for path in files if path.split(".")[0] in (dataset, f"{dataset}-march", f"{dataset}-june")]
        for path in own:
            split = path.split(".")[0].removeprefix(dataset).lstrip("-") or "test"
            lines.append(f'    split {split} from "{path}"')
        lines += ["  }", ""]
    return "\n".join([*lines[:-1], "}", ""])


def main():
    files = {}
    for maker in MAKERS:
        files |= maker()
    files["scene.lms"] = standard(files)
    if sys.argv[1:] == ["--check"]:
        stored = {path: (FOLDER / path).read_bytes() if (FOLDER / path).is_file() else None for path in files}
        differing = [path for path in files if stored[path] != files[path].encode()]
        sys.exit(f"not what is stored: {', '.join(differing)}" if differing else 0)
    for path, text in files.items():
        (FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / path).write_bytes(text.encode())


if __name__ == "__main__":
    main()
