"""Golden cases of the small architectures whose configs are ours: word vectors, tables and digits.

Run from anywhere; needs torch, safetensors, numpy, gensim and scikit-learn. Rewrites the cases it names.
"""

import json

from common import randomise, write
import gensim
import numpy
import torch
from safetensors.torch import save_file
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from torch import nn

torch.set_num_threads(1)


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
    for seed, (case, config, activation) in enumerate(cases, 800):
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
    options = dict(activation="logistic", solver="lbfgs", random_state=1, max_iter=200)
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


if __name__ == "__main__":
    word_vectors()
    tabular_mlp()
    tabular_mlp_of_scikit_learn()
    digit_cnn()
