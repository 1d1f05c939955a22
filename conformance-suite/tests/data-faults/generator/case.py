"""How a case is written: a function that changes a bench of clean files, and what must be told of it, by hand.

In an expectation `{}` stands for the rows that the function says it changed.
"""

import copy

from .clauses import World
from .formats import write_csv, write_jsonl

CASES = {}


def case(name, what, *expected):
    """Registers a case; without expectations it is a clean twin."""

    def keep(change):
        assert name not in CASES, name
        CASES[name] = (what, expected, change)
        return change

    return keep


class Bench(World):
    """A copy of the clean world. Rows are changed in `rows(file)`, bytes in `bytes[file]`; numbers count from 1."""

    def __init__(self, base, files):
        super().__init__(files)
        self.sha256, self.base, self.changed, self.make = base.sha256, base, {}, []

    def rows(self, file):
        if file not in self.changed:
            self.changed[file] = copy.deepcopy(self.base.rows_of[file])
        return self.changed[file]

    def set(self, file, number, name, value):
        self.rows(file)[number - 1][name] = value

    def get(self, file, number, name):
        return self.rows(file)[number - 1][name]

    def add_to_text(self, file, number, words, name="text"):
        self.set(file, number, name, f"{self.get(file, number, name)} {words}")

    def write(self, file, **options):
        """Writes changed rows as CSV in another way than the usual."""
        self.bytes[file] = write_csv(self.rows(file), **options)
        self.changed.pop(file)

    def replace(self, file, old, new):
        """Changes bytes at the one place where they stand."""
        assert self.bytes[file].count(old) == 1, (file, old)
        self.bytes[file] = self.bytes[file].replace(old, new)

    def finish(self):
        for file, rows in self.changed.items():
            self.bytes[file] = (write_jsonl if file.endswith(".jsonl") else write_csv)(rows)


class CleanWorld(World):
    """The clean files, with the rows that they were written from."""

    def __init__(self, files, rows_of):
        super().__init__(files)
        self.rows_of = rows_of
