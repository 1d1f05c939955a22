"""Makes this example again: the data, the trained tagger, its claimed outputs, and the broken twin.

    python train.py [--out DIR]

writes `data/`, `submission/` and `broken/` below DIR (this folder where nothing is said) and prints the scores of the
test split. The sentences are made up here: frames with gaps, filled with invented names. Frames and names of the test
split are in no other split, so that neither a sentence's form nor a name can be remembered.

Everything is seeded and runs on one thread; weights may still differ in their last digits on other processors. Made
with torch 2.15.0, transformers 5.24.0, tokenizers 0.23.3, safetensors 0.8.0 and seqeval 1.2.2. Takes two minutes of one
core.
"""

import argparse
import json
import os
import pathlib
import random
import shutil

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
import torch
from safetensors.torch import save_file
from seqeval.metrics import classification_report, f1_score, precision_score, recall_score
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertForTokenClassification

SEED = 20_261
LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG"]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
ROWS = {"train": 2_400, "validation": 200, "test": 600}
MASK = SPECIAL.index("[MASK]")
CONTEXT = 64

# Gaps: P a person, L a place, O an organisation, j a calling, d a day, m a month, n a number, g a thing, and a second
# `a` an adjective.
FRAMES = """
P was born in L and moved to L in m .
P , a j from L , joined O last m .
P has lived in L for n years .
O opened a a office in L on d .
O will close its g works near L by m .
P told the court in L that O owed him n g .
In m the a company O bought n g from P .
The mayor of L , P , thanked O for the g .
Trains from L to L were late on d .
The river at L rose after n days of rain .
P and P met in L to sign the papers .
A spokeswoman for O said that P would resign in m .
O named P as its new j on d .
Police in L are looking for a a j called P .
P of O gave a talk about g .
The a bridge between L and L opened on d .
P left O after n years as a j .
The g of P were sold to O in m .
According to P , the road to L is closed until d .
Shares of O fell n points on d .
She worked as a j at O before she met P .
The a j wrote to P , who was then in L .
P won the g race in L by n minutes .
Workers at O in L went on strike on d .
O and O agreed to share the g .
The letter from P reached L on d .
P keeps n g in her house in L .
L is a a town with n churches .
The people of L voted for P in m .
P asked the j of O for n g .
O sells a g to schools in L .
P drove from L to L with n g .
When P came back to L , the g had gone .
The j at O said it was a a day for L .
We flew to L with P in m .
P , who founded O , died on d .
Nobody in L had heard of O before m .
P said the g were a .
The museum in L shows n g by P .
A fire destroyed the g of O on d .
P paid O for the n g .
Between L and L there are n a villages .
P sued O over the a g .
The team of L beat L by n goals on d .
O moved its j school from L to L .
P sailed from L with n g .
Students of O marched through L on d .
P and her son P own n g .
It took P n days to walk to L .
Last m O hired P and n others .
I bought the g from P at the market of L .
The a old j of L is called P .
O denied that its g were a .
P praised the g of L in a speech on d .
The board of O met in L without P .
Rain fell on L for n days in m .
Farmers near L sell their g to O .
A j from O visited P at home .
P is the a j of O .
The trial of P began in L on d .
P married P in a a church in L .
Both O and P refused to speak about the g .
The night train to L stops at L .
Flights to L are a in m .
O lent the j n g .
P sang of the a hills of L .
At O , P learned to mend g .
Under P , O grew to n shops .
The a harbour of L froze in m .
Only P knew the road from L to L .
P teaches g at O .
Investors in O trust P .
Snow closed the school in L on d .
The director of O , P , lives in L .
For n years P sold g in L .
O was founded in L by P and P .
P bought a a house near L .
The a team from O flew home to L on d .
No j in L earns as much as P .
The heirs of P gave the g to O .
P spoke to the j in L about O .
Two sons of P work for O .
The market in L is open every d .
A ship of O sank off L in m .
P grew up between L and L .
The j said that P had never been to L .
O promised n jobs for L .
Every m , P sends g to O .
Visitors to L admire the a g .
P thinks that L needs n more g .
Neither P nor P wanted to leave L .
O has n offices , most of them in L .
The mother of P came from L .
The a g that P made are now in L .
Doctors at O treated P for n days .
On d the j of L invited O and P .
P borrowed n g from P .
The a road through L is n miles long .
A judge told O to pay P .
P ran O from a a room in L .
After the flood , O sent g to L .
The bus to L was full of g .
P lost n g on the way to L .
A a film about P was made in L .
The j whom O had sent to L was P .
""".strip().splitlines()

OPENINGS = [
    "On d ,", "In m ,", "Yesterday ,", "As a j said ,", "It seems that", "We read that", "Once more ,", "In the end ,",
]
ENDINGS = [", they say", "again", "as planned", ", said the j", "at last", "with a a smile", "for n hours", "this m"]

# What may stand before a person. It is no part of the name.
TITLES = ["Mr", "Mrs", "Dr", "Captain", "Professor", "Chief", "my uncle", "her friend", "the j", "the young j"]
FILLERS = {
    "j": "teacher farmer doctor lawyer painter banker sailor baker judge manager reporter clerk nurse singer builder "
    "driver tailor engineer butcher writer".split(),
    "d": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
    "m": "January February March April May June July August September October November December spring autumn".split(),
    "n": "two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty sixty".split(),
    "g": "horses boats books clocks chairs stamps paintings ovens lamps bottles carpets engines tools coats violins "
    "roses bicycles maps rings letters".split(),
    "a": "small new old large quiet famous cheap modern broken green sudden long busy happy narrow rich".split(),
}
MADE_OF = {
    "onsets": "b br c d dr f g gr h j k kl l m n p pr r s sh st t tr v w z".split(),
    "vowels": "a e i o u ai ea ou".split(),
    "closes": ["", "l", "n", "r", "s", "m", "nd", "rt", "th", "x"],
    "surnames": ["man", "er", "sen", "ov", "wick", "ley", "ard", "stone", "", ""],
    "places": ["ton", "burg", "mouth", "ham", "ville", "ford", "stad", "by", "", "", ""],
    "companies": ["co", "tec", "ex", "ium", "ware", "", ""],
}


def invented(chance, kind=None):
    pick = chance.choice
    syllables = [pick(MADE_OF["onsets"]) + pick(MADE_OF["vowels"]) for _ in range(pick([1, 2]))]
    return "".join(syllables) + pick(MADE_OF["closes"]) + (pick(MADE_OF[kind]) if kind else "")


class Names:
    """Invented names. No word is given out to two splits; a word may be a surname here and a place there."""

    def __init__(self, chance, taken):
        self.chance = chance
        new = lambda kind, number: [self.word(kind, taken) for _ in range(number)]
        self.first, self.last = new(None, 600), new("surnames", 900)
        self.places, self.companies = new("places", 900), new("companies", 600)
        # The same word for a person and for a place, as in life: only the sentence tells which.
        shared = new(None, 150)
        self.last += shared
        self.places += shared

    def word(self, kind, taken):
        while True:
            word = invented(self.chance, kind)
            if 4 <= len(word) <= 11 and word not in taken:
                taken.add(word)
                return word.capitalize()

    def person(self):
        pick = self.chance.choice
        form = pick(["both", "both", "last", "first", "initial"])
        first, last = pick(self.first), pick(self.last)
        return {"both": [first, last], "last": [last], "first": [first], "initial": [first[0], ".", last]}[form]

    def place(self):
        pick = self.chance.choice
        before = pick([None, None, None, None, "Port", "New", "Lake", "Saint"])
        return ([before] if before else []) + [pick(self.places)]

    def organisation(self):
        pick = self.chance.choice
        forms = [
            lambda: [pick(self.companies)],
            lambda: [pick(self.companies), pick(["Ltd", "Group", "Bank", "Motors", "Foods", "Airlines"])],
            lambda: [pick(self.last), "&", pick(["Sons", "Partners", pick(self.last)])],
            lambda: ["University", "of", pick(self.places)],
            lambda: [pick(self.places), pick(["Hospital", "College", "Council", "United", "Museum"])],
            lambda: ["".join(pick("BCDFGKLMNPRSTVX") for _ in range(3))],
        ]
        return pick(forms)()


def sentence(frame, names, chance):
    """Words and tags of a frame with its gaps filled, now and then with an opening or an ending."""
    parts = frame.split()
    if chance.random() < 0.3:
        first = parts[0] if parts[0] in ("P", "L", "O", "I") else parts[0].lower()
        parts = [*chance.choice(OPENINGS).split(), first, *parts[1:]]
    if chance.random() < 0.3:
        parts = parts[:-1] + chance.choice(ENDINGS).split() + ["."]
    words, tags = [], []
    makers = {"P": ("PER", names.person), "L": ("LOC", names.place), "O": ("ORG", names.organisation)}
    for place, part in enumerate(parts):
        if part in makers:
            kind, make = makers[part]
            name = make()
            if kind == "PER" and chance.random() < 0.35:
                title = chance.choice(TITLES).split()
                title = [chance.choice(FILLERS["j"]) if word == "j" else word for word in title]
                words += title if words else [title[0].capitalize(), *title[1:]]
                tags += ["O"] * len(title)
            words += name
            tags += [f"B-{kind}"] + [f"I-{kind}"] * (len(name) - 1)
            continue
        # `a a g` is an article and an adjective; a lone `a` before a noun or gap is the article.
        if part == "a":
            adjective = place > 0 and (parts[place - 1] in ("a", "A", "The", "the") or words[-1] in ("were", "are"))
            part = chance.choice(FILLERS["a"]) if adjective else "a"
        elif part in FILLERS:
            part = chance.choice(FILLERS[part])
        words.append(part)
        tags.append("O")
    for place, after in enumerate(words[1:]):
        if words[place] in ("a", "A") and tags[place] == "O" and after[0] in "aeiou":
            words[place] += "n"
    return words, tags


def alike(one, other):
    """How much of the words of two sentences are the same (Jaccard)."""
    return len(one & other) / len(one | other)


def make_data(out):
    chance = random.Random(SEED)
    frames = [(f"f{number:03}", frame) for number, frame in enumerate(FRAMES, 1)]
    chance.shuffle(frames)
    parts = {"test": frames[:30], "validation": frames[30:40], "train": frames[40:]}
    # A name is none of the other words of the sentences.
    texts = [*FRAMES, *OPENINGS, *ENDINGS, *TITLES, *sum(FILLERS.values(), [])]
    taken = {word.lower() for word in " ".join(texts).split()}
    number, sizes = 0, {}
    for split in ["train", "validation", "test"]:
        names = Names(chance, taken)
        rows, kept = [], {}
        for turn in range(100_000):
            if len(rows) == ROWS[split]:
                break
            frame, text = parts[split][turn % len(parts[split])]
            words, tags = sentence(text, names, chance)
            bag = set(words)
            # No near-duplicates: only sentences of one frame can be that much alike.
            if any(alike(bag, other) >= 0.7 for other in kept.get(frame, [])):
                continue
            kept.setdefault(frame, []).append(bag)
            rows.append((frame, words, tags))
        chance.shuffle(rows)
        with open(out / f"{split}.jsonl", "w", encoding="utf-8") as file:
            for frame, words, tags in rows:
                number += 1
                row = {"id": number, "frame": frame, "words": words, "tags": tags}
                file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
        sizes[split] = len(rows)
    print("rows:", sizes)


def read(file):
    return [json.loads(line) for line in open(file, encoding="utf-8")]


def make_tokenizer(rows):
    """A small WordPiece vocabulary that keeps upper case, as capitals begin names."""
    texts = [" ".join(row["words"]) for row in rows]

    def empty(vocab):
        tokenizer = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        return tokenizer

    # The trainer numbers the letters inside of words in an order of chance, unless they are given.
    inside = [f"##{letter}" for letter in sorted(set("".join(texts)) - {" "})]
    learnt = empty({})
    learnt.train_from_iterator(
        texts, trainers.WordPieceTrainer(vocab_size=900, special_tokens=SPECIAL + inside, show_progress=False)
    )
    tokenizer = empty(learnt.get_vocab())
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in SPECIAL])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.enable_padding(pad_id=0, pad_token="[PAD]")
    tokenizer.enable_truncation(CONTEXT)
    return tokenizer


def encode(tokenizer, rows):
    """Ids, mask, and the label of the first piece of every word; -100 at all other pieces."""
    encoded = tokenizer.encode_batch([row["words"] for row in rows], is_pretokenized=True)
    labels = torch.full((len(rows), len(encoded[0].ids)), -100)
    for place, (row, text) in enumerate(zip(rows, encoded)):
        before = None
        for position, word in enumerate(text.word_ids):
            if word is not None and word != before:
                labels[place, position] = LABELS.index(row["tags"][word])
            before = word
    ids = torch.tensor([text.ids for text in encoded])
    mask = torch.tensor([text.attention_mask for text in encoded])
    return ids, mask, labels


def blurred(row, chance):
    """The row with some words outside of names replaced by invented ones: what is a name is seen by its place."""
    words = list(row["words"])
    for place, (word, tag) in enumerate(zip(row["words"], row["tags"])):
        if tag == "O" and len(word) > 2 and chance.random() < 0.2:
            other = invented(chance)
            words[place] = other.capitalize() if word[0].isupper() else other
    return {**row, "words": words}


def tags_of(model, tokenizer, rows):
    """The model's tag of each word of each row."""
    model.eval()
    answers = []
    for start in range(0, len(rows), 64):
        ids, mask, labels = encode(tokenizer, rows[start : start + 64])
        with torch.no_grad():
            best = model(input_ids=ids, attention_mask=mask).logits.argmax(-1)
        answers += [[LABELS[tag] for tag in row[keep]] for row, keep in zip(best, labels != -100)]
    return answers


def train(tokenizer, data):
    torch.manual_seed(SEED)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=64, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=128, max_position_embeddings=CONTEXT, hidden_dropout_prob=0.2, pad_token_id=0,
        id2label=dict(enumerate(LABELS)), label2id={label: number for number, label in enumerate(LABELS)},
    )
    config._attn_implementation = "eager"
    model = BertForTokenClassification(config)
    epochs, size = 20, 32
    chance = random.Random(SEED)
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.05)
    steps = epochs * -(-len(data["train"]) // size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps)
    loss_of = torch.nn.CrossEntropyLoss(ignore_index=-100)
    for epoch in range(epochs):
        model.train()
        total = 0.0
        ids, mask, labels = encode(tokenizer, [blurred(row, chance) for row in data["train"]])
        order = torch.randperm(len(ids))
        for rows in order.split(size):
            length = int(mask[rows].sum(1).max())
            # Some pieces are hidden as well, so that no single word decides.
            read = ids[rows, :length]
            hidden = (torch.rand(read.shape) < 0.1) & (read >= len(SPECIAL))
            logits = model(input_ids=read.masked_fill(hidden, MASK), attention_mask=mask[rows, :length]).logits
            loss = loss_of(logits.flatten(0, 1), labels[rows, :length].flatten())
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total += loss.item() * len(rows)
        if epoch % 4 == 3:
            truth = [row["tags"] for row in data["validation"]]
            f1 = f1_score(truth, tags_of(model, tokenizer, data["validation"]))
            print(f"epoch {epoch + 1}: loss {total / len(ids):.4f}, validation span F1 {f1:.4f}", flush=True)
    return model.eval()


CARD = """---
license: apache-2.0
language: en
pipeline_tag: token-classification
datasets: invented-names
---

# Tagger of names

A BERT of two layers ({parameters:,} parameters) that marks people, places and organisations, trained on {train:,}
made-up sentences. On {test} sentences with other names and other sentence frames: span F1 {f1:.4f}, span precision
{precision:.4f}, span recall {recall:.4f} (seqeval).

`golden.safetensors` holds `input_ids` and `attention_mask` of the first 16 test sentences and the `logits` that
transformers gives for them.
"""


def write_submission(out, model, tokenizer, data, scores):
    plain = Tokenizer.from_str(tokenizer.to_str())
    plain.no_padding()
    plain.save(str(out / "tokenizer.json"))
    config = {
        "architectures": ["BertForTokenClassification"],
        "model_type": "bert",
        **{name: getattr(model.config, name) for name in (
            "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
            "max_position_embeddings", "type_vocab_size", "layer_norm_eps", "hidden_act", "pad_token_id")},
        "id2label": {str(number): label for number, label in enumerate(LABELS)},
        "label2id": {label: number for number, label in enumerate(LABELS)},
    }
    write_json(out / "config.json", config)
    save_file({name: value.contiguous() for name, value in model.state_dict().items()}, out / "model.safetensors",
              metadata={"format": "pt"})
    ids, mask, _ = encode(tokenizer, data["test"][:16])
    with torch.no_grad():
        logits = model(input_ids=ids, attention_mask=mask).logits
    save_file({"input_ids": ids, "attention_mask": mask, "logits": logits.contiguous()}, out / "golden.safetensors")
    (out / "README.md").write_text(CARD.format(**scores), encoding="utf-8")


def write_broken(out, submission):
    """The same files, but the names of the classes in alphabetical order: each tag is called by another one's name."""
    for file in submission.iterdir():
        shutil.copyfile(file, out / file.name)
    config = json.loads((submission / "config.json").read_text())
    config["id2label"] = {str(number): label for number, label in enumerate(sorted(LABELS))}
    config["label2id"] = {label: number for number, label in enumerate(sorted(LABELS))}
    write_json(out / "config.json", config)


def write_json(file, value):
    file.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", metavar="DIR", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    out = parser.parse_args().out
    for folder in ["data", "submission", "broken"]:
        (out / folder).mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)

    make_data(out / "data")
    data = {split: read(out / "data" / f"{split}.jsonl") for split in ROWS}
    tokenizer = make_tokenizer(data["train"])
    model = train(tokenizer, data)
    truth, answers = [row["tags"] for row in data["test"]], tags_of(model, tokenizer, data["test"])
    print(classification_report(truth, answers, digits=4))
    scores = {
        "f1": f1_score(truth, answers),
        "precision": precision_score(truth, answers),
        "recall": recall_score(truth, answers),
        "train": len(data["train"]),
        "test": len(truth),
        "parameters": sum(weight.numel() for weight in model.parameters()),
    }
    print({name: round(float(value), 4) for name, value in scores.items()})
    write_submission(out / "submission", model, tokenizer, data, scores)
    write_broken(out / "broken", out / "submission")
    renamed = [[sorted(LABELS)[LABELS.index(tag)] for tag in row] for row in answers]
    print(f"broken: span F1 {f1_score(truth, renamed):.4f}, span recall {recall_score(truth, renamed):.4f}")


if __name__ == "__main__":
    main()
