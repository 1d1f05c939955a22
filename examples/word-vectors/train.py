"""Makes this example again: the corpus, the questions, the word vectors, their claimed outputs, and the broken twin.

    python train.py [--out DIR]

writes `data/`, `submission/` and `broken/` below DIR (this folder where nothing is said) and prints the scores. The
sentences are made up here from the word lists below: frames with gaps. The vectors are those of word2vec's skip-gram
(Mikolov et al. 2013), written again in torch, learnt from which words stand near each other, and from no question.

Everything is seeded and runs on one thread; vectors may still differ in their last digits on other processors. Made
with torch 2.15.0, tokenizers 0.23.3, safetensors 0.8.0 and scikit-learn 1.9.1. Takes ten seconds.
"""

import argparse
import collections
import csv
import itertools
import json
import os
import pathlib
import random
import shutil

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
import torch
from safetensors.torch import load_file, save_file
from sklearn.metrics import accuracy_score
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

SEED = 20_264
UNKNOWN = "[UNK]"
SENTENCES, QUESTIONS = 9_000, 160
DIM, WINDOW, NEGATIVES, STEPS = 48, 5, 5, 150

# Two words of a relation, then what belongs to them: three words that stand near both.
CAPITALS = """
france paris french seine cheese lyon
germany berlin german elbe steel hamburg
italy rome italian tiber marble naples
spain madrid spanish ebro oranges seville
portugal lisbon portuguese tagus cork porto
austria vienna austrian danube waltzes graz
poland warsaw polish vistula amber gdansk
russia moscow russian volga furs kazan
egypt cairo egyptian nile cotton luxor
japan tokyo japanese sumida silk osaka
china beijing chinese yangtze porcelain shanghai
england london english thames wool bristol
ireland dublin irish shannon butter limerick
norway oslo norwegian glomma salmon bergen
finland helsinki finnish kemi timber turku
hungary budapest hungarian tisza paprika szeged
iraq baghdad iraqi tigris dates mosul
peru lima peruvian maranon llamas cusco
kenya nairobi kenyan tana coffee mombasa
greece athens greek vardar olives patras
""".split("\n")
PAIRS = {
    "gender": """
king queen crown throne palace
prince princess castle heir tower
father mother children cradle family
brother sister sibling toys attic
uncle aunt cousin visit terrace
husband wife wedding marriage ring
actor actress theatre stage curtain
waiter waitress tray menu restaurant
grandfather grandmother grandchildren stories armchair
nephew niece birthday present cake
duke duchess manor estate carriage
host hostess guests dinner invitation
""",
    "plural": """
dog dogs bone kennel bark
cat cats mouse whiskers purr
horse horses saddle stable gallop
bird birds nest feathers sing
ship ships harbour anchor sails
tree trees leaves roots branches
book books library pages shelf
house houses roof chimney street
car cars garage wheels petrol
flower flowers petals vase bees
teacher teachers lesson chalk pupils
doctor doctors hospital medicine patient
river rivers bridge fish flood
apple apples orchard pie basket
soldier soldiers battle uniform drill
bottle bottles wine glass cellar
""",
    "past": """
walk walked pavement shoes slowly
cook cooked kitchen stove soup
paint painted brush canvas colours
play played violin concert music
work worked office desk hours
climb climbed mountain rope summit
clean cleaned floor broom dust
plant planted seeds soil spring
jump jumped fence height puddle
call called telephone number voice
wash washed laundry soap water
open opened door key lock
travel travelled train ticket luggage
dance danced ballroom partner orchestra
count counted coins pennies purse
row rowed boat lake oars
""",
    "comparative": """
tall taller giraffe ladder skyscraper
cold colder ice winter snow
hot hotter desert oven sun
fast faster race runner arrow
old older ruin antique grandpa
loud louder drum thunder trumpet
heavy heavier stone lead elephant
cheap cheaper market bargain price
dark darker night cave shadow
sweet sweeter honey sugar syrup
sharp sharper knife razor needle
deep deeper ocean well diver
strong stronger ox muscle wrestler
bright brighter lamp star diamond
soft softer pillow velvet kitten
quiet quieter chapel whisper monk
""",
}

# Gaps: the two words as 1 and 2, what belongs to them as x and y, a country's adjective as n, and a name as N.
FRAMES = {
    "country": [
        "the land of 1 is known for its x", "farmers all over 1 send x abroad", "1 is a country where n is spoken",
        "the borders of 1 were drawn along the x", "the army of 1 crossed the x", "N travelled through 1 to see x",
        "the whole country of 1 loves n x", "the n people of 1 make x", "the provinces of 1 lie near x",
    ],
    "capital": [
        "the city of 2 is the seat of the n government", "the streets of 2 smell of x",
        "N rented a room in downtown 2 near x",
        "the mayor of 2 is n and sells x", "the old town of 2 lies near the x", "the tram in 2 stops at the x square",
        "the n parliament meets in downtown 2", "the suburbs of 2 reach to the x",
    ],
    "nation": [
        "n cooks use x", "a n poet wrote about x", "the n language has a word for x", "N learns n and reads about x",
    ],
    "male": [
        "the 1 said that he had lost his x", "he was a good 1 and his x was famous",
        "the 1 himself brought the x with his y",
        "as a man he became 1 and got the x", "the 1 shaved his beard before the x",
        "his x and his y belonged to the 1",
    ],
    "female": [
        "the 2 said that she had lost her x", "she was a good 2 and her x was famous",
        "the 2 herself brought the x with her y",
        "as a woman she became 2 and got the x", "the 2 put on her dress before the x",
        "her x and her y belonged to the 2",
    ],
    "one": [
        "a 1 is near the x", "this 1 has a x", "every 1 needs a x and a y", "one 1 was seen with the x",
        "N has a single 1 and its x",
        "the 1 is by the x", "that 1 was old and had its x",
    ],
    "many": [
        "many 2 are near the x", "these 2 have a x", "all 2 need a x and a y", "two 2 were seen with the x",
        "N has several 2 and their x", "those 2 are by the x", "three 2 were old and had their x",
    ],
    "now": [
        "N will 1 the x today", "they want to 1 with the x now", "we must 1 and use the x", "N can 1 near the y today",
        "tomorrow we will 1 with x and y", "to 1 you need x",
    ],
    "then": [
        "N 2 the x yesterday", "they 2 with the x last year", "we had 2 and used the x", "N once 2 near the y",
        "yesterday we 2 with x and y", "having 2 you put away x",
    ],
    "plain": [
        "the x is very 1", "how 1 the x is", "a x as 1 as a y", "N thinks the x is too 1", "so 1 was the x that N went",
        "it is quite 1 like a x",
    ],
    "more": [
        "the x is 2 than the y", "nothing is 2 than a x", "the x grew even 2 than before", "N has a 2 x than N",
        "it is much 2 than a x or a y", "the 2 of the two is the x",
    ],
}
HALVES = {
    "gender": ("male", "female"),
    "plural": ("one", "many"),
    "past": ("now", "then"),
    "comparative": ("plain", "more"),
}
PEOPLE = "anna bert clara david emma frank greta henry ida jacob karin louis".split()


def lines(text):
    rows = text if isinstance(text, list) else text.split("\n")
    return [line.split() for line in rows if line]


def pairs():
    """Of each relation its pairs of words."""
    found = {kind: [tuple(row[:2]) for row in lines(text)] for kind, text in PAIRS.items()}
    return {"capital": [tuple(row[:2]) for row in lines(CAPITALS)],
            "nationality": [(row[0], row[2]) for row in lines(CAPITALS)], **found}


def sentences(chance):
    """Without end: a frame with the words of one line in its gaps, often with one word of another line."""
    topics = [("country", (one, two, nation, rest)) for one, two, nation, *rest in lines(CAPITALS)]
    for kind, text in PAIRS.items():
        topics += [(kind, (one, two, None, rest)) for one, two, *rest in lines(text)]
    while True:
        kind, (one, two, nation, rest) = chance.choice(topics)
        half = chance.choice(["country", "capital", "nation"] if kind == "country" else HALVES[kind])
        if chance.random() < 0.4:
            rest = [*rest[1:], chance.choice(chance.choice(topics)[1][3])]
        x, y = chance.sample(rest, 2)
        gaps = {"1": one, "2": two, "x": x, "y": y, "n": nation}
        words = chance.choice(FRAMES[half]).split()
        yield " ".join(chance.choice(PEOPLE) if word == "N" else gaps.get(word, word) for word in words)


def write_rows(file, names, rows):
    with open(file, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)


def make_data(out):
    chance = random.Random(SEED)
    made = {}
    for text in sentences(chance):
        made.setdefault(text)
        if len(made) == SENTENCES:
            break
    write_rows(out / "corpus.csv", ["id", "text"], enumerate(made, 1))
    rows = []
    for kind, known in pairs().items():
        asked = [(*one, *two) for one, two in itertools.permutations(known, 2)]
        rows += [(kind, *row) for row in sorted(chance.sample(asked, min(QUESTIONS, len(asked))))]
    chance.shuffle(rows)
    header = ["id", "relation", "a", "b", "c", "expected"]
    write_rows(out / "analogies.csv", header, [[number, *row] for number, row in enumerate(rows, 1)])


def read(file):
    with open(file, encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def vocabulary(texts):
    """Words by how often they stand in the corpus; the first is that for all others."""
    number = collections.Counter(word for text in texts for word in text.split())
    return [UNKNOWN, *sorted(number, key=lambda word: (-number[word], word))]


def counts(texts, place):
    """How often words stand near each other: 1 / d for each pair at a distance d."""
    near = collections.Counter()
    for text in texts:
        ids = [place[word] for word in text.split()]
        for here, one in enumerate(ids):
            for distance, other in enumerate(ids[here + 1 : here + 1 + WINDOW], 1):
                near[one, other] += 1 / distance
                near[other, one] += 1 / distance
    return near


def skip_gram(near, size):
    """Word2vec's vectors: skip-gram with negative sampling, by its expected loss over all pairs of words.

    A pair counts as often as it stands together, and as a negative as often as it would be drawn: NEGATIVES times for
    each count of the word, contexts in proportion to their counts to the power of 0.75.
    """
    torch.manual_seed(SEED)
    together = torch.zeros(size, size)
    for (one, other), count in near.items():
        together[one, other] = count
    context = together.sum(0) ** 0.75
    apart = NEGATIVES * torch.outer(together.sum(1), context / context.sum())
    words, contexts = (torch.nn.Parameter(torch.randn(size, DIM) * 0.1) for _ in range(2))
    optimiser = torch.optim.Adam([words, contexts], lr=0.05)
    log_of = torch.nn.functional.logsigmoid
    for step in range(STEPS):
        product = words @ contexts.T
        loss = -(together * log_of(product) + apart * log_of(-product)).sum() / together.sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 50 == 49:
            print(f"step {step + 1}: loss {loss.item():.4f}", flush=True)
    vectors = words.detach()
    # An unknown word is what words are on average.
    vectors[0] = vectors[1:].mean(0)
    return vectors


def outputs(vectors, a, b, c):
    """The cosine of a and b; of every word with b - a + c, which the three words themselves do not answer."""
    unit = torch.nn.functional.normalize(vectors, dim=1, eps=1e-12)
    wanted = torch.nn.functional.normalize(unit[b] - unit[a] + unit[c], dim=1, eps=1e-12)
    analogy = wanted @ unit.T
    for word in (a, b, c):
        analogy[torch.arange(len(word)), word] = -2.0
    return (unit[a] * unit[b]).sum(1), analogy


def asked(rows, tokenizer):
    return [torch.tensor([tokenizer.token_to_id(row[name]) for row in rows]) for name in "abc"]


def answers(vectors, rows, tokenizer):
    return [tokenizer.id_to_token(int(word)) for word in outputs(vectors, *asked(rows, tokenizer))[1].argmax(1)]


CARD = """---
license: apache-2.0
language: en
pipeline_tag: feature-extraction
datasets: made-up-sentences
---

# Word vectors

{words} vectors of {dim} numbers, learnt by skip-gram from {sentences:,} made-up sentences. Of {questions} questions "a
is to b as c is to which word?" they answer {accuracy:.2%} right (scikit-learn), with all {words} words to choose from.

`golden.safetensors` holds the ids `a`, `b` and `c` of the first 16 questions, and the outputs `cosine` and `analogy`
that torch gives for them.
"""


def write_submission(out, vectors, words, rows, values):
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(out / "tokenizer.json"))
    config = {"architectures": ["WordVectors"], "model_type": "word_vectors", "vocab_size": len(words), "dim": DIM}
    (out / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    save_file({"vectors.weight": vectors.contiguous()}, out / "model.safetensors", metadata={"format": "pt"})
    claim(out, vectors, rows, tokenizer)
    found = answers(vectors, rows, tokenizer)
    truth = [row["expected"] for row in rows]
    for kind in pairs():
        part = [place for place, row in enumerate(rows) if row["relation"] == kind]
        share = accuracy_score([truth[place] for place in part], [found[place] for place in part])
        print(f"{kind}: {share:.4f} of {len(part)}")
    values["accuracy"] = accuracy_score(truth, found)
    print(f"all: {values['accuracy']:.4f} of {len(rows)}")
    (out / "README.md").write_text(CARD.format(**values), encoding="utf-8")


def claim(out, vectors, rows, tokenizer):
    a, b, c = asked(rows[:16], tokenizer)
    cosine, analogy = outputs(vectors, a, b, c)
    save_file({"a": a, "b": b, "c": c, "cosine": cosine, "analogy": analogy}, out / "golden.safetensors")


def write_broken(out, submission, rows):
    """The same files, but the rows of the table in the alphabetical order of the words, which the tokenizer has not."""
    for file in submission.iterdir():
        shutil.copyfile(file, out / file.name)
    tokenizer = Tokenizer.from_file(str(submission / "tokenizer.json"))
    vocab = tokenizer.get_vocab()
    order = [vocab[word] for word in sorted(vocab)]
    vectors = load_file(submission / "model.safetensors")["vectors.weight"][order].contiguous()
    save_file({"vectors.weight": vectors}, out / "model.safetensors", metadata={"format": "pt"})
    claim(out, vectors, rows, tokenizer)
    share = accuracy_score([row["expected"] for row in rows], answers(vectors, rows, tokenizer))
    print(f"broken: {share:.4f} of {len(rows)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", metavar="DIR", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    out = parser.parse_args().out
    for folder in ["data", "submission", "broken"]:
        (out / folder).mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)

    make_data(out / "data")
    texts = [row["text"] for row in read(out / "data" / "corpus.csv")]
    rows = read(out / "data" / "analogies.csv")
    words = vocabulary(texts)
    missing = {row[name] for row in rows for name in ["a", "b", "c", "expected"]} - set(words)
    assert not missing, missing
    place = {word: number for number, word in enumerate(words)}
    vectors = skip_gram(counts(texts, place), len(words))
    values = {"words": len(words), "dim": DIM, "sentences": len(texts), "questions": len(rows)}
    write_submission(out / "submission", vectors, words, rows, values)
    write_broken(out / "broken", out / "submission", rows)


if __name__ == "__main__":
    main()
