"""Short names that a text declares: "Deutsche Bank AG (DB)", "Acme Holdings Limited (the “Company”)"."""

import re

__all__ = ["declared"]

QUOTED = r"[\"“”„'‘’«»]"
INSIDE = re.compile(
    rf"\s*\(\s*(?:(?:hereinafter|together|formerly|collectively)[\w\s,]{{0,30}}?)?(?:the\s+)?(?:{QUOTED}(?P<quoted>[^\"“”«»()]{{2,40}}?){QUOTED}"
    r"|(?P<letters>(?=[^\s()]*[A-Z][^\s()]*[A-Z])[A-Z][A-Za-z&.]{1,7}))\s*\)"
)


def declared(text: str, end: int) -> str:
    """The short name in brackets right after a name that ends there, "" where there is none.

    Without quotation marks only what looks like initials counts: "Deutsche Bank (Frankfurt)" declares nothing.
    """
    match = INSIDE.match(text, end)
    return (match["quoted"] or match["letters"]).strip() if match else ""
