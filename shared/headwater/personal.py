"""Personal data in a text: e-mail addresses, telephone, card and bank account numbers, passcodes, each with its characters.

Numbers count only where their check digits hold (Luhn's for cards, ISO 7064 for IBANs) or, of telephones, where the
numbering plan of a country allows them: an order number is not taken for a card. Passcodes (headwater.passcodes) are
told by the word beside them. Blanks and dashes of print part the groups of a number as plain ones do.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from headwater.passcodes import find_passcodes
from headwater.signs import plain
from headwater.spans import Span

__all__ = ["find_personal", "mask", "mask_spans"]

EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+(?<![.-])")
ANY = frozenset("0123456789")


def find_personal(text: str, region: str = "US") -> list[Span]:
    """Spans labelled email, iban, card, phone or code (PINs, security and one-time codes), in the order of the text; none overlaps another.

    `region` is the country, in two letters, whose national telephone numbers count too; others need their +.

    >>> [(span.label, span.text) for span in find_personal("write to ann@example.org, card 4111 1111 1111 1111")]
    [('email', 'ann@example.org'), ('card', '4111 1111 1111 1111')]
    """
    found: list[Span] = []
    typed = plain(text)
    codes = (("code", *place) for place in find_passcodes(typed))
    for label, start, end in [*_checked(typed), *codes, *_phones(typed, region)]:
        if all(end <= span.start or span.end <= start for span in found):
            found.append(Span(start, end, label, text=text[start:end]))
    return sorted(found)


def mask(text: str, region: str = "US") -> str:
    """The text with every piece of personal data replaced by its kind.

    >>> mask("write to ann@example.org")
    'write to [email]'
    """
    return mask_spans(text, (), region)[0]


def mask_spans(
    text: str, spans: Iterable[Span], region: str = "US", pieces: Iterable[Span] = ()
) -> tuple[str, list[Span]]:
    """The masked text, and each span where its words stand in it, in the order given.

    A span that touches a masked piece takes in the whole placeholder, so that none begins or ends inside one.
    `pieces` are masked too, each as its label: what somebody else knows to be personal.

    >>> mask_spans("ann@example.org of Acme", [Span(19, 23, "ORG")])[1]
    [Span(start=11, end=15, label='ORG', probability=1.0, text='Acme')]
    """
    parts, moves, at, length = [], [], 0, 0
    for piece in _united([*pieces, *find_personal(text, region)]):
        kept, placeholder = text[at : piece.start], f"[{piece.label}]"
        start = length + len(kept)
        length, at = start + len(placeholder), piece.end
        parts += [kept, placeholder]
        moves.append((piece.start, piece.end, start, length))
    masked = "".join([*parts, text[at:]])
    moved = []
    for span in spans:
        start, end = _moved(span.start, moves, to_end=False), _moved(span.end, moves, to_end=True)
        moved.append(replace(span, start=start, end=end, text=masked[start:end]))
    return masked, moved


def _united(pieces: Iterable[Span]) -> list[Span]:
    """Pieces in the order of the text; those that overlap are one, under the label of the first (of two, the longer)."""
    found: list[Span] = []
    for piece in sorted(pieces, key=lambda piece: (piece.start, -piece.end)):
        if found and piece.start < found[-1].end:
            found[-1] = replace(found[-1], end=max(piece.end, found[-1].end))
        else:
            found.append(piece)
    return found


def _moved(place: int, moves: Sequence[tuple[int, int, int, int]], to_end: bool) -> int:
    """Where a place of the text is after masking; one inside a piece goes to an edge of its placeholder."""
    shift = 0
    for start, end, new_start, new_end in moves:
        if place <= start:
            break
        if place < end:
            return new_end if to_end else new_start
        shift = new_end - end
    return place + shift


def _checked(text: str) -> Iterator[tuple[str, int, int]]:
    from headwater.values.identifiers import find_cards, find_ibans  # with all tables of values: 50 ms to import

    for match in EMAIL.finditer(text):
        yield "email", *match.span()
    yield from (("iban", found.start, found.end) for found in find_ibans(text))
    # Whoever issued it: what is masked in vain costs less than a card that is shown.
    yield from (("card", found.start, found.end) for found in find_cards(text, ANY))


def _phones(text: str, region: str) -> Iterator[tuple[str, int, int]]:
    if sum(character.isdigit() for character in text) < 7:  # the matcher is slow, and no number is shorter
        return
    from phonenumbers import PhoneNumberMatcher

    for match in PhoneNumberMatcher(text, region):
        yield "phone", match.start, match.end
