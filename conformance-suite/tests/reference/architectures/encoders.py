"""Cases of the encoder families: BERT, RoBERTa, DistilBERT, ALBERT, ELECTRA, DeBERTa-v2, and a sentence embedder.

`encoders.py` makes all cases, `encoders.py NAME...` those whose name begins with one of the names.
"""

import json
import sys

import torch
from safetensors.torch import load_file, save_file
from transformers import (
    AlbertConfig,
    AlbertForMaskedLM,
    AlbertForSequenceClassification,
    AlbertForTokenClassification,
    AlbertModel,
    BertConfig,
    BertForMaskedLM,
    BertForSequenceClassification,
    BertForTokenClassification,
    BertModel,
    DebertaV2Config,
    DebertaV2ForMaskedLM,
    DebertaV2ForSequenceClassification,
    DebertaV2ForTokenClassification,
    DebertaV2Model,
    DistilBertConfig,
    DistilBertForMaskedLM,
    DistilBertForSequenceClassification,
    DistilBertForTokenClassification,
    DistilBertModel,
    ElectraConfig,
    ElectraForMaskedLM,
    ElectraForSequenceClassification,
    ElectraForTokenClassification,
    ElectraModel,
    RobertaConfig,
    RobertaForMaskedLM,
    RobertaForSequenceClassification,
    RobertaForTokenClassification,
    RobertaModel,
)

from common import CASES, ids, randomise, right_padding, write

torch.set_num_threads(1)

SMALL = dict(
    vocab_size=90,
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=4,
    intermediate_size=48,
    max_position_embeddings=24,
)
ODD = dict(
    vocab_size=61,
    hidden_size=24,
    num_hidden_layers=3,
    num_attention_heads=3,
    intermediate_size=40,
    max_position_embeddings=17,
)
DISTIL = dict(vocab_size=90, dim=32, n_layers=2, n_heads=4, hidden_dim=48, max_position_embeddings=24)
DISTIL_ODD = dict(vocab_size=61, dim=24, n_layers=3, n_heads=3, hidden_dim=40, max_position_embeddings=17)


def sharpen(model):
    """Queries and keys of twice the ordinary size, so that attention is far from even and what it sees matters."""
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if any(part in name for part in ("query", "key", "q_lin", "k_lin")) and name.endswith("weight"):
                tensor.mul_(2)


def inputs_of(config, length, kinds, pad):
    """Three rows of `length` tokens, the last one padded on the right; `pad` also stands among those that count."""
    tokens = ids(3, length, config.vocab_size, seed=length, low=8)
    mask = right_padding(3, length, padded=length // 3)
    tokens = torch.where(mask == 0, pad, tokens)
    tokens[0, length // 2] = pad
    inputs = {"input_ids": tokens, "attention_mask": mask}
    if kinds > 0:
        generator = torch.Generator().manual_seed(length + 1)
        inputs["token_type_ids"] = torch.randint(0, kinds, (3, length), generator=generator)
    return inputs


def run(model, inputs):
    """The outputs of the model and its hidden states, by name."""
    with torch.no_grad():
        result = model(**inputs, output_hidden_states=True)
    outputs = {name: result[name] for name in ("logits", "last_hidden_state", "pooler_output") if name in result}
    states = {f"hidden_states.{n}": state for n, state in enumerate(result.hidden_states)}
    return outputs | states


def case(name, cls, config, seed, length=None, kinds=None, pad=None, sentence=False, edit=None, keys=None):
    """One case: `length` tokens, by default as many as there are positions.

    `edit` changes the stored tensors, `keys` are keys of `config.json` as older public checkpoints write them.
    """
    if not any(name.startswith(wanted) for wanted in sys.argv[1:] or [""]):
        return
    config._attn_implementation = "eager"
    model = randomise(cls(config), seed)
    sharpen(model)
    length = length or config.max_position_embeddings
    kinds = config.type_vocab_size if kinds is None else kinds
    inputs = inputs_of(config, length, kinds, config.pad_token_id if pad is None else pad)
    outputs = run(model, inputs)
    if sentence:
        keep = inputs["attention_mask"].unsqueeze(-1).float()
        pooled = (outputs["last_hidden_state"] * keep).sum(1) / keep.sum(1)
        outputs["sentence_embedding"] = torch.nn.functional.normalize(pooled, dim=-1)
        del outputs["pooler_output"]
    write(name, model, inputs, outputs)
    if edit:
        path = CASES / name / "model.safetensors"
        save_file(edit(load_file(path)), path, metadata={"format": "pt"})
    if keys:
        path = CASES / name / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | keys, indent=2, sort_keys=True) + "\n")


def old_names(tensors):
    """Names of the first public checkpoints: `gamma` and `beta`, and a buffer of positions."""
    old = lambda name: name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
    renamed = {old(name): tensor for name, tensor in tensors.items()}
    prefix = "bert." if any(name.startswith("bert.") for name in renamed) else ""
    positions = len(tensors[f"{prefix}embeddings.position_embeddings.weight"])
    renamed[f"{prefix}embeddings.position_ids"] = torch.arange(positions).unsqueeze(0)
    return renamed


def pretraining(tensors):
    """What a checkpoint of pre-training has besides: the pooler, the next-sentence head, and the output layer twice."""
    size = len(tensors["bert.embeddings.LayerNorm.weight"])
    extra = {
        "bert.pooler.dense.weight": torch.ones(size, size),
        "bert.pooler.dense.bias": torch.ones(size),
        "cls.seq_relationship.weight": torch.ones(2, size),
        "cls.seq_relationship.bias": torch.ones(2),
        "cls.predictions.decoder.weight": tensors["bert.embeddings.word_embeddings.weight"].clone(),
        "cls.predictions.decoder.bias": tensors["cls.predictions.bias"].clone(),
    }
    return old_names(tensors) | extra


def older(prefix, pooler=None):
    """What older checkpoints have besides: a buffer of positions, and a pooler of that name that nothing reads."""

    def edit(tensors):
        table = next(tensor for name, tensor in tensors.items() if name.endswith("word_embeddings.weight"))
        extra = {f"{prefix}.embeddings.position_ids": torch.arange(30).unsqueeze(0)}
        if pooler:
            extra[f"{prefix}.{pooler}.weight"] = torch.ones(table.shape[1], table.shape[1])
            extra[f"{prefix}.{pooler}.bias"] = torch.ones(table.shape[1])
        return tensors | extra

    return edit


def without(prefix):
    """The base model's tensors without their prefix."""
    return lambda tensors: {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}


def renamed(old, new):
    """One tensor under another name."""
    return lambda tensors: {new if name == old else name: tensor for name, tensor in tensors.items()}


def bert():
    config = lambda sizes, **more: BertConfig(**sizes, **more)
    odd = dict(hidden_act="relu", type_vocab_size=3, layer_norm_eps=1e-5)
    case("bert-model", BertModel, config(SMALL), 101)
    case("bert-model-odd", BertModel, config(ODD, **odd), 102, edit=old_names)
    case("bert-masked-lm", BertForMaskedLM, config(SMALL), 103)
    case("bert-masked-lm-odd", BertForMaskedLM, config(ODD, **odd, tie_word_embeddings=False), 104)
    old = dict(directionality="bidi", pooler_fc_size=24, pooler_type="first_token_transform", pruned_heads={})
    plain = config(ODD, hidden_act="gelu_new")
    case("bert-masked-lm-pretraining", BertForMaskedLM, plain, 105, edit=pretraining, keys=old)
    bias = renamed("cls.predictions.bias", "cls.predictions.decoder.bias")
    case("bert-masked-lm-decoder-bias", BertForMaskedLM, config(ODD, hidden_act="tanh"), 106, edit=bias)
    case("bert-sequence-classification", BertForSequenceClassification, config(SMALL, num_labels=3), 107)
    case("bert-sequence-classification-odd", BertForSequenceClassification, config(ODD, **odd, num_labels=1), 108)
    case("bert-token-classification", BertForTokenClassification, config(SMALL, num_labels=5), 109)
    odd_labels = config(ODD, **odd, num_labels=7)
    case("bert-token-classification-odd", BertForTokenClassification, odd_labels, 110, edit=without("bert."))
    case("sentence-embedder", BertModel, config(SMALL), 111, sentence=True, length=20)
    case("sentence-embedder-odd", BertModel, config(ODD, **odd), 112, sentence=True, edit=old_names)


def roberta():
    def one(name, cls, sizes, seed, edit=None, **more):
        config = RobertaConfig(**sizes, **more)
        case(name, cls, config, seed, length=config.max_position_embeddings - config.pad_token_id - 1, edit=edit)

    odd = dict(hidden_act="gelu_new", type_vocab_size=1, layer_norm_eps=1e-5, pad_token_id=4)
    one("roberta-model", RobertaModel, SMALL, 201)
    one("roberta-model-odd", RobertaModel, ODD, 202, **odd)
    one("roberta-masked-lm", RobertaForMaskedLM, SMALL, 203)
    one("roberta-masked-lm-odd", RobertaForMaskedLM, ODD, 204, **odd, tie_word_embeddings=False)
    bias = renamed("lm_head.bias", "lm_head.decoder.bias")
    one("roberta-masked-lm-decoder-bias", RobertaForMaskedLM, ODD, 205, edit=bias, hidden_act="relu", pad_token_id=0)
    edit = older("roberta", "pooler.dense")
    one("roberta-sequence-classification", RobertaForSequenceClassification, SMALL, 206, edit, num_labels=3)
    one("roberta-sequence-classification-odd", RobertaForSequenceClassification, ODD, 207, **odd, num_labels=1)
    one("roberta-token-classification", RobertaForTokenClassification, SMALL, 208, num_labels=5)
    plain = without("roberta.")
    one("roberta-token-classification-odd", RobertaForTokenClassification, ODD, 209, edit=plain, **odd, num_labels=7)


def distilbert():
    def one(name, cls, sizes, seed, edit=None, keys=None, **more):
        case(name, cls, DistilBertConfig(**sizes, **more), seed, kinds=0, edit=edit, keys=keys)

    odd = dict(activation="relu", sinusoidal_pos_embds=True)
    plain = without("distilbert.")
    one("distilbert-model", DistilBertModel, DISTIL, 301)
    one("distilbert-model-odd", DistilBertModel, DISTIL_ODD, 302, **odd)
    one("distilbert-masked-lm", DistilBertForMaskedLM, DISTIL, 303, keys=dict(tie_weights_=True))
    one("distilbert-masked-lm-odd", DistilBertForMaskedLM, DISTIL_ODD, 304, **odd, tie_word_embeddings=False)
    edit = older("distilbert")
    one("distilbert-sequence-classification", DistilBertForSequenceClassification, DISTIL, 305, edit, num_labels=3)
    one_label, labels = odd | dict(num_labels=1), odd | dict(num_labels=7)
    one("distilbert-sequence-classification-odd", DistilBertForSequenceClassification, DISTIL_ODD, 306, **one_label)
    one("distilbert-token-classification", DistilBertForTokenClassification, DISTIL, 307, num_labels=5)
    one("distilbert-token-classification-odd", DistilBertForTokenClassification, DISTIL_ODD, 308, plain, **labels)


def albert():
    def one(name, cls, sizes, seed, edit=None, keys=None, **more):
        case(name, cls, AlbertConfig(**sizes, **more), seed, edit=edit, keys=keys)

    small = dict(embedding_size=16)
    odd = dict(embedding_size=10, num_hidden_groups=2, inner_group_num=2, hidden_act="gelu", type_vocab_size=3)
    bias = renamed("predictions.bias", "predictions.decoder.bias")
    one("albert-model", AlbertModel, SMALL, 401, **small)
    deep = ODD | dict(num_hidden_layers=4)
    one("albert-model-odd", AlbertModel, deep, 402, **odd, layer_norm_eps=1e-5)
    old = dict(down_scale_factor=1, gap_size=0, layers_to_keep=[], net_structure_type=0, num_memory_blocks=0)
    one("albert-masked-lm", AlbertForMaskedLM, SMALL, 403, keys=old, **small)
    one("albert-masked-lm-odd", AlbertForMaskedLM, deep, 404, **odd, tie_word_embeddings=False)
    wide = dict(embedding_size=24, hidden_act="gelu_pytorch_tanh")
    one("albert-masked-lm-decoder-bias", AlbertForMaskedLM, ODD, 405, bias, **wide)
    one("albert-sequence-classification", AlbertForSequenceClassification, SMALL, 406, **small, num_labels=3)
    one("albert-sequence-classification-odd", AlbertForSequenceClassification, deep, 412, **odd, num_labels=1)
    edit = older("albert", "pooler")
    one("albert-token-classification", AlbertForTokenClassification, SMALL, 408, edit, **small, num_labels=5)
    plain = without("albert.")
    one("albert-token-classification-odd", AlbertForTokenClassification, deep, 409, plain, **odd, num_labels=7)


def electra():
    def one(name, cls, sizes, seed, edit=None, **more):
        case(name, cls, ElectraConfig(**sizes, **more), seed, edit=edit)

    small = dict(embedding_size=16)
    odd = dict(embedding_size=24, hidden_act="silu", type_vocab_size=3, layer_norm_eps=1e-5)
    one("electra-model", ElectraModel, SMALL, 501, **small)
    one("electra-model-odd", ElectraModel, ODD, 502, **odd)
    one("electra-masked-lm", ElectraForMaskedLM, SMALL, 503, **small)
    one("electra-masked-lm-odd", ElectraForMaskedLM, ODD, 504, **odd, tie_word_embeddings=False)
    one("electra-sequence-classification", ElectraForSequenceClassification, SMALL, 505, **small, num_labels=3)
    one("electra-sequence-classification-odd", ElectraForSequenceClassification, ODD, 506, **odd, num_labels=1)
    edit = older("electra")
    one("electra-token-classification", ElectraForTokenClassification, SMALL, 507, edit, **small, num_labels=5)
    plain = without("electra.")
    one("electra-token-classification-odd", ElectraForTokenClassification, ODD, 508, plain, **odd, num_labels=7)


def deberta():
    def one(name, cls, sizes, seed, length=None, keys=None, **more):
        case(name, cls, DebertaV2Config(**sizes, **more), seed, length=length, keys=keys)

    # As the public checkpoints of the third version: shared projections, buckets, normalised vectors of distances.
    third = dict(
        relative_attention=True,
        position_buckets=8,
        norm_rel_ebd="layer_norm",
        share_att_key=True,
        pos_att_type=["p2c", "c2p"],
        position_biased_input=False,
    )
    # As those of the second version: a convolution beside the first layer.
    second = third | dict(conv_kernel_size=3, conv_act="gelu")
    own = dict(relative_attention=True, position_buckets=-1, max_relative_positions=6, type_vocab_size=2)
    one("deberta-v2-model", DebertaV2Model, SMALL, 601, **third)
    one("deberta-v2-model-odd", DebertaV2Model, ODD, 602, **own, pos_att_type=["c2p"], hidden_act="relu")
    # More tokens than distances that are told apart.
    short = ODD | second | dict(max_position_embeddings=11, conv_act="relu")
    one("deberta-v2-model-far", DebertaV2Model, short, 603, 24)
    one("deberta-v2-masked-lm", DebertaV2ForMaskedLM, SMALL, 604, **third)
    untied = own | dict(pos_att_type=["p2c"], tie_word_embeddings=False)
    one("deberta-v2-masked-lm-odd", DebertaV2ForMaskedLM, ODD, 605, **untied)
    old = dict(pos_att_type="p2c|c2p", attention_head_size=8)
    new_head = third | dict(legacy=False, hidden_act="gelu_new")
    one("deberta-v2-masked-lm-new-head", DebertaV2ForMaskedLM, ODD, 606, keys=old, **new_head)
    one("deberta-v2-sequence-classification", DebertaV2ForSequenceClassification, SMALL, 607, **second, num_labels=3)
    absolute = dict(norm_rel_ebd="layer_norm", pooler_hidden_act="tanh", layer_norm_eps=1e-5, num_labels=1)
    one("deberta-v2-sequence-classification-odd", DebertaV2ForSequenceClassification, ODD, 608, **absolute)
    one("deberta-v2-token-classification", DebertaV2ForTokenClassification, SMALL, 609, **third, num_labels=5)
    mixed = own | dict(pos_att_type=["c2p", "p2c"], conv_kernel_size=5, conv_groups=4, position_buckets=6)
    one("deberta-v2-token-classification-odd", DebertaV2ForTokenClassification, ODD, 610, **mixed, num_labels=7)


if __name__ == "__main__":
    bert()
    roberta()
    distilbert()
    albert()
    electra()
    deberta()
