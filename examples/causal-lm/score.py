"""The numbers of a submission on the test splits, by torch and transformers.

    python score.py SUBMISSION [--passages FILE] [--questions FILE] [--prefix ID]

prints the perplexity over bytes and over tokens of the passages, and how often the likeliest of four continuations is
the right one. The submission's own tokenizer is used. Each text is read on its own, behind one token that begins it:
`bos_token_id` of the config, as lm-evaluation-harness does it, or `--prefix ID`; with `--prefix none` nothing stands
before it, and its first token is not scored.

Made with torch 2.15.0, transformers 5.24.0 and tokenizers 0.23.3.
"""

import argparse
import csv
import json
import math
import os
import pathlib

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
import torch
from sklearn.metrics import accuracy_score
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM


def read(file):
    with open(file, encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def log_likelihoods(model, before, ids):
    """Of each of `ids`, given what stands before; none of the first one where nothing does."""
    whole = torch.tensor([before + ids])
    with torch.no_grad():
        scores = model(input_ids=whole).logits[0, :-1].double().log_softmax(-1)
    wanted = len(ids) if before else len(ids) - 1
    return scores[-wanted:].gather(1, whole[0, -wanted:, None])[:, 0]


def perplexities(model, tokenizer, prefix, texts):
    """Perplexity over bytes and over tokens."""
    total, tokens = 0.0, 0
    for text in texts:
        scores = log_likelihoods(model, prefix, tokenizer.encode(text, add_special_tokens=False).ids)
        total, tokens = total + scores.sum().item(), tokens + len(scores)
    return {
        "byte_perplexity": math.exp(-total / sum(len(text.encode()) for text in texts)),
        "perplexity over tokens": math.exp(-total / tokens),
    }


def choice(model, tokenizer, prefix, question):
    """The number of the likeliest choice: the largest sum of the log-likelihoods of its tokens behind the text."""
    before = prefix + tokenizer.encode(question["text"], add_special_tokens=False).ids
    choices = json.loads(question["answer"])["choices"]
    ends = [tokenizer.encode(text, add_special_tokens=False).ids for text in choices]
    sums = [log_likelihoods(model, before, ids).sum() for ids in ends]
    return max(range(len(sums)), key=lambda index: sums[index])


def scores(model, tokenizer, prefix, passages, questions):
    truth = [json.loads(question["answer"])["truth"] for question in questions]
    answers = [choice(model, tokenizer, prefix, question) for question in questions]
    return {
        **perplexities(model, tokenizer, prefix, [row["text"] for row in passages]),
        "choice_accuracy": accuracy_score(truth, answers),
    }


def main():
    here = pathlib.Path(__file__).parent / "data"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("submission", metavar="SUBMISSION", type=pathlib.Path)
    parser.add_argument("--passages", metavar="FILE", type=pathlib.Path, default=here / "test.csv")
    parser.add_argument("--questions", metavar="FILE", type=pathlib.Path, default=here / "questions.csv")
    parser.add_argument("--prefix", metavar="ID")
    arguments = parser.parse_args()
    model = AutoModelForCausalLM.from_pretrained(
        arguments.submission, attn_implementation="eager", dtype=torch.float32
    ).eval()
    tokenizer = Tokenizer.from_file(str(arguments.submission / "tokenizer.json"))
    prefix = {None: [model.config.bos_token_id], "none": []}.get(arguments.prefix)
    prefix = [int(arguments.prefix)] if prefix is None else prefix
    print(scores(model, tokenizer, prefix, read(arguments.passages), read(arguments.questions)))


if __name__ == "__main__":
    main()
