"""Cases over pictures, recordings and word vectors: `media/`, and the folders `media-*` of `cases/`.

    python media.py

writes them again. Needs numpy and Pillow; made with numpy 2.4.6 and Pillow 12.3.0. What each preparation must give is
computed here, with Pillow's resize and numpy's arithmetic in single precision, and not by the checker; so is the root over
a folder's files. The expectations are written by hand.
"""

import hashlib
import io
import pathlib
import shutil
import struct
import unicodedata
import wave

import numpy as np
from PIL import Image

HERE = pathlib.Path(__file__).resolve().parent
SPECIES = ["finch", "robin", "wren"]
MEAN, STD = [0.4, 0.5, 0.6], [0.2, 0.25, 0.3]
WORDS = ["ship", "sea", "whale", "wind", "harbour", "café", "no.5"]
NOTES = [
    "The ship left the harbour",
    "Ｗｉｎｄ from the  sea",
    "A whale, seen near the café",
    "WHALE and ship",
    "No.5 buoy",
    "wind wind wind",
]
SAID = ["one", "two", "three", "four", "five", "six"]


def png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels, "RGB").save(file, "PNG")
    return file.getvalue()


def wav(samples, rate=8_000):
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(samples.astype("<i2").tobytes())
    return file.getvalue()


def base():
    """Every file of the clean data by its path."""
    draw = np.random.default_rng(20_264)
    files = {}
    for split in ["photos", "photos-train"]:
        for species in SPECIES:
            for number in range(4):
                files[f"{split}/{species}/{number}.png"] = png(draw.integers(0, 256, (8, 8, 3), dtype=np.uint8))
    lines = ["path,text"]
    for number, said in enumerate(SAID):
        files[f"recordings/{number}.wav"] = wav(draw.integers(-20_000, 20_000, 400))
        lines.append(f"recordings/{number}.wav,{said}")
    files["speech.csv"] = ("\n".join(lines) + "\n").encode()
    notes = ["id,text"] + [f'{number + 1},"{text}"' for number, text in enumerate(NOTES)]
    files["notes.csv"] = ("\n".join(notes) + "\n").encode()
    table = [f"{word} " + " ".join(f"{value:.6f}" for value in draw.normal(0, 1, 3)) for word in WORDS]
    files["vectors.txt"] = ("\n".join(table) + "\n").encode()
    return files


def root(files, folder):
    """The root over the files of a folder, as runtime/src/intake/manifest.rs defines it."""
    inside = sorted((path.removeprefix(folder + "/").encode(), data) for path, data in files.items() if path.startswith(folder + "/"))
    text = b"lmstd-manifest/1 %d\n" % len(inside)
    for path, data in inside:
        text += b"%d %s %s %d\n" % (len(path), path, hashlib.sha256(data).hexdigest().encode(), len(data))
    return hashlib.sha256(text).hexdigest()


def planes(digest, shape, values):
    digest.update(b"p" + b"".join(struct.pack("<Q", size) for size in shape) + values.astype("<f4").tobytes())


def prepared_pictures(files, folder, divisor=255.0):
    """decode(rgb) resize(4, 4, bilinear) rescale(255) normalise(...)"""
    digest = hashlib.sha256()
    for path in sorted((path for path in files if path.startswith(folder + "/")), key=str.encode):
        picture = Image.open(io.BytesIO(files[path])).convert("RGB").resize((4, 4), Image.Resampling.BILINEAR)
        levels = (np.asarray(picture).transpose(2, 0, 1).astype(np.float64) / divisor).astype(np.float32)
        mean, std = (np.array(values, np.float32)[:, None, None] for values in (MEAN, STD))
        planes(digest, levels.shape, (levels - mean) / std)
    return digest.hexdigest()


def prepared_speech(files):
    """resample(8000) of recordings at that rate: the samples."""
    digest = hashlib.sha256()
    for line in files["speech.csv"].decode().splitlines()[1:]:
        with wave.open(io.BytesIO(files[line.split(",")[0]])) as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / np.float32(32_768)
        digest.update(b"s" + struct.pack("<Q", len(samples)) + samples.astype("<f4").tobytes())
    return digest.hexdigest()


def prepared_notes(files):
    """nfkc clean lower tokenise embed(...)"""
    table = {}
    for line in files["vectors.txt"].decode().splitlines():
        word, *values = line.split(" ")
        table[word] = np.array([float(value) for value in values]).astype(np.float32)
    digest = hashlib.sha256()
    for line in files["notes.csv"].decode().splitlines()[1:]:
        text = unicodedata.normalize("NFKC", line.split(",", 1)[1].strip('"'))
        words = " ".join(text.split()).lower().split()
        vectors = np.array([table.get(word, np.zeros(3, np.float32)) for word in words], np.float32).reshape(len(words), 3)
        planes(digest, (1, len(words), 3), vectors)
    return digest.hexdigest()


def standard(clean, divisor=255):
    return f"""// Written by media.py.

/// Faults of pictures, recordings and word vectors.
standard media-faults 1.0.0 {{
  title en "Injected faults of media" zh "注入的媒体数据缺陷"

  /// Small pictures of birds, in a folder for each species.
  dataset birds {{
    photo: image, role input
    species: class {{{", ".join(SPECIES)}}}, role target
    prepare photo {{
      decode(rgb)
      resize(4, 4, bilinear)
      rescale({divisor})
      normalise(mean: {MEAN}, std: {STD})
    }}
    split train from "photos-train"
    split test from "photos" {{ rows >= 10 }}
  }}

  /// Recordings of numbers, named by a table.
  dataset speech {{
    path: audio, role input
    text: text, role target
    prepare path {{ resample(8_000) }}
    split all from "speech.csv"
  }}

  /// Short notes, as vectors of words.
  dataset notes {{
    id: int, unique, role id
    text: text, role input
    prepare text {{
      nfkc
      clean
      lower
      tokenise
      embed("vectors.txt", sha256: "{hashlib.sha256(clean["vectors.txt"]).hexdigest()}")
    }}
    split all from "notes.csv"
  }}

  clause SCHEMA-1 must {{ schema(birds) }}

  clause SCHEMA-2 must {{ schema(speech) }}

  clause DIGEST-1 must {{ digest(birds.test, sha256: "{root(clean, "photos")}") }}

  clause BALANCE-1 must {{ balance(birds.test) >= 20% }}

  clause DUP-1 must {{ duplicates(birds.test) == 0 }}

  clause LEAK-1 must {{ leakage(birds) == 0 }}

  clause DUP-2 must {{ duplicates(speech.all) == 0 }}

  clause REPLAY-1 must {{ replays(birds.test, sha256: "{prepared_pictures(clean, "photos")}") }}

  clause REPLAY-2 must {{ replays(speech.all, sha256: "{prepared_speech(clean)}") }}

  clause REPLAY-3 must {{ replays(notes.all, sha256: "{prepared_notes(clean)}") }}
}}
"""


def edited(data, text, other):
    assert data.count(text.encode()) == 1
    return data.replace(text.encode(), other.encode())


def cases(clean):
    """(name, what was injected, changed files, expectations)."""
    picture = np.asarray(Image.open(io.BytesIO(clean["photos/robin/2.png"]))).copy()
    picture[3, 4, 1] ^= 128
    samples = np.frombuffer(clean["recordings/3.wav"][44:], "<i2").copy()
    samples[200] += 1
    bytes_differ = ["DIGEST-1 digest_mismatch", "REPLAY-1 digest_mismatch"]
    # Every clause that reads the pictures for testing.
    unread = [f"error {clause} malformed_data" for clause in ["SCHEMA-1", "DIGEST-1", "BALANCE-1", "DUP-1", "LEAK-1", "REPLAY-1"]]
    speech = lambda text, other: {"speech.csv": edited(clean["speech.csv"], text, other)}  # noqa: E731
    missing = ["error DUP-2 unreadable", "error REPLAY-2 not_measured"]
    return [
        ("media-clean-data", "nothing", {}, []),
        ("media-clean-hidden-file", "a hidden file beside the pictures for training", {"photos-train/.DS_Store": b"\0\0\0\1Bud1"}, []),
        (
            "media-clean-same-after-steps",
            "letters that the steps make the same",
            {"notes.csv": edited(clean["notes.csv"], "WHALE and ship", "Whale  AND \uff53hip")},
            [],
        ),
        ("media-picture-changed", "one level of one pixel", {"photos/robin/2.png": png(picture)}, bytes_differ),
        (
            "media-picture-repeated",
            "a picture stands twice, under another name",
            {"photos/robin/9.png": clean["photos/robin/2.png"]},
            [*bytes_differ, "DUP-1 duplicate_row 7,9"],
        ),
        (
            "media-picture-leaked",
            "a picture for testing was trained on, under another name and label",
            {"photos/wren/1.png": clean["photos-train/finch/3.png"]},
            [*bytes_differ, "LEAK-1 duplicate_text 4,10"],
        ),
        (
            "media-species-unknown",
            "a folder that is no declared species",
            {"photos/eagle/0.png": png(255 - picture)},
            [*bytes_differ, "SCHEMA-1 unknown_class 1"],
        ),
        ("media-species-few", "most wrens are called robins", moved(clean), [*bytes_differ, "BALANCE-1 -"]),
        ("media-note-in-folder", "a note lies among the pictures", {"photos/finch/notes.txt": b"ask Ada\n"}, unread),
        (
            "media-table-for-picture",
            "a table under the name of a picture",
            {"photos/finch/0.png": clean["notes.csv"]},
            unread,
        ),
        ("media-too-deep", "a picture lies in a folder of a folder", {"photos/finch/old/0.png": png(picture)}, unread),
        ("media-no-folder", "a picture lies in no folder of a species", {"photos/0.png": png(picture)}, unread),
        (
            "media-picture-truncated",
            "a picture ends early",
            {"photos/wren/3.png": clean["photos/wren/3.png"][:-40]},
            ["DIGEST-1 digest_mismatch", "error REPLAY-1 not_measured"],
        ),
        (
            "media-picture-huge",
            "a picture of 60,000 by 60,000 pixels, by its header",
            {"photos/wren/3.png": huge(clean["photos/wren/3.png"])},
            ["DIGEST-1 digest_mismatch", "error REPLAY-1 not_measured"],
        ),
        (
            "media-recording-changed",
            "one sample",
            {"recordings/3.wav": wav(samples)},
            ["REPLAY-2 digest_mismatch"],
        ),
        (
            "media-recording-repeated",
            "two names of one recording",
            {"recordings/5.wav": clean["recordings/1.wav"]},
            ["DUP-2 duplicate_row 2,6", "REPLAY-2 digest_mismatch"],
        ),
        ("media-recording-missing", "a path without a file", speech("recordings/4.wav", "recordings/8.wav"), missing),
        ("media-recording-outside", "a path that leads out", speech("recordings/4.wav", "../recordings/4.wav"), missing),
        ("media-recording-absolute", "a path from the root", speech("recordings/4.wav", "/etc/hostname"), missing),
        (
            "media-recording-is-picture",
            "a picture under the name of a recording",
            {"recordings/4.wav": clean["photos/wren/0.png"]},
            ["error REPLAY-2 not_measured"],
        ),
        (
            "media-order-of-recordings",
            "two rows change places",
            {"speech.csv": swapped(clean["speech.csv"])},
            ["REPLAY-2 digest_mismatch"],
        ),
        (
            "media-note-changed",
            "a word that the table has",
            {"notes.csv": edited(clean["notes.csv"], "WHALE and ship", "WHALE and sea")},
            ["REPLAY-3 digest_mismatch"],
        ),
        (
            "media-vectors-changed",
            "the last digit of a vector",
            {"vectors.txt": last_digit(clean["vectors.txt"])},
            ["error REPLAY-3 not_measured"],
        ),
        (
            "media-step-changed",
            "pictures are divided by 256",
            {"standard.lms": standard(clean, 256).encode()},
            ["REPLAY-1 digest_mismatch"],
        ),
    ]


def moved(clean):
    """Pictures of wrens under new names in the folder of robins; there are three more of these then."""
    draw = np.random.default_rng(20_265)
    return {f"photos/robin/{number}.png": png(draw.integers(0, 256, (8, 8, 3), dtype=np.uint8)) for number in range(10, 30)}


def huge(data):
    """A header that says 60,000 by 60,000, with its right checksum."""
    import zlib

    header = b"IHDR" + struct.pack(">II", 60_000, 60_000) + data[24:29]
    return data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]


def swapped(data):
    lines = data.decode().splitlines()
    lines[2], lines[5] = lines[5], lines[2]
    return ("\n".join(lines) + "\n").encode()


def last_digit(data):
    digit = data[-2:-1]
    return data[:-2] + (b"7" if digit != b"7" else b"8") + data[-1:]


def write(folder, files):
    shutil.rmtree(folder, ignore_errors=True)
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def main():
    clean = base()
    write(HERE / "media", clean | {"standard.lms": standard(clean).encode()})
    for old in (HERE / "cases").glob("media-*"):
        shutil.rmtree(old)
    for name, what, files, lines in cases(clean):
        # What changes the data must change the digests that are computed here, and nothing else may.
        now = clean | files
        changes = [
            ("REPLAY-1", lambda of: prepared_pictures(of, "photos", 256.0 if "standard.lms" in files else 255.0)),
            ("REPLAY-2", prepared_speech),
            ("REPLAY-3", prepared_notes),
            ("DIGEST-1", lambda of: root(of, "photos")),
        ]
        for clause, digest in changes:
            if not any(line.startswith(f"error {clause} ") for line in lines):
                plain = {"REPLAY-1": prepared_pictures(clean, "photos")}.get(clause) or digest(clean)
                assert (digest(now) != plain) == any(line.startswith(clause) for line in lines), (name, clause)
        expect = "".join(f"{line}\n" for line in [f"# {what}", *lines])
        write(HERE / "cases" / name, files | {"expect.txt": expect.encode()})


if __name__ == "__main__":
    main()
