"""The corpus of injected data faults: clean data, a standard over them, and one folder a fault.

`python make.py` writes base/, standard.lms, reads.txt and its own folders in cases/ beside itself; `--check` writes
nothing and says what differs; `--values` also lists all expectations. It needs the standard library and pyarrow. The
stored files were written by Python 3.11.7 and pyarrow 26.0.1; another pyarrow may write Parquet and Arrow otherwise.

What must be told of a case is written by hand beside the code that injects the fault. Before anything is written, the
clauses are decided in plain Python (`generator/measures.py`: own readers, own Jaccard index, own Luhn, own counts), and
what fails there must be what was expected, clause by clause and row by row. The checker is not asked.
"""

import hashlib
import pathlib
import shutil
import sys

import pyarrow

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from generator import cells, files, rows  # noqa: F401, E402 (they register cases)
from generator.case import CASES, Bench, CleanWorld  # noqa: E402
from generator.clauses import clauses, evaluate, standard  # noqa: E402
from generator.clean import all_tables  # noqa: E402
from generator.declared import FAULTS, FILES  # noqa: E402
from generator.formats import write_arrow, write_csv, write_jsonl, write_parquet  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
LARGEST = 100_000


def base_world():
    tables = all_tables()
    parcels = pyarrow.Table.from_pylist(tables["parcels"])
    written = {
        name: (write_csv if name.endswith("csv") else write_jsonl)(tables[name]) for name in tables if "." in name
    }
    written |= {"parcels.parquet": write_parquet(parcels), "parcels.arrow": write_arrow(parcels)}
    world = CleanWorld(written, tables)
    world.sha256 = hashlib.sha256(written["frozen.csv"]).hexdigest()
    return world


def told_by(expected, found):
    """Expectations as written, with the rows that the case says it changed."""
    numbers = ",".join(map(str, found or []))
    assert all(("{}" in line) <= bool(found) for line in expected)
    return [line.replace("{}", numbers) for line in expected]


def parsed(line):
    """(is an error, clause, faults, places)."""
    words = line.split(" ")
    is_error = words[0] == "error"
    clause, faults, *places = words[is_error:]
    assert set(faults.split("|")) <= set(FAULTS), line
    return is_error, clause, faults, places[0].split(",") if places else []


def hold(name, lines, told, world, files_changed):
    """Holds expectations against what plain Python found."""
    wanted = []
    for line in lines:
        is_error, clause, faults, places = parsed(line)
        if clause == "*":
            (file,) = files_changed
            over = [one for one, _, splits, *_ in clauses(world) if any(FILES[split] == file for split in splits)]
            wanted += [(one, "error *", []) for one in over]
        else:
            wanted.append((clause, f"error {faults}" if is_error else faults, places))
    found = [(clause, fault, [str(place) for place in places]) for clause, fault, places in told]
    if sorted(wanted) != sorted(found):
        raise SystemExit(f"{name}:\n  expected {sorted(wanted)}\n  found    {sorted(found)}")


def everything(values=False):
    """Every stored file by its path."""
    base = base_world()
    hold("base", [], evaluate(base), base, [])
    out = {"standard.lms": standard(base).encode()}
    out |= {f"base/{name}": data for name, data in base.bytes.items()}
    reads = [
        f"{name} {' '.join(dict.fromkeys(FILES[split] for split in splits))}".rstrip()
        for name, _, splits, *_ in clauses(base)
    ]
    out["reads.txt"] = "".join(line + "\n" for line in reads).encode()
    for name, (what, expected, change) in sorted(CASES.items()):
        bench = Bench(base, base.bytes)
        lines = told_by(expected, change(bench))
        bench.finish()
        changed = {file: data for file, data in bench.bytes.items() if data != base.bytes[file]}
        hold(name, lines, evaluate(bench, base), bench, changed)
        text = standard(bench)
        if text != standard(base):
            changed["standard.lms"] = text.encode()
        assert changed and (expected or name.startswith("clean-")), name
        note = [f"# {what}", *(f"make: {one}" for one in bench.make), *lines]
        out[f"cases/{name}/expect.txt"] = "".join(line + "\n" for line in note).encode()
        out |= {f"cases/{name}/{file}": data for file, data in changed.items() if data is not None}
        if values:
            print(name, *lines, sep="\n  ")
    too_large = [path for path, data in out.items() if len(data) > LARGEST]
    assert not too_large, too_large
    return out


def main():
    out = everything("--values" in sys.argv)
    faults = sum(not name.startswith("clean-") for name in CASES)
    size = sum(map(len, out.values()))
    print(f"{faults} faults, {len(CASES) - faults} clean twins, {len(out)} files, {size / 1e6:.2f} MB")
    written = {path.split("/")[1] for path in out if path.startswith("cases/")}
    others = [folder for folder in (HERE / "cases").glob("*") if folder.is_dir() and folder.name not in written]
    if others:
        print(f"left alone, written by hand: {', '.join(sorted(folder.name for folder in others))}")
    own = [HERE / "base", *(HERE / "cases" / name for name in written)]
    if "--check" in sys.argv:
        stored = [path for folder in own for path in folder.rglob("*") if path.is_file()]
        extra = [path for path in stored if path.relative_to(HERE).as_posix() not in out]
        wrong = [
            path for path, data in out.items() if not (HERE / path).is_file() or (HERE / path).read_bytes() != data
        ]
        if extra or wrong:
            raise SystemExit(f"differs: {', '.join(map(str, [*wrong, *extra]))}")
        return
    for folder in own:
        shutil.rmtree(folder, ignore_errors=True)
    for path, data in out.items():
        (HERE / path).parent.mkdir(parents=True, exist_ok=True)
        (HERE / path).write_bytes(data)


main()
