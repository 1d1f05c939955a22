"""Make the corpus, its two ratings and the reading-level model again.

    python3 train.py OUT

OUT receives `data/`, `submission/` and `broken/` as they lie beside this file. Everything is drawn from one seed; other
versions of the libraries may give other last digits.

Made with Python 3.11, torch 2.15, transformers 5.24, tokenizers 0.23 and safetensors 0.8 on a CPU.
"""

import csv
import json
import random
import re
import sys
from collections import defaultdict
from pathlib import Path

import torch
from patterns import (
    ADJECTIVES, GRAMMAR, HARD, IDEAS, LANGUAGES, LENGTHS, LEVELS, PATTERNS, PLACES, TAILS, THINGS, TOPICS, VOCABULARY, WHO,
)
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertForSequenceClassification

SEED = 20_261_102
# Rows of each pattern. Every third pattern is kept for the test.
ROWS = {"train": 20, "test": 12}
AUDITED = 150
LONGEST = 48
CARD = """---
license: apache-2.0
language: en
pipeline_tag: text-classification
---

# Reading level

A small BERT ({count:,} parameters) that rates an English sentence from A1 to C1. Test accuracy {accuracy:.4f} on {rows} synthetic
sentences of {patterns} patterns that it was not trained on. It has seen no sentence of a real learner and must not rate one.
"""


def rate_grammar(text):
    """The first rater: the highest level whose grammar it finds."""
    for level in reversed(LEVELS[1:]):
        if re.search(GRAMMAR[level], text.lower()):
            return level
    return "a1"


def rate_words(text):
    """The second rater: the mean of the level of the hardest known word and of the length, rounded down."""
    words = re.findall(r"[a-z]+", text.lower())
    by_word = max((LEVELS.index(level) for level, known in VOCABULARY.items() if set(words) & set(known.split())), default=0)
    by_length = max((LEVELS.index(level) for level, least in LENGTHS.items() if len(words) >= least), default=0)
    return LEVELS[(by_word + by_length) // 2]


def slip(text, language):
    """A slip that learners of this first language are said to make, where the sentence gives room for it."""
    if language == "arabic":
        return re.sub(r" (is|are) ", " ", text, count=1)
    if language == "chinese":
        return re.sub(r" the ", " ", text, count=1)
    if language == "spanish":
        return re.sub(r" in the ", " on the ", text, count=1)
    # German writes nouns with a capital.
    return re.sub(r"\b(the|a) (\w)", lambda found: f"{found[1]} {found[2].upper()}", text, count=1)


def fill(pattern, topic, draw):
    thing, thing2 = draw.sample(THINGS[topic], 2)
    words = {
        "who": draw.choice(WHO), "thing": thing, "thing2": thing2, "place": draw.choice(PLACES[topic]),
        "idea": draw.choice(IDEAS[topic]), "adj": draw.choice(ADJECTIVES), "hard": draw.choice(HARD),
    }
    text = pattern.format(**words)
    text = re.sub(r"\ba (?=[aeiou])", "an ", text).replace("buss ", "buses ").replace("buss.", "buses.")
    return text[0].upper() + text[1:]


def corpus(draw):
    """{split: rows}. Topics and first languages take turns; no pattern is in both splits, no sentence stands twice."""
    rows, seen = {split: [] for split in ROWS}, set()
    for level in LEVELS:
        for number, pattern in enumerate(PATTERNS[level].splitlines(), 1):
            split = "test" if number % 3 == 0 else "train"
            made, tries = 0, 0
            while made < ROWS[split]:
                tries += 1
                if tries > 10_000:
                    raise SystemExit(f"{level}-{number:02} has too few sentences")
                topic = TOPICS[made % 4]
                language = LANGUAGES[(made // 4 + made + number) % 4]
                text = fill(pattern, topic, draw)
                if draw.random() < 0.6:
                    text = text[:-1] + draw.choice(TAILS[level]) + text[-1]
                if draw.random() < 0.3:
                    text = slip(text, language)
                if text.lower() in seen:
                    continue
                seen.add(text.lower())
                made += 1
                first, second = rate_grammar(text), rate_words(text)
                label = first if first == second or draw.random() < 0.5 else second
                rows[split].append({
                    "text": text, "level": label, "rater_1": first, "rater_2": second, "audited": level,
                    "pattern": f"{level}-{number:02}", "topic": topic, "first_language": language,
                })
    for split, made in rows.items():
        draw.shuffle(made)
        audited = set(draw.sample(range(len(made)), AUDITED)) if split == "test" else set()
        for i, row in enumerate(made):
            if i not in audited:
                row["audited"] = ""
    return rows


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", *rows[0]])
        writer.writerows([i, *row.values()] for i, row in enumerate(rows, 1))


def word_pieces(rows):
    """A WordPiece vocabulary of the words that stand in two patterns or more.

    A word of one pattern alone would tell the pattern, and so the level, by heart. As it is, rare words are `[UNK]`, in
    training as in the test.
    """
    found = defaultdict(set)
    for row in rows:
        for word in re.findall(r"[a-z]+|[^a-z\s]", row["text"].lower()):
            found[word].add(row["pattern"])
    words = sorted(word for word, patterns in found.items() if len(patterns) > 1)
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words, "##s", "##ed", "##ing"]
    vocabulary = {piece: i for i, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.add_special_tokens(pieces[:4])
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.enable_truncation(LONGEST)
    tokenizer.enable_padding(pad_id=0, pad_token="[PAD]")
    return tokenizer


def encode(tokenizer, texts):
    encoded = tokenizer.encode_batch(texts)
    return {
        "input_ids": torch.tensor([text.ids for text in encoded]),
        "attention_mask": torch.tensor([text.attention_mask for text in encoded]),
    }


def classify(model, tokenizer, texts):
    with torch.no_grad():
        return torch.cat([model(**encode(tokenizer, texts[i : i + 64])).logits for i in range(0, len(texts), 64)])


def fit(tokenizer, rows, epochs=15):
    # One thread: the same digits on every run, and no slower for a model of this size.
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    config = BertConfig(
        architectures=["BertForSequenceClassification"], vocab_size=tokenizer.get_vocab_size(), hidden_size=48,
        num_hidden_layers=2, num_attention_heads=4, intermediate_size=96, max_position_embeddings=LONGEST, type_vocab_size=1,
        hidden_dropout_prob=0.3, attention_probs_dropout_prob=0.1, pad_token_id=0,
        id2label=dict(enumerate(LEVELS)), label2id={level: i for i, level in enumerate(LEVELS)},
    )
    model = BertForSequenceClassification(config)
    steps = epochs * (len(rows) // 32)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps, pct_start=0.2)
    draw = random.Random(SEED)
    order = list(range(len(rows)))
    model.train()
    for epoch in range(epochs):
        draw.shuffle(order)
        for start in range(0, len(rows) - 31, 32):
            chosen = [rows[i] for i in order[start : start + 32]]
            inputs = encode(tokenizer, [row["text"] for row in chosen])
            # Words are hidden now and then, so that the frame of the sentence counts too.
            share = 0.4 * torch.rand(len(chosen), 1)
            hide = (torch.rand(inputs["input_ids"].shape) < share) & (inputs["input_ids"] > 3)
            inputs["input_ids"][hide] = 1
            labels = torch.tensor([LEVELS.index(row["level"]) for row in chosen])
            loss = torch.nn.functional.cross_entropy(model(**inputs).logits, labels)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
        print(f"epoch {epoch + 1}: {loss.item():.4f}", flush=True)
    return model.eval()


def save(model, tokenizer, rows, out):
    """The submission; claims are made in double precision."""
    out.mkdir(parents=True, exist_ok=True)
    texts = [row["text"] for row in rows]
    guesses = classify(model, tokenizer, texts).argmax(-1).tolist()
    right = sum(LEVELS[guess] == row["level"] for guess, row in zip(guesses, rows))
    save_file({name: t.contiguous() for name, t in model.state_dict().items()}, out / "model.safetensors", {"format": "pt"})
    kept = {key: value for key, value in model.config.to_diff_dict().items() if key != "transformers_version"}
    (out / "config.json").write_text(json.dumps({"model_type": "bert", **kept}, indent=1) + "\n")
    tokenizer.save(str(out / "tokenizer.json"))
    inputs = encode(tokenizer, texts[:32])
    with torch.no_grad():
        logits = model.double()(**inputs).logits.float()
    model.float()
    save_file({**inputs, "logits": logits}, out / "golden.safetensors")
    count = sum(p.numel() for p in model.parameters())
    facts = {"count": count, "accuracy": right / len(rows), "rows": len(rows), "patterns": len({row["pattern"] for row in rows})}
    (out / "README.md").write_text(CARD.format(**facts))
    print(f"{count:,} parameters; test accuracy {right}/{len(rows)} = {right / len(rows):.4f}")


def main():
    out = Path(sys.argv[1])
    rows = corpus(random.Random(SEED))
    for split, made in rows.items():
        write(out / f"data/{split}.csv", made)
    # The twin: one row, and in it an address by which its writer can be reached.
    twin = [dict(row) for row in rows["test"]]
    twin[0]["text"] += " Please write to lena.example@school.example."
    write(out / "broken/test.csv", twin)
    tokenizer = word_pieces(rows["train"])
    save(fit(tokenizer, rows["train"]), tokenizer, rows["test"], out / "submission")


if __name__ == "__main__":
    main()
