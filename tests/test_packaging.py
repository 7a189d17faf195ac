"""What is shipped: extras, wheel, public names, and which way the imports point."""

import ast
import os
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import headwater

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RUNTIMES = {"onnxruntime", "onnxruntime-gpu"}
MODULES = sorted(path for path in (ROOT / "shared" / "headwater").rglob("*.py") if path.name != "__main__.py")


def names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in requirements}


def closure(requirements: list[str]) -> set[str]:
    """Everything that these requirements install here, as the installed packages say."""
    waiting, seen = [Requirement(line) for line in requirements], set()
    while waiting:
        wanted = waiting.pop()
        key = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        if key in seen:
            continue
        seen.add(key)
        try:
            needs = metadata.requires(wanted.name) or []
        except metadata.PackageNotFoundError:
            continue
        for need in map(Requirement, needs):
            extras = [{"extra": extra} for extra in ("", *wanted.extras)]
            if need.marker is None or any(need.marker.evaluate(extra) for extra in extras):
                waiting.append(need)
    return {name for name, _ in seen}


def test_each_runtime_comes_with_its_own_extra_and_no_other() -> None:
    extras = {extra: names(lines) for extra, lines in PROJECT["optional-dependencies"].items()}
    assert extras["cpu"] == {"onnxruntime"}
    assert extras["gpu"] == {"onnxruntime-gpu"}
    others = [extra for extra in extras if extra not in ("cpu", "gpu") and extras[extra] & RUNTIMES]
    assert not others, f"{others} would bring a runtime beside the one that was chosen"


@pytest.mark.parametrize("extra", ["", "train", "dev"])
def test_no_runtime_comes_in_by_the_back_door(extra: str) -> None:
    lines = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
    installed = closure(lines)
    assert len(installed) > len(lines), "nothing of it is installed, so nothing was looked at"
    assert not installed & RUNTIMES


def test_this_environment_has_one_runtime() -> None:
    here = {canonicalize_name(found.metadata["Name"]) for found in metadata.distributions()}
    assert len(here & RUNTIMES) == 1, f"expected one of {RUNTIMES}, found {here & RUNTIMES}"


def test_serving_needs_neither_torch_nor_transformers() -> None:
    assert not closure(PROJECT["dependencies"]) & {"torch", "transformers", "optimum", "datasets", "accelerate"}


def test_constraints_pin_every_requirement_inside_its_bounds() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    pinned = {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in pins}
    wanted = [
        Requirement(line)
        for extra, rows in (("", PROJECT["dependencies"]), *PROJECT["optional-dependencies"].items())
        for line in rows
        if extra != "gpu"  # never in one environment with the rest of the pins
    ]
    loose = [need.name for need in wanted if canonicalize_name(need.name) not in pinned]
    assert not loose
    outside = [need.name for need in wanted if pinned[canonicalize_name(need.name)] not in need.specifier]
    assert not outside
    assert pinned["torch"] == "2.13.0", "without a local suffix, so that every index has it"


def test_the_version_is_said_once() -> None:
    assert headwater.__version__ == PROJECT["version"]


def test_public_names_of_the_package() -> None:
    assert headwater.__all__ == ["Classifier", "Embedder", "Model", "Prediction", "Span", "Tagger", "connect", "load"]
    for name in headwater.__all__:
        assert getattr(headwater, name).__name__ == name
    with pytest.raises(AttributeError, match="nonsense"):
        _ = headwater.nonsense


def order(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions: the order that the linter keeps too."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


def public_names(module: Path) -> list[str] | None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(getattr(t, "id", None) == "__all__" for t in node.targets):
            return ast.literal_eval(node.value)
    return None


def test_there_are_modules_to_look_at() -> None:
    assert len(MODULES) > 30


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT / "shared")))
def test_public_names_are_listed_and_sorted(module: Path) -> None:
    found = public_names(module)
    body = ast.parse(module.read_text(encoding="utf-8")).body
    if found is None:
        defined = [node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        assert not defined, f"{module}: defines {defined} and has no __all__"
        return
    assert found == sorted(found, key=order)
    assert len(found) == len(set(found))


def test_the_wheel_holds_the_packages_and_installs_nothing_else(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    (wheel,) = tmp_path.glob("*.whl")
    inside = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in inside if ".dist-info/" not in name}
    assert tops == {"headwater", "hub", "support_chatbot", "sentiment_monitor", "entity_extractor"}
    for needed in (
        "headwater/cli/main.py",
        "headwater/store/migrations/env.py",
        "headwater/store/migrations/versions/r0001_outbox_and_corrections.py",
        "headwater/ui/texts/en.toml",
        "hub/.streamlit/config.toml",
        "sentiment_monitor/sample/feed.jsonl",
        "headwater-0.1.0.dist-info/licenses/LICENSE",
    ):
        assert needed in inside
    assert not [name for name in inside if "__pycache__" in name or "/tests/" in name]


def test_imports_point_the_right_way() -> None:
    paths = os.pathsep.join(str(ROOT / folder) for folder in ("shared", "apps"))
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_serving_is_imported_without_torch() -> None:
    code = (
        "import sys, headwater; headwater.load; import headwater.scoring.run;"
        "print(sorted({'torch', 'transformers', 'optimum', 'datasets', 'sklearn', 'headwater.training', "
        "'headwater.export'} & set(sys.modules)))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "shared")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
