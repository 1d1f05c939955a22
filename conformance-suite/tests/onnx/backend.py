"""Runs ONNX's own backend tests on lmstd and writes docs/onnx.md.

The tests are those that PyPI's wheel of onnx 1.17.0 bundles; later wheels do not carry them. Needs that wheel installed:
    pip install onnx==1.17.0
    python conformance-suite/tests/onnx/backend.py [FOLDER]
FOLDER (a temporary one by default) takes the unpacked tests; nothing of them is committed.
"""

import collections
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
SUITES = ["node", "simple", "pytorch-converted", "pytorch-operator"]
HELD = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16}


# Where the expected numbers are not those of the operator, and onnxruntime gives ours or none of both.
WRAPS = "the expected numbers wrap around where the operator saturates; onnxruntime gives ours"
CUT = "the expected numbers are cut off where the operator rounds to the nearest; onnxruntime gives ours"
NOISE = "the expected zeros are noise of a float transform (2e-7), above the absolute tolerance of 1e-7"
QUIRKS = {
    "test_averagepool_3d_dilations_large_count_include_pad_is_1_ceil_mode_is_True":
        "the expected mean counts what lies behind the padding; onnxruntime gives ours",
    "test_qlinearmatmul_2D_int8_float16": WRAPS,
    "test_qlinearmatmul_2D_int8_float32": WRAPS,
    "test_qlinearmatmul_3D_int8_float16": WRAPS,
    "test_qlinearmatmul_3D_int8_float32": WRAPS,
    "test_cast_FLOAT_to_BFLOAT16": CUT,
    "test_castlike_FLOAT_to_BFLOAT16": CUT,
    "test_castlike_FLOAT_to_BFLOAT16_expanded": CUT,
    "test_dft_inverse": NOISE,
    "test_dft_inverse_opset19": NOISE,
}
# What f64 rightly gives instead.
DIGITS = "the texts of the numbers have the digits of `f64`"
WIDE_QUIRKS = {
    "test_cast_FLOAT_to_STRING": DIGITS,
    "test_castlike_FLOAT_to_STRING": DIGITS,
    "test_castlike_FLOAT_to_STRING_expanded": DIGITS,
}


def told(message):
    """A TensorProto as the Rust test reads it."""
    if message.data_type not in HELD:
        raise ValueError(f"elements of type {TensorProto.DataType.Name(message.data_type).lower()}")
    array = numpy_helper.to_array(message)
    if message.data_type == TensorProto.STRING:
        data = [x.decode() if isinstance(x, bytes) else str(x) for x in array.ravel()]
    elif message.data_type in (1, 10, 11, 16):
        wide = array.astype(np.float64).ravel()
        data = [float(x) if np.isfinite(x) else repr(float(x)) for x in wide]
    else:
        data = [int(x) for x in array.ravel()]
    return {"kind": message.data_type, "shape": list(message.dims), "data": data}


def read(path, port):
    message = TensorProto()
    with open(path, "rb") as file:
        message.ParseFromString(file.read())
    if port.type.tensor_type.elem_type == TensorProto.BFLOAT16 and message.data_type == TensorProto.UINT16:
        # The tests write the bits of bfloat16 as uint16: the upper half of a float.
        bits = numpy_helper.to_array(message).astype(np.uint32) << 16
        message = numpy_helper.from_array(bits.view(np.float32))
        return {**told(message), "kind": TensorProto.BFLOAT16}
    return told(message)


def not_claimed(model):
    """Why a test lies outside of what is claimed, or nothing."""
    domains = {node.domain for node in model.graph.node} - {"", "ai.onnx"}
    if domains:
        return "the domain " + ", ".join(sorted(domains))
    for port in list(model.graph.input) + list(model.graph.output):
        kind = port.type.WhichOneof("value")
        if kind != "tensor_type":
            return "an input or output that is no tensor"
        if port.type.tensor_type.elem_type not in HELD:
            return "elements of type " + TensorProto.DataType.Name(port.type.tensor_type.elem_type).lower()
    return None


def unpack(folder):
    """Lays out models and cases for the Rust test; gives each test's operators and why it is not claimed."""
    data = os.path.join(os.path.dirname(onnx.__file__), "backend", "test", "data")
    tests = {}
    os.makedirs(os.path.join(folder, "cases"))
    for suite in SUITES:
        for path in sorted(glob.glob(os.path.join(data, suite, "*"))):
            name = f"{suite}+{os.path.basename(path)}"
            model = onnx.load(os.path.join(path, "model.onnx"))
            operators = sorted({node.op_type for node in model.graph.node})
            why = not_claimed(model)
            lines = []
            for case in sorted(glob.glob(os.path.join(path, "test_data_set_*"))):
                if why:
                    break
                try:
                    files = range(len(glob.glob(os.path.join(case, "input_*.pb"))))
                    ports = model.graph.input
                    inputs = {ports[i].name: read(f"{case}/input_{i}.pb", ports[i]) for i in files}
                    files = range(len(glob.glob(os.path.join(case, "output_*.pb"))))
                    ports = model.graph.output
                    outputs = {ports[i].name: read(f"{case}/output_{i}.pb", ports[i]) for i in files}
                    lines.append(json.dumps({"inputs": inputs, "outputs": outputs}))
                except ValueError as error:
                    why = str(error)
            tests[name] = (suite, operators, why)
            if not why:
                to = os.path.join(folder, "models", name)
                os.makedirs(to)
                shutil.copy(os.path.join(path, "model.onnx"), to)
                with open(os.path.join(folder, "cases", f"{name}.json"), "w", encoding="utf-8") as out:
                    out.write("\n".join(lines))
    return tests


def run(folder):
    command = ["cargo", "test", "--workspace", "--test", "all", "onnx_backend_tests", "--", "--ignored"]
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "LMSTD_ONNX_BACKEND": folder})
    with open(os.path.join(folder, "results.jsonl"), encoding="utf-8") as lines:
        return {found["name"]: found for found in map(json.loads, lines)}


def outcome(result):
    """The status and reason of a run; an operator or operator set that is not computed is not claimed."""
    why = result["why"].removesuffix(" (; )")
    unclaimed = why.startswith("the operator ") or why.startswith("the model is of an operator set")
    return ("not claimed" if result["status"] == "refused" and unclaimed else result["status"]), why


def subject(name, operators):
    """The operator that a test is about: its only one, or for a function's expansion what the test is called after."""
    return operators[0] if len(operators) == 1 else "several (" + name.split("+")[1].split("_")[1] + ")"


def shown(why):
    """A reason in one cell."""
    return " ".join(why.replace("|", "/").split())[:300]


def table(tests, results):
    rows = collections.defaultdict(collections.Counter)
    reasons = collections.defaultdict(collections.Counter)
    node, wide = collections.Counter(), collections.defaultdict(list)
    for name, (suite, operators, why) in tests.items():
        status, why = ("not claimed", why) if why else outcome(results[name])
        row = subject(name, operators)
        rows[row][status] += 1
        if suite == "node":
            node[status] += 1
            if status == "passed":
                found = results[name]
                test = name.split("+")[1]
                wide["" if found["wide"] == "passed" else WIDE_QUIRKS.get(test, found["wide_why"])].append(test)
        if status != "passed":
            reasons[row][f"{status}: {QUIRKS.get(name.split('+')[1], why)}"] += 1
    claimed = node["passed"] + node["failed"] + node["refused"]
    text = [
        "# ONNX's backend tests",
        "",
        "Made by `conformance-suite/tests/onnx/backend.py` from the tests in the wheel of onnx 1.17.0, at their own",
        "tolerance (relative 1e-3, absolute 1e-7). Not claimed: other domains, and tests whose inputs or outputs are no",
        "tensors of the types that are held, operators and operator sets (before 7) that are not computed.",
        "",
        f"Node tests: {sum(node.values())}, claimed {claimed}, passed {node['passed']} "
        f"({100 * node['passed'] / claimed:.1f} % of the claimed), failed {node['failed']}, "
        f"refused {node['refused']}.",
        "",
        "A graph is held against its own run with every float as `f64`, which rounds nothing. Of the node tests that",
        f"passed, {len(wide.pop('', []))} pass so too, with the expected numbers as `f64`. The others:",
        "",
        *[f"- {', '.join(f'`{name}`' for name in names)}: {shown(why)}" for why, names in sorted(wide.items())],
        "",
        "| operator | tests | passed | failed | refused | not claimed | why not passed |",
        "|---|---|---|---|---|---|---|",
    ]
    for row, counts in sorted(rows.items()):
        why = "; ".join(f"{reason} ({n})" if n > 1 else reason for reason, n in reasons[row].most_common())
        why = shown(why)
        cells = [counts[status] for status in ("passed", "failed", "refused", "not claimed")]
        text.append(f"| {row} | {sum(counts.values())} | " + " | ".join(map(str, cells)) + f" | {why} |")
    return "\n".join(text) + "\n"


def main():
    if onnx.__version__ != "1.17.0":
        sys.exit(f"onnx 1.17.0 carries the tests; this is {onnx.__version__}")
    folder = sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp()
    tests = unpack(folder)
    with open(os.path.join(ROOT, "docs", "onnx.md"), "w", encoding="utf-8") as out:
        out.write(table(tests, run(folder)))


if __name__ == "__main__":
    main()
