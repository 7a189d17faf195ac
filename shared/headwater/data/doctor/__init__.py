"""The data doctor: what is wrong with labelled rows, before anything learns from them.

`diagnose` looks at every split by itself and at the splits against each other, and gives findings: what was found, in how many
rows, and where the first of them stand. It changes nothing. `examine` raises where a recipe
allows no more of it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from headwater.data.corpus import Corpus
from headwater.data.doctor.drift import find_drift
from headwater.data.doctor.duplicates import find_copies, find_near_copies
from headwater.data.doctor.finding import CHECKS, Case, Finding, Splits
from headwater.data.doctor.labels import find_conflicts, find_imbalance, find_suspects
from headwater.data.doctor.rows import find_faulty_spans, find_lengths, find_personal_data
from headwater.data.example import Example
from headwater.errors import DataError
from headwater.recipe import Recipe

__all__ = ["CHECKS", "Case", "Finding", "diagnose", "examine", "refused", "splits_of"]

LONG = 256  # words


def diagnose(
    splits: Splits, checks: Sequence[str] = (), most_words: int = LONG, say: Callable[[str], None] = lambda _: None
) -> list[Finding]:
    """Findings in the order of CHECKS; of a check that finds nothing there are none.

    `splits` maps names to rows. The first is what is learnt from: only its labels are looked at for errors, and what
    stands in a later one too is a leak into it. `checks` are names of CHECKS (default: all); `most_words` is the
    length above which a text is called long; `say` hears what is being done.
    """
    unknown = [name for name in checks if name not in CHECKS]
    if unknown:
        raise DataError(f"expected checks out of {', '.join(CHECKS)}; got {unknown[0]!r}")
    wanted = set(checks or CHECKS)
    finders: dict[Callable[[Splits], Iterator[Finding]], set[str]] = {
        find_copies: {"duplicates", "leaks"},
        find_conflicts: {"conflicts"},
        find_near_copies: {"near_duplicates", "near_leaks"},
        lambda every: find_lengths(every, most_words): {"empty", "long"},
        find_faulty_spans: {"spans"},
        find_imbalance: {"imbalance"},
        find_suspects: {"suspects"},
        find_personal_data: {"personal"},
        find_drift: {"drift"},
    }
    found: list[Finding] = []
    for finder, gives in finders.items():
        if wanted & gives:
            say(" and ".join(CHECKS[name] for name in CHECKS if name in wanted & gives))
            found += [finding for finding in finder(splits) if finding.check in wanted]
    order = list(CHECKS)
    return sorted(found, key=lambda finding: order.index(finding.check))


def splits_of(corpus: Corpus) -> dict[str, list[Example]]:
    """The splits of a recipe, and what it measures beside test, by name."""
    named = {name: getattr(corpus, name) for name in ("train", "validation", "calibration", "test")}
    return named | corpus.also


def refused(findings: Sequence[Finding], allowed: Mapping[str, float]) -> list[Finding]:
    """The findings that concern a larger share of their split's rows than is allowed for their check."""
    return [found for found in findings if found.check in allowed and found.share > allowed[found.check]]


def examine(recipe: Recipe, corpus: Corpus) -> None:
    """Raise DataError where the data shows more of what the recipe's [doctor] table names than it allows."""
    if not recipe.doctor:
        return
    found = refused(diagnose(splits_of(corpus), list(recipe.doctor), recipe.training.max_length), recipe.doctor)
    if found:
        lines = "".join(
            f"\n  - {entry.check}: {entry.rows:,} of {entry.of:,} rows of {entry.split} {entry.said}; "
            f"allowed: {100 * recipe.doctor[entry.check]:g} %"
            for entry in found
        )
        raise DataError(f"{recipe.name}: the data is not fit to learn from; `headwater doctor` shows the rows:{lines}")
