"""The same rules over the same file by DuckDB, polars, pandera and Great Expectations: seconds, memory, verdicts.

    python rules_peers.py FILE.csv|FILE.parquet [--tools duckdb,polars,pandera,gx] [--threads 2] [--repeat 3]
                          [--expect DATA.json] [--out result.json]

The rules: `id: int, unique`, `amount: real in 0..=10_000`, `label: class {negative, neutral, positive}`,
`age: int in 0..=120`, `code: text, matches "[A-Z]{2}-\\d{4}"`, `comment: text, length in 1..=200`, `day: date`, nothing
missing, at least one row. A verdict is the number of rows that break each rule. A cell is judged once: a missing one is
only missing, one of the wrong type is only that; of a repeated id the rows after the first are at fault. All tools must
give the same verdict, and with `--expect`, the line that rules_data.py printed, the known one; else the exit code is 1.

Each tool runs in a process of its own. Seconds are from opening the file to the verdict, without starting Python and
importing; the shortest of `--repeat` runs counts (Great Expectations runs once). `cpu` are the process's seconds on all
processors in that run: on a busy machine they say more than the wall. `peak` is the most memory resident after the
first run, `base` what importing alone took; pages of a mapped file count. The file is read once before, so that it is
in the page cache for all.

Each tool is used as well as its documentation allows: DuckDB by one statement over one scan; polars by one lazy
`collect` on the streaming engine (`polars-memory`: the other engine); pandera by its polars backend on a frame;
Great Expectations 1.x by its pandas engine on a frame. Where a reader can itself refuse a cell of the wrong type, the
typed reader comes first, and only a file that it refuses is read again as texts, whose cells are then counted.

Made with duckdb 2.0.1, polars 2.1.0, pandera 0.35.0, great_expectations 1.24.1, pandas 3.1.1, pyarrow 26.0.1.
"""

import argparse
import importlib.metadata
import json
import os
import resource
import subprocess
import sys
import time

COLUMNS = ["id", "amount", "label", "age", "code", "comment", "day"]
TYPED = ["id", "amount", "age", "day"]
LABELS = ["negative", "neutral", "positive"]
RULES = ["id.missing", "id.type", "id.unique", "amount.missing", "amount.type", "amount.range", "label.missing"]
RULES += ["label.class", "age.missing", "age.type", "age.range", "code.missing", "code.pattern", "comment.missing"]
RULES += ["comment.length", "day.missing", "day.type", "rows.count"]
PATTERN = r"[A-Z]{2}-\d{4}"
# DuckDB casts '12.5' to 13 and '1e2' to 100: a whole number must be told by its digits.
WHOLE = "[+-]?[0-9]+"


# DuckDB ---------------------------------------------------------------------------------------------------------------


def duckdb_source(path, text):
    """The scan, and how a column is read as a value of its type."""
    plain = {name: name for name in COLUMNS}
    if not path.endswith(".csv"):
        return "read_parquet(?)", plain | {"day": "try_cast(day as date)"}
    types = dict.fromkeys(COLUMNS, "VARCHAR") | ({} if text else {"amount": "DOUBLE", "day": "DATE"})
    told = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
    dialect = """header = true, delim = ',', quote = '"', escape = '"', auto_detect = false"""
    scan = f"read_csv(?, {dialect}, columns = {{{told}}})"
    whole = lambda name: f"case when regexp_full_match({name}, '{WHOLE}') then try_cast({name} as bigint) end"
    cast = {"amount": "try_cast(amount as double)", "day": "try_cast(day as date)"} if text else {}
    return scan, plain | cast | {"id": whole("id"), "age": whole("age")}


def duckdb_statement(path, text):
    scan, read = duckdb_source(path, text)
    broken = {f"{name}.missing": f"{name} is null" for name in COLUMNS}
    broken |= {f"{name}.type": f"{name} is not null and {name}_ is null" for name in ["id", "age", "day"]}
    broken |= {
        "amount.type": "amount is not null and (amount_ is null or not isfinite(amount_))",
        "amount.range": "isfinite(amount_) and amount_ not between 0 and 10000",
        "label.class": "label not in ('negative', 'neutral', 'positive')",
        "age.range": "age_ not between 0 and 120",
        "code.pattern": f"not regexp_full_match(code, '{PATTERN}')",
        "comment.length": "length(comment) not between 1 and 200",
    }
    counts = [f'count(*) filter ({condition}) as "{rule}"' for rule, condition in broken.items()]
    counts.append('count(id_) - count(distinct id_) as "id.unique"')
    counts.append('case when count(*) < 1 then 1 else 0 end as "rows.count"')
    typed = ", ".join(f"{read[name]} as {name}_" for name in TYPED)
    return f"select {', '.join(counts)} from (select *, {typed} from {scan})"


def run_duckdb(path, threads):
    import duckdb

    connection = duckdb.connect(config={"threads": threads})
    try:
        answer = connection.execute(duckdb_statement(path, False), [path])
        row = answer.fetchall()[0]
    except duckdb.ConversionException:
        answer = connection.execute(duckdb_statement(path, True), [path])
        row = answer.fetchall()[0]
    return {column[0]: value for column, value in zip(answer.description, row)}


# polars ---------------------------------------------------------------------------------------------------------------


def polars_types(text):
    import polars as pl

    types = dict.fromkeys(COLUMNS, pl.String)
    return types if text else types | {"id": pl.Int64, "amount": pl.Float64, "age": pl.Int64, "day": pl.Date}


def polars_typed(frame):
    """Adds `COLUMN_`, the value of its type and null where there is none, for every typed column."""
    import polars as pl

    amount = pl.col("amount").cast(pl.Float64, strict=False)
    kinds = frame.collect_schema()
    day = pl.col("day").str.to_date("%Y-%m-%d", strict=False) if kinds["day"] == pl.String else pl.col("day")
    return frame.with_columns(
        id_=pl.col("id").cast(pl.Int64, strict=False),
        amount_=pl.when(amount.is_finite()).then(amount),
        age_=pl.col("age").cast(pl.Int64, strict=False),
        day_=day,
    )


def polars_counts(frame):
    import polars as pl

    column = pl.col
    counts = {f"{name}.missing": column(name).null_count() for name in COLUMNS}
    counts |= {f"{name}.type": column(f"{name}_").null_count() - column(name).null_count() for name in TYPED}
    counts |= {
        "id.unique": column("id_").count() - column("id_").drop_nulls().n_unique(),
        "amount.range": (~column("amount_").is_between(0, 10_000)).sum(),
        "label.class": (~column("label").is_in(LABELS)).sum(),
        "age.range": (~column("age_").is_between(0, 120)).sum(),
        "code.pattern": (~column("code").str.contains(rf"\A{PATTERN}\z")).sum(),
        "comment.length": (~column("comment").str.len_chars().is_between(1, 200)).sum(),
        "rows.count": (pl.len() < 1).cast(pl.Int64),
    }
    # Counts are unsigned, and a difference must not wrap.
    return frame.select(**{rule: count.cast(pl.Int64) for rule, count in counts.items()})


def run_polars(path, threads, engine="streaming"):
    import polars as pl

    def verdict(text):
        scan = pl.scan_csv(path, schema=polars_types(text)) if path.endswith(".csv") else pl.scan_parquet(path)
        return polars_counts(polars_typed(scan)).collect(engine=engine).row(0, named=True)

    try:
        return verdict(False)
    except pl.exceptions.ComputeError:
        return verdict(True)


def run_polars_memory(path, threads):
    return run_polars(path, threads, "in-memory")


# pandera --------------------------------------------------------------------------------------------------------------


def run_pandera(path, threads):
    import pandera.polars as pa
    import polars as pl

    try:
        frame = pl.read_csv(path, schema=polars_types(False)) if path.endswith(".csv") else pl.read_parquet(path)
        kept = frame.schema["day"] == pl.Date and frame["amount"].is_finite().all()
    except pl.exceptions.ComputeError:
        frame, kept = pl.read_csv(path, schema=polars_types(True)), False
    if not kept:
        # Coercion by the schema tells an unfit cell but leaves the column as it was, and no other rule of it is
        # checked then; so columns are converted before, and what does not convert is a column of its own.
        fits = {f"{name}_fits": pl.col(name).is_null() | pl.col(f"{name}_").is_not_null() for name in TYPED}
        # As texts, since NaN is a missing number to pandera.
        texts = {name: pl.col(name).cast(pl.String) for name in TYPED}
        frame = polars_typed(frame).with_columns(**fits).with_columns(**texts)
    value = (lambda name: name) if kept else (lambda name: f"{name}_")
    fit = {} if kept else {f"{name}_fits": pa.Column(pl.Boolean, pa.Check.eq(True)) for name in TYPED}
    missing = {} if kept else {name: pa.Column(nullable=False) for name in TYPED}
    null = not kept
    schema = pa.DataFrameSchema(
        missing
        | {
            value("id"): pa.Column(pl.Int64, unique=True, nullable=null),
            value("amount"): pa.Column(pl.Float64, pa.Check.in_range(0, 10_000), nullable=null),
            value("age"): pa.Column(pl.Int64, pa.Check.in_range(0, 120), nullable=null),
            value("day"): pa.Column(pl.Date, nullable=null),
            "label": pa.Column(pl.String, pa.Check.isin(LABELS)),
            "code": pa.Column(pl.String, pa.Check.str_matches(f"^{PATTERN}$")),
            "comment": pa.Column(pl.String, pa.Check.str_length(1, 200)),
        }
        | fit
    )
    verdict = dict.fromkeys(RULES, 0) | {"rows.count": int(frame.height < 1)}
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        case = pl.col("failure_case").drop_nulls()
        cases = error.failure_cases.group_by("column", "check")
        for told in cases.agg(rows=pl.len(), repeats=case.count() - case.n_unique()).to_dicts():
            rule = pandera_rule(told["column"], told["check"])
            # All rows of a repeated value are told there, and missing values as repeated ones.
            verdict[rule] += told["repeats"] if rule == "id.unique" else told["rows"]
    return verdict


def pandera_rule(column, check):
    name = column.split("_")[0]
    kinds = {"not_nullable": "missing", "field_uniqueness": "unique", "in_range": "range", "isin": "class"}
    kinds |= {"str_matches": "pattern", "str_length": "length", "equal_to": "type"}
    return f"{name}.{kinds[check.split('(')[0]]}"


# Great Expectations ---------------------------------------------------------------------------------------------------


def gx_frame(path):
    """A frame whose typed columns have their types, beside `COLUMN_text` where a cell did not fit."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.csv as pc

    def read(types):
        # pandas does not pass on that cells may hold line breaks.
        types = dict.fromkeys(COLUMNS, pa.string()) | types
        convert = pc.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=True)
        parse = pc.ParseOptions(newlines_in_values=True)
        return pc.read_csv(path, parse_options=parse, convert_options=convert).to_pandas()

    days = lambda column: pd.to_datetime(column, format="%Y-%m-%d", errors="coerce")
    if not path.endswith(".csv"):
        frame = pd.read_parquet(path)
        if pd.api.types.is_string_dtype(frame["day"]):
            frame = frame.rename(columns={"day": "day_text"}).assign(day=lambda f: days(f["day_text"]))
        return frame
    try:
        frame = read({"id": pa.int64(), "amount": pa.float64(), "age": pa.int64()})
        frame = frame.rename(columns={"day": "day_text"}).assign(day=lambda f: days(f["day_text"]))
        if not frame["amount"].isin([float("inf"), float("-inf")]).any():
            return frame
    except (ValueError, TypeError):
        pass
    frame = read({}).rename(columns={name: f"{name}_text" for name in TYPED})
    # 64-bit floats hold whole numbers up to 2^53.
    number = {name: pd.to_numeric(frame[f"{name}_text"], errors="coerce") for name in ["id", "amount", "age"]}
    whole = {name: number[name].where(number[name] % 1 == 0) for name in ["id", "age"]}
    finite = number["amount"].where(number["amount"].abs() < float("inf"))
    return frame.assign(**whole, amount=finite, day=days(frame["day_text"]))


def run_gx(path, threads):
    import great_expectations as gx
    import great_expectations.expectations as gxe
    from great_expectations.data_context.types.base import ProgressBarsConfig

    frame = gx_frame(path)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("rows")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch(batch_parameters={"dataframe": frame})
    rules = {f"{name}.missing": gxe.ExpectColumnValuesToNotBeNull(column=name) for name in COLUMNS}
    for name in TYPED:
        if f"{name}_text" in frame:
            rules[f"{name}.type"] = rules[f"{name}.missing"]
            rules[f"{name}.missing"] = gxe.ExpectColumnValuesToNotBeNull(column=f"{name}_text")
    rules |= {
        "id.unique": gxe.ExpectColumnValuesToBeUnique(column="id"),
        "amount.range": gxe.ExpectColumnValuesToBeBetween(column="amount", min_value=0, max_value=10_000),
        "label.class": gxe.ExpectColumnValuesToBeInSet(column="label", value_set=LABELS),
        "age.range": gxe.ExpectColumnValuesToBeBetween(column="age", min_value=0, max_value=120),
        "code.pattern": gxe.ExpectColumnValuesToMatchRegex(column="code", regex=rf"^{PATTERN}\Z"),
        "comment.length": gxe.ExpectColumnValueLengthsToBeBetween(column="comment", min_value=1, max_value=200),
        "rows.count": gxe.ExpectTableRowCountToBeBetween(min_value=1),
    }
    for rule, expectation in rules.items():
        expectation.meta = {"rule": rule}
    suite = gx.ExpectationSuite("rules", expectations=list(rules.values()))
    verdict = dict.fromkeys(RULES, 0)
    for told in batch.validate(suite, result_format="COMPLETE").results:
        rule = told.expectation_config.meta["rule"]
        if told.exception_info.get("raised_exception"):
            raise RuntimeError(f"{rule}: {told.exception_info.get('exception_message')}")
        count = told.result.get("unexpected_count", 0 if told.success else 1)
        if rule == "id.unique" and count:
            # All rows of a repeated value are told there.
            count -= len(set(told.result["unexpected_list"]))
        verdict[rule] = count
    for name in TYPED:
        if f"{name}_text" in frame:
            verdict[f"{name}.type"] -= verdict[f"{name}.missing"]
    return verdict


# The bench ------------------------------------------------------------------------------------------------------------

TOOLS = {
    "duckdb": (run_duckdb, ["duckdb"]),
    "polars": (run_polars, ["polars"]),
    "polars-memory": (run_polars_memory, ["polars"]),
    "pandera": (run_pandera, ["pandera", "polars"]),
    "gx": (run_gx, ["great_expectations", "pandas", "pyarrow"]),
}
IMPORTS = {
    "duckdb": ["duckdb"],
    "polars": ["polars"],
    "polars-memory": ["polars"],
    "pandera": ["pandera.polars", "polars"],
    "gx": ["great_expectations.expectations", "pandas", "pyarrow"],
}


def resident():
    """The most memory that this process held, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def child(tool, path, threads, repeat):
    """One tool, in this process; prints what it took and said."""
    for module in IMPORTS[tool]:
        importlib.import_module(module)
    if tool == "gx":
        import pyarrow

        pyarrow.set_cpu_count(threads)
    run, packages = TOOLS[tool]
    told = {"versions": {name: importlib.metadata.version(name) for name in packages}, "base_kib": resident()}
    runs = []
    for _ in range(repeat):
        wall, cpu = time.perf_counter(), time.process_time()
        verdict = run(path, threads)
        runs.append({"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu})
        told.setdefault("peak_kib", resident())
        assert told.setdefault("verdict", verdict) == verdict, "one tool says two things of one file"
    best = min(runs, key=lambda run: run["seconds"])
    print(json.dumps(told | best | {"runs": runs, "verdict": {rule: int(verdict[rule]) for rule in RULES}}))


def measured(tool, given):
    """What a process of its own says of the tool."""
    many = {name: str(given.threads) for name in ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    environment = os.environ | many | {"GX_ANALYTICS_ENABLED": "false"}
    repeat = 1 if tool == "gx" else given.repeat
    command = [sys.executable, __file__, given.file, "--child", tool, "--threads", str(given.threads)]
    process = subprocess.Popen(command + ["--repeat", str(repeat)], env=environment, stdout=subprocess.PIPE, text=True)
    printed = process.stdout.read()
    # Of this child alone: RUSAGE_CHILDREN would give the largest of all children so far.
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{tool} failed with exit code {process.returncode}")
    return json.loads(printed.splitlines()[-1]) | {"peak_of_all_runs_kib": usage.ru_maxrss}


def agree(results, expected):
    """Prints verdicts side by side; whether all are the same."""
    columns = {tool: told["verdict"] for tool, told in results.items()} | ({"known": expected} if expected else {})
    print(f"{'rows that break':<16}" + "".join(f"{name:>14}" for name in columns))
    same = True
    for rule in RULES:
        counts = [verdict[rule] for verdict in columns.values()]
        same &= len(set(counts)) == 1
        mark = "" if len(set(counts)) == 1 else "  differ"
        print(f"{rule:<16}" + "".join(f"{count:>14}" for count in counts) + mark)
    return same


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--tools", default="duckdb,polars,pandera,gx")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--expect")
    parser.add_argument("--out")
    parser.add_argument("--child", choices=list(TOOLS), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        return child(given.child, given.file, given.threads, given.repeat)
    unknown = set(given.tools.split(",")) - set(TOOLS)
    if unknown:
        raise SystemExit(f"no such tools: {', '.join(sorted(unknown))}; there are {', '.join(TOOLS)}")
    expected = None
    if given.expect:
        with open(given.expect) as file:
            faults = json.load(file)["files"][given.file.rsplit(".", 1)[-1]]["faults"]
        expected = {rule: len(faults.get(rule, [])) for rule in RULES}
    with open(given.file, "rb") as file:
        while file.read(1 << 24):
            pass
    results = {tool: measured(tool, given) for tool in given.tools.split(",")}
    same = agree(results, expected)
    print(f"\n{'':<16}{'seconds':>10}{'cpu':>10}{'peak MiB':>10}{'base MiB':>10}")
    for tool, told in results.items():
        memory = "".join(f"{told[key] / 1024:>10.0f}" for key in ("peak_kib", "base_kib"))
        versions = " ".join(f"{name} {version}" for name, version in told["versions"].items())
        print(f"{tool:<16}{told['seconds']:>10.3f}{told['cpu']:>10.3f}{memory}  {versions}")
    load = f"{os.getloadavg()[0]:.1f} processes wanted the {os.cpu_count()} processors in the last minute"
    print(f"{given.threads} threads; {load}")
    if given.out:
        with open(given.out, "w") as file:
            json.dump({"file": given.file, "threads": given.threads, "agree": same, "tools": results}, file, indent=1)
    if not same:
        sys.exit("the verdicts differ")


if __name__ == "__main__":
    main()
