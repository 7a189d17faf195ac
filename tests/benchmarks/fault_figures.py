"""What `make test-faults` found, for the pages that figures.py writes."""

from tests.benchmarks.measured import result

__all__ = ["faults"]


def faults() -> str:
    """The table of what was done to Headwater on purpose; nothing where `make test-faults` was never run."""
    lines = ["| Done | Wanted | Found |", "| --- | --- | --- |"]
    for fault, told in (result("faults") or {}).items():
        lines.append(
            "| " + " | ".join(cell.replace("|", "\\|") for cell in (fault, told["wanted"], told["found"])) + " |"
        )
    return "\n".join(lines) + "\n" if len(lines) > 2 else ""
