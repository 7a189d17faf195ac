"""The command as a stranger meets it: help at once, verbs late, errors as sentences, exit codes 0, 1 and 2."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import headwater
from headwater.cli.main import VERBS, app
from headwater.cli.verbs import Verb, extra_for, group
from headwater.errors import BundleError

runner = CliRunner()


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "headwater", *words], capture_output=True, text=True)


def test_help_names_every_verb_and_imports_none_of_them() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "headwater", "--help"], capture_output=True, text=True, check=True
    )
    assert VERBS
    for verb in VERBS:
        assert verb.name in done.stdout
    for heavy in ("numpy", "onnx", "onnxruntime", "streamlit", "torch", "tokenizers"):
        assert f" {heavy}\n" not in done.stderr, f"--help imports {heavy}"


def test_help_takes_less_than_half_a_second_of_a_processor() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run("--help")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime < 0.5


def test_version() -> None:
    assert runner.invoke(app, ["--version"]).stdout == f"headwater {headwater.__version__}\n"


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_verb_loads_and_has_help(verb: Verb) -> None:
    done = runner.invoke(app, [verb.name, "--help"])
    assert done.exit_code == 0, done.output
    assert "Usage" in done.stdout


def test_a_wrong_verb_is_a_usage_error_with_a_hint() -> None:
    done = runner.invoke(app, ["evalute"])
    assert done.exit_code == 2
    assert "Did you mean 'evaluate'?" in done.stderr


def test_no_verb_prints_the_help() -> None:
    done = runner.invoke(app, [])
    assert done.exit_code == 2
    assert "encoders" in done.output


def failing(error: Exception) -> typer.Typer:
    """A command whose only verb raises; the square brackets in a message are no markup."""

    class Failing(Verb):
        def load(self):
            raise error

    made = typer.Typer(cls=group([Failing("fail", "It fails.")]))
    made.callback()(lambda: None)
    return made


def test_an_error_of_ours_is_a_sentence_on_stderr_and_exit_code_1() -> None:
    done = runner.invoke(failing(BundleError("models/[x]: expected a bundle")), ["fail"])
    assert done.exit_code == 1
    assert done.stderr == "error: models/[x]: expected a bundle\n"
    assert not done.stdout


def test_what_a_serving_install_lacks_is_named_with_the_extra() -> None:
    fault = ModuleNotFoundError("No module named 'torch'", name="torch.nn")
    done = runner.invoke(failing(fault), ["fail"])
    assert done.exit_code == 1
    assert "needs headwater[train]" in done.stderr
    assert "pip install 'headwater[train]'" in done.stderr


def test_a_module_that_no_extra_brings_stays_a_fault_of_ours() -> None:
    fault = ModuleNotFoundError("No module named 'headwater.gone'", name="headwater.gone")
    assert extra_for(fault) is None
    done = runner.invoke(failing(fault), ["fail"])
    assert done.exception is fault


def test_json_is_one_document_on_stdout_whatever_the_locale() -> None:
    code = "from headwater.cli.output import print_json; print_json({'text': 'Zürich 苏黎世'})"
    for encoding in ("utf-8", "ascii"):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, env={"PYTHONIOENCODING": encoding, **_path()}, check=True
        )
        assert json.loads(done.stdout.decode(encoding)) == {"text": "Zürich 苏黎世"}


def _path() -> dict[str, str]:
    return {"PYTHONPATH": str(Path(headwater.__file__).parents[1])}
