"""Cases of rows against rows, of classes and of groups: duplicates, leaks, contamination, labels, shares, drift."""

from .case import case
from .clean import Draw, LABELS, SITES, shingles, words
from .clauses import NEAR

TRAIN, TEST, CALLS, PUBLIC = "train.csv", "test.csv", "calls.jsonl", "corpus.jsonl"
LONG = "The green garden hose that my brother ordered in June burst on its very first evening. "
LONG_END = "Nobody from your depot has written back since that day."
MORE_THAN_NEAR = 0.1


def copied(name, what, source, target, change, *expected):
    """A text becomes a changed copy of another; the distance is held against the bar, by at least a tenth."""

    @case(name, what, *expected)
    def _(bench):
        (from_file, from_row), (to_file, to_row) = source, target
        text = bench.get(from_file, from_row, "text")
        new = change(text)
        one, two = shingles(text), shingles(new)
        alike = len(one & two) / len(one | two)
        wanted = any("NEAR" in line for line in expected)
        assert (alike >= NEAR + MORE_THAN_NEAR) if wanted else (alike <= NEAR - MORE_THAN_NEAR), (name, alike)
        bench.set(to_file, to_row, "text", new)
        # A row that was only looked at is no change.
        if from_file != to_file:
            bench.changed.pop(from_file)


def planted(name, what, file, source, target, first, second, *expected):
    """Two texts of our own."""

    @case(name, what, *expected)
    def _(bench):
        bench.set(file, source, "text", first)
        bench.set(file, target, "text", second)


def last_word(text):
    return text[: text[:-1].rindex(" ")] + " otherwise" + text[-1]


def same(text):
    return text


NEARBY = "near_duplicate"

# ---- Repeated values and texts ---------------------------------------------------------------------------------------


@case(
    "id-repeated", "a training id stands twice", "SCHEMA-1 duplicate_value 100,300", "UNIQUE-1 duplicate_value 100,300"
)
def _(bench):
    bench.set(TRAIN, 300, "id", bench.get(TRAIN, 100, "id"))


@case("id-repeated-json", "the id of a call stands three times", "SCHEMA-2 duplicate_value 9,10,11")
def _(bench):
    for row in (10, 11):
        bench.set(CALLS, row, "id", 9)


@case("code-repeated", "a code that must be unique stands twice", "UNIQUE-2 duplicate_value 101,301")
def _(bench):
    bench.set(TRAIN, 301, "code", bench.get(TRAIN, 101, "code"))


@case("pair-repeated", "a customer and a day stand twice together", "UNIQUE-3 duplicate_value 50,150")
def _(bench):
    for name in ("speaker", "day"):
        bench.set(TEST, 150, name, bench.get(TEST, 50, name))


copied(
    "duplicate-one",
    "a training text stands twice",
    (TRAIN, 20),
    (TRAIN, 220),
    same,
    "DUP-1 duplicate_row 220",
    f"NEAR-1 {NEARBY} 220",
)


@case("duplicate-five", "a test text stands six times", "DUP-2 duplicate_row {}", f"NEAR-2 {NEARBY} {{}}")
def _(bench):
    for row in range(151, 156):
        bench.set(TEST, row, "text", bench.get(TEST, 52, "text"))
    return list(range(151, 156))


@case(
    "duplicate-row-added", "a call was entered twice, under two ids", "DUP-3 duplicate_row 121", f"NEAR-3 {NEARBY} 121"
)
def _(bench):
    bench.rows(CALLS).append({**bench.rows(CALLS)[63], "id": 121})


copied(
    "near-letter-case",
    "a training text stands again in capitals: near, not equal",
    (TRAIN, 30),
    (TRAIN, 230),
    str.upper,
    f"NEAR-1 {NEARBY} 230",
)
copied(
    "near-last-word",
    "a test text stands again with another last word",
    (TEST, 63),
    (TEST, 163),
    last_word,
    f"NEAR-2 {NEARBY} 163",
)
copied(
    "near-punctuation",
    "a test text stands again without punctuation",
    (TEST, 64),
    (TEST, 164),
    lambda text: " ".join(words(text)),
    f"NEAR-2 {NEARBY} 164",
)
copied(
    "near-blanks",
    "the text of a call stands again with double blanks",
    (CALLS, 65),
    (CALLS, 105),
    lambda text: text.replace(" ", "  "),
    f"NEAR-3 {NEARBY} 105",
)
planted(
    "near-middle-word",
    "one word in the middle of 26 differs",
    TEST,
    66,
    166,
    LONG + LONG_END,
    LONG.replace("its very", "that very") + LONG_END,
    f"NEAR-2 {NEARBY} 166",
)
planted(
    "near-sentences-swapped",
    "two sentences changed places",
    TEST,
    67,
    167,
    LONG + LONG_END,
    f"{LONG_END} {LONG.strip()}",
    f"NEAR-2 {NEARBY} 167",
)
planted(
    "near-words-added",
    "a call stands again with three words before it",
    CALLS,
    68,
    108,
    LONG + LONG_END,
    f"As said before: {LONG}{LONG_END}",
    f"NEAR-3 {NEARBY} 108",
)
planted(
    "clean-half-shared",
    "two test texts share one of two sentences, less than the bar",
    TEST,
    68,
    168,
    LONG + LONG_END,
    f"{LONG_END} Still, the winter jacket keeps me warm at every bus stop in town.",
)

# ---- Leaks -----------------------------------------------------------------------------------------------------------

copied(
    "leak-text",
    "a training text stands in the test split",
    (TRAIN, 60),
    (TEST, 61),
    same,
    "LEAK-1 duplicate_text 61",
    f"NEARLEAK-1 {NEARBY} 61",
)


@case(
    "leak-five", "five training texts stand in the test split", "LEAK-1 duplicate_text {}", f"NEARLEAK-1 {NEARBY} {{}}"
)
def _(bench):
    for row in (7, 57, 107, 157, 197):
        bench.set(TEST, row, "text", bench.base.rows_of[TRAIN][row + 1]["text"])
    return [7, 57, 107, 157, 197]


copied(
    "leak-last-word",
    "a training text stands in the test split with another last word",
    (TRAIN, 80),
    (TEST, 81),
    last_word,
    f"NEARLEAK-1 {NEARBY} 81",
)
copied(
    "leak-letter-case",
    "a training text stands in the test split in capitals",
    (TRAIN, 82),
    (TEST, 83),
    str.upper,
    f"NEARLEAK-1 {NEARBY} 83",
)
copied(
    "leak-longer",
    "a training text stands in a longer test text",
    (TRAIN, 1),
    (TEST, 85),
    lambda text: f"Once more: {text} Hello?",
    f"NEARLEAK-1 {NEARBY} 85",
)


@case("leak-speaker", "a customer of the training split writes in the test split", "GROUP-1 shared_group C-0007")
def _(bench):
    bench.set(TEST, 70, "speaker", "C-0007")


@case("leak-two-speakers", "two customers stand in both splits, one twice", "GROUP-1 shared_group C-0011,C-0150")
def _(bench):
    for row, speaker in [(10, "C-0011"), (20, "C-0150"), (30, "C-0011")]:
        bench.set(TEST, row, "speaker", speaker)


@case("leak-day", "a test row is older than the last training row by a day", "TIME-1 early_row 84")
def _(bench):
    bench.set(TEST, 84, "day", "2026-02-27")


@case("leak-late-training-row", "a training row is younger than the first test rows", "TIME-1 early_row {}")
def _(bench):
    bench.set(TRAIN, 90, "day", "2026-03-04")
    return [at for at, row in enumerate(bench.base.rows_of[TEST], 1) if row["day"] < "2026-03-04"]


def run_of(bench, count):
    """So many words in a row of a public text."""
    text = next(row["text"] for row in bench.base.rows_of[PUBLIC] if len(words(row["text"])) >= 18)
    return text.replace(",", "").split()[2 : 2 + count]


@case("contaminated", "a test text holds 13 words in a row of a public text", "CONTAM-1 contaminated 91")
def _(bench):
    bench.set(TEST, 91, "text", f"Your leaflet says: {' '.join(run_of(bench, 13))}! I do not believe it.")


@case("contaminated-letter-case", "the 13 words are in capitals, with commas", "CONTAM-1 contaminated 92")
def _(bench):
    bench.set(TEST, 92, "text", f"Your leaflet says: {', '.join(run_of(bench, 13)).upper()}! I do not believe it.")


@case("contaminated-three", "three test texts are public texts", "CONTAM-1 contaminated 93,94,95")
def _(bench):
    for row, source in [(93, 3), (94, 30), (95, 100)]:
        assert len(words(bench.base.rows_of[PUBLIC][source]["text"])) >= 13
        bench.set(TEST, row, "text", bench.base.rows_of[PUBLIC][source]["text"])


@case("clean-twelve-words", "a test text shares only 12 words in a row with a public text")
def _(bench):
    bench.set(TEST, 91, "text", f"Your leaflet says: {' '.join(run_of(bench, 12))}! I do not believe it.")


# ---- Labels ----------------------------------------------------------------------------------------------------------


def changed_labels(bench, file, pick, label):
    """Sets the labels of chosen rows; what raters said follows. Gives the rows."""
    rows = [at for at, row in enumerate(bench.rows(file), 1) if pick(at, row)]
    for at in rows:
        row = bench.rows(file)[at - 1]
        row["label"] = row["rater_1"] = row["rater_2"] = label(row["label"])
    return rows


@case(
    "labels-swapped-in-a-group",
    "complaints and praise of men are swapped; the reviewer says so",
    "AUDIT-1 label_error {}",
)
def _(bench):
    swap = {"complaint": "praise", "praise": "complaint", "question": "question"}
    rows = changed_labels(bench, TEST, lambda _, row: row["gender"] == "male", swap.get)
    return [at for at in rows if bench.get(TEST, at, "audited") not in ("", bench.get(TEST, at, "label"))]


@case("labels-audited-differ", "the reviewer disagrees with 25 of 60 labels", "AUDIT-1 label_error {}")
def _(bench):
    rows = list(range(2, 52, 2))
    for row in rows:
        bench.set(TEST, row, "audited", LABELS[(LABELS.index(bench.get(TEST, row, "label")) + 1) % 3])
    return rows


@case("label-rate-of-a-gender", "50 complaints of women became praise, 50 praises of men complaints", "GAP-1 -")
def _(bench):
    for gender, old, new in [("female", "complaint", "praise"), ("male", "praise", "complaint")]:
        left = [at for at, row in enumerate(bench.rows(TRAIN), 1) if (row["gender"], row["label"]) == (gender, old)][
            :50
        ]
        changed_labels(bench, TRAIN, lambda at, _, left=left: at in left, lambda _, new=new: new)


@case("class-rare", "praise is one training row in twenty", "BALANCE-1 -", "DRIFT-3 -")
def _(bench):
    kept = [at for at, row in enumerate(bench.rows(TRAIN), 1) if row["label"] == "praise"][::7]
    changed_labels(bench, TRAIN, lambda at, row: row["label"] == "praise" and at not in kept, lambda _: "complaint")


@case("class-absent", "no training row is a question", "BALANCE-1 -", "DRIFT-3 -")
def _(bench):
    changed_labels(bench, TRAIN, lambda _, row: row["label"] == "question", lambda _: "praise")


@case("raters-differ", "the second rater of the test split answers by lot", "RATERS-1 -")
def _(bench):
    draw = Draw("raters")
    for row in bench.rows(TEST):
        row["rater_2"] = draw.pick(LABELS)


@case("rater-constant", "the second rater of the test split always answers the same", "RATERS-1 -")
def _(bench):
    for row in bench.rows(TEST):
        row["rater_2"] = "complaint"


@case("raters-differ-in-training", "the raters of the training split never agree on praise", "RATERS-2 -")
def _(bench):
    for row in bench.rows(TRAIN):
        if row["label"] == "praise":
            row["rater_2"] = "question"


# ---- Groups and shares -----------------------------------------------------------------------------------------------


@case("proxy-site", "the site tells the gender", "PROXY-1 -")
def _(bench):
    seen = {"female": 0, "male": 0}
    for row in bench.rows(TRAIN):
        seen[row["gender"]] += 1
        row["site"] = SITES[seen[row["gender"]] % 2 + 2 * (row["gender"] == "male")]


@case("proxy-region", "the region nearly tells the gender", "PROXY-2 -")
def _(bench):
    order = sorted(range(400), key=lambda at: (bench.rows(TRAIN)[at]["gender"], at))
    regions = ["north"] * 160 + ["south"] * 120 + ["east"] * 80 + ["west"] * 40
    # Six men of the north, and as many women of the west, so that every group is there.
    regions[:6], regions[-6:] = regions[-6:], regions[:6]
    for at, region in zip(order, regions):
        bench.rows(TRAIN)[at]["region"] = region


@case("population-region", "the east is nearly half of the training rows", "REPR-1 -", "DRIFT-2 -")
def _(bench):
    for at, row in enumerate(bench.rows(TRAIN)):
        if row["region"] in ("north", "south") and at % 5 < 2:
            row["region"] = "east"


@case("population-gender", "three of four training rows are of women", "REPR-2 -")
def _(bench):
    men = [row for row in bench.rows(TRAIN) if row["gender"] == "male"]
    for row in men[::2]:
        row["gender"] = "female"


@case("share-one-site", "most training rows come from one site", "SHARE-1 -", "DRIFT-4 -")
def _(bench):
    for at, row in enumerate(bench.rows(TRAIN)):
        row["site"] = row["site"] if at % 4 == 0 else "web"


@case("share-two-sites", "all training rows come from two sites", "SHARE-2 -", "DRIFT-4 -")
def _(bench):
    for row in bench.rows(TRAIN):
        row["site"] = {"mail": "web", "shop": "phone"}.get(row["site"], row["site"])


@case("small-group", "two women of the west are left", "PRIV-1 -")
def _(bench):
    women = [row for row in bench.rows(TRAIN) if (row["gender"], row["region"]) == ("female", "west")]
    for row in women[2:]:
        row["region"] = "south"
    for row, label in zip(women, ["praise", "complaint"]):
        row["label"] = label


@case("group-of-one-label", "all women of the west complain", "PRIV-2 -")
def _(bench):
    changed_labels(
        bench, TRAIN, lambda _, row: (row["gender"], row["region"]) == ("female", "west"), lambda _: "complaint"
    )


@case("drift-amount", "test amounts are higher by half", "DRIFT-1 -")
def _(bench):
    for row in bench.rows(TEST):
        row["amount"] = f"{100 + 1.2 * float(row['amount']):.2f}"


@case("drift-region", "two of three test rows come from the west", "DRIFT-2 -")
def _(bench):
    for at, row in enumerate(bench.rows(TEST)):
        row["region"] = row["region"] if at % 3 == 0 else "west"


@case("drift-label", "most test rows that nobody audited are complaints", "DRIFT-3 -")
def _(bench):
    changed_labels(bench, TEST, lambda _, row: not row["audited"], lambda _: "complaint")


@case("drift-site", "what came by mail comes by the web in the test split", "DRIFT-4 -")
def _(bench):
    for row in bench.rows(TEST):
        row["site"] = "web" if row["site"] == "mail" else row["site"]
