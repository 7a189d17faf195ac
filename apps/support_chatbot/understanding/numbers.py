"""Numbers that name something: cards, accounts, orders, telephones, and e-mail addresses beside them.

Where a text could be read in two ways:
- A card's number needs Luhn's check digit or stands in four groups of four, an IBAN needs its own, a telephone number a
  numbering plan (headwater.personal). Of a card only the last four digits become a value.
- Four digits are a card's after "card", "ending" or "last four", or as the whole message unless they end in 00.
- 12-34-56 is a sort code where the message says so or an account number follows; otherwise it is a date or nothing.
- An order, reference, transaction or ticket needs that word or a "#" before it and a digit in it; without the word it
  needs two to five capitals, a dash, and four digits or more ("TX-48291").
"""

import re
from collections.abc import Iterator

from headwater.personal import find_personal
from support_chatbot.turn import Slot

__all__ = ["find_accounts", "find_card_kinds", "find_cards", "find_contacts", "find_orders"]

SMALL = {ord(letter): letter.upper() for letter in "abcdefghijklmnopqrstuvwxyz"}
GROUPS = re.compile(r"(?<![\w-])(?:[0-9]{4}[ -]){3}([0-9]{4})(?![\w-])")
FOUR = r"(?P<four>[0-9]{4})(?![\w-]|[.,/][0-9]|(?: [0-9]{4}){2})"
LAST = re.compile(
    rf"\b(?:end(?:s|ing|ed)?(?:\s+(?:in|with|on))?|last\s+(?:four|4)(?:\s+(?:digits|numbers))?(?:\s+(?:of|on)\s+(?:my|the)\s+(?:\w+\s+)?card)?"
    rf"(?:\s+(?:are|is))?|card(?:\s+(?:number|no\.?))?)[\s:#*.x…-]*(?<![0-9]){FOUR}|(?:[*x•.…]{{2,}}[\s-]?)+(?<![0-9]){FOUR.replace('four', 'masked')}",
    re.IGNORECASE,
)
ONLY_FOUR = re.compile(r"[\s#*]*([0-9]{4})[\s.!]*")
KIND = re.compile(
    r"(?<!direct )(?<!\w)(?P<kind>debit|credit|virtual|disposable|spare|physical|plastic|prepaid|replacement|business|joint)"
    r"(?=(?:,? (?:(?:and|or|/) )?(?:debit|credit|virtual|disposable|spare|physical|\w+))? (?:cards?|one)\b|\s*[.!]*$)(?! note)",
    re.IGNORECASE,
)
SORT = r"[0-9]{2}(?P<dash>[- ]?)[0-9]{2}(?P=dash)[0-9]{2}"
ACCOUNT = re.compile(
    rf"(?<![\w-])(?P<sort>{SORT})(?![\w-])(?:[\s,;:/and]{{0,12}}(?:(?:account|acc|a/c)(?:\s+(?:number|no\.?|num))?)?[\s:,is]{{0,6}}(?P<number>[0-9]{{8}})(?!\w))?",
    re.IGNORECASE,
)
TURNED = re.compile(
    rf"(?<![\w-])(?P<number>[0-9]{{8}})[\s,;:/and.]{{1,12}}(?:(?:the )?sort\s*code[\s:,is]{{0,6}})?(?P<sort>{SORT})(?![\w-])",
    re.IGNORECASE,
)
NUMBERED = re.compile(
    r"\b(?:account|acct?|a/c)(?:\s+(?:number|no\.?|num|#))?[\s:]*(?:is\s+)?(?P<number>[0-9]{8})(?!\w)", re.IGNORECASE
)
THING = r"(?:order|ref(?:erence)?|transaction|ticket|case|confirmation|invoice|tracking|booking|complaint)"
ORDER = re.compile(
    rf"\b{THING}\b\.?(?:\s*(?:number|no\.?|num|nr\.?|id|code)(?!\w))?\s*(?:(?:is|was|=|:)\s*)?[#:]?\s*(?P<code>[A-Za-z0-9][A-Za-z0-9/_-]{{2,30}}[A-Za-z0-9])(?![^\W_])"
    r"|(?<![\w#])#(?P<hash>[A-Za-z0-9][A-Za-z0-9-]{2,30})(?![^\W_])"
    r"|(?<![\w-])(?P<plain>[A-Z]{2,5}-[0-9]{4,15})(?![\w-])",
    re.IGNORECASE,
)


def find_contacts(text: str) -> Iterator[Slot]:
    """E-mail addresses, IBANs and sort codes with their accounts, telephone numbers (Britain's, or with a +)."""
    for span in find_personal(text.translate(SMALL), "GB"):  # customers write IBANs in small letters too
        if span.label == "code":
            continue  # nobody needs to know it
        words = text[span.start : span.end]
        value = words if span.label == "email" else re.sub(r"[^0-9A-Za-z+]", "", words).upper()
        if span.label == "card":
            yield Slot("card", re.sub(r"\D", "", words)[-4:], span.start, span.end, words)
        elif span.label == "iban":
            yield Slot("account", value, span.start, span.end, words)
        elif not (span.label == "phone" and re.fullmatch(r"[0-9]{1,8}", words)):  # an account's, without an area code
            yield Slot(span.label, value, span.start, span.end, words)


def find_accounts(text: str) -> Iterator[Slot]:
    """Sort codes, account numbers of eight digits, or both as one slot: "12-34-56 12345678", whichever stood first."""
    said = re.search(r"\bsort\s*code", text, re.IGNORECASE)
    for match in (*TURNED.finditer(text), *ACCOUNT.finditer(text)):
        if said or match["number"]:
            digits = re.sub("[- ]", "", match["sort"])
            sort = f"{digits[:2]}-{digits[2:4]}-{digits[4:]}"
            yield Slot("account", " ".join(filter(None, (sort, match["number"]))), *match.span(), match[0])
    for match in NUMBERED.finditer(text):
        yield Slot("account", match["number"], *match.span("number"), match["number"])


def find_cards(text: str) -> Iterator[Slot]:
    """The last four digits of cards, where no full number is given, or one whose check digit does not hold."""
    for match in GROUPS.finditer(text):
        yield Slot("card", match[1], *match.span(), match[0])
    for match in LAST.finditer(text):
        group = "four" if match["four"] else "masked"
        yield Slot("card", match[group], *match.span(group), match[group])
    whole = ONLY_FOUR.fullmatch(text)
    if whole and not whole[1].endswith("00"):
        yield Slot("card", whole[1], *whole.span(1), whole[1])


def find_card_kinds(text: str) -> Iterator[Slot]:
    """Kinds of cards, in small letters: debit, credit, virtual, disposable, spare, physical, prepaid, replacement ..."""
    for match in KIND.finditer(text):
        kind = match["kind"].lower()
        yield Slot("card_kind", "physical" if kind == "plastic" else kind, *match.span("kind"), match["kind"])


def find_orders(text: str) -> Iterator[Slot]:
    """Order, reference, transaction and ticket numbers, in capitals and without the "#"."""
    for match in ORDER.finditer(text):
        group = next(name for name in ("code", "hash", "plain") if match[name])
        code = match[group]
        if sum(letter.isdigit() for letter in code) >= (3 if group == "code" else 2):
            if group == "plain" and not re.match("[A-Z]", code):
                continue
            yield Slot("order", code.upper(), *match.span(group), code)
