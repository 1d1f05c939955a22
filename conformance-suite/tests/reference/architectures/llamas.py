"""Golden cases of the decoders of the Llama family: Llama, SmolLM2, Mistral, Mixtral, Qwen2, Qwen3, Gemma, Gemma 2.

Every case is read back from its folder, and the reference must give the same again: so the saved config says all.
"""

import json

import common
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig
from transformers import models as families
from transformers.utils import logging

logging.disable_progress_bar()
torch.set_num_threads(1)

HEADS = {"model": "Model", "causal-lm": "ForCausalLM", "sequence-classification": "ForSequenceClassification"}
FAMILIES = {
    "llama": "Llama",
    "mistral": "Mistral",
    "mixtral": "Mixtral",
    "qwen2": "Qwen2",
    "qwen3": "Qwen3",
    "gemma": "Gemma",
    "gemma2": "Gemma2",
}
PLAIN = {
    "vocab_size": 64,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 24,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
ODD = {
    **PLAIN,
    "vocab_size": 61,
    "hidden_size": 24,
    "intermediate_size": 40,
    "num_hidden_layers": 3,
    "num_attention_heads": 3,
    "num_key_value_heads": 1,
    "max_position_embeddings": 19,
    "rms_norm_eps": 1e-3,
}


def spell_as_before(config):
    """The config as the fourth version of the library wrote it: rotary embeddings in two keys."""
    rope = config.pop("rope_parameters")
    kind = rope.pop("rope_type")
    config["rope_theta"] = rope.pop("rope_theta")
    # The oldest kinds were named by `type`, the later ones by `rope_type`.
    key = "type" if kind in ("linear", "dynamic", "yarn") else "rope_type"
    config["rope_scaling"] = None if kind == "default" else {key: kind, **rope}
    config["torch_dtype"] = config.pop("dtype")
    config["transformers_version"] = "4.38.2"


def run(model, inputs):
    result = model(**inputs, output_hidden_states=True, use_cache=False)
    outputs = {f"hidden_states.{index}": state for index, state in enumerate(result.hidden_states)}
    for name in ("last_hidden_state", "logits"):
        if getattr(result, name, None) is not None:
            outputs[name] = getattr(result, name)
    return outputs


def store_bare(path):
    """The weights as a model without a head stores them, and the buffers that checkpoints once had."""
    tensors = {name.removeprefix("model."): tensor for name, tensor in load_file(path).items()}
    tensors["layers.0.self_attn.rotary_emb.inv_freq"] = torch.ones(4)
    save_file(tensors, path, {"format": "pt"})


def case(
    family,
    head,
    seed,
    base,
    *,
    variant=None,
    rows=2,
    length=None,
    before=False,
    edit=None,
    bare=False,
    dtype=torch.float32,
    name=None,
    **options,
):
    """One case; `before` writes the config in the old spelling, `edit` changes it, `bare` renames the weights.

    The weights are stored as `dtype`. `name` stands before the head, by default the family.
    """
    values = {**base, **options}
    module = getattr(families, family)
    config = getattr(module, f"{FAMILIES[family]}Config")(**values)
    config._attn_implementation = "eager"
    kind = getattr(module, FAMILIES[family] + HEADS[head])
    torch.manual_seed(seed)
    model = common.randomise(kind(config), seed)
    common.round_weights(model, dtype)
    length = length or values["max_position_embeddings"]
    inputs = {
        "input_ids": common.ids(rows, length, values["vocab_size"], seed),
        "attention_mask": common.both_paddings(rows, length, 5 if rows > 1 else 0),
    }
    if head == "sequence-classification" and config.pad_token_id is not None:
        # Where a text ends is told by its ids alone; padding inside it is no end.
        inputs["input_ids"] = torch.where(inputs["attention_mask"] == 1, inputs["input_ids"], config.pad_token_id)
        inputs["input_ids"][0, 4] = config.pad_token_id
    with torch.no_grad():
        outputs = run(model, inputs)
    name = "-".join(part for part in (name or family, head, variant) if part)
    common.write(name, model, inputs, outputs, dtype)
    path = common.CASES / name / "config.json"
    saved = json.loads(path.read_text())
    if before:
        spell_as_before(saved)
    if edit:
        edit(saved)
    if before or edit:
        path.write_text(json.dumps(saved, indent=2) + "\n")
    if bare:
        store_bare(path.parent / "model.safetensors")
    check(kind, path.parent, inputs, outputs)
    # The reference keeps keys that were turned by the frequencies of a shorter text.
    if head == "causal-lm" and config.rope_parameters["rope_type"] != "dynamic":
        common.write_generations(name, *common.reading_and_writing(model), values["vocab_size"], length, seed)


def check(kind, folder, inputs, outputs):
    config = AutoConfig.from_pretrained(folder)
    model = kind.from_pretrained(folder, config=config, attn_implementation="eager", dtype=torch.float32).eval()
    with torch.no_grad():
        again = run(model, inputs)
    for name, value in outputs.items():
        assert torch.equal(value, again[name]), f"{folder.name}: {name} differs once read back"


def rope(kind, theta=10000.0, **parameters):
    return {"rope_type": kind, "rope_theta": theta, **parameters}


def llama():
    full = {"attention_bias": True, "mlp_bias": True, "hidden_act": "gelu", "tie_word_embeddings": True, "head_dim": 10}
    case("llama", "model", 1, PLAIN)
    case("llama", "model", 2, ODD, variant="odd", rows=3, **full, rope_parameters=rope("default", 500.0))
    case("llama", "causal-lm", 3, PLAIN)
    case("llama", "causal-lm", 4, ODD, variant="odd", rows=3, **full)
    case("llama", "causal-lm", 7, PLAIN, variant="bare", before=True, bare=True, tie_word_embeddings=True)
    case("llama", "sequence-classification", 5, PLAIN, num_labels=3)
    case("llama", "sequence-classification", 6, {**ODD, "pad_token_id": None}, variant="odd", rows=1, mlp_bias=True)

    # Twice the positions that the model was trained for, and more, so that every kind of scaling shows.
    longer = {**PLAIN, "max_position_embeddings": 40, "vocab_size": 50}
    small = {"original_max_position_embeddings": 16}
    # One frequency stays, one is mended, two are divided.
    llama3 = {"factor": 8.0, "low_freq_factor": 0.25, "high_freq_factor": 2.0, **small}
    scaled = {
        "linear": (longer, rope("linear", factor=2.5)),
        "dynamic": ({**longer, "max_position_embeddings": 16}, rope("dynamic", factor=2.0)),
        "llama3": (longer, rope("llama3", 500.0, **llama3)),
        "yarn": (longer, rope("yarn", 50.0, factor=4.0, beta_fast=0.7, beta_slow=0.2, **small)),
    }
    for seed, (kind, (base, parameters)) in enumerate(scaled.items(), 10):
        case("llama", "causal-lm", seed, base, variant=kind, length=40, rope_parameters=parameters)
        case("llama", "causal-lm", seed, base, variant=f"{kind}-v4", length=40, rope_parameters=parameters, before=True)
    # A ramp that has no width, one that would end behind the last frequency, and what else YaRN lets a config say.
    wide = {**longer, "head_dim": 12, "tie_word_embeddings": True}
    ends = {"factor": 4.0, "beta_fast": 2.0, "beta_slow": 0.25, **small}
    for seed, (variant, more) in enumerate(
        {
            "yarn-defaults": {"factor": 4.0, "original_max_position_embeddings": 6},
            "yarn-attention-factor": {**ends, "attention_factor": 1.5, "beta_slow": 1e-4},
            "yarn-mscale": {**ends, "mscale": 1.5, "mscale_all_dim": 0.5},
            "yarn-untruncated": {**ends, "truncate": False},
        }.items(),
        20,
    ):
        case("llama", "causal-lm", seed, wide, variant=variant, length=40, rope_parameters=rope("yarn", 100.0, **more))
    # Within the trained positions the dynamic kind is the plain one.
    case("llama", "causal-lm", 30, longer, variant="dynamic-short", rope_parameters=rope("dynamic", factor=2.0))

    case("llama", "causal-lm", 31, PLAIN, variant="float16", dtype=torch.float16)
    case("llama", "causal-lm", 32, ODD, variant="bfloat16", rows=3, dtype=torch.bfloat16, **full)


def smollm2():
    """SmolLM2: Llama with a tied table and a third as many keys as queries; two keys of its config are its own."""
    plain = {
        **PLAIN,
        "hidden_size": 48,
        "intermediate_size": 72,
        "num_attention_heads": 6,
        "num_key_value_heads": 2,
        "bos_token_id": 0,
        "eos_token_id": 0,
        "pad_token_id": None,
        "rms_norm_eps": 1e-5,
        "initializer_range": 0.041666666666666664,
        "tie_word_embeddings": True,
        "rope_parameters": rope("default", 100000),
    }
    odd = {
        **plain,
        "vocab_size": 61,
        "hidden_size": 54,
        "intermediate_size": 40,
        "num_attention_heads": 9,
        "num_key_value_heads": 3,
        "max_position_embeddings": 19,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "pad_token_id": 2,
    }

    def published(config):
        """The keys that its public `config.json` has, and only those."""
        del config["mlp_bias"], config["head_dim"], config["pad_token_id"]
        config["is_llama_config"] = True
        config["rope_interleaved"] = False
        config["transformers_version"] = "4.40.1"

    def instructed(config):
        """As later versions write it, with the head size; and another program's key, as the instructed model has it."""
        config["is_llama_config"] = True
        config["rope_interleaved"] = False
        config["transformers.js_config"] = {"kv_cache_dtype": {"fp16": "float16", "q4f16": "float16"}}
        config["transformers_version"] = "4.42.3"

    old = {"name": "smollm2", "before": True}
    case("llama", "causal-lm", 33, plain, edit=published, **old)
    case("llama", "causal-lm", 34, odd, variant="odd", rows=3, edit=instructed, **old)
    case("llama", "causal-lm", 35, odd, variant="bfloat16", rows=3, edit=published, dtype=torch.bfloat16, **old)


def mistral():
    odd = {"sliding_window": None, "head_dim": 6, "hidden_act": "gelu_pytorch_tanh", "tie_word_embeddings": True}
    case("mistral", "model", 41, PLAIN, sliding_window=7)
    case("mistral", "model", 42, ODD, variant="odd", rows=3, **odd)
    case("mistral", "causal-lm", 43, PLAIN, sliding_window=7)
    case("mistral", "causal-lm", 44, ODD, variant="odd", rows=3, **odd)
    case("mistral", "causal-lm", 45, PLAIN, variant="v4", sliding_window=4, before=True)
    case("mistral", "sequence-classification", 46, PLAIN, sliding_window=7, num_labels=3)
    case("mistral", "sequence-classification", 47, ODD, variant="odd", rows=3, **odd, num_labels=1)


def mixtral():
    plain = {"num_local_experts": 4, "intermediate_size": 24, "vocab_size": 50}
    odd = {
        "num_local_experts": 5,
        "num_experts_per_tok": 3,
        "intermediate_size": 20,
        "sliding_window": 6,
        "head_dim": 10,
        "hidden_act": "relu",
        "num_hidden_layers": 2,
    }
    one = {"num_local_experts": 3, "num_experts_per_tok": 1, "intermediate_size": 24}
    case("mixtral", "model", 51, PLAIN, **plain)
    case("mixtral", "model", 52, {**ODD, **odd}, variant="odd", rows=3)
    case("mixtral", "causal-lm", 53, {**PLAIN, **plain})
    case("mixtral", "causal-lm", 54, {**ODD, **odd}, variant="odd", rows=3, tie_word_embeddings=True)
    case("mixtral", "causal-lm", 55, {**PLAIN, **one}, variant="v4", before=True)
    case("mixtral", "sequence-classification", 56, {**PLAIN, **plain}, num_labels=3)
    case("mixtral", "sequence-classification", 57, {**ODD, **odd}, variant="odd", rows=3, num_labels=1)


def without_layer_types(config):
    """As before version 4.53, when which layers slide followed from `max_window_layers` or their index alone."""
    del config["layer_types"]


def qwen(family, seed, plain=PLAIN, **more):
    slide = {"use_sliding_window": True, "sliding_window": 5, "max_window_layers": 1}
    chosen = {
        "use_sliding_window": True,
        "sliding_window": 6,
        "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
    }
    odd = {**ODD, **more, **chosen, "hidden_act": "relu", "tie_word_embeddings": True}
    yarn = rope("yarn", 100.0, factor=4.0, original_max_position_embeddings=16, beta_fast=2.0, beta_slow=0.25)
    case(family, "model", seed, plain)
    case(family, "model", seed + 1, odd, variant="odd", rows=3)
    case(family, "causal-lm", seed + 2, plain, rope_parameters=yarn, length=32)
    case(family, "causal-lm", seed + 3, odd, variant="odd", rows=3)
    case(family, "causal-lm", seed + 4, plain, variant="v4", **slide, before=True, edit=without_layer_types)
    case(family, "sequence-classification", seed + 5, plain, num_labels=3)
    case(family, "sequence-classification", seed + 6, odd, variant="odd", rows=3, num_labels=1)


def gemma():
    odd = {**ODD, "head_dim": 10, "attention_bias": True, "tie_word_embeddings": False}
    plain = {**PLAIN, "head_dim": 16}
    case("gemma", "model", 81, plain)
    case("gemma", "model", 82, odd, variant="odd", rows=3, hidden_act="relu")
    case("gemma", "causal-lm", 83, plain)
    case("gemma", "causal-lm", 84, odd, variant="odd", rows=3, hidden_act="silu")

    def legacy(config):
        """As the first release was published: `gelu` meant the tanh form, which another key said later."""
        config["hidden_act"] = "gelu"
        config["hidden_activation"] = "gelu_pytorch_tanh"

    case("gemma", "causal-lm", 85, plain, variant="v4", before=True, edit=legacy)
    case("gemma", "sequence-classification", 86, plain, num_labels=3)
    case("gemma", "sequence-classification", 87, odd, variant="odd", rows=3, num_labels=1)


def gemma2():
    capped = {"attn_logit_softcapping": 3.0, "final_logit_softcapping": 4.0, "sliding_window": 7}
    plain = {**PLAIN, **capped, "head_dim": 16, "query_pre_attn_scalar": 24}
    odd = {
        **ODD,
        "head_dim": 10,
        "query_pre_attn_scalar": 9,
        "sliding_window": 5,
        "attention_bias": True,
        "hidden_activation": "silu",
        "attn_logit_softcapping": None,
        "final_logit_softcapping": None,
        "tie_word_embeddings": False,
        "layer_types": ["full_attention", "sliding_attention", "sliding_attention"],
    }
    case("gemma2", "model", 91, plain)
    case("gemma2", "model", 92, odd, variant="odd", rows=3)
    case("gemma2", "causal-lm", 93, plain)
    case("gemma2", "causal-lm", 94, odd, variant="odd", rows=3)

    def legacy(config):
        without_layer_types(config)
        config["hidden_act"] = config["hidden_activation"]
        config["cache_implementation"] = "hybrid"

    case("gemma2", "causal-lm", 95, plain, variant="v4", before=True, edit=legacy)
    case("gemma2", "sequence-classification", 96, plain, num_labels=3)
    case("gemma2", "sequence-classification", 97, odd, variant="odd", rows=3, num_labels=1)


if __name__ == "__main__":
    llama()
    smollm2()
    mistral()
    mixtral()
    qwen("qwen2", 61)
    qwen("qwen3", 71, {**PLAIN, "head_dim": 16}, head_dim=10, attention_bias=True)
    gemma()
    gemma2()
