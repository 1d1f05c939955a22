"""The standard, and what it says of a folder of files: `evaluate` decides every clause, as `measures` means it."""

import json

from . import measures as m
from .declared import (
    BRANCHES,
    CALLS,
    CODE,
    DATASETS,
    FILES,
    FROZEN,
    POPULATION,
    PUBLIC,
    ROWS,
    TABLE,
    TEST,
    TRAIN,
    TWIN,
    clean_sources,
)
from .formats import Unreadable, read

NEAR = 0.5
CUSTOMER = "C-[0-9]{4}"
# The text columns of a split, in which personal data and broken characters are looked for.
TEXTS = {TRAIN: ["text", "speaker", "code"], TEST: ["text", "speaker", "code"], CALLS: ["text", "code", "note"]}
ALL_TEXTS = {**TEXTS, BRANCHES: ["name", "remark"]}


class World:
    """Files by name, and what a case may change in the standard."""

    def __init__(self, files):
        self.bytes = dict(files)
        self.sources, self.on, self.sha256, self.least = clean_sources(), "2026-11-01", "", 150
        self.tables, self.typed, self.decided = {}, {}, {}


def clauses(world):
    """(id, requirement, splits that it reads, meaning, its arguments), in the standard's order."""
    out, last = [], {}

    def add(family, requirement, splits, meaning, *arguments):
        last[family] = last.get(family, 0) + 1
        out.append((f"{family}-{last[family]}", requirement, splits, meaning, arguments))

    for dataset in ["tickets", "calls", "parcels", "corpus", "branches"]:
        add("SCHEMA", f"schema({dataset})", DATASETS[dataset][2], m.schema, dataset)
    cells(add)
    rows(add)
    people(add)
    for dataset in ["tickets", "corpus"]:
        add("LIC", f"licences({dataset})", [], m.licences, dataset)
        add("SRC", f"sources({dataset})", [], m.sources, dataset)
    add("FRESH", f'freshness({TEST}, of: day, on: "{world.on}") <= 200', [TEST], m.freshness, TEST, "day", 200)
    add("DIGEST", f'digest({FROZEN}, sha256: "{world.sha256}")', [FROZEN], m.digest, FROZEN)
    add("SIZE", f"rows({TEST}) >= {world.least}", [TEST], m.rows, TEST, None)
    add("SIZE", f"bytes({CALLS}) <= 60 kB", [CALLS], m.size, CALLS, 60_000)
    for split in [TABLE, TWIN]:
        add("SIZE", f"rows({split}) >= 60", [split], m.rows, split, 60)
    both, versus = [TRAIN, TEST], f"{TEST}, against: {TRAIN}"
    add("DRIFT", f"ks({versus}, of: amount).statistic <= 0.25", both, m.ks, TEST, TRAIN, "amount", 0.25)
    add("DRIFT", f"psi({versus}, of: region) <= 0.2", both, m.psi, TEST, TRAIN, "region", 0.2)
    add("DRIFT", f"jensen_shannon({versus}, of: label) <= 0.25", both, m.jensen_shannon, TEST, TRAIN, "label", 0.25)
    add("DRIFT", f"chi_square({versus}, of: site).p >= 1%", both, m.chi_square, TEST, TRAIN, "site", 0.01)
    raters = "by rater_1 & rater_2 >= 0.6"
    add("RATERS", f"fleiss_kappa({TEST}) {raters}", [TEST], m.agreement, TEST, False, 0.6)
    add("RATERS", f"krippendorff_alpha({TRAIN}, level: nominal) {raters}", [TRAIN], m.agreement, TRAIN, True, 0.6)
    return out


def cells(add):
    """Clauses of single cells."""
    for split, name, most in [
        (TRAIN, "text", 0.1),
        (TEST, "gender", 0.1),
        (TEST, "amount", 0.1),
        (TRAIN, "code", 0.1),
        (CALLS, "text", 0.5),
        (CALLS, "note", 50),
        (TABLE, "weight", 1),
        (BRANCHES, "area", 1),
    ]:
        add("NULLS", f"nulls({split}, of: {name}) <= {most}%", [split], m.nulls, split, name, most / 100)
    add("RANGES", f"ranges({TRAIN}, of: amount, low: 0, high: 500) == 0", [TRAIN], m.ranges, TRAIN, "amount", 0, 500)
    for split, name, pattern in [(TRAIN, "code", CODE), (TEST, "speaker", CUSTOMER)]:
        add(
            "PATTERNS",
            f'patterns({split}, of: {name}, pattern: "{pattern}") == 0',
            [split],
            m.patterns,
            split,
            name,
            pattern,
        )
    for split, names in ALL_TEXTS.items():
        add("PII", f"personal_data({split}) == 0", [split], m.in_texts, split, names, "personal_text", m.is_personal)
        add("ENC", f"encoding({split}) == 0", [split], m.in_texts, split, names, "bad_encoding", m.is_broken)
    for split in [TEST, CALLS]:
        add("LANG", f'language({split}, is: "en") >= 85%', [split], m.language, split, 0.85)


def rows(add):
    """Clauses of rows against rows."""
    for split, names in [(TRAIN, ["id"]), (TRAIN, ["code"]), (TEST, ["speaker", "day"])]:
        add(
            "UNIQUE",
            f"uniqueness({split}) by {' & '.join(names)} >= 99.9%",
            [split],
            m.uniqueness,
            split,
            names,
            0.999,
        )
    for split in TEXTS:
        add("DUP", f"duplicates({split}) == 0", [split], m.duplicates, split)
        add("NEAR", f"near_duplicates({split}, threshold: {NEAR}) == 0", [split], m.near_duplicates, split, NEAR)
    both, versus = [TRAIN, TEST], f"{TEST}, against: {TRAIN}"
    add("LEAK", "leakage(tickets) == 0", both, m.leakage, TEST, TRAIN)
    add("NEARLEAK", f"near_leakage({versus}, threshold: {NEAR}) == 0", both, m.near_leakage, TEST, TRAIN, NEAR)
    add("GROUP", f"group_leakage({versus}, of: speaker) == 0", both, m.group_leakage, TEST, TRAIN, "speaker")
    add("TIME", f"time_leakage({versus}, of: day) == 0", both, m.time_leakage, TEST, TRAIN, "day")
    requirement = f"contamination({TEST}, against: {PUBLIC}, n: 13) <= 0.1%"
    add("CONTAM", requirement, [TEST, PUBLIC], m.contamination, TEST, PUBLIC, 13, 0.001)


def people(add):
    """Clauses of classes and groups."""
    add("BALANCE", f"balance({TRAIN}) >= 20%", [TRAIN], m.balance, TRAIN, 0.2)
    for name, shares in POPULATION.items():
        facts = ", ".join(f"{key} {share}" for key, share in shares.items())
        requirement = f'representativeness({TRAIN}, of: {name}, population: "{facts}") <= 10%'
        add("REPR", requirement, [TRAIN], m.representativeness, TRAIN, name, shares, 0.1)
    requirement = f"label_gap({TRAIN}, complaint, by: gender) <= 25% at 95%"
    add("GAP", requirement, [TRAIN], m.label_gap, TRAIN, "complaint", "gender", 0.25)
    for name in ["site", "region"]:
        add("PROXY", f"proxy({TRAIN}, of: {name}, by: gender) <= 0.3", [TRAIN], m.cramers_v, TRAIN, name, "gender", 0.3)
    add("AUDIT", f"label_errors({TEST}, of: audited) <= 15% at 95%", [TEST], m.label_errors, TEST, "audited", 0.15)
    add("SHARE", f"source_share({TRAIN}, of: site).largest <= 60%", [TRAIN], m.source_share, TRAIN, "site", 0.6, None)
    add("SHARE", f"source_share({TRAIN}, of: site).count >= 3", [TRAIN], m.source_share, TRAIN, "site", None, 3)
    by = "by gender & region"
    add("PRIV", f"k_anonymity({TRAIN}) {by} >= 5", [TRAIN], m.smallest_group, TRAIN, False, 5)
    add("PRIV", f"l_diversity({TRAIN}, secret: label) {by} >= 2", [TRAIN], m.smallest_group, TRAIN, True, 2)


def standard(world):
    """The text of the standard."""
    out = "// Written by make.py. Every clause is of data alone: no model is asked.\n\n"
    out += "/// The corpus of injected faults.\nstandard data-faults 1.0.0 {\n"
    out += '  title en "Injected data faults" zh "注入的数据缺陷"\n'
    for name, (doc, fields, splits) in DATASETS.items():
        out += f"\n  /// {doc}\n  dataset {name} {{\n"
        out += "".join(f"    {field}: {rules}\n" for field, rules in fields)
        for source, facts in world.sources.get(name, {}).items():
            told = "".join(f"      {key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in facts.items())
            out += f"    source {source} {{\n{told}    }}\n"
        if name == "tickets":
            guidelines = 'guidelines: "https://data.example/guidelines"'
            out += f'    annotation {{ annotators: 2 {guidelines} agreement: "Krippendorff\'s alpha 0.92" }}\n'
        for split in splits:
            least = f" {{ rows >= {ROWS[split]} }}" if split in ROWS else ""
            out += f'    split {split.split(".")[1]} from "{FILES[split]}"{least}\n'
        out += "  }\n"
    for name, requirement, *_ in clauses(world):
        out += f"\n  clause {name} must {{ {requirement} }}\n"
    return out + "}\n"


def evaluate(world, known=None):
    """(clause, fault, places) of all that must be told; the fault of what cannot be measured begins with `error `.

    `known` is a world that was evaluated: what reads only files that both share need not be decided again.
    """
    broken, same = set(), set()
    for split, file in FILES.items():
        if known and world.bytes[file] == known.bytes[file]:
            same.add(split)
            world.tables[split], world.typed[split] = known.tables[split], known.typed[split]
            continue
        try:
            # A file that is made when a case runs is not here.
            if world.bytes[file] is None:
                raise Unreadable("made later")
            world.tables[split], world.typed[split] = read(world.bytes[file])
        except Unreadable:
            broken.add(split)
    told = []
    for name, requirement, splits, meaning, arguments in clauses(world):
        if splits and same >= set(splits) and known.decided.get(requirement) == []:
            continue
        if broken & set(splits):
            told.append((name, "error *", []))
            continue
        try:
            found = meaning(world, *arguments)
        except m.Refused as refused:
            found = [(f"error {refused}", [])]
        world.decided[requirement] = found
        told += [(name, fault, places) for fault, places in found]
    return told
