"""Texts that break offsets, and documents of them."""

import random
from itertools import pairwise

from hypothesis import strategies as st

from entity_extractor.mentions import Annotated, Mention
from headwater.text import clean, words

WORDS = """Acme Bank U.S. O'Neill São e\u0301clair 🙂 👨🏻‍🚒 🇳🇴 北京大学 東京。 ，上海 עברית العربية\u200f मुंबई A\u200bB ﷽ <script> &amp;
-DOCSTART- # B-PER O " ' \\n {} 1,000 $5 ß İstanbul 𝔘𝔫𝔦 \ufeff \x00 """.split(" ")
BLANKS = [" ", " ", " ", "", "\n", "\r\n", "  ", "\t", "\u00a0", "\u3000", "\n\n", "\u2028", "\x85"]
LABELS = ["PER", "ORG", "LOC", "creative-work", "类型"]
characters = st.one_of(st.characters(), st.sampled_from("🙂👨‍́é北京א\r\n\t \u200b\ud800\udc00,.<&'\"\\#"))
texts = st.one_of(st.text(characters, max_size=40), st.lists(st.sampled_from(WORDS + BLANKS), max_size=15).map("".join))


@st.composite
def annotated(draw, on_words=True) -> Annotated:
    """A text with spans that lie apart: on whole words, or anywhere."""
    text = draw(texts)
    edges = words(clean(text)) if on_words else [(at, at + 1) for at in range(len(text))]
    cuts = sorted(draw(st.sets(st.integers(0, len(edges)), max_size=8)))
    mentions = tuple(
        Mention(
            edges[first][0],
            edges[after - 1][1],
            draw(st.sampled_from(LABELS)),
            probability=draw(st.floats(0, 1)),
            source=draw(st.sampled_from(["", "pattern:x"])),
            value=draw(st.sampled_from(["", "EUR 5", "\ud800"])),
            link=draw(st.sampled_from(["", "Q585"])),
        )
        for first, after in pairwise(cuts)
        if draw(st.booleans())
    )
    name = draw(st.one_of(st.text(characters, max_size=8), st.just("a/b (1) 50%.txt")))
    return Annotated(name, text, mentions, draw(st.sampled_from([{}, {"lang": "nb", "pages": [1, {"a": None}]}])))


def documents(count: int, seed: int = 13) -> list[Annotated]:
    """Documents of mixed scripts with mentions on words, the same every time; the first is empty."""
    chance = random.Random(seed)
    out = [Annotated("docs/0", "")]
    for number in range(1, count):
        text = "".join(
            part for _ in range(chance.randrange(1, 60)) for part in (chance.choice(WORDS), chance.choice(BLANKS))
        )
        edges = words(text)
        cuts = sorted(chance.sample(range(len(edges) + 1), min(len(edges) + 1, chance.randrange(0, 12))))
        mentions = tuple(
            Mention(edges[a][0], edges[b - 1][1], chance.choice(LABELS), probability=chance.random())
            for a, b in list(pairwise(cuts))[::2]
        )
        out.append(Annotated(f"docs/{number}", text, mentions))
    return out


def spread(one: Annotated) -> list[tuple[str, str]]:
    """What a format without blanks keeps: each mention's label and words without blanks, and where they begin counted so."""
    return [
        (len("".join(one.text[: m.start].split())), "".join(one.text[m.start : m.end].split()), m.label)
        for m in one.mentions
    ]
