"""What each measure of data means, in plain Python, written from the definitions and from nothing of the checker's.

A measure takes a `clauses.World` and gives a list of (fault, places), empty where the clause holds. Places are row
numbers from 1, or the names of groups. The fault "-" is a number that misses its bar without a place.
"""

import datetime
import hashlib
import math
import re

from .clean import LABELS, shingles, words
from .declared import DATASETS, FACTS, FILES, LICENCES, ROWS


class Refused(Exception):
    """Not measured; the fault says why."""


def column(world, split, name):
    columns, rows = world.tables[split]
    if name not in columns:
        raise Refused("missing_column")
    return [row[name] for row in rows]


def numbered(found):
    return [number for number, at_fault in enumerate(found, 1) if at_fault]


def fits(kind, value, is_text):
    """Whether a present value has the type; a CSV cell is always a text."""
    if kind in ("int", "real"):
        if is_text and kind == "int":
            return bool(re.fullmatch(r"[+-]?\d+", value)) and -(2**63) <= int(value) < 2**63
        if is_text:
            written = re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", value)
            return bool(written) and math.isfinite(float(value))
        return not isinstance(value, bool) and isinstance(value, int if kind == "int" else (int, float))
    if kind == "bool":
        return value in ("true", "false") if is_text else isinstance(value, bool)
    if kind == "date":
        try:
            return isinstance(value, str) and len(value) == 10 and bool(datetime.date.fromisoformat(value))
        except ValueError:
            return False
    return kind == "class" or isinstance(value, str)


def rule_broken(rules, value, is_text):
    """The fault of one present value, or None."""
    kind = re.match(r"\w+", rules)[0]
    if not fits(kind, value, is_text):
        return "wrong_type"
    if kind == "class" and str(value) not in re.search(r"\{(.*)\}", rules)[1].split(", "):
        return "unknown_class"
    for fault, start, measured in [("out_of_range", "real in", float), ("bad_length", "length in", len)]:
        span = re.search(start + r" (\d+)\.\.=([\d_]+)", rules)
        if span and not int(span[1]) <= measured(value) <= int(span[2].replace("_", "")):
            return fault
    pattern = re.search(r'matches "(.*)"', rules)
    if pattern and not re.fullmatch(pattern[1], value):
        return "bad_pattern"
    return None


def schema(world, dataset):
    found = []
    for split in DATASETS[dataset][2]:
        columns, rows = world.tables[split]
        is_text = not world.typed[split]
        for name, rules in DATASETS[dataset][1]:
            if name not in columns:
                found += [] if "optional" in rules else [("missing_column", [name])]
                continue
            by_fault = {}
            for number, row in enumerate(rows, 1):
                value = row[name]
                lacking = None if "optional" in rules else "missing_value"
                fault = lacking if value is None else rule_broken(rules, value, is_text)
                by_fault.setdefault(fault, []).append(number)
            by_fault.pop(None, None)
            found += by_fault.items()
            if "unique" in rules:
                found += repeated(rows, [name], "duplicate_value")
        if len(rows) < max(1, ROWS.get(split, 1)):
            found.append(("row_count", []))
    return found


def repeated(rows, names, fault):
    """All places of values that stand more than once."""
    places = {}
    for number, row in enumerate(rows, 1):
        places.setdefault(tuple(row[name] for name in names), []).append(number)
    found = sorted(
        number for key, numbers in places.items() if len(numbers) > 1 and None not in key for number in numbers
    )
    return [(fault, found)] if found else []


def nulls(world, split, name, bar):
    found = numbered(value is None for value in column(world, split, name))
    return [("missing_value", found)] if len(found) / len(world.tables[split][1]) > bar else []


def ranges(world, split, name, low, high):
    found = numbered(value is not None and not low <= float(value) <= high for value in column(world, split, name))
    return [("out_of_range", found)] if found else []


def patterns(world, split, name, pattern):
    found = numbered(value is not None and not re.fullmatch(pattern, value) for value in column(world, split, name))
    return [("bad_pattern", found)] if found else []


def uniqueness(world, split, names, bar):
    values = [tuple(cells) for cells in zip(*(column(world, split, name) for name in names))]
    return repeated(world.tables[split][1], names, "duplicate_value") if len(set(values)) / len(values) < bar else []


def duplicates(world, split):
    seen, found = set(), []
    for number, text in enumerate(column(world, split, "text"), 1):
        if text in seen:
            found.append(number)
        seen.add(text)
    return [("duplicate_row", found)] if found else []


def near(texts, earlier, threshold):
    """Numbers of texts that are near one of `earlier`, or, where that is None, a text before them."""
    index, sizes, found, same = {}, [], [], earlier is None

    def keep(runs):
        for run in runs:
            index.setdefault(run, []).append(len(sizes))
        sizes.append(len(runs))

    for text in earlier or []:
        keep(shingles(text))
    for number, text in enumerate(texts, 1):
        mine, shared = shingles(text), {}
        for run in mine:
            for place in index.get(run, []):
                shared[place] = shared.get(place, 0) + 1
        if any(count / (len(mine) + sizes[place] - count) >= threshold for place, count in shared.items()):
            found.append(number)
        if same:
            keep(mine)
    return found


def near_duplicates(world, split, threshold):
    found = near(column(world, split, "text"), None, threshold)
    return [("near_duplicate", found)] if found else []


def near_leakage(world, split, against, threshold):
    found = near(column(world, split, "text"), column(world, against, "text"), threshold)
    return [("near_duplicate", found)] if found else []


def leakage(world, split, against):
    other = set(column(world, against, "text"))
    found = numbered(text is not None and text in other for text in column(world, split, "text"))
    return [("duplicate_text", found)] if found else []


def group_leakage(world, split, against, name):
    other = set(column(world, against, name)) - {None}
    found = sorted({value for value in column(world, split, name) if value in other})
    return [("shared_group", found)] if found else []


def time_leakage(world, split, against, name):
    last = max(value for value in column(world, against, name) if value)
    found = numbered(value is not None and value <= last for value in column(world, split, name))
    return [("early_row", found)] if found else []


def contamination(world, split, against, n, bar):
    runs = set().union(*(shingles(text, n) for text in column(world, against, "text")))
    runs = {run for run in runs if len(run) == n}
    found = numbered(bool(runs & shingles(text, n)) for text in column(world, split, "text"))
    return [("contaminated", found)] if len(found) / len(world.tables[split][1]) > bar else []


def counts(values, keys):
    return [sum(value == key for value in values) for key in keys]


def balance(world, split, bar):
    found = counts(column(world, split, "label"), LABELS)
    return [("-", [])] if min(found) / len(world.tables[split][1]) < bar else []


def representativeness(world, split, name, population, bar):
    values = [value for value in column(world, split, name) if value]
    apart = sum(abs(values.count(key) / len(values) - share) for key, share in population.items()) / 2
    return [("-", [])] if apart > bar else []


def label_gap(world, split, label, by, bar):
    """The largest gap of the label's share between groups; both ends of its normal interval at 95% must agree."""
    rates = []
    pairs = list(zip(column(world, split, by), column(world, split, "label")))
    for group in sorted({group for group, _ in pairs if group}):
        mine = [found == label for one, found in pairs if one == group]
        rates.append((sum(mine) / len(mine), len(mine)))
    (low, m), (high, n) = min(rates), max(rates)
    half = 1.96 * math.sqrt(low * (1 - low) / m + high * (1 - high) / n)
    return decided(high - low - half, high - low + half, bar)


def decided(low, high, most):
    """Of an estimate that must be at most `most`; a corpus has no case that is undecided."""
    if low <= most < high:
        raise SystemExit(f"undecided: {low:.3f} to {high:.3f} against {most}")
    return [("-", [])] if low > most else []


def wilson(wrong, n, z=1.96):
    middle, half = wrong / n + z * z / (2 * n), z * math.sqrt(wrong / n * (1 - wrong / n) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def label_errors(world, split, of, bar):
    pairs = list(zip(column(world, split, "label"), column(world, split, of)))
    found = numbered(audited is not None and label != audited for label, audited in pairs)
    wrong = decided(*wilson(len(found), sum(audited is not None for _, audited in pairs)), bar)
    return [("label_error", found)] if wrong else []


def cramers_v(world, split, of, by, bar):
    pairs = [pair for pair in zip(column(world, split, of), column(world, split, by)) if None not in pair]
    left, right = sorted({pair[0] for pair in pairs}), sorted({pair[1] for pair in pairs})
    chi = 0.0
    for one in left:
        for two in right:
            expected = sum(pair[0] == one for pair in pairs) * sum(pair[1] == two for pair in pairs) / len(pairs)
            chi += (pairs.count((one, two)) - expected) ** 2 / expected
    return [("-", [])] if math.sqrt(chi / len(pairs) / (min(len(left), len(right)) - 1)) > bar else []


def luhn(digits):
    doubled = [int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits))]
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0


def iban(text):
    turned = text[4:] + text[:4]
    return int("".join(str(int(char, 36)) for char in turned)) % 97 == 1


def resident(text):
    """ISO 7064 MOD 11-2, as in a Chinese resident's number."""
    weighed = sum(int(digit) * 2 ** (17 - at) for at, digit in enumerate(text[:17]))
    return "10X98765432"[weighed % 11] == text[17]


def is_personal(text):
    """An address, a telephone number, a card, an account, a social security or resident's number, a network address."""
    shapes = [r"[\w.+-]+@[\w-]+(\.[a-z]{2,})+", r"\+\d[\d ()-]{8,}\d", r"\b(?!000|666|9)\d{3}-\d{2}-\d{4}\b"]
    if any(re.search(shape, text) for shape in shapes):
        return True
    if any(max(map(int, found.split("."))) < 256 for found in re.findall(r"\b\d+\.\d+\.\d+\.\d+\b", text)):
        return True
    runs = [re.sub(r"[ -]", "", run) for run in re.findall(r"\b\d(?:[ -]?\d)+\b", text)]
    if any(13 <= len(run) <= 19 and luhn(run) for run in runs):
        return True
    accounts = re.findall(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,4}){3,8}\b", text)
    if any(iban(run.replace(" ", "")) for run in accounts):
        return True
    return any(resident(run) for run in re.findall(r"\b[1-9]\d{16}[\dX]\b", text))


def in_texts(world, split, names, fault, test):
    columns = [column(world, split, name) for name in names]
    found = numbered(any(isinstance(value, str) and test(value) for value in row) for row in zip(*columns))
    return [(fault, found)] if found else []


def is_broken(text):
    """The replacement character, U+0000, controls of Latin-1, UTF-8 that was read as Windows-1252."""
    controls = any(char == "\0" or 127 < ord(char) < 160 for char in text)
    return controls or "\ufffd" in text or bool(re.search("[ÂÃ][\u0080-\u00bf]|â€", text))


ENGLISH = set(
    "the a an i my our we you your is was to of and that it in on at for with does do not so this has".split()
)


def language(world, split, bar):
    texts = [text for text in column(world, split, "text") if isinstance(text, str)]
    english = sum(len(set(words(text)) & ENGLISH) >= 2 for text in texts)
    return [("-", [])] if english / len(texts) < bar else []


def licences(world, dataset):
    """Every source has a known licence that allows to sell changed copies, and one licence fits the whole."""
    found, alike = [] if world.sources[dataset] else [("unknown_licence", [])], set()
    for name, source in world.sources[dataset].items():
        choices = source.get("licence", "").split(" OR ")
        if not all(choice in LICENCES for choice in choices):
            found.append(("unknown_licence", [name]))
            continue
        asked = {LICENCES[choice] for choice in choices} - {"closed"}
        # What asks for a licence of its family is met beside what asks for none, or for one of the same.
        met = {one for one in asked if one == "open" or not alike or one in alike}
        if not met:
            found.append(("licence_conflict", [name]))
        alike |= met - {"open"}
    return found


def sources(world, dataset):
    declared = world.sources[dataset]
    lacking = [name for name, source in declared.items() if any(not source.get(fact) for fact in FACTS)]
    return [("missing_source", lacking)] if lacking or not declared else []


def source_share(world, split, name, most, fewest):
    values = column(world, split, name)
    largest = max(values.count(value) for value in set(values)) / len(values)
    if most is not None:
        return [("-", [])] if largest > most else []
    return [("-", [])] if len(set(values)) < fewest else []


def freshness(world, split, name, most):
    last = datetime.date.fromisoformat(max(value for value in column(world, split, name) if value))
    return [("-", [])] if (datetime.date.fromisoformat(world.on) - last).days > most else []


def ks(world, split, against, name, bar):
    try:
        mine, other = ([float(value) for value in column(world, one, name) if value] for one in (split, against))
    except ValueError as fault:
        raise Refused("wrong_type") from fault
    if not all(map(math.isfinite, mine + other)):
        raise Refused("wrong_type")
    share = lambda values, at: sum(value <= at for value in values) / len(values)
    return [("-", [])] if max(abs(share(mine, at) - share(other, at)) for at in mine + other) > bar else []


def two_shares(world, split, against, name):
    mine, other = column(world, split, name), column(world, against, name)
    keys = sorted(set(mine) | set(other), key=str)
    return [[values.count(key) / len(values) for key in keys] for values in (other, mine)], (len(other), len(mine))


def psi(world, split, against, name, bar):
    (before, now), _ = two_shares(world, split, against, name)
    pairs = [(max(r, 1e-4), max(c, 1e-4)) for r, c in zip(before, now)]
    return [("-", [])] if sum((c - r) * math.log(c / r) for r, c in pairs) > bar else []


def jensen_shannon(world, split, against, name, bar):
    (before, now), _ = two_shares(world, split, against, name)
    part = lambda one, two: sum(a * math.log2(2 * a / (a + b)) for a, b in zip(one, two) if a)
    return [("-", [])] if math.sqrt(max(0.0, (part(before, now) + part(now, before)) / 2)) > bar else []


def chi_square(world, split, against, name, bar):
    (before, now), (m, n) = two_shares(world, split, against, name)
    chi = 0.0
    for r, c in zip(before, now):
        mean = (r * m + c * n) / (m + n)
        chi += m * (r - mean) ** 2 / mean + n * (c - mean) ** 2 / mean
    # The tail of the law with three degrees of freedom; four sites are always in use by one side.
    assert len(before) == 4
    return (
        [("-", [])] if math.erfc(math.sqrt(chi / 2)) + math.sqrt(2 * chi / math.pi) * math.exp(-chi / 2) < bar else []
    )


def agreement(world, split, is_alpha, bar):
    pairs = list(zip(column(world, split, "rater_1"), column(world, split, "rater_2")))
    observed = sum(one != two for one, two in pairs) / len(pairs)
    pooled = counts([value for pair in pairs for value in pair], LABELS)
    total = 2 * len(pairs)
    chance = 1 - sum(count * ((count - 1) / (total - 1) if is_alpha else count / total) for count in pooled) / total
    return [("-", [])] if chance == 0 or 1 - observed / chance < bar else []


def smallest_group(world, split, secret, bar):
    groups = {}
    for gender, region, label in zip(*(column(world, split, name) for name in ("gender", "region", "label"))):
        groups.setdefault((gender, region), []).append(label)
    return [("-", [])] if min(len(set(group)) if secret else len(group) for group in groups.values()) < bar else []


def digest(world, split):
    return [("digest_mismatch", [])] if hashlib.sha256(world.bytes[FILES[split]]).hexdigest() != world.sha256 else []


def rows(world, split, bar):
    return [("-", [])] if len(world.tables[split][1]) < (world.least if bar is None else bar) else []


def size(world, split, most):
    return [("-", [])] if len(world.bytes[FILES[split]]) > most else []
