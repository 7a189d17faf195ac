"""The apps' own commands: the dashboard without a verb, help for every verb, nothing heavy before a verb is called."""

import json
import os
import subprocess
import sys
from importlib import import_module

import pytest
from typer.testing import CliRunner

from headwater.cli.app import App

runner = CliRunner()
PACKAGES = {"support_chatbot": App.support, "sentiment_monitor": App.monitor, "entity_extractor": App.extractor}
CLIS = {package: import_module(f"{package}.cli") for package in PACKAGES}
VERBS = [(package, verb.name) for package, cli in CLIS.items() for verb in cli.VERBS]
HEAVY = {"numpy", "onnxruntime", "streamlit", "fastapi", "sqlalchemy"}


def call(package: str, *words: str, code: int = 0):
    done = runner.invoke(CLIS[package].app, list(words), env={"COLUMNS": "200"})
    assert done.exit_code == code, done.output
    return done


def test_every_dashboard_has_a_command() -> None:
    assert set(PACKAGES.values()) == set(App) - {App.hub}
    assert len(VERBS) > 10


@pytest.mark.parametrize(("package", "name"), PACKAGES.items())
def test_without_a_verb_it_is_the_dashboard(package: str, name: App) -> None:
    assert json.loads(call(package, "--check", "--json", "--port", "28701").stdout)["app"] == name
    assert "port" in call(package, "--help").stdout


@pytest.mark.parametrize(("package", "verb"), VERBS)
def test_every_verb_loads_and_has_help(package: str, verb: str) -> None:
    assert "Usage" in call(package, verb, "--help").stdout
    assert verb in call(package, "--help").stdout


@pytest.mark.parametrize("package", PACKAGES)
def test_a_wrong_verb_is_a_usage_error(package: str) -> None:
    assert "No such command 'nope'" in call(package, "nope", code=2).stderr


@pytest.mark.parametrize("package", PACKAGES)
def test_help_imports_nothing_heavy(package: str) -> None:
    code = f"import sys; from {package}.cli import app\ntry: app(['--help'])\nexcept SystemExit: pass\n"
    code += f"print(sorted({HEAVY} & set(sys.modules)))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
