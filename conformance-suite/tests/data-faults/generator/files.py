"""Cases of whole files and of the standard: broken and hostile files, licences, provenance, age, size, clean twins."""

import datetime
import struct

import pyarrow

from . import formats as f
from .case import case

TRAIN, TEST, CALLS, FROZEN = "train.csv", "test.csv", "calls.jsonl", "frozen.csv"
SMALL = "branches.csv"
TABLE, TWIN = "parcels.parquet", "parcels.arrow"
BROKEN, LIMIT = "error * malformed_data", "error * limit_exceeded"
BILLION = 10**9


# ---- CSV and JSON lines ----------------------------------------------------------------------------------------------


def line_of(data, row):
    """Where a row of a file without line breaks in cells begins and ends."""
    lines = data.split(b"\n")
    start = sum(len(line) + 1 for line in lines[:row])
    return start, start + len(lines[row])


def edited(name, what, file, row, change, *expected):
    """A case of one row's bytes; row 0 is the header."""

    @case(name, what, *expected)
    def _(bench):
        data = bench.bytes[file]
        start, end = line_of(data, row)
        bench.bytes[file] = data[:start] + change(data[start:end]) + data[end:]


def raw(name, what, file, change, *expected):
    """A case of a file's bytes."""

    @case(name, what, *expected)
    def _(bench):
        bench.bytes[file] = change(bench.bytes[file])


edited("ragged-long", "a row has a cell too many", SMALL, 7, lambda line: line + b",x", BROKEN)
edited("ragged-short", "a row has a cell too few", SMALL, 12, lambda line: line[: line.rindex(b",")], BROKEN)
edited("quote-open", "a quote is never closed", SMALL, 10, lambda line: line.replace(b",", b',"', 1), BROKEN)
edited("quote-followed", "text follows a closing quote", SMALL, 11, lambda line: line.replace(b",", b',"a"', 1), BROKEN)
edited(
    "header-twice",
    "a column stands twice in the header",
    SMALL,
    0,
    lambda line: line.replace(b"remark", b"name"),
    BROKEN,
)
raw("empty-file", "the file has no bytes", CALLS, lambda _: b"", BROKEN)
raw(
    "compressed",
    "the file is a gzip stream",
    SMALL,
    lambda _: bytes.fromhex("1f8b08000000000000ff4b040043beb7e801000000"),
    BROKEN,
)
edited(
    "json-key-twice", "an object has a key twice", CALLS, 10, lambda line: line.replace(b'"note"', b'"text"'), BROKEN
)
edited(
    "json-deep",
    "an undeclared value is 5,000 lists deep",
    CALLS,
    20,
    lambda line: line[:-1] + b', "x": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    BROKEN,
)
edited("json-list", "a line is a list", CALLS, 30, lambda _: b"[1, 2]", BROKEN)
edited("json-two-objects", "a line holds two objects", CALLS, 31, lambda line: line + line, BROKEN)
edited(
    "json-nan",
    "a number is NaN, which JSON has not",
    CALLS,
    32,
    lambda line: line[: line.index(b'"duration": ') + 12] + b'NaN, "urgent": false, "channel": "chat", "note": null}',
    BROKEN,
)
raw("json-truncated", "the last line breaks off", CALLS, lambda data: data[:-40], BROKEN)


@case(
    "column-absent",
    "the test split has no column `site`",
    "SCHEMA-1 missing_column site",
    "error DRIFT-4 missing_column",
)
def _(bench):
    bench.write(TEST, columns=[name for name in bench.rows(TEST)[0] if name != "site"])


def endless(name, what, file, length):
    @case(name, what, LIMIT)
    def _(bench):
        bench.make.append(f"line {length} {file}")
        bench.bytes[file] = None


endless("line-of-a-gigabyte", "a CSV row of 1,000,000,000 bytes", TEST, 10**9)
endless("line-of-twenty-megabytes", "a JSON line of 20,000,000 bytes", CALLS, 20_000_000)


# ---- Parquet and Arrow -----------------------------------------------------------------------------------------------


def metadata(name, what, change, *expected):
    """A case of numbers in a Parquet footer."""

    @case(name, what, *expected)
    def _(bench):
        tree, _ = f.footer(bench.bytes[TABLE])
        change(tree)
        bench.bytes[TABLE] = f.with_footer(bench.bytes[TABLE], tree)


def first_chunk(tree):
    return f.chunks(tree)[0]


def all_counts(tree):
    f.put(tree, 3, BILLION)
    f.put(f.get(tree, 4)[1][0], 3, BILLION)
    for chunk in f.chunks(tree):
        f.put(chunk, 5, BILLION)


EITHER = f"{BROKEN}|limit_exceeded"
raw("parquet-truncated", "the last third of the file is lost", TABLE, lambda data: data[: len(data) * 2 // 3], BROKEN)
raw(
    "parquet-footer-long",
    "the footer is said to be longer than the file",
    TABLE,
    lambda data: data[:-8] + struct.pack("<I", 2**31 - 1) + b"PAR1",
    BROKEN,
)
raw(
    "parquet-footer-noise",
    "the footer's bytes are all 0xFF",
    TABLE,
    lambda data: data[: f.footer(data)[1]] + b"\xff" * (len(data) - 8 - f.footer(data)[1]) + data[-8:],
    BROKEN,
)
metadata(
    "parquet-values",
    "a column of 60 values is said to have a billion",
    lambda tree: f.put(first_chunk(tree), 5, BILLION),
    BROKEN,
)
metadata("parquet-values-all", "all counts of the footer say a billion; the pages hold 60", all_counts, EITHER)
metadata("parquet-rows-more", "the file is said to have 61 rows, its group 60", lambda tree: f.put(tree, 3, 61), BROKEN)
metadata(
    "parquet-rows-fewer",
    "the group is said to have 30 rows, its columns 60",
    lambda tree: (f.put(tree, 3, 30), f.put(f.get(tree, 4)[1][0], 3, 30)),
    BROKEN,
)
metadata("parquet-rows-negative", "the file is said to have -1 rows", lambda tree: f.put(tree, 3, -1), BROKEN)
metadata(
    "parquet-page-outside",
    "a page is said to begin behind the file's end",
    lambda tree: f.put(first_chunk(tree), 9, 2**40),
    BROKEN,
)
metadata(
    "parquet-chunk-size",
    "a column is said to take 2^40 bytes",
    lambda tree: (f.put(first_chunk(tree), 6, 2**40), f.put(first_chunk(tree), 7, 2**40)),
    BROKEN,
)


def page_header(name, what, change, compression="none"):
    """A case of the page header of the weights; what stands behind it moves, and so do the offsets."""

    @case(name, what, EITHER)
    def _(bench):
        table = pyarrow.Table.from_pylist(bench.base.rows_of["parcels"])
        data = f.write_parquet(table, compression=compression)
        tree, _ = f.footer(data)
        weights = f.chunks(tree)[1]
        start = f.get(weights, 9)
        header, end = f.page(data, start)
        unpacked = f.get(header, 2)
        change(header)
        written = f.thrift(header)
        moved = len(written) - (end - start)
        f.put(weights, 6, f.get(weights, 6) + moved + f.get(header, 2) - unpacked)
        f.put(weights, 7, f.get(weights, 7) + moved)
        for chunk in f.chunks(tree)[2:]:
            f.put(chunk, 9, f.get(chunk, 9) + moved)
        bench.bytes[TABLE] = f.with_footer(data[:start] + written + data[end:], tree)


page_header(
    "parquet-page-values",
    "a page of 60 values is said to hold a billion",
    lambda header: f.put(f.get(header, 5), 1, BILLION),
)
page_header(
    "parquet-page-size",
    "a compressed page of a few bytes is said to unpack to 2 GiB",
    lambda header: f.put(header, 2, 2**31 - 1),
    "gzip",
)
page_header("parquet-page-negative", "a page is said to have -1 bytes", lambda header: f.put(header, 3, -1))


@case("parquet-list-long", "the footer's list of columns is said to have 2^30 entries", BROKEN)
def _(bench):
    data = bench.bytes[TABLE]
    tree, at = f.footer(data)
    schema = next(f.thrift(value, kind) for field, kind, value in tree if field == 2)
    short, long = schema[:1], bytes([0xF0 | schema[0] & 15]) + f.varint(2**30)
    written = data[at:-8]
    assert written.count(schema) == 1
    written = written.replace(schema, long + schema[len(short) :])
    bench.bytes[TABLE] = data[:at] + written + struct.pack("<I", len(written)) + b"PAR1"


@case("parquet-billion-nulls", "a billion nulls in a few hundred bytes; no count contradicts another", EITHER)
def _(bench):
    bench.bytes[TABLE] = f.nulls_only([("id", 2), ("weight", 5), ("place", 6), ("fragile", 0)], BILLION)


raw("arrow-truncated", "the second half of the file is lost", TWIN, lambda data: data[: len(data) // 2], BROKEN)
raw(
    "arrow-footer-long",
    "the footer is said to be longer than the file",
    TWIN,
    lambda data: data[:-10] + struct.pack("<i", 2**31 - 1) + data[-6:],
    BROKEN,
)
raw(
    "arrow-footer-negative",
    "the footer is said to have -1 bytes",
    TWIN,
    lambda data: data[:-10] + struct.pack("<i", -1) + data[-6:],
    BROKEN,
)
raw(
    "arrow-footer-noise",
    "the footer's bytes are all 0xFF",
    TWIN,
    lambda data: (
        data[: -10 - struct.unpack("<i", data[-10:-6])[0]] + b"\xff" * struct.unpack("<i", data[-10:-6])[0] + data[-10:]
    ),
    BROKEN,
)


# ---- Licences and provenance -----------------------------------------------------------------------------------------


def declared(name, what, dataset, source, key, value, *expected):
    """A case of one fact of a source; None takes it out."""

    @case(name, what, *expected)
    def _(bench):
        facts = bench.sources[dataset][source]
        facts.pop(key)
        if value is not None:
            facts[key] = value


declared(
    "licence-non-commercial",
    "a source for a commercial purpose is CC-BY-NC-4.0",
    "tickets",
    "letters",
    "licence",
    "CC-BY-NC-4.0",
    "LIC-1 licence_conflict letters",
)
declared(
    "licence-non-commercial-alike",
    "the public texts are CC-BY-NC-SA-4.0",
    "corpus",
    "articles",
    "licence",
    "CC-BY-NC-SA-4.0",
    "LIC-2 licence_conflict articles",
)
declared(
    "licence-no-changes",
    "a source forbids changed copies: CC-BY-ND-4.0",
    "tickets",
    "forms",
    "licence",
    "CC-BY-ND-4.0",
    "LIC-1 licence_conflict forms",
)
declared(
    "clean-licence-choice",
    "a source offers a choice, of which one licence fits",
    "tickets",
    "letters",
    "licence",
    "CC-BY-NC-4.0 OR CC-BY-4.0",
)
declared(
    "licence-unknown",
    "a licence is on no list",
    "tickets",
    "forms",
    "licence",
    "CC-BYE-4.0",
    "LIC-1 unknown_licence forms",
)
declared(
    "licence-words",
    "a licence is told in words",
    "corpus",
    "articles",
    "licence",
    "free for everybody, see the file COPYING",
    "LIC-2 unknown_licence articles",
)
declared(
    "licence-absent",
    "a source has no licence",
    "tickets",
    "letters",
    "licence",
    None,
    "LIC-1 unknown_licence letters",
    "SRC-1 missing_source letters",
)
for fact in ["consent", "purpose", "method", "period"]:
    declared(
        f"{fact}-absent",
        f"a source does not say its {fact}",
        "tickets",
        "forms",
        fact,
        None,
        "SRC-1 missing_source forms",
    )
declared(
    "consent-empty",
    "the consent of a source is an empty text",
    "tickets",
    "letters",
    "consent",
    "",
    "SRC-1 missing_source letters",
)


def two_licences(name, what, one, two, *expected):
    @case(name, what, *expected)
    def _(bench):
        for source, licence in zip(["forms", "letters"], [one, two], strict=True):
            bench.sources["tickets"][source]["licence"] = licence


two_licences(
    "licences-at-odds",
    "what is made of both sources would have to be under two licences at once",
    "CC-BY-SA-4.0",
    "GPL-2.0-only",
    "LIC-1 licence_conflict letters",
)
two_licences(
    "clean-licences-agree",
    "what is made of both sources can be under GPL-3.0",
    "CC-BY-SA-4.0",
    "GPL-3.0-only",
)


@case(
    "sources-absent",
    "nothing is said of where the public texts come from",
    "LIC-2 unknown_licence",
    "SRC-2 missing_source",
)
def _(bench):
    bench.sources["corpus"] = {}


# ---- Age, digest, size -----------------------------------------------------------------------------------------------


@case("stale", "the tickets are held against a day two years later", "FRESH-1 -")
def _(bench):
    bench.on = "2028-11-01"


@case("stale-rows", "all tickets are two years older", "FRESH-1 -")
def _(bench):
    for file in (TRAIN, TEST):
        for row in bench.rows(file):
            row["day"] = str(datetime.date.fromisoformat(row["day"]) - datetime.timedelta(730))


@case("digest-of-another-file", "the standard cites another digest", "DIGEST-1 digest_mismatch")
def _(bench):
    bench.sha256 = "0" * 63 + "1"


raw(
    "digest-one-byte",
    "one letter of the frozen file is another",
    FROZEN,
    lambda data: data.replace(b"market", b"Market", 1),
    "DIGEST-1 digest_mismatch",
)
raw(
    "digest-line-break",
    "the frozen file has lost its last line break",
    FROZEN,
    lambda data: data[:-1],
    "DIGEST-1 digest_mismatch",
)


def shorter(name, what, rows, *expected):
    @case(name, what, *expected)
    def _(bench):
        del bench.rows(TEST)[rows:]


shorter("rows-few", "the test split has 120 rows", 120, "SIZE-1 -")
shorter("rows-fewer-than-declared", "the test split has 60 rows", 60, "SIZE-1 -", "SCHEMA-1 row_count")


@case("rows-bar-raised", "the standard asks for more rows than there are", "SIZE-1 -")
def _(bench):
    bench.least = 250


@case("rows-lost-in-parquet", "the Parquet file has lost its last row", "SIZE-3 -")
def _(bench):
    bench.bytes[TABLE] = f.write_parquet(pyarrow.Table.from_pylist(bench.base.rows_of["parcels"][:-1]))


@case("bytes-many", "an undeclared key makes the calls twice as large", "SIZE-2 -")
def _(bench):
    for row in bench.rows(CALLS):
        row["trace"] = "0" * 380


# ---- Clean twins -----------------------------------------------------------------------------------------------------

raw("clean-crlf", "lines end as on Windows", SMALL, lambda data: data.replace(b"\n", b"\r\n"))
raw("clean-byte-order-mark", "one byte-order mark", SMALL, lambda data: b"\xef\xbb\xbf" + data)
raw(
    "clean-blank-lines",
    "empty lines between rows and at the end",
    CALLS,
    lambda data: data.replace(b'}\n{"id": 60', b'}\n\n\n{"id": 60') + b"\n\n",
)
raw("clean-no-last-line-break", "the last line does not end", CALLS, lambda data: data[:-1])
raw(
    "clean-json-escapes",
    "letters are written as JSON escapes",
    CALLS,
    lambda data: data.replace(b"The caller", b"\\u0054he call\\u0065r"),
)


@case("clean-reordered", "the rows stand in another order")
def _(bench):
    bench.rows(TEST).reverse()


@case("clean-keys-reordered", "the keys of every other call stand in another order")
def _(bench):
    rows = bench.rows(CALLS)
    rows[::2] = [dict(reversed(row.items())) for row in rows[::2]]


@case("clean-columns-reordered", "the columns stand in another order")
def _(bench):
    bench.write(SMALL, columns=sorted(bench.rows(SMALL)[0]))


@case("clean-all-quoted", "every cell is quoted")
def _(bench):
    bench.write(SMALL, quote=True)


@case("clean-line-break-in-text", "texts hold line breaks, quotes and tabs")
def _(bench):
    for row, words in [(17, "\nYours truly"), (18, 'I said "never" twice.'), (19, "First:\tsecond.\r\nThird.")]:
        bench.add_to_text(TEST, row, words)


@case("clean-extra-column", "a column that the standard does not declare")
def _(bench):
    for at, row in enumerate(bench.rows(SMALL)):
        row["keeper"] = "" if at % 2 else "seen"


@case("clean-optional-absent", "the training split has no column `audited`, which is optional")
def _(bench):
    bench.write(TRAIN, columns=[name for name in bench.rows(TRAIN)[0] if name != "audited"])


def typed(rows):
    kinds = {"id": int, "amount": float, "area": float, "parking": lambda text: text == "true"}
    return [{name: kinds.get(name, str)(value) if value else None for name, value in row.items()} for row in rows]


@case("clean-parquet-for-csv", "the test split is a Parquet file under the same name")
def _(bench):
    bench.bytes[TEST] = f.write_parquet(pyarrow.Table.from_pylist(typed(bench.base.rows_of[TEST])))


@case("clean-json-for-csv", "a CSV file is JSON lines under the same name")
def _(bench):
    bench.bytes[SMALL] = f.write_jsonl(typed(bench.base.rows_of[SMALL]))


@case("clean-arrow-for-csv", "a CSV file is an Arrow file under the same name")
def _(bench):
    bench.bytes[SMALL] = f.write_arrow(pyarrow.Table.from_pylist(typed(bench.base.rows_of[SMALL])))


@case("clean-parquet-groups", "four row groups, statistics, narrow numbers")
def _(bench):
    table = pyarrow.Table.from_pylist(bench.base.rows_of["parcels"])
    table = table.set_column(0, "id", table["id"].cast(pyarrow.int32()))
    bench.bytes[TABLE] = f.write_parquet(table, row_group_size=15, write_statistics=True, version="2.6")


@case("clean-parquet-compressed", "dictionaries and Snappy, as most programs write by default")
def _(bench):
    table = pyarrow.Table.from_pylist(bench.base.rows_of["parcels"])
    bench.bytes[TABLE] = f.write_parquet(table, compression="snappy", use_dictionary=True, version="2.6")


@case("clean-arrow-batches", "four record batches")
def _(bench):
    bench.bytes[TWIN] = f.write_arrow(pyarrow.Table.from_pylist(bench.base.rows_of["parcels"]), 15)


@case("clean-long-text", "a text of exactly 400 characters, accents counted once")
def _(bench):
    more = [
        bench.get(TEST, 25, "text"),
        "The clerk rêva of a thousand sheets, counted each drawer anew, lost track of some, and left me a bill for it.",
        "Then came one more form, asked for by nobody, filled in by candle light, signed, stamped, mislaid and found.",
        "Hence this letter, which nobody need answer unless they feel so inclined" + "!" * 400,
    ]
    bench.set(TEST, 25, "text", " ".join(more)[:400])
