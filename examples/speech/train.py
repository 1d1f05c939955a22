"""Make the recordings of `data/keywords` and train the classifier of `keywords.lms` on them.

    python3 train.py OUT [DATA]

DATA, where it is told, is a folder in which the recordings and the two tables are made anew; without it those beside
this file are read. OUT receives the submission: config, weights, claimed outputs and card. Everything is drawn from
one seed; other versions of the libraries may give other last digits.

Made with Python 3.11, torch 2.15, transformers 5.24, safetensors 0.8, numpy 2.4 and soundfile 0.14 on a CPU.
"""

import csv
import json
import sys
from pathlib import Path

import numpy as np
import soundfile
import torch
from safetensors.torch import save_file
from transformers import Wav2Vec2Config, Wav2Vec2ForSequenceClassification

SEED = 20_261_101
RATE = 16_000
# Each keyword is two vowels, and each vowel two resonances of the mouth, in Hz.
KEYWORDS = ["ai", "au", "ia", "iu", "ui"]
VOWELS = {"a": (750.0, 1_250.0), "i": (300.0, 2_300.0), "u": (330.0, 850.0)}
SPEAKERS = {"train": 20, "test": 18}
HERE = Path(__file__).parent
CARD = """---
license: apache-2.0
pipeline_tag: audio-classification
---

# Keywords of two vowels

A small wav2vec 2.0 ({count:,} parameters) that tells five words of synthetic voices apart. Test accuracy {accuracy:.4f}
on {rows} recordings of {speakers} voices that it was not trained on.
"""


def glide(first, last, t, generator):
    """From one value to another, somewhere in the middle of the time 0..1."""
    turn = 1 / (1 + np.exp(-(t - generator.uniform(0.4, 0.6)) / 0.06))
    return first + (last - first) * turn


def utter(keyword, voice, generator):
    """One recording: harmonics of a falling pitch through two resonances, with breath and the noise of a room."""
    length = int(RATE * generator.uniform(0.25, 0.36))
    t = np.arange(length) / length
    pitch = voice["pitch"] * 2.0 ** (generator.uniform(-0.1, 0.1) - generator.uniform(0, 0.2) * t)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    sound = np.zeros(length)
    ends = zip(*(VOWELS[vowel] for vowel in keyword))
    resonances = [voice["size"] * glide(*end, t, generator) * generator.uniform(0.93, 1.07) for end in ends]
    for k in range(1, 30):
        at = k * pitch
        gain = sum(1 / (1 + ((at - f) / w) ** 2) for f, w in zip(resonances, (100.0, 150.0)))
        sound += np.where(at < 0.45 * RATE, gain, 0.0) * np.sin(k * phase) / k**0.5
    sound *= np.sin(np.pi * t) ** 0.5
    sound /= np.abs(sound).max()
    noise = 10 ** generator.uniform(-2.2, -1.2) * generator.standard_normal(length)
    return np.clip(generator.uniform(0.2, 0.6) * (sound + noise), -1, 1)


def make(folder):
    """Every voice says every keyword once. Half of the recordings are wav, half FLAC; no voice is in both splits."""
    generator = np.random.default_rng(SEED)
    speaker = 0
    (folder / "recordings").mkdir(parents=True, exist_ok=True)
    for split, speakers in SPEAKERS.items():
        rows = []
        for _ in range(speakers):
            speaker += 1
            low = speaker % 2 == 0
            voice = {
                "pitch": generator.uniform(90, 150) if low else generator.uniform(170, 260),
                "size": generator.uniform(0.88, 1.0) if low else generator.uniform(1.0, 1.15),
            }
            for keyword in KEYWORDS:
                # Test recordings take turns; train recordings are all FLAC, which is smaller.
                kind = "wav" if split == "test" and len(rows) % 2 else "flac"
                name = f"recordings/{split}-{len(rows) + 1:03}.{kind}"
                sound = utter(keyword, voice, generator)
                soundfile.write(folder / name, sound, RATE, subtype="PCM_16")
                rows.append([len(rows) + 1, name, keyword, f"s{speaker:02}", "low" if low else "high"])
        with (folder / f"{split}.csv").open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["id", "recording", "keyword", "speaker", "voice"])
            writer.writerows(rows)


def read(folder, split):
    """[(samples, class, speaker)]"""
    with (folder / f"{split}.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = []
    for row in rows:
        samples, rate = soundfile.read(folder / row["recording"], dtype="float32")
        assert rate == RATE
        found.append((samples, KEYWORDS.index(row["keyword"]), row["speaker"]))
    return found


def batch(sounds):
    """Zero mean and unit variance of each recording, then silence behind it that the mask hides."""
    longest = max(map(len, sounds))
    values, mask = np.zeros((len(sounds), longest), np.float32), np.zeros((len(sounds), longest), np.int64)
    for i, sound in enumerate(sounds):
        values[i, : len(sound)] = (sound - sound.mean()) / np.sqrt(sound.var() + 1e-7)
        mask[i, : len(sound)] = 1
    return {"input_values": torch.from_numpy(values), "attention_mask": torch.from_numpy(mask)}


def config():
    return Wav2Vec2Config(
        architectures=["Wav2Vec2ForSequenceClassification"],
        vocab_size=32,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        feat_extract_norm="layer",
        do_stable_layer_norm=True,
        conv_dim=[24, 24, 32],
        conv_kernel=[40, 8, 4],
        conv_stride=[16, 8, 2],
        conv_bias=True,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=4,
        classifier_proj_size=32,
        id2label=dict(enumerate(KEYWORDS)),
        label2id={keyword: i for i, keyword in enumerate(KEYWORDS)},
        # No masking of spans in training: the recordings are too short for it.
        apply_spec_augment=False,
        layerdrop=0.0,
        hidden_dropout=0.1,
        attention_dropout=0.0,
        activation_dropout=0.0,
        feat_proj_dropout=0.0,
        final_dropout=0.1,
    )


def vary(sound, generator):
    """The same word, faster or slower, which also moves the voice; with more noise."""
    speed = generator.uniform(0.85, 1.18)
    at = np.arange(0, len(sound) - 1, speed)
    varied = np.interp(at, np.arange(len(sound)), sound).astype(np.float32)
    return varied + generator.uniform(0, 0.03) * generator.standard_normal(len(varied)).astype(np.float32)


def fit(rows, epochs=80):
    # One thread: the same digits on every run.
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    generator = np.random.default_rng(SEED)
    model = Wav2Vec2ForSequenceClassification(config())
    size = 20
    steps = epochs * (len(rows) // size)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps, pct_start=0.2)
    model.train()
    for epoch in range(epochs):
        order, total = generator.permutation(len(rows)), 0.0
        for start in range(0, len(rows) - size + 1, size):
            chosen = [rows[i] for i in order[start : start + size]]
            labels = torch.tensor([label for _, label, _ in chosen])
            logits = model(**batch([vary(sound, generator) for sound, _, _ in chosen])).logits
            loss = torch.nn.functional.cross_entropy(logits, labels)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        if epoch % 20 == 19:
            print(f"epoch {epoch + 1}: {total / (len(rows) // size):.4f}", flush=True)
    return model.eval()


def answers(model, rows):
    with torch.no_grad():
        return torch.cat([model(**batch([sound])).logits for sound, _, _ in rows])


def claims(model, rows, path):
    """Inputs and what the model gives for them, in double precision."""
    inputs = batch([sound for sound, _, _ in rows])
    with torch.no_grad():
        logits = model.double()(inputs["input_values"].double(), inputs["attention_mask"]).logits
    model.float()
    save_file({**inputs, "logits": logits.float()}, path)


def main():
    out = Path(sys.argv[1])
    data = Path(sys.argv[2]) if len(sys.argv) > 2 else HERE / "data/keywords"
    if len(sys.argv) > 2:
        make(data)
    train, test = read(data, "train"), read(data, "test")
    model = fit(train)
    guesses = answers(model, test).argmax(-1).tolist()
    right = sum(guess == label for guess, (_, label, _) in zip(guesses, test))
    out.mkdir(parents=True, exist_ok=True)
    save_file({name: t.contiguous() for name, t in model.state_dict().items()}, out / "model.safetensors", {"format": "pt"})
    kept = {key: value for key, value in model.config.to_diff_dict().items() if key != "transformers_version"}
    (out / "config.json").write_text(json.dumps({"model_type": "wav2vec2", **kept}, indent=1) + "\n")
    claims(model, test[:4], out / "golden.safetensors")
    count = sum(p.numel() for p in model.parameters())
    facts = {"count": count, "accuracy": right / len(test), "rows": len(test), "speakers": SPEAKERS["test"]}
    (out / "README.md").write_text(CARD.format(**facts))
    print(f"{count:,} parameters; test accuracy {right}/{len(test)} = {right / len(test):.4f}")


if __name__ == "__main__":
    main()
