"""Golden cases of the small architectures whose configs are ours: word vectors, tables, digits, classifiers of texts.

Run from anywhere; needs torch, safetensors, numpy, gensim and scikit-learn. Rewrites the cases it names.
"""

import json
import math

from common import ids, randomise, right_padding, write
import gensim
import numpy
import torch
from safetensors.torch import save_file
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from torch import nn

torch.set_num_threads(1)
# torch's encoder layers take the steps one by one.
torch.backends.mha.set_fastpath_enabled(False)


class Stored:
    """Tensors by name and a config of ours."""

    def __init__(self, tensors, config):
        self.tensors, self.config = tensors, config

    def save_pretrained(self, folder, safe_serialization):
        assert safe_serialization
        save_file({name: value.contiguous() for name, value in self.tensors.items()}, folder / "model.safetensors")
        (folder / "config.json").write_text(json.dumps(self.config, indent=2) + "\n")


def word_vectors():
    """Scores by numpy in double precision; gensim agrees on them."""
    for seed, (case, vocabulary, dim) in enumerate([("word-vectors", 80, 16), ("word-vectors-odd", 61, 25)], 700):
        draw = numpy.random.default_rng(seed)
        table = draw.normal(size=(vocabulary, dim)) * draw.uniform(0.2, 4.0, size=(vocabulary, 1))
        table = table.astype(numpy.float32)
        # The words in question: the last row asks for a word twice.
        a, b, c = draw.permutation(vocabulary)[:12].reshape(3, 4)
        b[3] = c[3]
        unit = table.astype(numpy.float64) / numpy.linalg.norm(table.astype(numpy.float64), axis=1, keepdims=True)
        cosine = (unit[a] * unit[b]).sum(axis=1)
        offset = unit[b] - unit[a] + unit[c]
        analogy = offset / numpy.linalg.norm(offset, axis=1, keepdims=True) @ unit.T

        words = gensim.models.KeyedVectors(dim)
        words.add_vectors([str(index) for index in range(vocabulary)], table)
        for row in range(4):
            asked = dict(positive=[str(b[row]), str(c[row])], negative=[str(a[row])])
            found = {int(word): score for word, score in words.most_similar(**asked, topn=vocabulary)}
            assert numpy.isclose(words.similarity(str(a[row]), str(b[row])), cosine[row], atol=1e-6)
            assert set(found) == set(range(vocabulary)) - {a[row], b[row], c[row]}
            assert all(numpy.isclose(score, analogy[row, word], atol=1e-6) for word, score in found.items())
            for word in (a, b, c):
                analogy[row, word[row]] = -2.0

        stored = Stored(
            {"vectors.weight": torch.from_numpy(table)},
            {"model_type": "word_vectors", "vocab_size": vocabulary, "dim": dim},
        )
        inputs = {name: torch.from_numpy(value) for name, value in (("a", a), ("b", b), ("c", c))}
        write(case, stored, inputs, {"cosine": torch.from_numpy(cosine), "analogy": torch.from_numpy(analogy)})


def dense(widths, activation):
    """A torch Sequential of dense layers with an activation between any two."""
    layers = []
    for before, after in zip(widths, widths[1:]):
        layers += [nn.Linear(before, after), activation()]
    return nn.Sequential(*layers[:-1])


def tabular_mlp():
    class Net(nn.Module):
        def __init__(self, widths, activation, standardise):
            super().__init__()
            self.layers = dense(widths, activation)
            if standardise:
                self.register_buffer("mean", torch.zeros(widths[0]))
                self.register_buffer("scale", torch.zeros(widths[0]))
            self.standardise = standardise

        def forward(self, x):
            return self.layers((x - self.mean) / self.scale if self.standardise else x)

    cases = [
        ("tabular-mlp", dict(n_features=6, hidden_sizes=[16, 12], num_labels=4), nn.ReLU),
        ("tabular-mlp-odd", dict(
            n_features=7, hidden_sizes=[9, 11, 5], activation="tanh", standardise=True, num_labels=3,
        ), nn.Tanh),
        ("tabular-mlp-linear", dict(n_features=5, hidden_sizes=[], standardise=True, num_labels=2), nn.ReLU),
    ]  # fmt: skip
    for seed, (case, config, activation) in enumerate(cases, 820):
        widths = [config["n_features"], *config["hidden_sizes"], config["num_labels"]]
        net = randomise(Net(widths, activation, config.get("standardise", False)), seed)
        if net.standardise:
            with torch.no_grad():
                net.scale.abs_().add_(0.5)
        features = torch.randn(5, widths[0], generator=torch.Generator().manual_seed(seed))
        with torch.no_grad():
            logits = net(features)
        stored = Stored(net.state_dict(), {"model_type": "tabular_mlp", **config})
        write(case, stored, {"features": features}, {"logits": logits, "probabilities": logits.softmax(-1)})


def tabular_mlp_of_scikit_learn():
    """A trained MLPClassifier behind a StandardScaler: its weights are transposed, its activation has another name."""
    draw = numpy.random.default_rng(810)
    features = draw.normal(size=(90, 4)) * [1.0, 10.0, 0.1, 3.0] + [0.0, 5.0, -1.0, 2.0]
    labels = (features[:, 0] + features[:, 3] > 2.0).astype(int) + (features[:, 1] > 9.0)
    scaler = StandardScaler().fit(features)
    # Without regularisation every answer would be certain.
    options = dict(activation="logistic", solver="lbfgs", alpha=0.3, random_state=1, max_iter=200)
    trained = MLPClassifier(hidden_layer_sizes=(10, 6), **options)
    trained.fit(scaler.transform(features), labels)
    tensors = {"mean": scaler.mean_, "scale": scaler.scale_}
    for index, (weights, biases) in enumerate(zip(trained.coefs_, trained.intercepts_)):
        tensors[f"layers.{2 * index}.weight"], tensors[f"layers.{2 * index}.bias"] = weights.T, biases
    tensors = {name: torch.from_numpy(value).float() for name, value in tensors.items()}
    config = dict(n_features=4, hidden_sizes=[10, 6], activation="sigmoid", standardise=True, num_labels=3)
    asked = torch.from_numpy(features[:6]).float()
    # What the stored numbers say, in double precision; scikit-learn's own answer differs by their rounding.
    state = (asked.double() - tensors["mean"].double()) / tensors["scale"].double()
    for index in range(3):
        weights, biases = tensors[f"layers.{2 * index}.weight"], tensors[f"layers.{2 * index}.bias"]
        state = state @ weights.double().T + biases.double()
        logits, state = state, state.sigmoid()
    probabilities = logits.softmax(-1)
    answer = trained.predict_proba(scaler.transform(asked.double().numpy()))
    assert numpy.allclose(probabilities.numpy(), answer, atol=1e-4)
    stored = Stored(tensors, {"model_type": "tabular_mlp", **config})
    write("tabular-mlp-scikit-learn", stored, {"features": asked}, {"logits": logits, "probabilities": probabilities})


def digit_cnn():
    """The network of the package digit-recognizer-py (0.1.0), smaller; and one with other sizes everywhere."""

    class Net(nn.Module):
        def __init__(self, config):
            super().__init__()
            layers, before, size = [], config["num_channels"], config["image_size"]
            pool = config.get("pool_size", 2)
            kernels = config.get("kernel_sizes", [3] * len(config["channels"]))
            paddings = config.get("paddings", [1] * len(config["channels"]))
            activation = {"relu": nn.ReLU, "tanh": nn.Tanh}[config.get("activation", "relu")]
            for channels, kernel, padding in zip(config["channels"], kernels, paddings):
                layers += [nn.Conv2d(before, channels, kernel, padding=padding), activation(), nn.MaxPool2d(pool, pool)]
                before, size = channels, (size + 2 * padding - kernel + 1) // pool
            self.conv_layers = nn.Sequential(*layers)
            self.fc_layers = dense([before * size * size, *config["hidden_sizes"], config["num_labels"]], activation)

        def forward(self, x):
            return self.fc_layers(self.conv_layers(x).flatten(1))

    cases = [
        ("digit-cnn", dict(
            image_size=28, num_channels=1, channels=[4, 6, 8], kernel_sizes=[3, 3, 3], paddings=[1, 1, 1],
            hidden_sizes=[24], num_labels=10,
        )),
        ("digit-cnn-odd", dict(
            image_size=25, num_channels=2, channels=[5, 7], kernel_sizes=[5, 4], paddings=[2, 0], pool_size=3,
            hidden_sizes=[20, 12], activation="tanh", num_labels=6,
        )),
    ]  # fmt: skip
    for seed, (case, config) in enumerate(cases, 900):
        net = randomise(Net(config), seed)
        shape = (2, config["num_channels"], config["image_size"], config["image_size"])
        shown = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
        with torch.no_grad():
            features, logits = net.conv_layers(shown), net(shown)
        stored = Stored(net.state_dict(), {"model_type": "digit_cnn", **config})
        write(case, stored, {"pixel_values": shown}, {"features": features, "logits": logits})


def post_norm_classifier():
    """torch.nn.TransformerEncoder over scaled word vectors with sinusoidal positions, and a head over the mean."""

    class Net(nn.Module):
        def __init__(self, config):
            super().__init__()
            self.width = config["d_model"]
            self.embedding = nn.Embedding(config["vocab_size"], self.width)
            layer = nn.TransformerEncoderLayer(
                self.width, config["nhead"], config["dim_feedforward"], 0.0, config["activation"],
                config["layer_norm_eps"], batch_first=True,
            )  # fmt: skip
            self.encoder = nn.TransformerEncoder(layer, config["num_layers"], enable_nested_tensor=False)
            self.classifier = nn.Linear(self.width, config["num_labels"])

        def forward(self, input_ids, attention_mask):
            angle = torch.arange(input_ids.shape[1])[:, None] / 10000 ** (torch.arange(0, self.width, 2) / self.width)
            positions = torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)
            states = [self.embedding(input_ids) * math.sqrt(self.width) + positions]
            for layer in self.encoder.layers:
                states.append(layer(states[-1], src_key_padding_mask=attention_mask == 0))
            keep = attention_mask.unsqueeze(-1).float()
            pooled = (states[-1] * keep).sum(1) / keep.sum(1)
            outputs = {"last_hidden_state": states[-1], "pooled": pooled, "logits": self.classifier(pooled)}
            return outputs | {f"hidden_states.{index}": state for index, state in enumerate(states)}

    small = dict(
        vocab_size=60, d_model=32, nhead=4, dim_feedforward=48, num_layers=2, num_labels=3, activation="relu",
        layer_norm_eps=1e-5,
    )  # fmt: skip
    odd = dict(
        vocab_size=61, d_model=24, nhead=3, dim_feedforward=40, num_layers=3, num_labels=5, activation="gelu",
        layer_norm_eps=1e-3,
    )  # fmt: skip
    cases = [("transformer-post-norm-classifier", small, 24), ("transformer-post-norm-classifier-odd", odd, 19)]
    for seed, (case, config, length) in enumerate(cases, 1000):
        net = randomise(Net(config), seed)
        inputs = {
            "input_ids": ids(3, length, config["vocab_size"], seed),
            "attention_mask": right_padding(3, length, 6),
        }
        with torch.no_grad():
            outputs = net(**inputs)
        stored = Stored(net.state_dict(), {"model_type": "torch_transformer_encoder_classifier", **config})
        write(case, stored, inputs, outputs)


def article_classifier():
    """The article's one post-norm block between embeddings and a mean over all positions, step by step."""

    class Block(nn.Module):
        def __init__(self, config):
            super().__init__()
            width, self.heads, self.head = config["embed_dim"], config["num_heads"], config["head_dim"]
            self.q, self.k, self.v = (nn.Linear(width, self.heads * self.head) for _ in range(3))
            self.o = nn.Linear(self.heads * self.head, width)
            self.ln1, self.ln2 = (nn.LayerNorm(width, config["layer_norm_eps"]) for _ in range(2))
            self.ff1, self.ff2 = nn.Linear(width, config["ff_dim"]), nn.Linear(config["ff_dim"], width)

        def forward(self, x, activation):
            mixed = []
            for part in range(self.heads):
                columns = slice(part * self.head, (part + 1) * self.head)
                q, k, v = (project(x)[..., columns] for project in (self.q, self.k, self.v))
                mixed.append((q @ k.mT / math.sqrt(self.head)).softmax(-1) @ v)
            x = self.ln1(x + self.o(torch.cat(mixed, -1)))
            return self.ln2(x + self.ff2(activation(self.ff1(x))))

    class Net(nn.Module):
        def __init__(self, config):
            super().__init__()
            width, self.config = config["embed_dim"], config
            self.token_emb = nn.Embedding(config["vocab_size"], width)
            self.pos_emb = nn.Embedding(config["max_len"], width)
            self.block = Block(config)
            self.dense = nn.Linear(width, config["dense_dim"])
            self.classifier = nn.Linear(config["dense_dim"], config["num_labels"])

        def forward(self, input_ids):
            known = {"relu": torch.relu, "gelu": nn.functional.gelu, "tanh": torch.tanh}
            embedded = self.token_emb(input_ids) + self.pos_emb.weight
            encoded = self.block(embedded, known[self.config["ff_activation"]])
            features = known[self.config["dense_activation"]](self.dense(encoded.mean(1)))
            return {"embedded": embedded, "encoded": encoded, "logits": self.classifier(features)}

    small = dict(
        vocab_size=80, max_len=24, embed_dim=32, num_heads=2, head_dim=32, ff_dim=32, ff_activation="relu", norm="post",
        layer_norm_eps=1e-6, pooling="mean_no_mask", dense_dim=20, dense_activation="relu", num_labels=2,
    )  # fmt: skip
    odd = small | dict(
        vocab_size=61, max_len=17, embed_dim=22, num_heads=3, head_dim=10, ff_dim=40, ff_activation="gelu",
        layer_norm_eps=1e-3, dense_dim=13, dense_activation="tanh", num_labels=5,
    )  # fmt: skip
    for seed, (case, config) in enumerate([("article-classifier", small), ("article-classifier-odd", odd)], 1010):
        net = randomise(Net(config), seed)
        words = ids(3, config["max_len"], config["vocab_size"], seed, low=0)
        with torch.no_grad():
            outputs = net(words)
        stored = Stored(net.state_dict(), {"model_type": "article_transformer_block_classifier", **config})
        write(case, stored, {"input_ids": words}, outputs)


if __name__ == "__main__":
    word_vectors()
    tabular_mlp()
    tabular_mlp_of_scikit_learn()
    digit_cnn()
    post_norm_classifier()
    article_classifier()
