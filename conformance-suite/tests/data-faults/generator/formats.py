"""Files as bytes: writers, strict readers that are not the checker's, and Thrift's compact protocol, in which Parquet's
footer and page headers are written, so that a fault can be put into a single number.

A reader returns (columns, rows); a cell is a text, a number, a truth value or None. It raises Unreadable.
"""

import io
import json
import struct

import pyarrow
import pyarrow.ipc
import pyarrow.parquet


class Unreadable(Exception):
    """What can be read in two ways, or not at all."""


def cell(text, always=False):
    quoted = always or any(char in text for char in ',"\n\r')
    return '"' + text.replace('"', '""') + '"' if quoted else text


def write_csv(rows, columns=None, end="\n", quote=False):
    columns = columns or list(rows[0])
    lines = [columns, *([row[column] for column in columns] for row in rows)]
    return "".join(",".join(cell(str(value), quote) for value in line) + end for line in lines).encode()


def write_jsonl(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def text_of(data):
    try:
        return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as fault:
        raise Unreadable("not UTF-8") from fault


def read_csv(data):
    text = text_of(data)
    if "\0" in text:
        raise Unreadable("a zero byte")
    records, record, value, state = [], [], "", "start"
    for char in text + "\n":
        if state == "quoted":
            state, value = ("closing", value) if char == '"' else ("quoted", value + char)
        elif char == '"' and state in ("start", "closing"):
            value, state = value + ('"' if state == "closing" else ""), "quoted"
        elif char == ",":
            record, value, state = [*record, value], "", "start"
        elif char in "\r\n":
            if record or value or state != "start":
                records.append([*record, value])
            record, value, state = [], "", "start"
        elif state == "closing":
            raise Unreadable("text behind a closing quote")
        else:
            value, state = value + char, "plain"
    if state == "quoted":
        raise Unreadable("a quote is never closed")
    if not records or any(len(one) != len(records[0]) for one in records):
        raise Unreadable("no header, or a ragged row")
    header = records[0]
    if len(set(header)) != len(header):
        raise Unreadable("a column twice")
    return header, [{name: one or None for name, one in zip(header, record)} for record in records[1:]]


def members(pairs):
    if len({key for key, _ in pairs}) != len(pairs):
        raise Unreadable("a key twice")
    return dict(pairs)


def depth(line):
    deepest = now = 0
    for char in line:
        now += (char in "[{") - (char in "]}")
        deepest = max(deepest, now)
    return deepest


def read_jsonl(data):
    def constant(word):
        raise Unreadable(word)

    rows = []
    for line in text_of(data).split("\n"):
        if not line.strip():
            continue
        if depth(line) > 127:
            raise Unreadable("too deep")
        try:
            row = json.loads(line, object_pairs_hook=members, parse_constant=constant)
            json.dumps(row, ensure_ascii=False).encode()
        except (json.JSONDecodeError, UnicodeEncodeError) as fault:
            raise Unreadable("no JSON") from fault
        if not isinstance(row, dict):
            raise Unreadable("no object")
        rows.append(row)
    columns = list(dict.fromkeys(key for row in rows for key in row))
    return columns, [{column: row.get(column) for column in columns} for row in rows]


def read_columnar(data, is_parquet):
    if is_parquet:
        agrees(data)
    try:
        if is_parquet:
            table = pyarrow.parquet.read_table(io.BytesIO(data))
        else:
            table = pyarrow.ipc.open_file(io.BytesIO(data)).read_all()
    except (pyarrow.ArrowException, OSError) as fault:
        raise Unreadable(str(fault)) from fault
    return table.column_names, table.to_pylist()


def read(data):
    """The table, and whether its cells have kinds of their own; the format is told by the first bytes."""
    if not data:
        raise Unreadable("empty")
    if data.startswith(b"PAR1") or data.startswith(b"ARROW1"):
        return read_columnar(data, data.startswith(b"PAR1")), True
    is_json = data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
    return (read_jsonl if is_json else read_csv)(data), is_json


# ---- Parquet and Arrow -----------------------------------------------------------------------------------------------


def write_parquet(table, **options):
    sink = io.BytesIO()
    settings = {
        "compression": "none",
        "use_dictionary": False,
        "store_schema": False,
        "write_statistics": False,
        "version": "1.0",
    }
    pyarrow.parquet.write_table(table, sink, **{**settings, **options})
    return sink.getvalue()


def write_arrow(table, rows=None):
    sink = io.BytesIO()
    with pyarrow.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)
    return sink.getvalue()


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


class Thrift:
    """Reads a struct as a list of [field, type, value]; lists are (type, values)."""

    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def byte(self):
        self.at += 1
        return self.data[self.at - 1]

    def number(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def value(self, kind):
        if kind in (1, 2):
            return kind == 1
        if kind == 3:
            return self.byte()
        if kind in (4, 5, 6):
            value = self.number()
            return value >> 1 ^ -(value & 1)
        if kind in (7, 8):
            length = 8 if kind == 7 else self.number()
            self.at += length
            return self.data[self.at - length : self.at]
        if kind in (9, 10):
            head = self.byte()
            count, of = head >> 4, head & 15
            count = self.number() if count == 15 else count
            return of, [self.byte() if of in (1, 2) else self.value(of) for _ in range(count)]
        if kind == 12:
            return self.struct()
        raise ValueError(kind)

    def struct(self):
        fields, field = [], 0
        while head := self.byte():
            field = field + (head >> 4) if head >> 4 else self.value(4)
            fields.append([field, head & 15, self.value(head & 15)])
        return fields


def thrift(value, kind=12):
    """The bytes of what Thrift read."""
    if kind in (1, 2):
        return b""
    if kind == 3:
        return bytes([value])
    if kind in (4, 5, 6):
        return varint((value << 1) ^ (value >> 63))
    if kind in (7, 8):
        return value if kind == 7 else varint(len(value)) + value
    if kind in (9, 10):
        of, items = value
        head = bytes([len(items) << 4 | of]) if len(items) < 15 else bytes([0xF0 | of]) + varint(len(items))
        return head + b"".join(bytes([item]) if of in (1, 2) else thrift(item, of) for item in items)
    out, last = b"", 0
    for field, of, item in value:
        step = field - last
        out += bytes([step << 4 | of]) if 0 < step < 16 else bytes([of]) + thrift(field, 4)
        out, last = out + thrift(item, of), field
    return out + b"\0"


def get(struct, field):
    return next(item[2] for item in struct if item[0] == field)


def put(struct, field, value):
    next(item for item in struct if item[0] == field)[2] = value


def footer(data):
    """The file's metadata and where they begin."""
    length = struct.unpack("<I", data[-8:-4])[0]
    if not data.endswith(b"PAR1") or length > len(data) - 12:
        raise Unreadable("no footer")
    try:
        return Thrift(data, len(data) - 8 - length).struct(), len(data) - 8 - length
    except (IndexError, ValueError) as fault:
        raise Unreadable("the footer is no Thrift") from fault


def with_footer(data, metadata):
    """The file with other metadata."""
    written = thrift(metadata)
    return data[: footer(data)[1]] + written + struct.pack("<I", len(written)) + b"PAR1"


def chunks(metadata):
    """Every column chunk's metadata."""
    return [get(chunk, 3) for group in get(metadata, 4)[1] for chunk in get(group, 1)[1]]


def page(data, start):
    """The header of the page that begins at `start`, and where its values begin."""
    if not 4 <= start < len(data):
        raise Unreadable("a page stands outside of the file")
    reader = Thrift(data, start)
    try:
        header = reader.struct()
    except (IndexError, ValueError) as fault:
        raise Unreadable("a page header is no Thrift") from fault
    if {1, 2, 3} - {item[0] for item in header}:
        raise Unreadable("a page header lacks a field")
    return header, reader.at


MOST_ROWS = 50_000_000
# Times its bytes; Deflate ends at about 1,032.
MOST_UNPACKED = 100_000


def start_of(chunk):
    """Where a chunk begins: at its dictionary, where it has one."""
    return get(chunk, 11) if any(item[0] == 11 for item in chunk) else get(chunk, 9)


def values_of(data, chunk):
    """How many values the pages of a chunk say they hold."""
    at, held = start_of(chunk), 0
    end = at + get(chunk, 7)
    if end > len(data):
        raise Unreadable("a column is longer than the file")
    while at < end:
        header, start = page(data, at)
        unpacked, packed = get(header, 2), get(header, 3)
        if min(unpacked, packed) < 0 or start + packed > end or unpacked > MOST_UNPACKED * max(1, packed):
            raise Unreadable("a page is longer than its column, or unpacks to more than any codec gives")
        # Data pages of either version; a dictionary holds no rows.
        held += sum(get(item[2], 1) for item in header if item[0] in (5, 8))
        at = start + packed
    return held


def agrees(data):
    """Raises where the counts of a flat Parquet file contradict one another, or ask for too much."""
    metadata, end = footer(data)
    rows = get(metadata, 3)
    if rows != sum(get(group, 3) for group in get(metadata, 4)[1]) or not 0 <= rows <= MOST_ROWS:
        raise Unreadable("the rows of the groups are not those of the file, or more than can be asked for")
    for group in get(metadata, 4)[1]:
        for chunk in (get(chunk, 3) for chunk in get(group, 1)[1]):
            if get(chunk, 5) != get(group, 3) or start_of(chunk) + get(chunk, 7) > end:
                raise Unreadable("a column has another number of values than its group, or goes beyond the file")
            if values_of(data, chunk) != get(chunk, 5):
                raise Unreadable("the pages hold another number of values than their column")


def nulls_only(columns, rows):
    """A whole Parquet file of optional columns without any value: so many rows cost a few bytes."""
    out, written, levels = b"PAR1", [], varint(rows << 1) + b"\0"
    for name, kind in columns:
        body = struct.pack("<I", len(levels)) + levels
        data_page = [[1, 5, rows], [2, 5, 0], [3, 5, 3], [4, 5, 3]]
        header = thrift([[1, 5, 0], [2, 5, len(body)], [3, 5, len(body)], [5, 12, data_page]])
        size, start = len(header) + len(body), len(out)
        out += header + body
        meta = [[1, 5, kind], [2, 9, (5, [0, 3])], [3, 9, (8, [name.encode()])], [4, 5, 0], [5, 6, rows]]
        meta += [[6, 6, size], [7, 6, size], [9, 6, start]]
        written.append([[2, 6, start], [3, 12, meta]])
    schema = [[[4, 8, b"schema"], [5, 5, len(columns)]]]
    for name, kind in columns:
        # A byte array is declared a text.
        text = [[6, 5, 0]] if kind == 6 else []
        schema.append([[1, 5, kind], [3, 5, 1], [4, 8, name.encode()], *text])
    group = [[1, 9, (12, written)], [2, 6, len(out)], [3, 6, rows]]
    end = thrift([[1, 5, 1], [2, 9, (12, schema)], [3, 6, rows], [4, 9, (12, [group])]])
    return out + end + struct.pack("<I", len(end)) + b"PAR1"
