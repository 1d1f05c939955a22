"""What the standard declares: files, columns, sources, and the facts of the population."""

from .clean import LABELS, REGIONS, SITES

# Ids by which an expectation names a fault; "-" is a number that misses its bar without a place.
FAULTS = """missing_value wrong_type unknown_class out_of_range bad_length bad_pattern
duplicate_value row_count missing_column malformed_data limit_exceeded duplicate_row duplicate_text
near_duplicate shared_group early_row contaminated label_error personal_text bad_encoding
missing_source unknown_licence licence_conflict digest_mismatch -""".split()

TRAIN, TEST, CALLS, PUBLIC = "tickets.train", "tickets.test", "calls.log", "corpus.all"
TABLE, TWIN, BRANCHES, FROZEN = "parcels.table", "parcels.twin", "branches.all", "frozen.all"
FILES = {
    TRAIN: "train.csv",
    TEST: "test.csv",
    PUBLIC: "corpus.jsonl",
    CALLS: "calls.jsonl",
    TABLE: "parcels.parquet",
    TWIN: "parcels.arrow",
    BRANCHES: "branches.csv",
    FROZEN: "frozen.csv",
}
# Fewest rows of a split; the others declare none.
ROWS = {TRAIN: 100, TEST: 100, TABLE: 10, TWIN: 10}

LABELLED = f"class {{{', '.join(LABELS)}}}"
NUMBERED = ("id", "int, unique, role id")
TEXT = ("text", "text, length in 1..=400, role input")
CODE = "[A-Z]{2}-[0-9]{4}"
TICKET = [
    NUMBERED,
    TEXT,
    ("label", f"{LABELLED}, role target"),
    ("gender", "class {female, male}"),
    ("region", f"class {{{', '.join(dict.fromkeys(REGIONS))}}}"),
    ("speaker", "text, role cluster"),
    ("day", "date"),
    ("amount", "real"),
    ("code", "text"),
    ("site", f"class {{{', '.join(SITES)}}}"),
    ("audited", f"{LABELLED}, optional"),
    ("rater_1", LABELLED),
    ("rater_2", LABELLED),
]
CALL = [
    NUMBERED,
    ("code", f'text, matches "{CODE}"'),
    TEXT,
    ("day", "date"),
    ("duration", "real in 0..=3_600"),
    ("urgent", "bool"),
    ("channel", "class {phone, chat}, role target"),
    ("note", "text, length in 1..=200, optional"),
]
PARCEL = [NUMBERED, ("weight", "real in 0..=100"), ("place", "text, length in 1..=40"), ("fragile", "bool")]
BRANCH = [
    NUMBERED,
    ("name", "text, length in 1..=40"),
    ("kind", "class {shop, depot}"),
    ("opened", "date"),
    ("area", "real in 10..=5_000"),
    ("parking", "bool"),
    ("remark", "text, optional"),
]
DATASETS = {
    "tickets": ("What customers write, with a reviewer's and two raters' labels.", TICKET, [TRAIN, TEST]),
    "corpus": ("Public texts that a model may have been trained on.", [NUMBERED, TEXT], [PUBLIC]),
    "calls": ("What was noted of calls.", CALL, [CALLS]),
    "parcels": ("One table, written twice.", PARCEL, [TABLE, TWIN]),
    "branches": ("A small table.", BRANCH, [BRANCHES]),
    "frozen": ("Bytes that stay.", [NUMBERED, ("place", "text")], [FROZEN]),
}

POPULATION = {
    "region": {"north": 0.4, "south": 0.3, "east": 0.2, "west": 0.1},
    "gender": {"female": 0.5, "male": 0.5},
}

# Facts that every source must say.
FACTS = ["method", "period", "purpose", "consent", "licence"]
# What licences ask of changed copies that are sold: nothing, that there are none, or a licence of their own family.
LICENCES = {
    "CC-BY-4.0": "open",
    "CC0-1.0": "open",
    "CC-BY-NC-4.0": "closed",
    "CC-BY-NC-SA-4.0": "closed",
    "CC-BY-ND-4.0": "closed",
    "CC-BY-SA-4.0": "GPL-3.0",
    "GPL-3.0-only": "GPL-3.0",
    "GPL-2.0-only": "GPL-2.0",
}


def clean_sources():
    """What the datasets say of where their rows come from."""
    forms = {
        "url": "https://data.example/tickets",
        "method": "Written by customers in a form, by post or to a clerk; no sampling.",
        "period": "2025-09-01/2026-05-30",
        "purpose": "Training and testing a commercial assistant that sorts what customers write.",
        "consent": "Given in the form, by a box that is not ticked beforehand.",
        "licence": "CC-BY-4.0",
        "language": "en",
    }
    letters = {"url": "https://data.example/letters", "method": "Letters, typed by two clerks.", "licence": "CC0-1.0"}
    articles = {
        "url": "https://data.example/articles",
        "method": "Taken from a public encyclopaedia.",
        "period": "2020-01-01/2024-12-31",
        "consent": "Not needed: texts of no person.",
    }
    return {"tickets": {"forms": forms, "letters": {**forms, **letters}}, "corpus": {"articles": {**forms, **articles}}}
