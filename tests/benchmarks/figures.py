"""Write the figures of the pages in PAGES from what was measured.

    python tests/benchmarks/figures.py            write them
    python tests/benchmarks/figures.py --check    say which are stale, and exit with 1

Every figure comes from a bundle's own bundle.json or from a file in tests/benchmarks/results/, each the --json
output of the command that its table names. A block between <!-- figures:NAME --> and <!-- /figures --> is replaced.

models are written by model_figures.py, times by speed_figures.py, each app by its own.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # as a script it knows its own folder alone
from tests.benchmarks import (  # noqa: E402
    extractor_figures,
    fault_figures,
    model_figures,
    monitor_figures,
    speed_figures,
    support_figures,
)
from tests.benchmarks.measured import result  # noqa: E402

__all__ = ["BLOCK", "BLOCKS", "PAGES", "stale", "written"]

PAGES = (
    ROOT / "README.md",
    ROOT / "tests" / "benchmarks" / "README.md",
    ROOT / "models" / "financial-news" / "corpus" / "guide.md",
)
BLOCK = re.compile(r"<!-- figures:(?P<name>[\w-]+) -->\n.*?<!-- /figures -->", re.DOTALL)
BLOCKS: dict[str, Callable[[], str]] = {
    "ablation": model_figures.ablation,
    "api": speed_figures.api,
    "companies": model_figures.companies,
    "doctor": model_figures.doctor,
    "corpus": model_figures.corpus,
    "extractor": extractor_figures.told,
    "extractor_detail": extractor_figures.tables,
    "faults": fault_figures.faults,
    "int8": speed_figures.int8,
    "load": speed_figures.load,
    "models": model_figures.models,
    "monitor": monitor_figures.told,
    "monitor_detail": monitor_figures.tables,
    "ray": speed_figures.ray,
    "reuters": model_figures.reuters,
    "scoring": speed_figures.scoring,
    "speed": speed_figures.speed,
    "support": support_figures.told,
    "support_detail": support_figures.tables,
    "times": speed_figures.times,
    "training": speed_figures.training,
}


def written(page: Path) -> str:
    """The page with every block made anew."""
    return BLOCK.sub(
        lambda found: f"<!-- figures:{found['name']} -->\n{BLOCKS[found['name']]()}<!-- /figures -->",
        page.read_text(encoding="utf-8"),
    )


def stale() -> list[str]:
    """Pages whose figures are not what was measured, and measurements of bundles that have changed since."""
    faults = [
        f"{page.relative_to(ROOT)}: run python tests/benchmarks/figures.py"
        for page in PAGES
        if written(page) != page.read_text(encoding="utf-8")
    ]
    bench = result("bench")
    if bench:
        manifest = ROOT / "models" / bench["bundle"] / "bundle" / "bundle.json"
        content = json.loads(manifest.read_text(encoding="utf-8")) if manifest.is_file() else None
        if content is None or content["files"]["model.onnx"] != bench["model"]:
            faults.append(f"results/bench.json was measured on another {bench['bundle']}: run make bench ONLY=bench")
    for folder in ROOT.glob("models/*/bundle"):
        if (folder.parent / "card.md").read_text(encoding="utf-8") != (folder / "card.md").read_text(encoding="utf-8"):
            faults.append(f"models/{folder.parent.name}/card.md is not the bundle's: copy it")
    return faults


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        faults = stale()
        print("\n".join(faults) or "all figures are what was measured")
        sys.exit(bool(faults))
    for page in PAGES:
        page.write_text(written(page), encoding="utf-8")
    for folder in ROOT.glob("models/*/bundle"):
        (folder.parent / "card.md").write_bytes((folder / "card.md").read_bytes())


if __name__ == "__main__":
    main()
