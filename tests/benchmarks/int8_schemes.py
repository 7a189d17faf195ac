"""Ways to serve a classifier in 8 bits, on one machine: quality, size, speed, and whether company changes an answer.

    python tests/benchmarks/int8_schemes.py --model float.onnx --tokenizer tokenizer.json \
        --train train.jsonl.gz --test test.jsonl.gz --labels labels.json [--json]

`float.onnx` takes input_ids, attention_mask and perhaps token_type_ids, and gives logits in the order of `labels.json`, a
list. Rows are {"text": ..., "label": ...}. Schemes run interleaved, batch after batch, so that a busy machine slows all
alike; `speed` is the median over rounds of fp32's time divided by the scheme's, by processor time and by the clock.
"""

import argparse
import gzip
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnxruntime import quantization
from onnxruntime.quantization import matmul_nbits_quantizer
from tokenizers import Tokenizer

from headwater.export.rounding import round_weights
from headwater.serving.variants import build

__all__ = ["SCHEMES", "Texts", "measure"]


class Texts:
    """Texts as token ids, and the batches that a server would make of them."""

    def __init__(self, path: Path, tokenizer: Path, limit: int | None = None) -> None:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as file:
            self.rows = [json.loads(line) for line in file][:limit]
        encoder = Tokenizer.from_file(str(tokenizer))
        encoder.no_padding()
        encoder.enable_truncation(128)
        self.ids = [item.ids for item in encoder.encode_batch([row["text"] for row in self.rows])]

    def batches(self, size: int = 32, *, shuffled: bool = False) -> list[np.ndarray]:
        """Row numbers, sorted by length or in a seeded random order."""
        order = np.argsort([len(ids) for ids in self.ids], kind="stable")
        order = np.random.default_rng(1).permutation(order) if shuffled else order
        return np.array_split(order, range(size, len(order), size))

    def arrays(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """int64 (rows, longest)."""
        ids = np.zeros((len(rows), max(len(self.ids[row]) for row in rows)), np.int64)
        mask = np.zeros_like(ids)
        for place, row in enumerate(rows):
            ids[place, : len(self.ids[row])] = self.ids[row]
            mask[place, : len(self.ids[row])] = 1
        return {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}


class Calibration(quantization.CalibrationDataReader):
    """Training texts for the scheme that fixes its activation scales in advance."""

    def __init__(self, texts: Texts, names: set[str]) -> None:
        self.feeds = iter([{k: v for k, v in texts.arrays(b).items() if k in names} for b in texts.batches(8)])

    def get_next(self) -> dict[str, np.ndarray] | None:
        return next(self.feeds, None)


def dynamic(model: onnx.ModelProto, path: Path, _: Texts) -> None:
    """One scale for a whole batch of activations."""
    quantization.quantize_dynamic(
        model,
        path,
        per_channel=True,
        weight_type=quantization.QuantType.QInt8,
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )


def static(model: onnx.ModelProto, path: Path, train: Texts) -> None:
    """One scale for each activation for ever, from the least and largest value seen on 512 training texts."""
    quantization.quantize_static(
        model,
        path,
        Calibration(train, {item.name for item in model.graph.input}),
        per_channel=True,
        op_types_to_quantize=["MatMul", "Gemm"],
        activation_type=quantization.QuantType.QUInt8,
        weight_type=quantization.QuantType.QInt8,
        extra_options={"MatMulConstBOnly": True},
    )


def blocks(model: onnx.ModelProto, path: Path, _: Texts) -> None:
    """MatMulNBits: 8-bit weights in blocks of 128, activations rounded by block inside the operator."""
    quantizer = matmul_nbits_quantizer.MatMulNBitsQuantizer(
        model, bits=8, block_size=128, is_symmetric=True, accuracy_level=4
    )
    quantizer.process()
    onnx.save(quantizer.model.model, path)


SCHEMES: dict[str, Callable[[onnx.ModelProto, Path, Texts], None]] = {
    "fp32": lambda model, path, _: onnx.save(model, path),
    "dynamic per tensor": dynamic,
    "static, MinMax": static,
    "MatMulNBits, 8 bits": blocks,
    "ours, fp32 arithmetic": lambda model, path, _: onnx.save(build(round_weights(model), "fp32"), path),
    "ours, int8": lambda model, path, _: onnx.save(build(round_weights(model), "int8"), path),
}


def session(path: Path, threads: int) -> Callable[[dict[str, np.ndarray]], np.ndarray]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    made = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = {item.name for item in made.get_inputs()}
    return lambda arrays: made.run(None, {name: array for name, array in arrays.items() if name in names})[0]


def probabilities(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def quality(run: Callable, test: Texts, gold: np.ndarray, reference: np.ndarray | None) -> dict:
    """Accuracy and agreement over sorted batches; what changes when a text is alone, or in other company."""
    logits, other = (np.zeros((len(test.ids), run(test.arrays(np.array([0]))).shape[1]), np.float32) for _ in range(2))
    for rows in test.batches():
        logits[rows] = run(test.arrays(rows))
    for rows in test.batches(shuffled=True):
        other[rows] = run(test.arrays(rows))
    some = np.random.default_rng(2).permutation(len(test.ids))[:600]
    alone = np.concatenate([run(test.arrays(np.array([row]))) for row in some])
    labels = logits.argmax(axis=1)
    return {
        "accuracy": float((labels == gold).mean()),
        "agrees": 1.0 if reference is None else float((labels == reference).mean()),
        "alone_change": float(np.abs(probabilities(alone) - probabilities(logits[some])).max()),
        "alone_flips": int((alone.argmax(axis=1) != labels[some]).sum()),
        "shuffled_flips": int((other.argmax(axis=1) != labels).sum()),
        "labels": labels,
    }


def speed(runs: dict[str, Callable], test: Texts, rounds: int) -> dict[str, dict[str, float]]:
    """Interleaved over 512 texts a round: texts a second, speed against fp32, and ms for one text."""
    batches = [test.arrays(rows) for rows in test.batches()][:: max(1, len(test.ids) // 512)]
    count = sum(len(batch["input_ids"]) for batch in batches)
    singles = [test.arrays(np.array([row])) for row in range(0, len(test.ids), max(1, len(test.ids) // 40))]
    clock, processor, single = ({name: [] for name in runs} for _ in range(3))
    for _ in range(rounds):
        spent = {name: np.zeros(3) for name in runs}
        for batch in batches:
            for name, run in runs.items():
                began = time.perf_counter(), time.process_time()
                run(batch)
                spent[name][:2] += time.perf_counter() - began[0], time.process_time() - began[1]
        for name, run in runs.items():
            times = []
            for one in singles:
                began = time.perf_counter()
                run(one)
                times.append(time.perf_counter() - began)
            clock[name].append(spent[name][0])
            processor[name].append(spent[name][1])
            single[name].append(np.median(times))
    return {
        name: {
            "texts_per_second": count / float(np.median(clock[name])),
            "speed_clock": float(np.median(np.divide(clock["fp32"], clock[name]))),
            "speed_processor": float(np.median(np.divide(processor["fp32"], processor[name]))),
            "p50_ms": 1000 * float(np.median(single[name])),
        }
        for name in runs
    }


def measure(model: onnx.ModelProto, train: Texts, test: Texts, gold: np.ndarray, threads: int, rounds: int) -> dict:
    """Scheme -> its row of the table."""
    del model.graph.value_info[:]  # some exporters' shapes contradict the turned weights that quantize_dynamic makes
    table, runs, reference = {}, {}, None
    with tempfile.TemporaryDirectory() as folder:
        for name, make in SCHEMES.items():
            path, copy = Path(folder, "model.onnx"), onnx.ModelProto()
            copy.CopyFrom(model)
            make(copy, path, train)
            runs[name] = session(path, threads)
            table[name] = {"megabytes": path.stat().st_size / 1e6} | quality(runs[name], test, gold, reference)
            labels = table[name].pop("labels")
            reference = labels if reference is None else reference
    for name, row in speed(runs, test, rounds).items():
        table[name] |= row
    return table


def markdown(table: dict) -> str:
    lines = [
        "| scheme | MB | accuracy | agrees with fp32 | texts/s | speed: processor, clock | p50 ms | alone: change, flips | shuffled: flips |"
    ]
    lines.append("|---|---|---|---|---|---|---|---|---|")
    for name, row in table.items():
        lines.append(
            f"| {name} | {row['megabytes']:.0f} | {row['accuracy']:.4f} | {row['agrees']:.3f} | {row['texts_per_second']:.0f} "
            f"| {row['speed_processor']:.2f}, {row['speed_clock']:.2f} | {row['p50_ms']:.1f} "
            f"| {row['alone_change']:.1g}, {row['alone_flips']} | {row['shuffled_flips']} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("model", "tokenizer", "train", "test", "labels"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2, help="of one call")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--limit", type=int, help="test texts to read: fewer for a quick look")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    train, test = Texts(given.train, given.tokenizer, 512), Texts(given.test, given.tokenizer, given.limit)
    labels = json.loads(given.labels.read_text(encoding="utf-8"))
    gold = np.array([labels.index(row["label"]) for row in test.rows])
    table = measure(onnx.load(given.model), train, test, gold, given.threads, given.rounds)
    about = {"texts": len(gold), "threads": given.threads, "onnxruntime": onnxruntime.__version__}
    sys.stdout.write(json.dumps(about | {"schemes": table}, indent=2) if given.json else markdown(table))
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
