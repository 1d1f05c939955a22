"""What the scripts of this folder share: weights that show every fault, and a case folder as the tests read it.

A case is a folder under `conformance-suite/tests/architectures/`: `config.json` and `model.safetensors` as the
reference library saves them, and `golden.safetensors` with the inputs and outputs of the reference in f32, eager.
`generations.json` is there if the model writes text: what it writes, and how likely that is.
"""

import copy
import itertools
import json
import os
import pathlib
import shutil

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import GenerationConfig, GenerationMixin
from transformers.pytorch_utils import Conv1D

CASES = pathlib.Path(__file__).resolve().parents[2] / "architectures"


def summed(module, tensor):
    """Over how many products each number sums that a weight of two or more axes makes.

    1 of what is read or added as it is stored: tables of vectors, and values like ViT's positions, which lead with an
    axis of one.
    """
    if isinstance(module, (nn.Linear, nn.Conv1d, nn.Conv2d)):
        return tensor[0].numel()
    if isinstance(module, Conv1D) or getattr(module, "stored_in_out", False):
        return tensor.shape[0]
    return 1 if tensor.shape[0] == 1 else tensor.shape[-1]


def randomise(model, seed):
    """Weights of ordinary size, unlike each other, none neutral: matrices by fan-in, gains around 1, biases around 0.

    The libraries' own initial values (tiny matrices, zero biases, gains of one) would hide most faults. So would the
    row of zeros that a table begins with at its `padding_idx`: the libraries read that row as it is stored, whatever
    it holds, and that of public checkpoints is often not zero. It is drawn like the others.
    """
    generator = torch.Generator().manual_seed(seed)
    draw = lambda tensor: torch.randn(tensor.shape, generator=generator, dtype=torch.float32)
    # An output layer that is tied to a table is that table.
    tables = {id(module.weight) for module in model.modules() if isinstance(module, nn.Embedding)}
    done = set()
    with torch.no_grad():
        for name, tensor in sorted(model.state_dict(keep_vars=True).items()):
            if not tensor.is_floating_point() or tensor.numel() == 0 or id(tensor) in done:
                continue
            done.add(id(tensor))
            module = model.get_submodule(name.rpartition(".")[0])
            if name.endswith("running_var"):
                tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.5)
            elif tensor.dim() >= 2:
                tensor.copy_(draw(tensor) / (1 if id(tensor) in tables else summed(module, tensor)) ** 0.5)
            elif name.endswith("weight") and not type(module).__name__.startswith("Gemma"):
                tensor.copy_(1 + 0.2 * draw(tensor))
            else:
                # Gemma's norms add the 1 themselves.
                tensor.copy_(0.2 * draw(tensor))
    return model.eval()


def round_weights(model, dtype):
    """The weights rounded to `dtype`; the model still computes in f32, its buffers that are not stored untouched."""
    with torch.no_grad():
        for tensor in model.state_dict().values():
            if tensor.is_floating_point():
                tensor.copy_(tensor.to(dtype))
    return model


def ids(rows, length, vocabulary, seed, low=3):
    """Random token ids without the special ones below `low`."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(low, vocabulary, (rows, length), generator=generator)


def right_padding(rows, length, padded):
    """A mask whose last row ends with `padded` positions of padding."""
    mask = torch.ones(rows, length, dtype=torch.int64)
    mask[-1, length - padded :] = 0
    return mask


def left_padding(rows, length, padded):
    """A mask whose last row begins with padding: of a causal decoder, padding at the end would show nothing."""
    return right_padding(rows, length, padded).flip(1)


def both_paddings(rows, length, padded):
    """A mask whose last row ends with padding and, of three rows or more, whose second begins with it."""
    mask = right_padding(rows, length, padded)
    if rows > 2:
        mask[1, : max(padded - 2, 0)] = 0
    return mask


def spread(inputs, outputs):
    """How far the two rows that are most alike lie apart, and in which output, in parts of its largest value.

    Only rows of different inputs count, and of texts only the positions that both keep; None if there are no two.
    """
    found = []
    for name, value in outputs.items():
        given = [each for each in inputs.values() if each.shape[0] == value.shape[0]]
        masks = [each for key, each in inputs.items() if key.endswith("mask") and each.shape == value.shape[:2]]
        for a, b in itertools.combinations(range(value.shape[0]), 2):
            if all(torch.equal(each[a], each[b]) for each in given):
                continue
            apart = (value[a] - value[b]).abs()
            for mask in masks:
                apart = apart[(mask[a] * mask[b]).bool()] if apart.shape[0] == mask.shape[1] else apart
            found.append((float(apart.max() / value.abs().max()), name))
    return min(found, default=None)


def write(case, model, inputs, outputs, dtype=torch.float32):
    """Saves the model as its library does, its weights as `dtype`, and the claims: `inputs` and `outputs` by name."""
    folder = CASES / case
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if dtype != torch.float32:
        # A copy: buffers that are not stored, like rotary frequencies, would lose digits.
        model = copy.deepcopy(model).to(dtype)
    model.save_pretrained(folder, safe_serialization=True)
    for extra in ("generation_config.json",):
        (folder / extra).unlink(missing_ok=True)
    claims = {**inputs, **outputs}
    as_stored = lambda value: value.to(torch.float32 if value.is_floating_point() else torch.int64).detach().clone()
    plain = {name: as_stored(value).contiguous() for name, value in claims.items() if value is not None}
    assert all(torch.isfinite(value).all() for value in plain.values() if value.is_floating_point())
    save_file(plain, folder / "golden.safetensors")
    # A model that says the same of everything shows nothing. A case of one row has no second to differ from.
    least = spread(*({name: plain[name] for name in part if name in plain} for part in (inputs, outputs)))
    assert least is None or least[0] > 0.01, f"{case}: two rows give nearly the same {least[1]}: {least[0]}"
    size = sum(file.stat().st_size for file in folder.iterdir())
    numbers = sum(t.numel() for t in load_file(folder / "model.safetensors").values())
    apart = "one row" if least is None else f"rows {least[0]:.2g} apart at least, in {least[1]}"
    print(f"{case}: {numbers} numbers, {size} bytes, {apart}")


def reading_and_writing(model, **encoder):
    """How a model of the reference library reads a text as a whole, and how it writes on with its own cache.

    `encoder` holds the inputs of an encoder by name, all rows of them.
    """
    text = "decoder_input_ids" if encoder else "input_ids"
    given = lambda ids, row: {**{name: value[row : row + 1] for name, value in encoder.items()}, text: ids}

    def read(ids, row):
        return model(**given(torch.tensor([ids]), row), use_cache=False).logits[0]

    def write_on(ids, row, count):
        # Nothing that the library would add by itself: no end, no penalty, no forced or suppressed ids.
        model.generation_config = GenerationConfig()
        config = GenerationConfig(
            do_sample=False, num_beams=1, max_new_tokens=count, use_cache=True, decoder_start_token_id=ids[0],
            return_dict_in_generate=True, output_logits=True, output_scores=True,
        )  # fmt: skip
        ids = torch.tensor([ids])
        # Without a mask the library would take ids of padding for padding.
        mask = {} if encoder else {"attention_mask": torch.ones_like(ids)}
        # Whisper has a `generate` of its own, for sound of any length.
        made = GenerationMixin.generate(model, **given(ids, row), **mask, generation_config=config)
        assert all(torch.equal(*each) for each in zip(made.logits, made.scores)), "the logits were processed"
        return made.sequences[0, ids.shape[1] :].tolist(), torch.cat(made.logits)

    return read, write_on


def greedy(read, prompt, row, count):
    """The likeliest ids after the prompt, one full pass for each, and how likely they are together.

    None if two are nearly as likely somewhere.
    """
    text, likelihood = list(prompt), 0.0
    for _ in range(count):
        logits = read(text, row)[-1]
        first, second = logits.topk(2).values
        if first - second <= 1e-3 * logits.abs().max():
            return None
        text.append(int(logits.argmax()))
        likelihood += float(logits.double().log_softmax(-1).max())
    return text[len(prompt) :], likelihood


def best_greedy(read, prompts, row, longest):
    """The prompt that is followed by the most different ids, of equals by the least certain ones, and these.

    A model that repeats itself shows little.
    """
    best = None
    for prompt in prompts:
        if made := greedy(read, prompt, row, longest - len(prompt)):
            found = (len(set(made[0])), -made[1], prompt, made[0])
            best = found if best is None else max(best, found)
    assert best, f"no prompt has one greedy continuation: {prompts}"
    return best[2:]


@torch.no_grad()
def write_generations(case, read, write_on, vocabulary, longest, seed, begin=None, rows=1):
    """Adds `generations.json` to a case: two continuations that the model writes, and one of ids drawn by chance.

    `read` gives the logits of a text by a full pass; `write_on` what the library writes with its cache, and is None
    where no library has the model. Each text is `longest` ids long. The decoder of an encoder's model begins with the
    id `begin`, and its encoder reads one of `rows` rows.
    """

    def drawn(size, number):
        text = ids(1, size, vocabulary, 100 * seed + number)[0].tolist()
        return text if begin is None else [begin, *text[1:]]

    short, long = (3, 2 * longest // 3) if begin is None else (1, 4)
    claims = []
    for row, size, first in ((rows - 1, short, 0), (0, long, 40)):
        prompts = [drawn(size, first + number) for number in range(1 if size == 1 else 40)]
        prompt, continuation = best_greedy(read, prompts, row, longest)
        if write_on:
            written, cached = write_on(prompt, row, len(continuation))
            assert written == continuation, f"{case}: the cache writes {written}, full passes {continuation}"
            logits = read(prompt + continuation[:-1], row)[size - 1 :]
            apart = float((cached - logits).abs().max() / logits.abs().max())
            assert apart < 1e-5, f"{case}: the logits of the cache are {apart} of their largest off"
        claims.append({"prompt": prompt, "continuation": continuation, "greedy": True, "row": row})
    continuation = ids(1, longest - 1, vocabulary, 100 * seed + 99, low=0)[0].tolist()
    claims.append({"prompt": drawn(1, 80), "continuation": continuation, "greedy": False, "row": rows - 1})
    for claim in claims:
        prompt, continuation = claim["prompt"], claim["continuation"]
        logits = read(prompt + continuation[:-1], claim["row"])[len(prompt) - 1 :]
        likelihoods = logits.double().log_softmax(-1)[torch.arange(len(continuation)), continuation]
        claim["log_likelihoods"] = likelihoods.tolist()
        if begin is None:
            del claim["row"]
    lines = ",\n".join(json.dumps(claim) for claim in claims)
    (CASES / case / "generations.json").write_text(f"[\n{lines}\n]\n")
    kinds = ", ".join(str(len(set(claim["continuation"]))) for claim in claims)
    print(f"{case}: continuations of {kinds} different ids")
