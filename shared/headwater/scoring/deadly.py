"""Find the texts that kill the process that scores them, by killing as few processes as that takes."""

from collections.abc import Callable, Sequence

from headwater.errors import ScoringError

__all__ = ["DEATHS", "deadly"]

DEATHS = 2  # one may be chance: a machine that went away, memory that others took
PIECES = 64  # 2,000 texts -> 32 -> 1: three deaths for one bad text, where halves would take twelve
MOST = 10  # of one list; where more texts kill, it is not the texts


def deadly(texts: Sequence[str], survives: Callable[[Sequence[str]], bool]) -> list[int]:
    """Positions of the texts that, alone, kill a process twice; `survives` scores some and tells whether it lived.

    The texts together have killed already, so the search begins with pieces. Raises ScoringError where more than ten do.

    >>> deadly(["a", "bad", "c"], lambda some: "bad" not in some)
    [1]
    """
    found: list[int] = []
    parts = _pieces(range(len(texts)))
    while parts:
        part = parts.pop()
        if len(part) == 1:
            if all(not survives([texts[part[0]]]) for _ in range(DEATHS)):
                found.append(part[0])
            if len(found) > MOST:
                raise ScoringError(
                    f"more than {MOST} of {len(texts)} texts killed the process that scored them: expected a few at "
                    "most, so it is not the texts; look at the memory and the logs of the nodes"
                )
        elif not survives([texts[at] for at in part]):
            parts += _pieces(part)
    return found


def _pieces(part: range) -> list[range]:
    """The last first, for they are taken from the end."""
    step = max(-(-len(part) // PIECES), 1)
    return [part[at : at + step] for at in range(0, len(part), step)][::-1]
