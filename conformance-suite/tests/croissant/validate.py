"""Holds Croissant files against the reference implementation: reads each, then the first ten records of each record set.

    pip install mlcroissant==1.1.1
    python validate.py valid.json broken.json --data ../../../examples/sentiment/data

Prints one line a file: `ok` or `refused`, the number of records read of each record set, and all that is wrong. Exit 1
where a file is refused. The data files are looked up by their contentUrl in `--data`, by default beside the
description; none is ever fetched: a description that names an address is read, and its records are not.

`valid.json` and `broken.json` describe the data of examples/sentiment (C.J. Hutto, MIT; LICENSE.vaderSentiment.txt
beside the data). The broken one has a wrong sha256 of `test.csv` and a column `lable` that `train.csv` lacks.
Written against mlcroissant 1.1.1 with rdflib 7.6.0, pandas 3.1.1 and Python 3.11.
"""

import argparse
import itertools
import json
import logging
import pathlib
import shutil
import sys
import tempfile

import mlcroissant

RECORDS = 10


def is_remote(url):
    return url.lower().startswith(("http://", "https://"))


def addresses(description):
    distribution = description.get("distribution", [])
    entries = distribution if isinstance(distribution, list) else [distribution]
    return [entry["contentUrl"] for entry in entries if entry.get("contentUrl")]


def reason(error):
    """The innermost sentence, which names the fault."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"


def validate(path, data):
    """The version, the number of records read of each record set, what is wrong, and what is warned of."""
    description = json.loads(path.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        shutil.copy(path, folder / "croissant.json")
        remote = False
        for url in addresses(description):
            if is_remote(url):
                remote = True
            elif ".." not in pathlib.PurePosixPath(url).parts and not url.startswith("/") and (data / url).is_file():
                (folder / url).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(data / url, folder / url)
        dataset = mlcroissant.Dataset(folder / "croissant.json")
        read, wrong = {}, []
        for record_set in [] if remote else dataset.metadata.record_sets:
            try:
                records = itertools.islice(dataset.records(record_set.uuid), RECORDS)
                read[record_set.uuid] = sum(1 for _ in records)
            except Exception as error:  # noqa: BLE001, the library raises many kinds
                wrong.append(f"{record_set.uuid}: {reason(error)}")
        warnings = sorted(" ".join(warning.split()) for warning in dataset.metadata.ctx.issues.warnings)
    return dataset.metadata.ctx.conforms_to.value, read, wrong, warnings


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    parser.add_argument("--data", type=pathlib.Path, help="the folder of the data files")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    refused = False
    for path in arguments.files:
        try:
            version, read, wrong, warnings = validate(path, arguments.data or path.parent)
            counts = " ".join(f"{name}={count}" for name, count in read.items()) or "no records read"
            told = "".join(f"; warns: {warning}" for warning in warnings)
            print(f"{path.name}: {'refused' if wrong else 'ok'}, {version}, {counts}{told}", *wrong, sep="; ")
            refused = refused or bool(wrong)
        except Exception as error:  # noqa: BLE001, the library raises many kinds
            refused = True
            print(f"{path.name}: refused, {reason(error)}")
    sys.exit(1 if refused else 0)


if __name__ == "__main__":
    main()
