"""Near duplicates among texts by datasketch's MinHashLSH: seconds, memory, pairs and recall against known pairs.

    python near_peers.py [--texts 1000000] [--measure 100000] [--full] [--write PREFIX] [--format csv|jsonl]
                         [--threshold 0.8] [--share 0.1] [--seed 1] [--processes 1] [--hash sha1|crc32] [--out FILE]

Without `--full` the first `--measure` texts are measured, with it all `--texts` as well. `--write` writes the `--texts`
as PREFIX.csv or PREFIX.jsonl (`id`, `text`) and the known pairs as PREFIX.pairs.csv (`first`, `second`, `jaccard`; ids
count from 1), and measures nothing unless `--full` stands beside it.

Texts are 30 to 50 words of 20,000 made-up ones, drawn by Zipf's law. A `--share` of the texts is a copy, changed or
not, of another one in the same 10,000, so that a shorter run is the beginning of a longer one, and no text is in two
pairs. Changes in turn: none, the last word replaced, two words appended, the first two left out, the third word from
the end replaced, one word in the middle replaced. A pair is known if the Jaccard similarity of the two sets of
shingles, of five words each, is at least the threshold; that is computed exactly. The last change gives about 0.75, so
these are pairs that must not be found at 0.8.

datasketch is used as its documentation has it: `MinHash.generator`, the lazy form of `MinHash.bulk`, with 128
permutations, then for each text a query and an insertion; its candidates are then held against the exact similarity,
as it advises. It has no threads: `--processes` shares out the hashing, the index stays in one process. `--hash crc32`
takes a cheaper hash than its default. Seconds are from texts in memory to pairs. Made with datasketch 2.0.0.
"""

import argparse
import importlib.metadata
import json
import multiprocessing
import os
import resource
import time
import zlib

import numpy as np
from datasketch import MinHash, MinHashLSH

BLOCK = 10_000
WORDS = 20_000
SHINGLE = 5
PERMUTATIONS = 128
CHUNK = 1_000
# Recall is told for similarities from each of these to the next.
LOWS = [0.8, 0.85, 0.95]
HASHES = {"sha1": {}, "crc32": {"hashfunc": zlib.crc32}}


# Texts ----------------------------------------------------------------------------------------------------------------


def vocabulary(seed):
    rng = np.random.default_rng([seed, 1])
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    words = set()
    while len(words) < WORDS:
        words.add("".join(rng.choice(letters, rng.integers(2, 11))))
    return sorted(words)


def changed(kind, words, other):
    """A copy of the words; `other` are three words more."""
    copy = list(words)
    if kind == 1:
        copy[-1] = other[0]
    elif kind == 2:
        copy += other[:2]
    elif kind == 3:
        copy = copy[2:]
    elif kind == 4:
        copy[-3] = other[0]
    elif kind == 5:
        copy[len(copy) // 2] = other[0]
    return copy


def block(number, seed, share, words, ends):
    """The texts of a block and its pairs (first, second), from 0 in the block."""
    rng = np.random.default_rng([seed, 2, number])
    lengths = rng.integers(30, 51, BLOCK)
    drawn = np.searchsorted(ends, rng.random(int(lengths.sum()) + 3 * BLOCK))
    rows, place = [], 0
    for length in lengths.tolist():
        rows.append([words[word] for word in drawn[place : place + length].tolist()])
        place += length
    copies = int(BLOCK * share)
    order = rng.permutation(BLOCK)[: 2 * copies].tolist()
    pairs = []
    for n in range(copies):
        first, second = sorted(order[2 * n : 2 * n + 2])
        other = [words[word] for word in drawn[place + 3 * n : place + 3 * n + 3].tolist()]
        rows[second] = changed(n % 6, rows[first], other)
        pairs.append((first, second))
    return [" ".join(row) for row in rows], pairs


def texts(count, seed, share, threshold):
    """Texts, and the known pairs with their similarity; both count from 0."""
    words = vocabulary(seed)
    # Ranks from 10 on: the first words of Zipf's law would stand in every text.
    weights = 1.0 / np.arange(10, WORDS + 10)
    ends = np.cumsum(weights / weights.sum())
    ends[-1] = 1.0
    rows, known = [], {}
    for number in range(-(-count // BLOCK)):
        made, pairs = block(number, seed, share, words, ends)
        base = number * BLOCK
        rows += made
        for first, second in pairs:
            similarity = jaccard(made[first], made[second])
            if similarity >= threshold and base + second < count:
                known[base + first, base + second] = similarity
    return rows[:count], known


def shingles(text):
    words = text.split(" ")
    return {" ".join(words[start : start + SHINGLE]) for start in range(max(1, len(words) - SHINGLE + 1))}


def jaccard(one, other):
    one, other = shingles(one), shingles(other)
    return len(one & other) / len(one | other)


def write(prefix, form, rows, known):
    with open(f"{prefix}.{form}", "w", encoding="utf-8", newline="") as file:
        if form == "csv":
            file.write("id,text\n")
            # Words are letters alone: nothing needs quotes.
            file.writelines(f"{n},{text}\n" for n, text in enumerate(rows, 1))
        else:
            file.writelines(json.dumps({"id": n, "text": text}) + "\n" for n, text in enumerate(rows, 1))
    with open(f"{prefix}.pairs.csv", "w", encoding="utf-8") as file:
        file.write("first,second,jaccard\n")
        file.writelines(f"{a + 1},{b + 1},{similarity:.6f}\n" for (a, b), similarity in sorted(known.items()))


# datasketch -----------------------------------------------------------------------------------------------------------


def sketches(given):
    """The hash values of so many texts."""
    rows, hashing = given
    sets = ([shingle.encode() for shingle in shingles(text)] for text in rows)
    return np.array([m.hashvalues for m in MinHash.generator(sets, num_perm=PERMUTATIONS, **HASHES[hashing])])


def hashed(rows, hashing, processes):
    """The hash values of all texts, some texts at a time."""
    chunks = ((rows[start : start + CHUNK], hashing) for start in range(0, len(rows), CHUNK))
    if processes == 1:
        yield from map(sketches, chunks)
        return
    with multiprocessing.Pool(processes) as pool:
        yield from pool.imap(sketches, chunks)


def found(rows, threshold, hashing, processes):
    """Candidates (first, second), the seconds to hash, to index, and in all."""
    lsh = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)
    sketch = MinHash(num_perm=PERMUTATIONS, **HASHES[hashing])
    candidates, key, indexing = set(), 0, 0.0
    begun = time.perf_counter()
    for values in hashed(rows, hashing, processes):
        start = time.perf_counter()
        for row in values:
            # The index keeps slices of the values, never the sketch.
            sketch.hashvalues = row
            candidates.update((earlier, key) for earlier in lsh.query(sketch))
            lsh.insert(key, sketch, check_duplication=False)
            key += 1
        indexing += time.perf_counter() - start
    seconds = time.perf_counter() - begun
    return candidates, (seconds - indexing, indexing, seconds), (lsh.b, lsh.r)


def resident():
    """The most memory this process held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(rows, known, given):
    before, cpu = resident(), time.process_time()
    candidates, (hashing, indexing, seconds), bands = found(rows, given.threshold, given.hash, given.processes)
    begun = time.perf_counter()
    pairs = {pair for pair in candidates if jaccard(rows[pair[0]], rows[pair[1]]) >= given.threshold}
    verifying = time.perf_counter() - begun
    hit = len(pairs & known.keys())
    told = {
        "texts": len(rows),
        "known": len(known),
        "candidates": len(candidates),
        "pairs": len(pairs),
        "recall": hit / len(known) if known else 1.0,
        "unplanted": len(pairs - known.keys()),
        "bands": bands,
        "seconds": seconds + verifying,
        "parts": {"hashing": hashing, "index": indexing, "verifying": verifying},
        "cpu_of_this_process": time.process_time() - cpu,
        "peak_mib": resident(),
        "before_mib": before,
    }
    for low, high in zip(LOWS, LOWS[1:] + [2.0]):
        part = {pair for pair, similarity in known.items() if low <= similarity < high}
        told[f"recall_{low}"] = len(pairs & part) / len(part) if part else None
    return told


def show(told, threshold):
    parts = ", ".join(f"{name} {seconds:.1f}" for name, seconds in told["parts"].items())
    print(f"{told['texts']} texts: {told['seconds']:.1f} s ({parts})")
    print(f"  {told['cpu_of_this_process']:.1f} s of processor, without that of other processes of ours")
    print(f"  {told['candidates']} candidates, {told['pairs']} pairs of at least {threshold}, {told['known']} known")
    ranges = ", ".join(f"from {low}: {told[f'recall_{low}']:.4f}" for low in LOWS if told[f"recall_{low}"] is not None)
    print(f"  recall {told['recall']:.4f}; by similarity {ranges}")
    print(f"  {told['peak_mib']:.0f} MiB at most, {told['before_mib']:.0f} before; {told['bands']} bands of rows")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=1_000_000)
    parser.add_argument("--measure", type=int, default=100_000)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--write")
    parser.add_argument("--format", default="csv", choices=["csv", "jsonl"])
    parser.add_argument("--threshold", type=float, default=0.8)
    parser.add_argument("--share", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--hash", default="sha1", choices=list(HASHES))
    parser.add_argument("--out")
    given = parser.parse_args()
    if not 0 <= given.share <= 0.5:
        raise SystemExit("--share is 0 to 0.5: no text is in two pairs")
    sizes = [] if given.write and not given.full else [min(given.measure, given.texts)]
    sizes += [given.texts] if given.full else []
    rows, known = texts(given.texts if given.write else max(sizes), given.seed, given.share, given.threshold)
    if given.write:
        write(given.write, given.format, rows, known)
        print(f"{len(rows)} texts, {len(known)} known pairs")
    runs = []
    for size in sizes:
        part = {pair: similarity for pair, similarity in known.items() if pair[1] < size}
        told = measured(rows[:size], part, given)
        runs.append(told)
        show(told, given.threshold)
    version = importlib.metadata.version("datasketch")
    print(f"datasketch {version}, {given.hash}, {given.processes} processes")
    print(f"{os.getloadavg()[0]:.1f} processes wanted the {os.cpu_count()} processors in the last minute")
    if given.out:
        with open(given.out, "w") as file:
            told = {"datasketch": version, "hash": given.hash, "processes": given.processes, "runs": runs}
            json.dump(told, file, indent=1)


if __name__ == "__main__":
    main()
