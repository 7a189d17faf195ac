"""A bundle for people, as rich renders it, and a trial of it."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from headwater.bundle import Bundle, Calibration, Head, open_bundle
from headwater.cli.bundles import bundle_folder
from headwater.errors import BundleError
from headwater.serving.model import open_model

__all__ = ["describe", "trial"]

TRIAL = "Acme Corp. of Berlin said on Monday that profits rose 5 %."
LABELS_SHOWN = 8


def describe(bundle: Bundle) -> Iterator[RenderableType]:
    """What it is, how good it is, what it learnt from."""
    yield _facts(bundle)
    yield _quality(bundle)
    if bundle.manifest.data:
        yield _data(bundle)


def _facts(bundle: Bundle) -> Table:
    manifest = bundle.manifest
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    facts = {
        "model": f"{manifest.name} {manifest.version} ({manifest.task})",
        "made": manifest.created or "not said",
        "folder": str(bundle.folder),
        "digest": bundle.digest,
        "reads": f"{', '.join(item.name for item in manifest.inputs)}; {manifest.max_length} tokens, stride {manifest.stride}",
        "gate": _verdict(manifest.gate),
        **{f"head {head.name}": _head(head) for head in manifest.heads},
    }
    for key, value in facts.items():
        table.add_row(Text(key, style="bold"), Text(value))
    return table


def _verdict(gate: dict[str, Any]) -> str:
    if not gate:
        return "not run"
    checks = gate.get("checks", [])
    failed = [str(check["name"]) for check in checks if not check["passed"]]
    return f"failed: {'; '.join(failed)}" if failed else f"passed, {len(checks)} checks (the table is in card.md)"


def _head(head: Head) -> str:
    shown = ", ".join(head.labels[:LABELS_SHOWN])
    more = f" and {len(head.labels) - LABELS_SHOWN} more" if len(head.labels) > LABELS_SHOWN else ""
    return f"{head.kind}: {shown}{more}" if head.labels else head.kind


def _quality(bundle: Bundle) -> Table:
    table = Table("variant", "head", "temperature", "test set (95 % interval)", "answers at a risk", title="quality")
    for variant, heads in sorted(bundle.manifest.variants.items()):
        for name, calibration in heads.items():
            table.add_row(
                variant, name, f"{calibration.temperature:.3f}", _metrics(calibration), _thresholds(calibration)
            )
    return table


def _metrics(calibration: Calibration) -> str:
    lines = []
    for name, value in sorted(calibration.quality.items()):
        interval = f" ({value['low']:.4f} to {value['high']:.4f})" if {"low", "high"} <= value.keys() else ""
        lines.append(f"{name} {value.get('value', float('nan')):.4f}{interval}")
    return "\n".join(lines) or "not measured"


def _thresholds(calibration: Calibration) -> str:
    return (
        "\n".join(
            f"{entry.risk:.0%} wrong at most: p >= {entry.threshold:.3f} answers {entry.coverage:.0%}"
            for entry in calibration.thresholds
        )
        or "none"
    )


def _data(bundle: Bundle) -> Table:
    table = Table("set", "licence", "what else is known", title="learnt from and measured on")
    for entry in bundle.manifest.data:
        rest = {key: value for key, value in entry.items() if key not in ("name", "licence", "title")}
        known = ", ".join(f"{key} {value}" for key, value in rest.items() if isinstance(value, int | float | str))
        table.add_row(Text(str(entry.get("name", "?"))), Text(str(entry.get("licence", "not said"))), Text(known))
    return table


def trial(given: str) -> dict[str, Any]:
    """Open a bundle, verify it and run one text in fp32 and int8. Raises BundleError where the answer is no number."""
    bundle = open_bundle(bundle_folder(given))
    for variant in ("fp32", "int8"):
        model = open_model(bundle, variant, "cpu")
        pairs = [TRIAL] if any(head.kind == "pair" for head in model.heads) else None
        for name, rows in model.predictor.logits([TRIAL], pairs).items():
            if not np.isfinite(rows[0]).all():
                raise BundleError(f"{given}: head {name} in {variant} gives no finite numbers: export the bundle again")
    return {"path": str(bundle.folder), "digest": bundle.digest, "variants": ["fp32", "int8"]}
