"""What a run of dialogue tests says to machines: JSON values, and JUnit's XML."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from xml.etree import ElementTree

from support_chatbot.testing.coverage import Reach
from support_chatbot.testing.run import Result

__all__ = ["to_json", "to_junit"]

UNSEEN = {
    code: "\N{REPLACEMENT CHARACTER}" for code in range(32) if code not in (9, 10, 13)
}  # XML has no such characters


def to_json(results: Sequence[Result], coverage: Mapping[str, Reach]) -> dict[str, Any]:
    """Counts, every case with its differences, and the coverage by kind."""
    return {
        "passed": sum(result.passed for result in results),
        "failed": sum(not result.passed for result in results),
        "turns": sum(len(result.steps) for result in results),
        "cases": [
            {
                "name": result.case.name,
                "file": result.case.file,
                "line": result.case.line,
                "passed": result.passed,
                "milliseconds": round(result.milliseconds, 1),
                "differences": [asdict(one) for one in result.differences],
            }
            for result in results
        ],
        "coverage": {
            kind: {"share": round(reach.share, 4), "reached": dict(reach.reached), "missed": list(reach.missed)}
            for kind, reach in coverage.items()
        },
    }


def to_junit(results: Sequence[Result]) -> bytes:
    """A JUnit report, a test suite a file, as build servers read it."""
    root = ElementTree.Element("testsuites", name="support-chatbot")
    for file in dict.fromkeys(result.case.file for result in results):
        own = [result for result in results if result.case.file == file]
        counts = {"tests": str(len(own)), "failures": str(sum(not result.passed for result in own))}
        suite = ElementTree.SubElement(root, "testsuite", name=file, **counts)
        for result in own:
            case = {"name": result.case.name, "classname": file.removesuffix(".yaml"), "line": str(result.case.line)}
            node = ElementTree.SubElement(suite, "testcase", {**case, "time": f"{result.milliseconds / 1000:.3f}"})
            if not result.passed:
                first, text = result.differences[0], result.explained.translate(UNSEEN)
                message = f"turn {first.turn}: {first.key}: expected {first.expected}, got {first.got}"
                ElementTree.SubElement(node, "failure", message=message.translate(UNSEEN)).text = text
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))
