"""Names of people and merchants, as written: only capitalised words after a cue, so that few are wrong and some are missed.

- The customer: "my name is", "I'm ... calling", "this is ... speaking".
- A payee: a verb of paying or a sum, and then "to" ("I sent £20 to Anna Kowalska", "£20 to Anna").
- A merchant: "at", "from" or "by" in a message that speaks of a payment ("a charge from Blue Bottle Coffee").
Words that begin with a capital for another reason (months, countries, products, places to draw cash) are no names, and
in a message all in capitals nothing is.
"""

import re
from collections.abc import Iterator

from support_chatbot.turn import Slot

__all__ = ["find_names"]

WORD = r"(?:[^\W\d_a-z][\w'’&-]*|[a-z]['’][A-Z]\w+)"
JOINED = rf"{WORD}(?:\s(?:(?:of|de|van|von|der|and|&|da|di|la|le)\s)?{WORD}){{0,3}}"
ANY = r"[^\W\d_][\w'’-]*(?:\s[^\W\d_a-z][\w'’-]*){0,2}"
SELF = re.compile(rf"(?i:\bmy (?:full |first |last |sur)?name(?:'s|’s| is)|\bi am called)\s+(?P<name>{ANY})")
CALLING = re.compile(
    rf"(?i:\b(?:this is|i'm|i am|it's|it is))\s+(?P<name>{JOINED})(?=\s+(?i:here|speaking|calling|writing)\b|\s+(?i:from)\s+[A-Z]|\s*[.,!]\s+(?i:i|my|can|could|please)\b)"
)
VERB = r"\b(?:transfer(?:red|ring|s)?|sen[dt]|sending|pa(?:y|id|ying)|payments?|wired?|money|moved?|gave|top(?:ped)? up|refund(?:ed)?|beneficiary)\b"
SUM = r"[£$€]\s?[0-9]|[0-9]\s?(?:€|(?:pounds?|quid|euros?|dollars?)\b)"  # "£20 to Anna"
PAY = rf"(?:{VERB}|{SUM})"
PAYEE = re.compile(
    rf"(?i:{PAY})(?:[^.?!;\n]|\.(?=[0-9])){{0,40}}?\s(?i:to)\s(?i:my (?:friend|wife|husband|brother|sister|son|daughter|landlord|mum|mother|father|dad),?\s)?(?P<name>{JOINED})"
)
PAYMENT = re.compile(
    r"\b(?:pa(?:id|ying|yments?)|pay|charge[ds]?|charging|bought|purchase[ds]?|buy|transactions?|subscription|spent|debit(?:ed)?|refund(?:ed)?|order(?:ed)?|money|deducted|taken|transfer(?:red)?)\b",
    re.IGNORECASE,
)
MERCHANT = re.compile(rf"\b(?:at|from|by)\s(?P<name>{JOINED})")
NOT = frozenset(
    """
    i a an the my your our their his her this that these those it its you we they he she what why how when where who is are was
    am do does did can could will would should not no yes and or but if so as to of in on at by for from with ok okay hi hello
    atm atms pin pins card cards bank banks visa mastercard amex american maestro sepa swift iban bic app apps apple google
    samsung android iphone pay wallet paypal id kyc ssn dob eu europe european uk us usa gbp eur usd aud cad chf english british
    january february march april may june july august september october november december monday tuesday wednesday thursday
    friday saturday sunday christmas easter account customer support service help team faq cash cheque check direct debit
    top transfer transfers refund payment payments online internet faster sorry thanks please now today yesterday tomorrow
    having trying here just still waiting wondering looking also very really mr mrs ms miss dr northmere amazing great
    """.split()
)
LEADING = frozenset({"mr", "mrs", "ms", "miss", "dr", "the"})


def find_names(text: str) -> Iterator[Slot]:
    """Name slots, with the name as written and nothing around it."""
    letters = [letter for letter in text if letter.isalpha()]
    if letters and all(letter.isupper() for letter in letters):
        return
    for pattern in (SELF, CALLING, PAYEE, MERCHANT):
        if pattern is MERCHANT and not PAYMENT.search(text):
            continue
        for match in pattern.finditer(text):
            place = _trimmed(text, *match.span("name"))
            if place:
                yield Slot("name", text[slice(*place)], *place, text[slice(*place)])


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The beginning of the words that may be a name: up to the first that is none, without a possessive's ending."""
    stop = start
    for number, word in enumerate(re.finditer(r"\S+", text[start:end])):
        plain = re.sub(r"['’]s$", "", word[0].strip(".,!?")).casefold()
        if plain in NOT and not (number == 0 and plain in LEADING):
            break
        if plain not in {"of", "de", "van", "von", "der", "and", "&", "da", "di", "la", "le"}:
            stop = start + word.end()
    name = re.sub(r"(?:['’]s?|[-&\s])+$", "", text[start:stop])
    if len(name) < 2 or name.casefold() in LEADING or (name.isupper() and len(name) > 4):
        return None
    return start, start + len(name)
