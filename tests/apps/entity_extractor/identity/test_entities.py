"""Joining and not joining: each case a text whose mentions say by a letter what they mean, `?` for an unsure one."""

import random
import re
import time

import pytest

from entity_extractor.identity import entities
from entity_extractor.mentions import Mention, Stretch

MARK = re.compile(r"\[([A-Z]+):(\w)(\?)? ([^\[\]]*?)(?:\|(\S+?))?(?:@(\w+))?\]")

CASES = {
    # Firms: legal forms, case, accents, points.
    "legal form left out": "[ORG:a Deutsche Bank AG] said. [ORG:a Deutsche Bank] fell.",
    "legal form later": "[ORG:a Deutsche Bank] fell. [ORG:a Deutsche Bank AG] said.",
    "legal form in points": "[ORG:a Danone S.A.] and [ORG:a Danone SA] and [ORG:a Danone]",
    "legal form of two words": "[ORG:a Toyota Motor Co., Ltd.] is [ORG:a Toyota Motor]",
    "one form within another": "[ORG:a Toyota Motor Co., Ltd.] is [ORG:a Toyota Motor Ltd.]",
    "one form spelt out": "[ORG:a Apple Incorporated] is [ORG:a Apple Inc.]",
    "a group is any form's": "[ORG:a Volkswagen AG], the [ORG:a Volkswagen Group]",
    "two legal forms are two firms": "[ORG:a Siemens AG] owns [ORG:b Siemens Ltd]",
    "and a bare name goes to the nearest before": "[ORG:a Siemens AG] owns [ORG:b Siemens Ltd]. [ORG:b? Siemens] paid. [ORG:a Siemens AG]; [ORG:a? Siemens]",
    "in capitals": "[ORG:a DEUTSCHE BANK AG] is [ORG:a Deutsche Bank]",
    "accents": "[ORG:a Nestlé S.A.], or [ORG:a Nestle]",
    "points and spaces": "[ORG:a J.P. Morgan], [ORG:a JP Morgan], [ORG:a JPMorgan]",
    "hyphens": "[ORG:a Coca-Cola] is [ORG:a Coca Cola]",
    "and": "[ORG:a Procter & Gamble] is [ORG:a Procter and Gamble]",
    "the article": "[ORG:a The Carlyle Group] is [ORG:a Carlyle]",
    "possessive": "[ORG:a Deutsche Bank's] is [ORG:a Deutsche Bank’s] and [ORG:a Deutsche Bank]",
    "over two lines": "[ORG:a Deutsche\n Bank] is [ORG:a Deutsche Bank]",
    "a part is no short name": "[ORG:a Deutsche Bank] and [ORG:b Deutsche Telekom], [ORG:c Deutsche]",
    "nor the last word": "[ORG:a Deutsche Bank] is a [ORG:b Bank]",
    "a longer name is another's": "[ORG:a Bank of New York] and [ORG:b Bank of New York Mellon]",
    "numbers tell apart": "[ORG:a Studio 54] and [ORG:b Studio 55]",
    # Short names.
    "declared in brackets": "[ORG:a Deutsche Bank AG] ([ORG:a DB]) said. [ORG:a DB] fell.",
    "declared where the bracket was not found": "[ORG:a Deutsche Kreditbank] (DKB) said. [ORG:a DKB] fell.",
    "declared though no initials": "[ORG:a Bayerische Motoren Werke] (BYM) fell. [ORG:a BYM] rose.",
    "declared between quotation marks": "[ORG:a Acme Holdings Limited] (the “Company”) sold. The [ORG:a Company] paid.",
    "a place in brackets declares nothing": "[ORG:a Deutsche Bank] ([LOC:b Frankfurt]) and [ORG:c Frankfurt]",
    "initials": "[ORG:a International Business Machines] is [ORG:a IBM]",
    "initials before the name": "[ORG:a IBM], or [ORG:a International Business Machines Corp]",
    "initials with small words": "[ORG:a Bank of England], the [ORG:a BoE]",
    "initials with points": "[LOC:a United States], the [LOC:a U.S.] or [LOC:a US]",
    "initials of another": "[ORG:a European Central Bank] and the [ORG:b ECJ]",
    "initials of two names": "[ORG:a Deutsche Bank] met [ORG:b Dresdner Bank]. [ORG:b? DB] fell.",
    "declared goes before initials": "[ORG:a Deutsche Bank] ([ORG:a DB]) met [ORG:b Dresdner Bank]. [ORG:a DB] fell.",
    "a short word is no initials": "[ORG:a Sun Hung] and the [ORG:b Sh]",
    "initials across types": "[ORG:a New York Times] in [LOC:b NYT]",
    "initials are of the same type": "[ORG:a European Union] or [MISC:b EU]",
    # People.
    "surname": "[PER:a Angela Merkel] left. [PER:a Merkel] said.",
    "surname first": "[PER:a Merkel] said so. [PER:a Angela Merkel] left.",
    "with a title": "[PER:a Angela Merkel] left. Ms [PER:a Merkel] said. Mrs. [PER:a Merkel]",
    "with a title inside": "[PER:a Chancellor Angela Merkel], [PER:a Ms Merkel]",
    "another's title": "Ms [PER:a Angela Merkel] and Mr [PER:b Merkel]",
    "whose titles tell two apart": "Mr [PER:a Smith] met Ms [PER:b Smith]. Mr [PER:a Smith] left.",
    "given name": "[PER:a Angela Merkel] left. [PER:a Angela] said.",
    "initial": "[PER:a Angela Merkel] is [PER:a A. Merkel]",
    "another's initial": "[PER:a Angela Merkel] is not [PER:b B. Merkel]",
    "middle name": "[PER:a Angela Dorothea Merkel], [PER:a Angela D. Merkel], [PER:a Angela Merkel]",
    "two middle names": "[PER:a John A. Smith] met [PER:b John B. Smith]",
    "two given names": "[PER:a Angela Merkel] met [PER:b Joachim Merkel]",
    "two Merkels: the nearest before": "[PER:a Angela Merkel] met [PER:b Joachim Merkel]. [PER:b? Merkel] left. [PER:a Angela Merkel] stayed, said [PER:a? Merkel]",
    "two Merkels, and none before": "[PER:a? Merkel] said. [PER:a Angela Merkel] met [PER:b Joachim Merkel].",
    "surname and given name the wrong way round": "[PER:a Merkel, Angela] is [PER:a Angela Merkel]",
    "particles": "[PER:a Ursula von der Leyen], [PER:a von der Leyen], Ms [PER:a Leyen]",
    "hyphens in given names": "[PER:a Jean-Claude Juncker], [PER:b Jean Juncker]",
    "suffix": "[PER:a John Smith Jr.] is [PER:a Smith]",
    "accents of people": "[PER:a José García], [PER:a Jose Garcia], [PER:a GARCÍA]",
    "a surname of nobody": "[PER:a Angela Merkel] met [PER:b Macron]",
    # Types, links and values.
    "never across types": "[PER:a Ford] drove a [ORG:b Ford] in [LOC:c Ford]",
    "values by what they say": "[MONEY:a EUR 3m|EUR3000000] or [MONEY:a 3 million euros|EUR3000000], not [MONEY:b EUR 4m|EUR4000000]",
    "values of two types": "[MONEY:a 3|3] and [PERCENT:b 3|3]",
    "one link, two names": "[ORG:a Google@q1] is [ORG:a Alphabet@q1]",
    "two links, one name": "[ORG:a Delta@q1] flies, [ORG:b Delta@q2] makes taps",
    "a name of one link": "[ORG:a Delta Air Lines Inc@q1] is [ORG:a Delta Air Lines]",
    "a name of two links": "[ORG:a Delta@q1] flies. [ORG:a? Delta] grew. [ORG:b Delta@q2] too. [ORG:b? Delta]",
}  # fmt: skip


def read(marked):
    """The text without marks, its mentions, and for each what it means: (letter, unsure)."""
    text, mentions, meant, at = "", [], [], 0
    for match in MARK.finditer(marked):
        label, letter, doubt, name, value, link = match.groups()
        text += marked[at : match.start()]
        mentions.append(Mention(len(text), len(text) + len(name), label, name, value=value or "", link=link or ""))
        meant.append((letter, bool(doubt)))
        text += name
        at = match.end()
    return text + marked[at:], mentions, meant


@pytest.mark.parametrize("case", CASES)
def test_joined_and_not_joined(case):
    assert len(CASES) > 40
    text, mentions, meant = read(CASES[case])
    of = {
        mention: (entity.id, mention in entity.unsure)
        for entity in entities(text, mentions)
        for mention in entity.mentions
    }
    letters = {letter: of[mention][0] for mention, (letter, _) in zip(mentions, meant, strict=True)}
    assert len(set(letters.values())) == len(letters), "what is two was joined"
    assert [of[mention] for mention in mentions] == [(letters[letter], doubt) for letter, doubt in meant]


@pytest.mark.parametrize("case", CASES)
def test_the_order_in_which_mentions_are_given_counts_for_nothing(case):
    text, mentions, _ = read(CASES[case])
    assert entities(text, mentions[::-1]) == entities(text, mentions)


@pytest.mark.parametrize(
    ("marked", "name"),
    [
        (
            "[ORG:a Deutsche Bank] [ORG:a Deutsche Bank AG] [ORG:a DEUTSCHE BANK AG] [ORG:a Deutsche Bank]",
            "Deutsche Bank AG",
        ),
        ("[PER:a Ms Merkel] [PER:a Ms Merkel] [PER:a A. Merkel] [PER:a Angela Merkel]", "Angela Merkel"),
        ("[PER:a Chancellor Angela Merkel] [PER:a Angela Merkel]", "Angela Merkel"),
        ("[ORG:a IBM] [ORG:a IBM] [ORG:a International Business\nMachines]", "International Business Machines"),
        ("[MONEY:a EUR 3m|x] [MONEY:a 3 million euros|x]", "3 million euros"),
    ],
)
def test_the_fullest_name(marked, name):
    text, mentions, _ = read(marked)
    (entity,) = entities(text, mentions)
    assert entity.name == name
    assert entity.count == len(mentions) == len(entity.mentions)


def test_pages_values_links_and_ids():
    text, mentions, _ = read("[ORG:a Acme@q7] and\n[PER:b Ann Lee]\n[ORG:a Acme Inc] and [MONEY:c $5|USD5]")
    pages = (Stretch(0, 8, 1), Stretch(9, 16, 2), Stretch(17, len(text), 3))
    made = entities(text, mentions, pages)
    assert [(one.id, one.label, one.pages, one.value, one.link) for one in made] == [
        ("e1", "ORG", (1, 3), "", "q7"),
        ("e2", "PER", (2,), "", ""),
        ("e3", "MONEY", (3,), "USD5", ""),
    ]


def test_types_that_are_declared_alike_are_joined():
    text, mentions, _ = read("[CLIENT:a Acme AG] or [ORG:b Acme], and [PER:c Ann Lee], [VIP:d Lee]")
    assert [one.count for one in entities(text, mentions)] == [1, 1, 1, 1]
    assert [(one.label, one.count) for one in entities(text, mentions, alike=[("ORG", "CLIENT"), ("VIP", "PER")])] == [("CLIENT", 2), ("PER", 2)]  # fmt: skip


def test_no_mentions_no_entities():
    assert entities("", ()) == ()


def test_every_mention_is_in_one_entity_of_its_type():
    draw = random.Random(3)
    words = "Deutsche Bank AG Merkel Angela A. von the DB IBM (X) Ms Siemens Ltd Inc's , & é 北京".split()
    for _ in range(150):
        text, mentions = "", []
        for _ in range(draw.randint(0, 25)):
            name = " ".join(draw.choice(words) for _ in range(draw.randint(1, 4)))
            text += draw.choice(["", "Ms ", "Mr. ", "(", ". "])
            mentions.append(Mention(len(text), len(text) + len(name), draw.choice(["PER", "ORG"])))
            text += name + draw.choice([" ", ") ", ' (the "Bank") '])
        made = entities(text, mentions)
        assert sorted(one for entity in made for one in entity.mentions) == mentions
        assert all({one.label for one in entity.mentions} == {entity.label} for entity in made)
        assert all(set(entity.unsure) <= set(entity.mentions) and entity.name for entity in made)


@pytest.mark.parametrize("kind", ["all apart", "all one", "one surname", "ambiguous"])
def test_four_times_as_many_mentions_take_about_four_times_as_long(kind):
    """Also where one name is of many: 100,000 different names take 4 s of one processor."""
    names = {
        "all apart": lambda n: f"Firm {n} AG",
        "all one": lambda n: ("Acme AG", "ACME", "Acme")[n % 3],
        "one surname": lambda n: f"G{n} Smith" if n % 2 else "Smith",
        "ambiguous": lambda n: ("Ann Smith", "Bob Smith", "Smith", "SMITH")[n % 4],
    }[kind]
    took = []
    most = 100_000 if kind == "all apart" else 40_000
    for count in (most // 4, most):
        pieces = [names(n) for n in range(count)]
        text, mentions, at = " . ".join(pieces), [], 0
        for name in pieces:
            mentions.append(Mention(at, at + len(name), "PER" if "Smith" in name.title() else "ORG"))
            at += len(name) + 3
        before = time.process_time()
        made = entities(text, mentions)
        took.append(time.process_time() - before)
        assert sum(one.count for one in made) == count
    assert took[1] < 10 * took[0] + 1, took
    assert took[1] < 40, took
