"""Golden cases of the encoder-decoders and of the speech models: Transformer, T5, BART, Marian, Whisper, wav2vec 2.0.

Run with torch and transformers: `python seq2seq.py`.
"""

import json
import math

import torch
import transformers
from safetensors.torch import load_file, save_file
from torch import nn

import common

torch.set_num_threads(1)
transformers.logging.set_verbosity_error()
# torch's encoder layers take the steps one by one.
torch.backends.mha.set_fastpath_enabled(False)


class EncoderDecoder(nn.Transformer):
    """torch.nn.Transformer between one scaled table of vectors with sinusoidal positions and a linear head."""

    def __init__(self, vocab_size, tie_word_embeddings=True, **options):
        super().__init__(batch_first=True, norm_first=False, dropout=0.0, **options)
        self.embedding = nn.Embedding(vocab_size, self.d_model)
        self.generator = nn.Linear(self.d_model, vocab_size, bias=False)
        if tie_word_embeddings:
            self.generator.weight = self.embedding.weight
        self.fields = {"vocab_size": vocab_size, "tie_word_embeddings": tie_word_embeddings, **options}

    def embed(self, ids):
        length, width = ids.shape[1], self.d_model
        angle = torch.arange(length)[:, None] / 10000 ** (torch.arange(0, width, 2) / width)
        positions = torch.stack([torch.sin(angle), torch.cos(angle)], dim=-1).reshape(length, width)
        return self.embedding(ids) * math.sqrt(width) + positions

    def run(self, input_ids, attention_mask, decoder_input_ids, decoder_attention_mask):
        states, hooks = {}, []

        def keep(name, layers):
            for index, layer in enumerate(layers):
                hook = lambda _, given, made, index=index: states.update(
                    {f"{name}.{index}": given[0], f"{name}.{index + 1}": made}
                )
                hooks.append(layer.register_forward_hook(hook))

        keep("encoder_hidden_states", self.encoder.layers)
        keep("decoder_hidden_states", self.decoder.layers)
        unseen, decoder_unseen = attention_mask == 0, decoder_attention_mask == 0
        memory = self.encoder(self.embed(input_ids), src_key_padding_mask=unseen)
        length = decoder_input_ids.shape[1]
        decoded = self.decoder(
            self.embed(decoder_input_ids),
            memory,
            tgt_mask=torch.ones(length, length, dtype=torch.bool).triu(1),
            tgt_key_padding_mask=decoder_unseen,
            memory_key_padding_mask=unseen,
        )
        for hook in hooks:
            hook.remove()
        states[f"encoder_hidden_states.{len(self.encoder.layers)}"] = memory
        states[f"decoder_hidden_states.{len(self.decoder.layers)}"] = decoded
        return {"logits": self.generator(decoded), "encoder_last_hidden_state": memory, **states}

    def save_pretrained(self, folder, safe_serialization=True):
        tensors = self.state_dict()
        if self.fields["tie_word_embeddings"]:
            del tensors["generator.weight"]
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / "model.safetensors")
        config = {"model_type": "torch_transformer_encoder_decoder", **self.fields}
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def transformer(case, seed, source, target, **options):
    model = common.randomise(EncoderDecoder(**options), seed)
    vocabulary = options["vocab_size"]
    inputs = {
        "input_ids": common.ids(2, source, vocabulary, seed),
        "attention_mask": common.right_padding(2, source, 5),
        "decoder_input_ids": common.ids(2, target, vocabulary, seed + 1),
        "decoder_attention_mask": common.right_padding(2, target, 3),
    }
    common.write(case, model, inputs, model.run(**inputs))
    source = [inputs["input_ids"], inputs["attention_mask"]]

    def read(ids, row):
        given = [each[row : row + 1] for each in source]
        return model.run(*given, torch.tensor([ids]), torch.ones(1, len(ids)))["logits"][0]

    common.write_generations(case, read, None, vocabulary, target, seed, begin=1, rows=2)


def states(output):
    """The traces and outputs of a model, by name."""
    claims = {}
    for name, value in output.items():
        if isinstance(value, torch.Tensor):
            claims[name] = value
        elif name.endswith("hidden_states"):
            claims.update({f"{name}.{index}": state for index, state in enumerate(value)})
    return claims


def save(case, model, inputs, drop=(), dtype=torch.float32, begin=None, seed=0):
    """A case; the decoder of a model that writes texts begins with the id `begin`."""
    with torch.no_grad():
        output = model(**inputs, output_hidden_states=True)
    outputs = {name: value for name, value in states(output).items() if name not in drop}
    common.write(case, model, inputs, outputs, dtype)
    if begin is not None:
        encoder = {name: value for name, value in inputs.items() if not name.startswith("decoder_")}
        read, write_on = common.reading_and_writing(model, **encoder)
        rows, vocabulary = outputs["logits"].shape[::2]
        longest = inputs["decoder_input_ids"].shape[1]
        common.write_generations(case, read, write_on, vocabulary, longest, seed, begin, rows)


def store(case, change):
    """Stores the tensors of a case as older versions of the library do: `change` makes them of those of today."""
    path = common.CASES / case / "model.safetensors"
    tensors = change(load_file(path))
    save_file({name: tensor.clone().contiguous() for name, tensor in tensors.items()}, path, metadata={"format": "pt"})


def text(model, seed, source, target, decoder_padding=common.right_padding):
    """Padded inputs of an encoder-decoder over token ids."""
    config = model.config
    decoder_vocabulary = getattr(config, "decoder_vocab_size", config.vocab_size)
    return {
        "input_ids": common.ids(2, source, config.vocab_size, seed),
        "attention_mask": common.right_padding(2, source, 5),
        "decoder_input_ids": common.ids(2, target, decoder_vocabulary, seed + 1),
        **({"decoder_attention_mask": decoder_padding(2, target, 3)} if decoder_padding else {}),
    }


EAGER = {"attn_implementation": "eager"}


def t5(case, seed, source, target, tied=True, decoder_padding=common.right_padding, dtype=torch.float32, **options):
    config = transformers.T5Config(tie_word_embeddings=tied, **EAGER, **options)
    model = transformers.T5ForConditionalGeneration(config)
    if not tied:
        model.lm_head.weight = nn.Parameter(torch.empty_like(model.lm_head.weight))
    common.round_weights(common.randomise(model, seed), dtype)
    save(case, model, text(model, seed, source, target, decoder_padding), dtype=dtype, begin=0, seed=seed)


def t5_encoder(case, seed, source, **options):
    model = common.randomise(transformers.T5EncoderModel(transformers.T5Config(**EAGER, **options)), seed)
    inputs = {
        "input_ids": common.ids(3, source, model.config.vocab_size, seed),
        "attention_mask": common.right_padding(3, source, 7),
    }
    save(case, model, inputs)


def bart(case, kind, seed, source, target, decoder_padding=common.right_padding, **options):
    model = common.randomise(kind(transformers.BartConfig(**EAGER, **options)), seed)
    # A model without a head has no ids to give.
    begin = model.config.decoder_start_token_id if kind is transformers.BartForConditionalGeneration else None
    save(case, model, text(model, seed, source, target, decoder_padding), begin=begin, seed=seed)


def bart_classifier(case, seed, source, **options):
    model = transformers.BartForSequenceClassification(transformers.BartConfig(**EAGER, **options))
    common.randomise(model, seed)
    config = model.config
    ids, mask = common.ids(3, source, config.vocab_size, seed), common.right_padding(3, source, 5)
    # Two ends of text in each row: the classes follow from the last one.
    ids[ids == config.eos_token_id] = config.vocab_size - 1
    ids[:, 4] = config.eos_token_id
    ids[torch.arange(3), mask.sum(1) - 1] = config.eos_token_id
    save(case, model, {"input_ids": ids, "attention_mask": mask})


def marian(case, seed, source, target, **options):
    model = transformers.MarianMTModel(transformers.MarianConfig(pad_token_id=0, eos_token_id=2, **EAGER, **options))
    common.randomise(model, seed)
    # The positions are computed, not stored.
    with torch.no_grad():
        for part in (model.model.encoder, model.model.decoder):
            part.embed_positions.weight.copy_(part.embed_positions.create_weight())
    save(case, model, text(model, seed, source, target), begin=0, seed=seed)


def whisper(case, seed, target, decoder_mask, **options):
    tokens = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 1}
    model = transformers.WhisperForConditionalGeneration(
        transformers.WhisperConfig(suppress_tokens=None, begin_suppress_tokens=None, **tokens, **EAGER, **options)
    )
    common.randomise(model, seed)
    config = model.config
    generator = torch.Generator().manual_seed(seed)
    shape = (2, config.num_mel_bins, 2 * config.max_source_positions)
    inputs = {
        "input_features": torch.randn(shape, generator=generator),
        "decoder_input_ids": common.ids(2, target, config.vocab_size, seed),
        **({"decoder_attention_mask": common.left_padding(2, target, 4)} if decoder_mask else {}),
    }
    save(case, model, inputs, begin=1, seed=seed)


def wav2vec2(case, kind, seed, samples, padded, **options):
    model = common.randomise(kind(transformers.Wav2Vec2Config(**EAGER, **options)), seed)
    generator = torch.Generator().manual_seed(seed)
    inputs = {"input_values": torch.randn(2, samples, generator=generator)}
    if padded:
        inputs["attention_mask"] = common.right_padding(2, samples, padded)
    # Versions of the library differ in whether the last state of a pre-norm encoder is the normalised one.
    last = f"hidden_states.{model.config.num_hidden_layers}" if model.config.do_stable_layer_norm else ""
    save(case, model, inputs, {"extract_features", last})


transformer(
    "transformer-encoder-decoder", 11, 24, 16,
    vocab_size=60, d_model=16, nhead=2, num_encoder_layers=2, num_decoder_layers=2, dim_feedforward=32,
)  # fmt: skip
transformer(
    "transformer-encoder-decoder-odd", 12, 19, 23, tie_word_embeddings=False,
    vocab_size=61, d_model=24, nhead=3, num_encoder_layers=1, num_decoder_layers=2, dim_feedforward=40,
    activation="gelu", layer_norm_eps=1e-3,
)  # fmt: skip
transformer(
    "transformer-encoder-decoder-no-bias", 13, 12, 9,
    vocab_size=50, d_model=16, nhead=2, num_encoder_layers=2, num_decoder_layers=1, dim_feedforward=32, bias=False,
)  # fmt: skip

SMALL_T5 = {"vocab_size": 50, "d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 2, "num_heads": 2}
ODD_T5 = {"vocab_size": 41, "d_model": 18, "d_kv": 10, "d_ff": 28, "num_layers": 2, "num_heads": 3}
t5(
    "t5-conditional-generation", 21, 40, 30, decoder_padding=None,
    relative_attention_num_buckets=8, relative_attention_max_distance=16, **SMALL_T5,
)  # fmt: skip
t5(
    "t5-conditional-generation-gated", 22, 48, 48, tied=False,
    feed_forward_proj="gated-gelu", layer_norm_epsilon=1e-3, num_decoder_layers=1, **ODD_T5,
)  # fmt: skip
t5(
    "t5-conditional-generation-silu", 23, 37, 29, decoder_padding=common.left_padding,
    feed_forward_proj="gated-silu", relative_attention_num_buckets=16, relative_attention_max_distance=20, **ODD_T5,
)  # fmt: skip
t5(
    "t5-conditional-generation-float16", 27, 40, 30, dtype=torch.float16,
    relative_attention_num_buckets=8, relative_attention_max_distance=16, **SMALL_T5,
)  # fmt: skip
t5(
    "t5-conditional-generation-bfloat16", 28, 37, 29, decoder_padding=common.left_padding, dtype=torch.bfloat16,
    feed_forward_proj="gated-gelu", relative_attention_num_buckets=16, relative_attention_max_distance=20, **ODD_T5,
)  # fmt: skip
t5("t5-conditional-generation-copies", 26, 12, 9, **SMALL_T5)
store(
    "t5-conditional-generation-copies",
    lambda tensors: {
        **tensors,
        "encoder.embed_tokens.weight": tensors["shared.weight"],
        "decoder.embed_tokens.weight": tensors["shared.weight"],
        "lm_head.weight": tensors["shared.weight"],
        # Read by no layer: the older library had it, and public checkpoints still do.
        "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight": torch.ones(32, 2),
    },
)
t5_encoder(
    "t5-encoder", 24, 48, relative_attention_num_buckets=16, relative_attention_max_distance=40, **SMALL_T5
)  # fmt: skip
t5_encoder("t5-encoder-odd", 25, 33, feed_forward_proj="gelu", layer_norm_epsilon=1e-3, **ODD_T5)

SMALL_BART = {
    "vocab_size": 60, "max_position_embeddings": 24, "d_model": 16, "encoder_layers": 2, "decoder_layers": 2,
    "encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32,
}  # fmt: skip
ODD_BART = {
    "vocab_size": 61, "max_position_embeddings": 21, "d_model": 24, "encoder_layers": 1, "decoder_layers": 2,
    "encoder_attention_heads": 3, "decoder_attention_heads": 4, "encoder_ffn_dim": 40, "decoder_ffn_dim": 28,
    "activation_function": "relu", "scale_embedding": True,
}  # fmt: skip
bart("bart-model", transformers.BartModel, 31, 24, 24, **SMALL_BART)
bart("bart-model-odd", transformers.BartModel, 32, 21, 17, common.left_padding, **ODD_BART)
bart("bart-conditional-generation", transformers.BartForConditionalGeneration, 33, 24, 20, **SMALL_BART)
bart("bart-conditional-generation-odd", transformers.BartForConditionalGeneration, 34, 18, 21, **ODD_BART)
bart("bart-conditional-generation-decoder-table", transformers.BartForConditionalGeneration, 37, 12, 9, **SMALL_BART)
store(
    "bart-conditional-generation-decoder-table",
    lambda tensors: {name.replace("shared", "decoder.embed_tokens"): tensor for name, tensor in tensors.items()},
)
bart_classifier("bart-sequence-classification", 35, 24, **SMALL_BART)
bart_classifier(
    "bart-sequence-classification-odd", 36, 21, num_labels=5, eos_token_id=7, decoder_start_token_id=9, **ODD_BART
)  # fmt: skip

marian("marian-conditional-generation", 41, 24, 18, **{**SMALL_BART, "activation_function": "swish"})
marian(
    "marian-conditional-generation-odd", 42, 21, 17,
    **{**ODD_BART, "decoder_vocab_size": 53, "share_encoder_decoder_embeddings": False},
)  # fmt: skip
marian(
    "marian-conditional-generation-untied", 43, 12, 9,
    **{**ODD_BART, "decoder_vocab_size": 53, "share_encoder_decoder_embeddings": False, "tie_word_embeddings": False},
)  # fmt: skip

SMALL_WHISPER = {
    "vocab_size": 60, "num_mel_bins": 10, "d_model": 16, "encoder_layers": 2, "decoder_layers": 2,
    "encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32,
    "max_source_positions": 20, "max_target_positions": 16,
}  # fmt: skip
ODD_WHISPER = {
    "vocab_size": 61, "num_mel_bins": 7, "d_model": 24, "encoder_layers": 1, "decoder_layers": 2,
    "encoder_attention_heads": 3, "decoder_attention_heads": 4, "encoder_ffn_dim": 40, "decoder_ffn_dim": 28,
    "max_source_positions": 17, "max_target_positions": 19, "activation_function": "relu",
}  # fmt: skip
whisper("whisper-conditional-generation", 51, 16, False, **SMALL_WHISPER)
whisper("whisper-conditional-generation-odd", 52, 19, True, **ODD_WHISPER)

SMALL_WAV2VEC2 = {
    "vocab_size": 20, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32,
    "conv_dim": [12, 12, 16], "conv_kernel": [6, 3, 2], "conv_stride": [4, 2, 2],
    "num_conv_pos_embeddings": 8, "num_conv_pos_embedding_groups": 4, "classifier_proj_size": 10,
}  # fmt: skip
ODD_WAV2VEC2 = {
    "vocab_size": 21, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 40,
    "conv_dim": [8, 10], "conv_kernel": [5, 3], "conv_stride": [3, 2], "conv_bias": True, "feat_extract_norm": "layer",
    "do_stable_layer_norm": True, "num_conv_pos_embeddings": 5, "num_conv_pos_embedding_groups": 3,
    "hidden_act": "relu", "feat_extract_activation": "silu", "layer_norm_eps": 1e-3, "classifier_proj_size": 14,
    "mask_time_prob": 0.0,
}  # fmt: skip
wav2vec2("wav2vec2-model", transformers.Wav2Vec2Model, 61, 300, 0, **SMALL_WAV2VEC2)
wav2vec2("wav2vec2-model-odd", transformers.Wav2Vec2Model, 62, 211, 67, **ODD_WAV2VEC2)
wav2vec2("wav2vec2-ctc", transformers.Wav2Vec2ForCTC, 63, 301, 0, **SMALL_WAV2VEC2)
wav2vec2("wav2vec2-ctc-old-names", transformers.Wav2Vec2ForCTC, 67, 120, 0, **SMALL_WAV2VEC2)
store(
    "wav2vec2-ctc-old-names",
    lambda tensors: {
        name.replace("parametrizations.weight.original0", "weight_g").replace(
            "parametrizations.weight.original1", "weight_v"
        ): tensor
        for name, tensor in tensors.items()
    },
)
wav2vec2("wav2vec2-ctc-odd", transformers.Wav2Vec2ForCTC, 64, 199, 50, **ODD_WAV2VEC2, adapter_attn_dim=6)
wav2vec2(
    "wav2vec2-sequence-classification", transformers.Wav2Vec2ForSequenceClassification, 65, 300, 0,
    use_weighted_layer_sum=True, num_labels=4, **SMALL_WAV2VEC2,
)  # fmt: skip
wav2vec2(
    "wav2vec2-sequence-classification-odd", transformers.Wav2Vec2ForSequenceClassification, 66, 211, 67,
    num_labels=3, **ODD_WAV2VEC2,
)  # fmt: skip
