"""From what a customer typed to a Message: its text made safe to read, its act, language and slots, and its questions."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from headwater.passcodes import find_passcodes
from headwater.serving import Classifier
from headwater.text import clean
from support_chatbot.turn import Message, Question, Slot
from support_chatbot.understanding.acts import act_of, edges
from support_chatbot.understanding.language import language_of
from support_chatbot.understanding.questions import Span, grouped, runs, split_questions
from support_chatbot.understanding.slots import find_slots
from support_chatbot.understanding.wording import plainly

__all__ = ["LONGEST", "legible", "understand"]

LONGEST = 2_000  # characters of a message that are read
# Control characters, and those that turn the direction of writing: what a person reads must be what the bot reads.
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
BREAK = re.compile(r"[.!?。！？\n]\s*|\s+")
COURTESIES = frozenset({"greeting", "thanks", "goodbye", "feelings"})


def understand(text: str, classifier: Classifier, *, today: date, picked: str | None = None) -> Message:
    """Read one message; `picked` is the intent of the button that was pressed, whose words are then no act.

    All texts that may be questions go through the classifier in one call. A message that is an act has no questions;
    a wish for a person keeps them, so that the hand-over can say what it is about. One without a letter ("4321") has
    none either. Whatever a text says is only text: nothing in it is an instruction.
    Offsets are those of `Message.text`, which is `legible(text)` with "[code]" for every passcode told in it.
    """
    text, told = _untold(legible(text))
    slots = find_slots(text, today=today)
    act = None if picked else act_of(text)
    spans = [] if act and act != "human" else _candidates(text)
    return Message(
        text=text,
        language=language_of(text),
        act=act,
        questions=_questions(text, spans, slots, classifier),
        slots=slots,
        picked=picked,
        told=told,
    )


def _untold(text: str) -> tuple[str, bool]:
    """The text without passcodes, and whether it held any: they are gone before anything remembers them."""
    codes = find_passcodes(text)
    for start, end in reversed(codes):
        text = f"{text[:start]}[code]{text[end:]}"
    return text, bool(codes)


def legible(text: str) -> str:
    """The text with a space for every unseen control character, lines ended by one newline, and cut where it is too long.

    A text of more than LONGEST characters is cut after the last sentence, else word, of its first LONGEST.
    """
    text = UNSEEN.sub(" ", clean(text.replace("\r\n", "\n").replace("\r", "\n")))
    if len(text) <= LONGEST:
        return text
    ends = [
        match.end() for match in BREAK.finditer(text, LONGEST // 2, LONGEST) if match[0].strip() or "\n" in match[0]
    ]
    ends = ends or [match.end() for match in BREAK.finditer(text, LONGEST // 2, LONGEST)]
    return text[: ends[-1] if ends else LONGEST].rstrip()


def _candidates(text: str) -> list[Span]:
    """The pieces of a message that may be questions: without greetings and thanks, and none where no letter is."""
    if not any(letter.isalpha() for letter in text):
        return []
    pieces = split_questions(text)
    while len(pieces) > 1 and act_of(text[slice(*pieces[0])]) in COURTESIES:
        pieces = pieces[1:]
    while len(pieces) > 1 and act_of(text[slice(*pieces[-1])]) in COURTESIES:
        pieces = pieces[:-1]
    pieces[0] = (edges(text, *pieces[0])[0], pieces[0][1])
    pieces[-1] = (pieces[-1][0], edges(text, *pieces[-1])[1])
    return pieces


def _questions(
    text: str, pieces: Sequence[Span], slots: Sequence[Slot], classifier: Classifier
) -> tuple[Question, ...]:
    if not pieces:
        return ()
    spans = runs(pieces)
    predictions = classifier.predict([_plain(text, span, slots) for span in spans])
    tops = {span: prediction.top for span, prediction in zip(spans, predictions, strict=True)}
    found = grouped(text, pieces, tops, classifier.head.out_of_scope)
    return tuple(Question(text[start:end], start, end, tops[start, end]) for start, end in found)


def _plain(text: str, span: Span, slots: Sequence[Slot]) -> str:
    """A piece as the classifier reads it."""
    start, end = span
    inside = [slot for slot in slots if start <= slot.start and slot.end <= end]
    moved = [replace(slot, start=slot.start - start, end=slot.end - start) for slot in inside]
    return plainly(text[start:end], moved)
