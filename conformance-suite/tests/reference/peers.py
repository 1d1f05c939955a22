"""What torch and ONNX Runtime do with the sentences of the bench `throughput`: the same shape, lengths and batches.

    cargo bench --workspace --profile dev --bench throughput
    python conformance-suite/tests/reference/peers.py

The model is a BERT in the shape of all-MiniLM-L6-v2 with random weights; the 1,500 sentences are as long as the example's
reviews; embeddings are masked means, normalised. Batches of 32, sorted by length and as they come, on all cores, the
median of three runs after a warm-up. Prints sentences a second, their share of the matrix products' peak that torch
reaches here, and the versions. Needs torch, transformers, onnx and onnxruntime; made with torch 2.15.0, transformers
5.24.0, onnx 1.23.2 and onnxruntime 1.32.0. Run it beside nothing else, right after the bench: machines vary.
"""

import os
import pathlib
import statistics
import tempfile
import time

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
import numpy as np
import onnxruntime
import torch
import transformers

BATCH = 32
TEST = pathlib.Path(__file__).resolve().parents[3] / "examples" / "sentiment" / "data" / "test.csv"
torch.set_grad_enabled(False)
torch.set_num_threads(os.cpu_count())


def lengths():
    """The lengths that the bench takes: words times 5/4, and two ids at the ends."""
    lines = TEST.read_text().splitlines()[1:1501]
    return [min(2 + len(line.split()) * 5 // 4, 256) for line in lines]


def texts(vocabulary=30_522):
    generator = np.random.default_rng(7)
    return [generator.integers(1_000, vocabulary, length) for length in lengths()]


def padded(batch):
    longest = max(map(len, batch))
    ids = np.zeros((len(batch), longest), dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, text in enumerate(batch):
        ids[row, : len(text)], mask[row, : len(text)] = text, 1
    return ids, mask


def pooled(hidden, mask):
    keep = mask[:, :, None].astype(np.float32)
    mean = (hidden * keep).sum(1) / keep.sum(1)
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def bert(attention):
    config = transformers.BertConfig(
        hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1_536, vocab_size=30_522
    )
    torch.manual_seed(0)
    config._attn_implementation = attention
    return transformers.BertModel(config, add_pooling_layer=False).eval()


class Hidden(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.bert = bert("eager")

    def forward(self, ids, mask):
        return self.bert(input_ids=ids, attention_mask=mask).last_hidden_state


def by_torch():
    model = bert("sdpa")

    def run(ids, mask):
        return model(input_ids=torch.from_numpy(ids), attention_mask=torch.from_numpy(mask)).last_hidden_state.numpy()

    return run


def by_onnx(folder):
    path = str(pathlib.Path(folder) / "bert.onnx")
    ids, mask = map(torch.from_numpy, padded(texts()[:4]))
    free = {0: "batch", 1: "seq"}
    torch.onnx.export(
        Hidden(), (ids, mask), path, input_names=["ids", "mask"], output_names=["hidden"],
        dynamic_axes={"ids": free, "mask": free}, opset_version=17, dynamo=False,
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = os.cpu_count()
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda ids, mask: session.run(None, {"ids": ids, "mask": mask})[0]


def seconds(run, order):
    def once(chosen):
        start = time.perf_counter()
        for at in range(0, len(chosen), BATCH):
            ids, mask = padded(chosen[at : at + BATCH])
            pooled(run(ids, mask), mask)
        return time.perf_counter() - start

    once(order[:64])
    return statistics.median(once(order) for _ in range(3))


def peak(size=2_048):
    a = torch.randn(size, size)
    a @ a
    best = min(timed(lambda: a @ a) for _ in range(5))
    return 2 * size**3 / best / 1e9


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main():
    most = peak()
    print(f"torch {torch.__version__}, transformers {transformers.__version__}, onnxruntime {onnxruntime.__version__}")
    print(f"matrix products of 2,048: {most:.0f} GFLOP/s")
    all_texts = texts()
    tokens = sum(map(len, all_texts))
    flops = 6 * (2 * 4 * 384 * 384 + 2 * 2 * 384 * 1_536) * tokens
    print(f"1,500 sentences of {tokens / 1_500:.1f} tokens on average")
    with tempfile.TemporaryDirectory() as folder:
        for name, run in (("torch", by_torch()), ("ONNX Runtime", by_onnx(folder))):
            for what, order in (("sorted by length", sorted(all_texts, key=len)), ("as they come", all_texts)):
                took = seconds(run, order)
                share = flops / took / 1e9 / most * 100
                print(f"{name}, {what}: {1_500 / took:.0f} sentences/s, {share:.0f}% of the peak")


if __name__ == "__main__":
    main()
