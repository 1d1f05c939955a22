"""Makes `word2vec.txt`, `glove.txt` and `goldens.safetensors` beside itself: tables in the two text forms, and what
gensim's KeyedVectors reads from them for the words of a text.

    python goldens.py

Made with gensim 4.4.0, numpy 2.4.6 and safetensors 0.8.0. The numbers are drawn by chance and written as people write
them: fixed, in exponents, with more digits than single precision has.
"""

import pathlib

import numpy as np
from gensim.models import KeyedVectors
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).resolve().parent
WORDS = ["the", "ship", "wal", "café", "鲸", "can't", "3.5", "</s>", ",", "sea"]
TEXT = ["the", "鲸", "café", "the", "3.5", "</s>"]
WIDTH = 7


def lines(draw):
    write = [lambda v: f"{v:.6f}", lambda v: f"{v:.5e}", lambda v: repr(float(v)), lambda v: f"{v:.17f}"]
    for number, word in enumerate(WORDS):
        values = draw.normal(0, 10.0 ** draw.integers(-6, 3), WIDTH)
        yield word + " " + " ".join(write[(number + at) % len(write)](value) for at, value in enumerate(values))


def main():
    draw = np.random.default_rng(20_263)
    glove = list(lines(draw))
    word2vec = list(lines(draw))
    (HERE / "glove.txt").write_text("\n".join(glove) + "\n", encoding="utf-8")
    (HERE / "word2vec.txt").write_text(f"{len(WORDS)} {WIDTH}\n" + "".join(line + " \n" for line in word2vec), encoding="utf-8")
    goldens = {}
    for name, bare in [("glove", True), ("word2vec", False)]:
        vectors = KeyedVectors.load_word2vec_format(str(HERE / f"{name}.txt"), binary=False, no_header=bare)
        goldens[name] = np.stack([vectors[word] for word in TEXT])[None].astype(np.float32)
    save_file(goldens, HERE / "goldens.safetensors")


if __name__ == "__main__":
    main()
