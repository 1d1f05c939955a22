"""Writes the Gemma models of `tests/architectures` as GGUF: names and layouts as llama.cpp's `convert_hf_to_gguf.py` has them
for these architectures (gains with their one, rows of queries and keys in their order).

    python gemma.py

Made with gguf 0.19.0, numpy 2.4.6, safetensors 0.8.0. Then transformers 5.24.0 reads the second one by its own rules and must
give the golden outputs; it reads no GGUF of the first Gemma.
"""

import json
import pathlib
import shutil

import gguf
import numpy as np
import torch
import transformers
from safetensors.numpy import load_file

HERE = pathlib.Path(__file__).resolve().parent
NORMS = {
    "gemma": {"input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm"},
    "gemma2": {
        "input_layernorm": "attn_norm",
        "post_attention_layernorm": "post_attention_norm",
        "pre_feedforward_layernorm": "ffn_norm",
        "post_feedforward_layernorm": "post_ffw_norm",
    },
}
OTHERS = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def renamed(name, family):
    if name == "model.embed_tokens.weight":
        return "token_embd.weight"
    if name == "model.norm.weight":
        return "output_norm.weight"
    _, _, layer, rest = name.split(".", 3)
    return f"blk.{layer}.{(NORMS[family] | OTHERS)[rest.removesuffix('.weight')]}.weight"


def convert(source, target, family):
    config = json.loads((source / "config.json").read_text())
    target.mkdir(exist_ok=True)
    made = gguf.GGUFWriter(target / "model.gguf", family)
    made.add_context_length(config["max_position_embeddings"])
    made.add_embedding_length(config["hidden_size"])
    made.add_block_count(config["num_hidden_layers"])
    made.add_feed_forward_length(config["intermediate_size"])
    made.add_head_count(config["num_attention_heads"])
    made.add_head_count_kv(config["num_key_value_heads"])
    made.add_key_length(config["head_dim"])
    made.add_value_length(config["head_dim"])
    made.add_layer_norm_rms_eps(config["rms_norm_eps"])
    made.add_vocab_size(config["vocab_size"])
    if family == "gemma2":
        made.add_attn_logit_softcapping(config["attn_logit_softcapping"])
        made.add_final_logit_softcapping(config["final_logit_softcapping"])
        made.add_sliding_window(config["sliding_window"])
    for name, numbers in load_file(source / "model.safetensors").items():
        gain = np.float32(1) if name.endswith("norm.weight") else np.float32(0)
        made.add_tensor(renamed(name, family), numbers + gain)
    made.write_header_to_file()
    made.write_kv_data_to_file()
    made.write_tensors_to_file()
    made.close()
    shutil.copy(source / "golden.safetensors", target)


def read_by_transformers(folder, config):
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, gguf_file="model.gguf", config=config).eval()
    golden = {name: torch.from_numpy(numbers) for name, numbers in load_file(folder / "golden.safetensors").items()}
    given = {name: golden[name] for name in ("input_ids", "attention_mask")}
    with torch.no_grad():
        logits = model(**given).logits
    kept = golden["attention_mask"].bool()
    print(folder.name, "by transformers:", float((logits - golden["logits"])[kept].abs().max()))


if __name__ == "__main__":
    tests = HERE.parent
    for family in NORMS:
        source, target = tests / "architectures" / f"{family}-causal-lm", tests / "goldens" / f"{family}-gguf"
        convert(source, target, family)
        if family == "gemma2":
            # The scale of the scores is not in the file.
            shutil.copy(source / "config.json", target)
            config = transformers.AutoConfig.from_pretrained(target, attn_implementation="eager")
            read_by_transformers(target, config)
