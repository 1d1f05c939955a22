"""Cases for `runtime/tests/all/onnx_ops.rs`: single nodes run by onnxruntime, one a line of ops.jsonl.

Needs onnx and onnxruntime. Run in this folder: python ops.py
"""

import json

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

random = np.random.default_rng(7)
lines = []


def told(array):
    kind = helper.np_dtype_to_tensor_dtype(array.dtype)
    floats = array.dtype.kind == "f"
    one = (lambda x: float(f"{x:.8g}") if np.isfinite(x) else repr(float(x))) if floats else int
    return {"kind": int(kind), "shape": list(array.shape), "data": [one(x) for x in array.ravel()]}


def case(op, inputs, outputs=1, opset=17, absolute=1e-7, **attributes):
    inputs = [None if x is None else np.asarray(x) for x in inputs]
    names = [f"x{i}" if x is not None else "" for i, x in enumerate(inputs)]
    node = helper.make_node(op, names, [f"y{i}" for i in range(outputs)], **attributes)
    given = {name: x for name, x in zip(names, inputs) if x is not None}
    infos = [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(x.dtype), x.shape)
             for n, x in given.items()]
    ends = [helper.make_empty_tensor_value_info(f"y{i}") for i in range(outputs)]
    graph = helper.make_graph([node], "g", infos, ends)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    model = onnx.shape_inference.infer_shapes(model)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    found = session.run(None, given)
    kept = {a.name: [int(a.type), value(a)] for a in node.attribute}
    lines.append(json.dumps({
        "name": f"{op} {len(lines)}", "op": op, "opset": opset, "absolute": absolute, "attributes": kept,
        "inputs": [None if x is None else told(x) for x in inputs], "outputs": [told(np.asarray(y)) for y in found],
    }))


def value(attribute):
    found = helper.get_attribute_value(attribute)
    if isinstance(found, bytes):
        return found.decode()
    if isinstance(found, list):
        return [x.decode() if isinstance(x, bytes) else x for x in found]
    return found


def f(*shape):
    """Numbers of few digits, so that the file stays small and rounds nowhere."""
    return random.integers(-128, 128, shape).astype(np.float32) / 64


def i64(*numbers):
    return np.array(numbers, np.int64)


def u8(*shape):
    return random.integers(0, 256, shape).astype(np.uint8)


def i8(*shape):
    return random.integers(-128, 128, shape).astype(np.int8)


def f32(x):
    return np.array(x, np.float32)


def convolutions():
    case("Conv", [f(1, 2, 7), f(3, 2, 3), f(3)], pads=[1, 0], strides=[2])
    case("Conv", [f(1, 4, 6, 5), f(6, 2, 3, 2)], group=2, pads=[1, 0, 2, 1], strides=[2, 1], dilations=[1, 2])
    case("Conv", [f(1, 3, 5, 5), f(3, 1, 3, 3), f(3)], group=3, auto_pad="SAME_UPPER", strides=[2, 2])
    case("Conv", [f(1, 2, 4, 4, 4), f(2, 2, 2, 2, 2)], auto_pad="SAME_LOWER")
    case("Conv", [f(2, 3, 4, 4), f(4, 3, 1, 1)])
    case("ConvTranspose", [f(1, 3, 4), f(3, 2, 3), f(2)], strides=[2], pads=[1, 0], output_padding=[1])
    case("ConvTranspose", [f(1, 4, 3, 3), f(4, 2, 3, 2)], group=2, strides=[2, 3], dilations=[2, 1])
    case("ConvTranspose", [f(1, 2, 3, 3), f(2, 1, 3, 3)], strides=[2, 2], output_shape=[6, 6])
    case("ConvInteger", [u8(1, 2, 4, 4), u8(3, 2, 2, 2), np.uint8(121)], opset=10, pads=[1, 1, 0, 0])
    case("QLinearConv", [u8(1, 2, 4, 4), f32(0.02), np.uint8(118), i8(2, 2, 2, 2), f32([0.01, 0.03]),
                         np.zeros(2, np.int8), f32(0.08), np.uint8(131), np.array([40, -90], np.int32)], opset=13)
    case("QLinearMatMul", [u8(2, 3), f32(0.02), np.uint8(113), u8(3, 4), f32(0.01), np.uint8(114),
                           f32(0.05), np.uint8(118)], opset=13)
    case("MatMulInteger", [u8(2, 2, 3), u8(3, 4), np.uint8(12), np.uint8(200)])
    case("Col2Im", [f(1, 8, 9), i64(4, 4), i64(2, 2)], opset=18)


def pools():
    for op in ["MaxPool", "AveragePool", "LpPool"]:
        case(op, [f(1, 2, 8)], kernel_shape=[3], strides=[2], pads=[1, 1])
        case(op, [f(1, 2, 5, 6)], kernel_shape=[2, 3], pads=[1, 1, 0, 1])
        case(op, [f(1, 1, 5, 5)], kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER")
        case(op, [f(1, 1, 3, 4, 3)], kernel_shape=[2, 2, 2])
    case("MaxPool", [f(1, 2, 6, 6)], 2, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
    case("MaxPool", [f(1, 2, 5, 4)], 2, kernel_shape=[2, 2], storage_order=1)
    case("MaxPool", [f(1, 1, 7, 7)], kernel_shape=[2, 2], dilations=[2, 3])
    case("MaxPool", [i8(1, 1, 4, 4)], kernel_shape=[2, 2])
    case("AveragePool", [f(1, 2, 5, 5)], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=1)
    case("AveragePool", [f(1, 2, 6, 6)], opset=19, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
    for op in ["GlobalMaxPool", "GlobalAveragePool", "GlobalLpPool"]:
        case(op, [f(2, 3, 4, 5)])
    case("MaxUnpool", [f(1, 1, 2, 2), np.array([[[[5, 7], [13, 15]]]], np.int64)], kernel_shape=[2, 2], strides=[2, 2])
    boxes = f32([[0, 0, 6, 5], [1.5, 2, 4, 7]])
    for mode in ["avg", "max"]:
        case("RoiAlign", [f(2, 2, 8, 8), boxes, i64(1, 0)], opset=16, mode=mode, output_height=2, output_width=3,
             sampling_ratio=2, spatial_scale=0.5)
    corners = f32([[[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, 10, 1, 11], [0, 10.1, 1, 11.1], [1, 101, 0, 100]]])
    case("NonMaxSuppression", [corners, f32([[[0.9, 0.75, 0.6, 0.95, 0.5], [0.1, 0.2, 0.3, 0.4, 0.5]]]), i64(3),
                               f32([0.5]), f32([0.15])], opset=11)


def normalisations():
    case("BatchNormalization", [f(2, 3, 4), f(3), f(3), f(3), abs(f(3)) + 0.5], epsilon=0.01)
    case("InstanceNormalization", [f(2, 3, 4, 4), f(3), f(3)])
    case("LayerNormalization", [f(2, 3, 4), f(4), f(4)], 3)
    case("LayerNormalization", [f(2, 3, 4), f(3, 4)], axis=1, epsilon=0.1)
    case("GroupNormalization", [f(2, 4, 3), f(4), f(4)], opset=21, num_groups=2)
    for p in [1, 2]:
        case("LpNormalization", [f(2, 3, 4)], axis=1, p=p)
    case("MeanVarianceNormalization", [f(2, 3, 2, 2)])
    case("LRN", [f(1, 5, 2, 2)], size=3, alpha=0.5, bias=2.0)


def recurrent():
    lengths = np.array([4, 2], np.int32)
    for op, gates in [("RNN", 1), ("GRU", 3), ("LSTM", 4)]:
        outputs = 3 if op == "LSTM" else 2
        for direction, number in [("forward", 1), ("reverse", 1), ("bidirectional", 2)]:
            weights = [f(number, gates * 3, 2), f(number, gates * 3, 3), f(number, 2 * gates * 3)]
            state = [f(number, 2, 3)] * (2 if op == "LSTM" else 1)
            case(op, [f(4, 2, 2), *weights, lengths, *state], outputs, hidden_size=3, direction=direction)
    case("GRU", [f(3, 1, 2), f(1, 9, 2), f(1, 9, 3), f(1, 18)], 2, hidden_size=3, linear_before_reset=1)
    case("LSTM", [f(3, 1, 2), f(1, 12, 2), f(1, 12, 3), f(1, 24), None, None, None, f(1, 9)], 3, hidden_size=3)
    case("LSTM", [f(3, 1, 2), f(1, 12, 2), f(1, 12, 3)], 3, hidden_size=3, clip=0.3,
         activations=["HardSigmoid", "Softsign", "Relu"], activation_alpha=[0.3], activation_beta=[0.4])


def resizing():
    scales = f32([1, 1, 1.5, 0.6])
    for place in ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"]:
        for mode in ["linear", "cubic"]:
            case("Resize", [f(1, 1, 4, 5), None, scales], mode=mode, coordinate_transformation_mode=place)
        for nearest in ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"]:
            case("Resize", [f(1, 1, 4, 5), None, scales], coordinate_transformation_mode=place, nearest_mode=nearest)
    sizes = i64(1, 1, 3, 8)
    case("Resize", [f(1, 1, 4, 5), None, None, sizes], mode="cubic", cubic_coeff_a=-0.5, exclude_outside=1)
    case("Resize", [f(1, 1, 4, 5), f32([0, 0, 0.2, 0.1, 1, 1, 0.9, 1.3]), None, sizes], mode="linear",
         coordinate_transformation_mode="tf_crop_and_resize", extrapolation_value=7.0)
    case("Resize", [f(1, 1, 6, 8), None, None, i64(1, 1, 3, 3)], opset=18, mode="linear", antialias=1)
    case("Resize", [f(1, 1, 6, 8), None, None, i64(1, 1, 3, 3)], opset=18, mode="cubic", antialias=1)
    case("Upsample", [f(1, 1, 2, 3), f32([1, 1, 2, 2])], opset=9)
    grid = f(1, 2, 3, 2)
    for mode in ["bilinear", "nearest", "bicubic"]:
        for padding in ["zeros", "border", "reflection"]:
            for corners in [0, 1]:
                case("GridSample", [f(1, 1, 3, 4), grid], opset=16, mode=mode, padding_mode=padding,
                     align_corners=corners)
    for corners in [0, 1]:
        case("AffineGrid", [f(1, 2, 3), i64(1, 1, 2, 3)], opset=20, align_corners=corners)
        case("AffineGrid", [f(1, 3, 4), i64(1, 1, 2, 3, 2)], opset=20, align_corners=corners)
    case("CenterCropPad", [f(3, 4, 5), i64(4, 2)], opset=18, axes=[0, 2])


def quantising():
    case("QuantizeLinear", [f(2, 3) * 30, f32(0.25), np.uint8(100)])
    case("QuantizeLinear", [f(2, 3) * 30, f32([0.25, 0.5, 1]), np.array([1, -2, 0], np.int8)], axis=1)
    case("DequantizeLinear", [u8(2, 3), f32(0.25), np.uint8(100)])
    case("DequantizeLinear", [i8(2, 3), f32([0.25, 0.5]), np.array([1, -2], np.int8)], axis=0)
    case("DynamicQuantizeLinear", [f(3, 4)], 3)


def signals():
    # onnxruntime transforms in float: what should be 0 is noise.
    case("DFT", [f(1, 6, 1)], absolute=1e-5, axis=1)
    case("DFT", [f(1, 5, 2)], absolute=1e-5, axis=1, inverse=1)
    case("DFT", [f(1, 8, 1), np.int64(6)], absolute=1e-5, axis=1, onesided=1)
    case("DFT", [f(1, 4, 3, 2), None, np.int64(2)], opset=20, absolute=1e-5)
    case("STFT", [f(1, 16, 1), np.int64(4), abs(f(8))], absolute=1e-5, onesided=1)
    for op in ["HannWindow", "HammingWindow", "BlackmanWindow"]:
        for periodic in [0, 1]:
            case(op, [np.int64(6)], periodic=periodic)
    case("MelWeightMatrix", [np.int64(4), np.int64(16), np.int64(8000), f32(0), f32(4000)])


for family in [convolutions, pools, normalisations, recurrent, resizing, quantising, signals]:
    family()
with open("ops.jsonl", "w", encoding="utf-8") as out:
    out.write("\n".join(lines) + "\n")
print(len(lines), "cases")
