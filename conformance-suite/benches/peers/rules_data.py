"""Rows for the bench of data rules, written as CSV and as Parquet, the same in both.

    python rules_data.py PREFIX [--rows 1000000] [--faults 0] [--seed 1] [--formats csv,parquet]
                         [--codec zstd|snappy] [--day text|date] [--ids scrambled|sequential]

Writes PREFIX.csv and PREFIX.parquet, and prints one line of JSON: the number of rows, the files with their bytes, and
for each file and each rule the rows, counted from 1, that break it. `rules_peers.py --expect` and the bench in Rust
read that line. Data are made and written 1 Mi rows at a time, which are one row group: memory does not grow with the
rows. The rows of a seed do not depend on how many there are.

Columns: `id` whole and unique, in no order unless `--ids sequential`; `amount` of two decimals in 0 to 10,000; `label`
one of three; `age` in 0 to 120; `code` as `AB-1234`; `comment` of about 75 characters, nearly all different, some with
commas, quotes, line breaks or letters beyond ASCII; `day` a date. Clean rows touch every bound: an amount of 0 and of
10,000, an age of 0 and of 120, comments of 1 and of 200 characters, the latter of more than 200 bytes.

`--faults K` puts K rows of each kind of fault at rows spread evenly, one fault a row:

    COLUMN.missing   no value: an empty cell, a null
    id.type, age.type, amount.type   `unknown`, `12.5`; `unknown`, `inf`, `1,5`; only in CSV, Parquet has types
    id.unique        the id of the row before
    amount.range, age.range          just outside: -0.01, 10000.01; -1, 121
    label.class      `mixed`, `Neutral`
    code.pattern     `AB-123`, `ab-1234`, `AB-12345`, `xAB-1234`
    comment.length   201 characters
    day.type         `2023-02-30`, `31.12.2023`, `yesterday`; not in Parquet with `--day date`, where days are days

Left out on purpose is what readers disagree on, so that no peer is blamed for it: ` 12`, `1e2` and `0x1F` as whole
numbers, `2023-1-5` as a day, digits of other scripts in `code`. Made with numpy 2.4 and pyarrow 26.
"""

import argparse
import json
import os

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

GROUP = 1 << 20
LABELS = ["negative", "neutral", "positive"]
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
COLUMNS = ["id", "amount", "label", "age", "code", "comment", "day"]
FAULTS = {
    "id.missing": [None],
    "id.type": ["unknown", "12.5"],
    "id.unique": [None],
    "amount.missing": [None],
    "amount.type": ["unknown", "inf", "1,5"],
    "amount.range": [-0.01, 10000.01],
    "label.missing": [None],
    "label.class": ["mixed", "Neutral"],
    "age.missing": [None],
    "age.type": ["unknown", "12.5"],
    "age.range": [-1, 121],
    "code.missing": [None],
    "code.pattern": ["AB-123", "ab-1234", "AB-12345", "xAB-1234"],
    "comment.missing": [None],
    "comment.length": ["x" * 201, "é" * 201],
    "day.missing": [None],
    "day.type": ["2023-02-30", "31.12.2023", "yesterday"],
}


def identity(row, sequential):
    """Ids that stand once: the row, or a bijection of 32 bits of it (Knuth's multiplicative hash)."""
    return row if sequential else (row * 2654435761 + 12345) % (1 << 32)


def places(rows, faults):
    """For each kind the rows, from 0, that have it; one fault a row and never two rows in a row."""
    step = rows // max(1, faults * len(FAULTS))
    if faults and step < 2:
        raise SystemExit(f"{faults} faults of {len(FAULTS)} kinds need {2 * faults * len(FAULTS)} rows")
    spots = np.arange(faults * len(FAULTS), dtype=np.int64) * step + step // 2
    return {kind: spots[index :: len(FAULTS)].tolist() for index, kind in enumerate(FAULTS)}


class Pools:
    """What texts are put together from; drawn once a seed."""

    def __init__(self, seed):
        rng = np.random.default_rng([seed, 1 << 40])
        word = lambda: "".join(rng.choice(list("abcdefghijklmnoprstuvwyzé"), rng.integers(2, 9)))
        words = [word() for _ in range(2000)]
        phrases = [" ".join(rng.choice(words, rng.integers(1, 8))) for _ in range(4096)]
        for index, mark in [(8, ', "so" '), (40, ","), (97, "\n")]:
            for place in range(index, len(phrases), 16 * index):
                phrases[place] = mark.join([phrases[place][:25], phrases[place][25:30]])
        self.phrases = pa.array([phrase[:60] for phrase in phrases])
        self.pairs = pa.array([a + b for a in LETTERS for b in LETTERS])
        self.digits = pa.array([f"{number:04d}" for number in range(10_000)])
        self.labels = pa.array(LABELS)
        first = np.datetime64("2015-01-01")
        self.days = pa.array([str(first + np.timedelta64(day, "D")) for day in range(4000)])


def edged(values, row, edges):
    """Values with one of `edges` at every 9,973rd row of the whole file."""
    for index, edge in enumerate(edges):
        values[np.flatnonzero(row % 9973 == index)] = edge
    return values


def chunk(first, count, seed, pools, sequential):
    """The clean columns of so many rows from row `first`, as typed arrays; days are texts."""
    rng = np.random.default_rng([seed, first])
    # Drawn for a whole group, so that the last group of a file is the beginning of a longer one.
    draw = lambda high: rng.integers(0, high, GROUP)[:count]
    take = lambda pool, high: pc.take(pool, pa.array(draw(high)))
    row = np.arange(first, first + count, dtype=np.int64)
    amount = edged(draw(1_000_001) / 100.0, row, [0.0, 10_000.0])
    age = edged(draw(121), row, [0, 120])
    code = pc.binary_join_element_wise(take(pools.pairs, 676), take(pools.digits, 10_000), "-")
    parts = [take(pools.phrases, len(pools.phrases)) for _ in range(3)]
    comment = pc.binary_join_element_wise(*parts, " ")
    edge = {0: "é" * 200, 1: "x"}
    mask = row % 9973 < len(edge)
    edges = pa.array([edge[place] for place in (row[mask] % 9973).tolist()], pa.string())
    comment = pc.replace_with_mask(comment, pa.array(mask), edges)
    return {
        "id": pa.array(identity(row, sequential)),
        "amount": pa.array(amount),
        "label": take(pools.labels, len(LABELS)),
        "age": pa.array(age),
        "code": code,
        "comment": comment,
        "day": take(pools.days, 4000),
    }


def put(array, spots, values):
    """`array` with `values` at `spots`, its own type kept."""
    mask = np.zeros(len(array), dtype=bool)
    mask[spots] = True
    return pc.replace_with_mask(array, pa.array(mask), pa.array(values, array.type))


def broken(columns, first, found, kinds, sequential, as_text):
    """The columns with the faults of `kinds` that fall into these rows."""
    count = len(columns["id"])
    for kind in kinds:
        spots = [(n, row) for n, row in enumerate(found[kind]) if first <= row < first + count]
        if not spots:
            continue
        column = kind.split(".")[0]
        if kind == "id.unique":
            values = [identity(row - 1, sequential) for _, row in spots]
        else:
            values = [FAULTS[kind][n % len(FAULTS[kind])] for n, _ in spots]
        if as_text:
            values = [None if value is None else str(value) for value in values]
        columns[column] = put(columns[column], [row - first for _, row in spots], values)
    return columns


def csv_text(array):
    """Cells as RFC 4180 has them: quoted where they must be, empty where missing."""
    array = pc.fill_null(array, "")
    quoted = pc.binary_join_element_wise('"', pc.replace_substring(array, '"', '""'), '"', "")
    return pc.if_else(pc.match_substring_regex(array, '[",\r\n]'), quoted, array)


def csv_lines(columns):
    """The rows as bytes."""
    cells = [csv_text(columns[name]) for name in COLUMNS]
    cells[-1] = pc.binary_join_element_wise(cells[-1], "\n", "")
    lines = pc.binary_join_element_wise(*cells, ",")
    _, offsets, data = lines.buffers()
    ends = np.frombuffer(offsets, dtype=np.int32)
    return memoryview(data)[ends[lines.offset] : ends[lines.offset + len(lines)]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("prefix")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--faults", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--formats", default="csv,parquet")
    parser.add_argument("--codec", default="zstd", choices=["zstd", "snappy"])
    parser.add_argument("--day", default="text", choices=["text", "date"])
    parser.add_argument("--ids", default="scrambled", choices=["scrambled", "sequential"])
    given = parser.parse_args()
    formats, sequential = given.formats.split(","), given.ids == "sequential"
    found = places(given.rows, given.faults)
    typed = [kind for kind in FAULTS if kind not in ("id.type", "amount.type", "age.type")]
    if given.day == "date":
        typed.remove("day.type")
    kinds = {"csv": list(FAULTS), "parquet": typed}
    types = dict.fromkeys(COLUMNS, pa.string()) | {"id": pa.int64(), "amount": pa.float64(), "age": pa.int64()}
    types |= {"day": pa.date32()} if given.day == "date" else {}
    paths = {form: f"{given.prefix}.{form}" for form in formats}
    pools = Pools(given.seed)
    csv = parquet = None
    if "csv" in formats:
        csv = open(paths["csv"], "wb")
        csv.write((",".join(COLUMNS) + "\n").encode())
    if "parquet" in formats:
        parquet = pq.ParquetWriter(paths["parquet"], pa.schema(types), compression=given.codec)
    for first in range(0, given.rows, GROUP):
        clean = chunk(first, min(GROUP, given.rows - first), given.seed, pools, sequential)
        if csv:
            texts = {name: pc.cast(array, pa.string()) for name, array in clean.items()}
            csv.write(csv_lines(broken(texts, first, found, kinds["csv"], sequential, True)))
        if parquet:
            columns = broken(dict(clean), first, found, kinds["parquet"], sequential, False)
            arrays = [pc.cast(columns[name], types[name]) for name in COLUMNS]
            parquet.write_table(pa.table(arrays, pa.schema(types)), row_group_size=GROUP)
    for file in (csv, parquet):
        if file:
            file.close()
    told = {
        form: {
            "path": path,
            "bytes": os.path.getsize(path),
            "faults": {kind: [row + 1 for row in found[kind]] for kind in kinds[form]},
        }
        for form, path in paths.items()
    }
    print(json.dumps({"rows": given.rows, "seed": given.seed, "files": told}))


if __name__ == "__main__":
    main()
