"""Small models with inputs and outputs by ONNX Runtime, for tests/all/onnx.rs: `models.jsonl`, one a line.

    pip install onnx==1.23.2 onnxruntime numpy && python make.py

A line: the model's name, its bytes in base64, the inputs, the outputs.
"""

import base64
import json

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

rng = np.random.default_rng(7)


def told(array):
    kind = helper.np_dtype_to_tensor_dtype(array.dtype)
    data = (array.astype(float) if array.dtype.kind == "f" else array.astype(int)).ravel().tolist()
    # JSON has no infinities.
    data = [x if np.isfinite(x) else str(x) for x in data]
    return {"kind": kind, "shape": list(array.shape), "data": data}


def value(name, array, dims=None):
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), dims or array.shape)


def model(name, nodes, inputs, outputs, weights=None, opset=17, dims=None):
    """A model whose outputs have the element types given; their shapes are told after a first run."""
    graph = helper.make_graph(
        nodes,
        name,
        [value(key, array, (dims or {}).get(key)) for key, array in inputs.items()],
        [helper.make_tensor_value_info(key, kind, None) for key, kind in outputs.items()],
        [numpy_helper.from_array(array, key) for key, array in (weights or {}).items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
    return name, made, inputs


def body(name, nodes, inputs, outputs, weights=()):
    info = lambda pairs: [helper.make_tensor_value_info(key, kind, dims) for key, kind, dims in pairs]
    return helper.make_graph(nodes, name, info(inputs), info(outputs), list(weights))


F, I, B = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL
node = helper.make_node
f32 = lambda *shape: rng.standard_normal(shape).astype(np.float32)

MODELS = []


def add(*args, **kwargs):
    MODELS.append(model(*args, **kwargs))


# A layer of a transformer in plain operators.
add(
    "attention",
    [
        node("MatMul", ["x", "w"], ["q"]),
        node("Transpose", ["q"], ["k"], perm=[0, 2, 1]),
        node("MatMul", ["q", "k"], ["s"]),
        node("Softmax", ["s"], ["p"], axis=-1),
        node("MatMul", ["p", "x"], ["a"]),
        node("Reshape", ["a", "rows"], ["flat"]),
        node("Gemm", ["flat", "w", "b"], ["g"], alpha=0.5, beta=2.0, transB=1),
        node("Erf", ["g"], ["e"]),
        node("Add", ["e", "b"], ["y"]),
    ],
    {"x": f32(2, 5, 8)},
    {"y": F},
    {"w": f32(8, 8), "b": f32(8), "rows": np.array([-1, 8])},
    dims={"x": ["batch", "length", 8]},
)

# A condition whose branches see the values around them.
add(
    "condition",
    [
        node("ReduceSum", ["x"], ["s"], keepdims=0),
        node("Greater", ["s", "zero"], ["c"]),
        node(
            "If",
            ["c"],
            ["y"],
            then_branch=body("then", [node("Add", ["x", "x"], ["t"])], [], [("t", F, [4])]),
            else_branch=body("else", [node("Neg", ["x"], ["e"])], [], [("e", F, [4])]),
        ),
    ],
    {"x": np.array([1, 2, -5, -1], np.float32)},
    {"y": F},
    {"zero": np.zeros((), np.float32)},
)

# A loop that carries one value, collects another and stops by itself.
loop = body(
    "body",
    [
        node("Add", ["v", "x"], ["w"]),
        node("ReduceMax", ["w"], ["m"], keepdims=0),
        node("Less", ["m", "bound"], ["more"]),
        node("Identity", ["w"], ["row"]),
    ],
    [("i", I, []), ("go", B, []), ("v", F, [3])],
    [("more", B, []), ("w", F, [3]), ("row", F, [3])],
)
add(
    "loop",
    [node("Loop", ["n", "yes", "x"], ["last", "rows"], body=loop)],
    {"x": np.array([1, 2, 3], np.float32)},
    {"last": F, "rows": F},
    {"n": np.array(100), "yes": np.array(True), "bound": np.array(20, np.float32)},
)

scan = body(
    "step",
    [node("Add", ["s", "r"], ["t"]), node("Identity", ["t"], ["o"])],
    [("s", F, [2]), ("r", F, [2])],
    [("t", F, [2]), ("o", F, [2])],
)
add(
    "scan",
    [node("Scan", ["s0", "x"], ["last", "all"], body=scan, num_scan_inputs=1, scan_input_directions=[1])],
    {"x": f32(4, 2)},
    {"last": F, "all": F},
    {"s0": np.zeros(2, np.float32)},
)

# Layout, indices and sequences.
add(
    "layout",
    [
        node("Slice", ["x", "starts", "ends", "axes", "steps"], ["a"]),
        node("Pad", ["a", "pads"], ["b"], mode="reflect"),
        node("Gather", ["b", "which"], ["c"], axis=1),
        node("Concat", ["c", "c"], ["d"], axis=0),
        node("Tile", ["d", "times"], ["e"]),
        node("Split", ["e"], ["f", "g"], axis=1),
        node("ScatterND", ["g", "places", "updates"], ["h"]),
        node("TopK", ["h", "k"], ["v", "i"], axis=0),
        node("CumSum", ["v", "axis"], ["u"], reverse=1),
    ],
    {"x": f32(5, 6)},
    {"u": F, "i": I},
    {
        "starts": np.array([4, 1]),
        "ends": np.array([-100, 6]),
        "axes": np.array([0, 1]),
        "steps": np.array([-2, 2]),
        "pads": np.array([1, 0, 1, 2]),
        "which": np.array([0, -1, 2, 1]),
        "times": np.array([1, 2]),
        "places": np.array([[0], [3]]),
        "updates": f32(2, 4),
        "k": np.array([3]),
        "axis": np.array(0),
    },
)
add(
    "einsum",
    [
        node("Einsum", ["x", "w"], ["a"], equation="bij,bjk->bik"),
        node("Einsum", ["a"], ["t"], equation="...ii->...i"),
        node("Einsum", ["x", "a", "t"], ["y"], equation="bij,bik,bi->jk"),
    ],
    {"x": f32(2, 3, 4), "w": f32(2, 4, 3)},
    {"y": F, "t": F},
)
add(
    "integers",
    [
        node("Mod", ["x", "d"], ["m"]),
        node("Div", ["x", "d"], ["q"]),
        node("Cast", ["q"], ["f"], to=F),
        node("Where", ["c", "m", "q"], ["w"]),
        node("Equal", ["w", "m"], ["c2"]),
        node("ReduceMax", ["w"], ["r"], axes=[1]),
        node("OneHot", ["m", "depth", "values"], ["o"]),
    ],
    {"x": rng.integers(-50, 50, (3, 4)), "c": rng.random((3, 1)) < 0.5},
    {"f": F, "w": I, "c2": B, "r": I, "o": F},
    {"d": np.array([3, -4, 5, 7]), "depth": np.array(6), "values": np.array([0, 1], np.float32)},
)
UNARY = "Abs Neg Sign Relu Sqrt Exp Log Erf Floor Ceil Round Sin Cos Tanh Sigmoid HardSigmoid HardSwish Softplus Softsign Elu Selu LeakyRelu Celu".split()
add(
    "unary",
    [node(op, ["x"], [op.lower()]) for op in UNARY] + [node("LogSoftmax", ["x"], ["ls"], axis=1), node("Hardmax", ["x"], ["hm"], axis=0)],
    {"x": f32(3, 5) * 3},
    {op.lower(): F for op in UNARY} | {"ls": F, "hm": F},
)
REDUCE = "Mean Max Min Prod L1 L2 SumSquare LogSumExp".split()
add(
    "reduce",
    [node("Reduce" + op, ["x"], [op.lower()], axes=[0, 2], keepdims=at % 2) for at, op in enumerate(REDUCE)]
    + [node("ArgMax", ["x"], ["am"], axis=1), node("ArgMin", ["x"], ["an"], axis=-1, keepdims=0)],
    {"x": f32(2, 3, 4)},
    {op.lower(): F for op in REDUCE} | {"am": I, "an": I},
)
add(
    "old",
    [
        node("Softmax", ["x"], ["p"]),
        node("Squeeze", ["x"], ["s"], axes=[0]),
        node("Clip", ["x"], ["c"], min=-0.5, max=0.5),
        node("Slice", ["x"], ["l"], axes=[1, 2], starts=[0, -2], ends=[2, 9]),
        node("Pad", ["x"], ["d"], pads=[0, 0, 1, 0, 1, 0], value=3.0),
    ],
    {"x": f32(1, 3, 4)},
    {"p": F, "s": F, "c": F, "l": F, "d": F},
    opset=9,
)

with open("models.jsonl", "w") as out:
    for name, made, inputs in MODELS:
        bytes_ = made.SerializeToString()
        session = onnxruntime.InferenceSession(bytes_, providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]
        outputs = dict(zip(names, session.run(None, inputs)))
        for info in made.graph.output:
            # So many axes of any extent.
            for _ in np.shape(outputs[info.name]):
                info.type.tensor_type.shape.dim.add()
            info.type.tensor_type.shape.SetInParent()
        onnx.checker.check_model(made)
        bytes_ = made.SerializeToString()
        line = {
            "name": name,
            "model": base64.b64encode(bytes_).decode(),
            "inputs": {key: told(array) for key, array in inputs.items()},
            "outputs": {key: told(np.asarray(array)) for key, array in outputs.items()},
        }
        out.write(json.dumps(line) + "\n")
