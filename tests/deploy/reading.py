"""Reading what stands in deploy/: Dockerfiles, YAML, and the words of a command, by the very parsers of the commands."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import typer
import yaml

__all__ = ["DEPLOY", "ROOT", "Line", "dockerfile", "documents", "known_variable", "parse", "routes", "stages", "walk"]

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
SOURCES = "\n".join(
    path.read_text(encoding="utf-8") for top in ("shared", "apps") for path in (ROOT / top).rglob("*.py")
)


class Line(NamedTuple):
    """An instruction of a Dockerfile, continued lines joined."""

    word: str
    rest: str


def dockerfile(path: Path) -> list[Line]:
    text = re.sub(r"(?m)^\s*#.*\n", "", path.read_text(encoding="utf-8")).replace("\\\n", " ")
    lines = (line.strip() for line in text.splitlines())
    return [Line(line.split(None, 1)[0], " ".join(line.split()[1:])) for line in lines if line]


def stages(lines: Sequence[Line]) -> list[list[Line]]:
    """The instructions of each stage, its FROM first; what stands before the first FROM is left out."""
    found: list[list[Line]] = []
    for line in lines:
        if line.word == "FROM":
            found.append([])
        if found:
            found[-1].append(line)
    return found


def documents(path: Path) -> list[dict[str, Any]]:
    return [each for each in yaml.safe_load_all(path.read_text(encoding="utf-8")) if each]


def parse(words: Sequence[str]) -> dict[str, Any]:
    """The options of a command as its own parser reads them, down to the last verb. Raises where it cannot be read."""
    from entity_extractor.cli import app as extractor
    from headwater.cli.main import app as headwater
    from sentiment_monitor.cli import app as monitor
    from support_chatbot.cli import app as support

    apps = {
        "headwater": headwater, "sentiment-monitor": monitor, "support-chatbot": support, "entity-extractor": extractor,
    }  # fmt: skip
    name, rest = words[0], [str(word) for word in words[1:]]
    command: Any = typer.main.get_command(apps[name])
    context = command.make_context(name, rest)
    while hasattr(command, "resolve_command"):
        name, command, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        context = command.make_context(name, rest, parent=context)
    return dict(context.params)


def known_variable(name: str) -> bool:
    """Whether Headwater's code reads a variable by that name, or the file that NAME_FILE names."""
    if name.endswith("_FILE") and re.search(rf'secret\("{name.removesuffix("_FILE")}"', SOURCES):
        return True
    return f'"{name}"' in SOURCES


def routes(app: Any) -> set[str]:
    """The paths that an app answers, and where a dashboard says that it is up."""
    from headwater.cli import dashboards

    health = "/_stcore/health"
    assert health in Path(dashboards.__file__).read_text(encoding="utf-8")
    return {health, *app.openapi()["paths"]}


def walk(node: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in a document."""
    if isinstance(node, dict):
        yield node
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from walk(value)
