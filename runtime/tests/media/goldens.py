"""Inputs and reference values for the preparation of pictures and recordings, by the libraries that models are trained
with. Run it to write the files of a folder again (`cards-001.wav` must lie there):

    python goldens.py FOLDER TORCHAUDIO/functional/functional.py

The pictures and the other recordings are made here, from a seed. The goldens in the tree were made with Python 3.11.7,
Pillow 13.0.0 (libjpeg-turbo), torch 2.15.0, torchvision 0.29.2, transformers 5.24.0, soundfile 0.14.0 (libsndfile),
torchaudio 2.11.0, numpy 2.4.6 and scipy 1.17.1. Pillow 12 and older go along rows first always; version 13 goes along
columns first where the height shrinks by more than twice what the width does (`resize.*.5x55`).

torchaudio's functions are taken from its source text, out of its wheel: its compiled parts belong to another torch.
"""
import math
import os
import struct
import sys
import warnings
import zlib
from typing import Optional

import numpy as np
import soundfile
import torch
from PIL import Image
from safetensors.numpy import save_file
from scipy.ndimage import gaussian_filter
from torchvision.transforms import functional as F
from torchvision.transforms import InterpolationMode
from transformers import Wav2Vec2FeatureExtractor, WhisperFeatureExtractor
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

warnings.simplefilter("ignore")
FOLDER, TORCHAUDIO = sys.argv[1:]
RANDOM = np.random.default_rng(20261126)
FILTERS = {
    "nearest": InterpolationMode.NEAREST,
    "bilinear": InterpolationMode.BILINEAR,
    "bicubic": InterpolationMode.BICUBIC,
}
goldens = {}


def path(name):
    return os.path.join(FOLDER, name)


def picture(height, width, smooth):
    """Noise under a slope; smooth as photographs are, or with hard edges."""
    noise = gaussian_filter(RANDOM.standard_normal((height, width, 3)), (smooth, smooth, 0))
    slope = np.linspace(-40, 40, width)[None, :, None] + np.linspace(30, -30, height)[:, None, None]
    return (noise / noise.std() * 55 + 128 + slope).clip(0, 255).astype(np.uint8)


def png(name, width, height, depth, colour, rows, extra=b""):
    """A PNG of a kind that Pillow does not write."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    with open(path(name), "wb") as file:
        header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
        packed = zlib.compress(b"".join(b"\0" + row for row in rows))
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", packed) + chunk(b"IEND", b""))


def write_pictures():
    colour, even = picture(47, 61, 1.0), picture(48, 64, 2.0)
    image = Image.fromarray(colour)
    image.save(path("colour.png"))
    image.convert("L").save(path("grey.png"))
    image.convert("1").save(path("bits.png"))
    image.save(path("colour.bmp"))
    image.quantize(200).save(path("palette.bmp"))
    image.quantize(16).save(path("palette.png"), bits=4, transparency=3)
    alpha = RANDOM.integers(0, 256, (47, 61), dtype=np.uint8)
    Image.fromarray(np.dstack([colour, alpha])).save(path("alpha.png"))
    Image.fromarray(np.dstack([colour[:, :, 0], alpha])).save(path("grey-alpha.png"))
    deep = RANDOM.integers(0, 65536, (5, 7, 3), dtype=np.uint16)
    png("deep-colour.png", 7, 5, 16, 2, [row.astype(">u2").tobytes() for row in deep])
    png("deep-alpha.png", 10, 5, 16, 4, [row[:20].astype(">u2").tobytes() for row in deep.reshape(5, 21)])
    flat = RANDOM.integers(0, 400, (5, 7), dtype=np.uint16)
    png("deep-grey.png", 7, 5, 16, 0, [row.astype(">u2").tobytes() for row in flat])
    Image.fromarray(even).save(path("full.jpg"), quality=92, subsampling=0)
    Image.fromarray(even).save(path("half.jpg"), quality=92, subsampling=2)
    Image.fromarray(even).save(path("half-width.jpg"), quality=85, subsampling=1, progressive=True)
    Image.fromarray(picture(61, 90, 2.0)).save(path("half-odd.jpg"), quality=90, subsampling=2)
    Image.fromarray(even).convert("L").save(path("grey.jpg"), quality=90)
    return [name for name in sorted(os.listdir(FOLDER)) if name.endswith((".png", ".jpg", ".bmp"))]


def pictures():
    for name in write_pictures():
        with Image.open(path(name)) as image:
            goldens[f"{name}.rgb"] = np.array(image.convert("RGB"))
            goldens[f"{name}.grey"] = np.array(image.convert("L"))
    for source in ["colour", "grey"]:
        image = Image.open(path(f"{source}.png"))
        for name, mode in FILTERS.items():
            for height, width in [(13, 17), (70, 95), (20, 90), (47, 20), (80, 61), (5, 55), (1, 1)]:
                resized = F.resize(image, [height, width], interpolation=mode)
                goldens[f"resize.{source}.{name}.{height}x{width}"] = np.array(resized)
            turned = image.transpose(Image.Transpose.ROTATE_90)
            goldens[f"shortest.{source}.{name}.23"] = np.array(F.resize(image, 23, interpolation=mode))
            goldens[f"shortest-turned.{source}.{name}.23"] = np.array(F.resize(turned, 23, interpolation=mode))
        for height, width in [(44, 56), (45, 58), (46, 60), (60, 70), (50, 40), (47, 64), (61, 47)]:
            goldens[f"crop.{source}.{height}x{width}"] = np.array(F.center_crop(image, [height, width]))
    image = Image.open(path("colour.png"))
    tensor = F.to_tensor(F.resize(image, [16, 18], interpolation=InterpolationMode.BILINEAR))
    goldens["rescaled"] = tensor.numpy()
    goldens["normalised"] = F.normalize(tensor, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]).numpy()
    vit = ViTImageProcessorPil(size={"height": 24, "width": 24})
    goldens["vit"] = vit(image, return_tensors="np")["pixel_values"][0]
    clip = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 24, "width": 24})
    goldens["clip"] = clip(image, return_tensors="np")["pixel_values"][0]


def torchaudio_resample():
    with open(TORCHAUDIO) as file:
        text = file.read()
    names = {"math": math, "torch": torch, "Tensor": torch.Tensor, "Optional": Optional, "warnings": warnings}
    names["_CPU"] = torch.device("cpu")
    exec(text[text.index("def _get_sinc_resample_kernel") : text.index("@torch.jit.unused\ndef edit_distance")], names)
    return names["resample"]


def write_recordings():
    time = np.arange(1102) / 22050
    left = 0.6 * np.sin(2 * np.pi * 440 * time) + 0.05 * RANDOM.standard_normal(1102)
    both = np.stack([left, 0.9 * np.sin(2 * np.pi * 1200 * time) - 0.09], 1)
    both[:3] = [[1.0, -1.0], [-1.0, 1.0], [0.0, 0.5]]
    kinds = {"u8": "PCM_U8", "i16": "PCM_16", "i24": "PCM_24", "i32": "PCM_32", "f32": "FLOAT", "f64": "DOUBLE"}
    for name, kind in kinds.items():
        soundfile.write(path(f"{name}.wav"), both, 22050, subtype=kind)
    soundfile.write(path("extensible.wav"), both, 22050, subtype="PCM_24", format="WAVEX")
    soundfile.write(path("i16.flac"), both, 22050, subtype="PCM_16")
    soundfile.write(path("i24.flac"), np.tile(left, 5), 44100, subtype="PCM_24")
    return [f"{name}.wav" for name in [*kinds, "extensible", "cards-001"]] + ["i16.flac", "i24.flac"]


def recordings():
    for name in write_recordings():
        samples, rate = soundfile.read(path(name), dtype="float32", always_2d=True)
        goldens[f"{name}.samples"] = samples
        goldens[f"{name}.rate"] = np.array([rate], dtype=np.int64)
    goldens["mono"] = goldens["i24.wav.samples"].mean(axis=1)
    speech = goldens["cards-001.wav.samples"][:, 0]
    resample = torchaudio_resample()
    part = torch.from_numpy(speech[4000:6000].copy())
    for old, new in [(44100, 16000), (48000, 16000), (22050, 16000), (8000, 16000), (16000, 8000), (11025, 16000)]:
        goldens[f"resample.{old}.{new}"] = resample(part, old, new).numpy()
    wav2vec = Wav2Vec2FeatureExtractor(do_normalize=True)
    goldens["standardised"] = wav2vec(speech[:4000], sampling_rate=16000, return_tensors="np").input_values[0]
    for mels, frames in [(80, 128), (128, 40)]:
        whisper = WhisperFeatureExtractor(feature_size=mels)
        whole = whisper(speech, sampling_rate=16000, return_tensors="np").input_features[0]
        assert (whole[:, 200:] == whole[0, 200]).all(), "silence behind the recording"
        goldens[f"log_mel.{mels}"] = whole[:, :frames]
        goldens[f"log_mel_silence.{mels}"] = whole[:1, 200]
        silent = np.zeros(480000, np.float32)
        silent[: len(speech)] = speech
        precise = whisper._np_extract_fbank_features(silent[None], "cpu")[0]
        goldens[f"log_mel_numpy.{mels}"] = precise[:, 40:60].astype(np.float32)
    # A recording without an end that is heard: 31 seconds, of which 30 count; the last windows are mirrored.
    long = np.tile(speech, 29)[: 31 * 16000]
    whole = WhisperFeatureExtractor()(long, sampling_rate=16000, return_tensors="np").input_features[0]
    goldens["log_mel_long.80"] = whole[:, -16:]


pictures()
recordings()
save_file({name: np.ascontiguousarray(value) for name, value in sorted(goldens.items())}, path("goldens.safetensors"))
