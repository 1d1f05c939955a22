"""Makes detector/ and detector-half/: graphs in ONNX of no architecture of the library, and what ONNX Runtime gives on them.

    pip install onnx==1.23.2 onnxruntime==1.32.0 numpy
    python make.py

A convolution over frames, an LSTM whose state is an input and an output, and a sigmoid, as detectors of speech have them;
random weights, ours to publish (Apache-2.0 as the rest of the repository). `golden.safetensors` holds inputs and outputs.
The second one stores and computes in float16, but for its inputs and outputs.
"""

import json
import pathlib
import struct

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent
FRAMES, HIDDEN = 16, 8


def weights(random):
    """Name to array."""
    shapes = {
        "conv.weight": (HIDDEN, 1, 8),
        "conv.bias": (HIDDEN,),
        "lstm.w": (1, 4 * HIDDEN, HIDDEN),
        "lstm.r": (1, 4 * HIDDEN, HIDDEN),
        "lstm.b": (1, 8 * HIDDEN),
        "dense.weight": (HIDDEN, 1),
        "dense.bias": (1,),
    }
    return {name: (random.standard_normal(shape) * 0.3).astype(np.float32) for name, shape in shapes.items()}


def model(stored, half):
    """The graph: [batch, FRAMES] and the state [1, batch, HIDDEN] to a probability for each row and the next state."""
    node = helper.make_node
    nodes = [
        node("Unsqueeze", ["frames", "one"], ["wave"]),
        node("Conv", ["wave", "conv.weight", "conv.bias"], ["mixed"], strides=[4]),
        node("Relu", ["mixed"], ["seen"]),
        node("Transpose", ["seen"], ["steps"], perm=[2, 0, 1]),
        node("LSTM", ["steps", "lstm.w", "lstm.r", "lstm.b", "", "state"], ["", "next", "cell"], hidden_size=HIDDEN),
        node("Squeeze", ["next", "zero"], ["last"]),
        node("Gemm", ["last", "dense.weight", "dense.bias"], ["score"]),
        node("Sigmoid", ["score"], ["speech"]),
    ]
    if half:
        stored = {name: value.astype(np.float16) for name, value in stored.items()}
        into = [node("Cast", [name], [name + "16"], to=TensorProto.FLOAT16) for name in ("frames", "state")]
        out = [node("Cast", [name + "16"], [name], to=TensorProto.FLOAT) for name in ("speech", "next")]
        for each in nodes:
            rename = {"frames": "frames16", "state": "state16", "speech": "speech16", "next": "next16"}
            each.input[:] = [rename.get(name, name) for name in each.input]
            each.output[:] = [rename.get(name, name) for name in each.output]
        nodes = into + nodes + out
    axes = [numpy_helper.from_array(np.array([at], dtype=np.int64), name) for name, at in [("zero", 0), ("one", 1)]]
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "detector",
        [
            info("frames", TensorProto.FLOAT, ["batch", FRAMES]),
            info("state", TensorProto.FLOAT, [1, "batch", HIDDEN]),
        ],
        [info("speech", TensorProto.FLOAT, ["batch", 1]), info("next", TensorProto.FLOAT, [1, "batch", HIDDEN])],
        [numpy_helper.from_array(value, name) for name, value in stored.items()] + axes,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def save(tensors, path):
    """A safetensors file of float32."""
    header, data = {}, b""
    for name, value in tensors.items():
        bytes = np.ascontiguousarray(value, dtype="<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [len(data), len(data) + len(bytes)]}
        data += bytes
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def write(folder, half):
    """One model and what it gives."""
    folder.mkdir(exist_ok=True)
    random = np.random.default_rng(20_261_127)
    made = model(weights(random), half)
    onnx.checker.check_model(made)
    onnx.save(made, folder / "model.onnx")
    inputs = {
        "frames": random.standard_normal((3, FRAMES)).astype(np.float32),
        "state": random.standard_normal((1, 3, HIDDEN)).astype(np.float32),
    }
    session = onnxruntime.InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])
    outputs = session.run(["speech", "next"], inputs)
    save({**inputs, "speech": outputs[0], "next": outputs[1]}, folder / "golden.safetensors")


write(HERE / "detector", False)
write(HERE / "detector-half", True)
