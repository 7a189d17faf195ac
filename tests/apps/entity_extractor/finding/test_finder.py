import tracemalloc

import pytest

from entity_extractor.finding import Finder, finder, load_setup, parse_setup
from entity_extractor.mentions import Mention, Stretch, check
from headwater.errors import InputError
from headwater.serving import load
from headwater.spans import Span
from tests.tiny import tiny_bundle

VALUES = '[[value]]\nkinds = ["money", "date", "percentage", "quantity"]\n'
TEXT = (
    "Acme Bank paid EUR 3m on 1 May 2024.\n\nLondon rose 3.1 %, said Acme.\n\n\nThe contract no. AB-1234 of Acme Bank."
)


class Words:
    """A model that knows some words; it counts the texts that it is given."""

    labels = ("O", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "B-MISC", "I-MISC")

    def __init__(self, known, probability=0.9):
        self.known, self.probability, self.seen = known, probability, []

    def predict(self, texts):
        self.seen += texts
        return [
            tuple(
                sorted(
                    Span(at, at + len(word), label, self.probability, word)
                    for word, label in self.known.items()
                    for at in range(len(text))
                    if text.startswith(word, at)
                )
            )
            for text in texts
        ]


def of(text, models=None, folder=None):
    return Finder(parse_setup(text, folder=folder), models)


def shown(mentions):
    return [(one.text, one.label, one.source, one.value) for one in mentions]


def test_all_sources_at_once(tmp_path):
    (tmp_path / "clients.csv").write_text("name,id,aliases\nAcme Bank AG,c1,Acme Bank\n")
    setup = (
        VALUES
        + '[[model]]\nname = "m"\n[[dictionary]]\nname = "clients"\nfile = "clients.csv"\ntype = "CLIENT"\n'
        + '[[pattern]]\nname = "contract"\ntype = "CONTRACT"\nregex = \'[A-Z]{2}-[0-9]{4}\'\n'
    )
    found = of(setup, {"m": Words({"Acme": "ORG", "London": "LOC"})}, tmp_path).find(TEXT)
    assert shown(check(TEXT, found)) == [
        ("Acme Bank", "CLIENT", "dictionary:clients", ""),
        ("EUR 3m", "MONEY", "value:money", "EUR 3000000"),
        ("1 May 2024", "DATE", "value:date", "2024-05-01"),
        ("London", "LOC", "m", ""),
        ("3.1 %", "PERCENTAGE", "value:percentage", "0.031"),
        ("Acme", "ORG", "m", ""),
        ("AB-1234", "CONTRACT", "pattern:contract", ""),
        ("Acme Bank", "CLIENT", "dictionary:clients", ""),
    ]
    assert [one.link for one in found if one.label == "CLIENT"] == ["c1", "c1"]
    assert all(TEXT[one.start : one.end] == one.text for one in found)


def test_two_models_by_rank():
    first, second = Words({"Acme Bank": "ORG"}, 0.3), Words({"Acme": "MISC", "London": "LOC"}, 0.99)
    setup = '[[model]]\nname = "a"\nrank = 11\n[[model]]\nname = "b"\nrank = 10\n'
    assert shown(of(setup, {"a": first, "b": second}).find("Acme Bank in London")) == [
        ("Acme Bank", "ORG", "a", ""),
        ("London", "LOC", "b", ""),
    ]
    other = setup.replace("11", "9")
    assert [one.source for one in of(other, {"a": first, "b": second}).find("Acme Bank in London")] == ["b", "b"]


def test_a_model_that_fills_and_types_that_are_called_otherwise_or_left_out():
    model = Words({"Acme": "ORG", "EUR 3m": "MISC", "London": "LOC"})
    setup = '[[value]]\nrank = 1\nkinds = ["money", "date"]\ntypes = { money = "AMOUNT", date = "" }\n' + '[[model]]\nname = "m"\nrank = 50\nrole = "fills"\ntypes = { ORG = "FIRM", LOC = "" }\n'  # fmt: skip
    assert shown(of(setup, {"m": model}).find("Acme paid EUR 3m in London on 1 May 2024")) == [
        ("Acme", "FIRM", "m", ""),
        ("EUR 3m", "AMOUNT", "value:money", "EUR 3000000"),
    ]


def test_a_dictionary_that_retypes(tmp_path):
    (tmp_path / "banks.csv").write_text("name,id\nAcme Bank,b7\nLondon Bridge,x\n")
    setup = (
        '[[model]]\nname = "m"\n[[dictionary]]\nname = "banks"\nfile = "banks.csv"\ntype = "BANK"\nrole = "retypes"\n'
    )
    found = of(setup, {"m": Words({"Acme Bank": "ORG", "London": "LOC"})}, tmp_path).find("Acme Bank on London Bridge")
    assert [(one.text, one.label, one.link) for one in found] == [("Acme Bank", "BANK", "b7"), ("London", "LOC", "")]


def test_minimum_by_type():
    model = Words({"Acme": "ORG", "London": "LOC"}, 0.6)
    assert shown(of('[[model]]\nname = "m"\n[minimum]\nORG = 0.7\nLOC = 0.6\n', {"m": model}).find("Acme London")) == [("London", "LOC", "m", "")]  # fmt: skip


def test_cutting_at_paragraph_ends_changes_nothing():
    """A real graph with random weights, so that it finds much; beside it values."""
    text = "\n\n".join(
        f"Acme Bank in London rose {n} % in May 202{n % 10}. " + "oil gold fell " * (n % 40) for n in range(1, 60)
    )
    reader = _finder_of_a_real_bundle()
    whole = reader.find(text)
    parts = text.split("\n\n")
    at, pieces = 0, []
    for part in parts:
        pieces += [(one.start + at, one.end + at, one.label, round(one.probability, 4)) for one in reader.find(part)]
        at += len(part) + 2
    assert pieces == [(one.start, one.end, one.label, round(one.probability, 4)) for one in whole]
    assert len({one.label for one in whole}) >= 4


def _finder_of_a_real_bundle():
    return Finder(parse_setup('[[model]]\nname = "m"\n' + VALUES), {"m": _finder_of_a_real_bundle.tagger})


@pytest.fixture(autouse=True, scope="module")
def _tagger(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny") / "bundle"
    tiny_bundle(folder, "entities")
    _finder_of_a_real_bundle.tagger = load(folder, variant="fp32")


def test_pages_stream_and_are_the_whole():
    reader = of('[[model]]\nname = "m"\n' + VALUES, {"m": Words({"Acme": "ORG"})})
    pages = [f"Acme paid EUR {n}m on page {n}.\n\nAcme" for n in range(1, 50)]
    at, stretches = 0, []
    for number, page in enumerate(pages, 1):
        stretches.append(Stretch(at, at + len(page), number))
        at += len(page) + 1
    text = "\f".join(pages)
    whole = reader.find(text)
    by_stretch = list(reader.find_pages(zip(stretches, pages, strict=True)))
    assert len(by_stretch) == len(pages)
    assert tuple(one for page in by_stretch for one in page) == whole and len(whole) == 3 * len(pages)
    joined = [one for page in reader.find_pages(iter(pages)) for one in page]
    assert joined == list(
        reader.find("".join(pages), [Stretch(s.start - s.number + 1, s.end - s.number + 1, 1) for s in stretches])
    )


def test_pages_are_read_as_they_come(monkeypatch):
    monkeypatch.setattr(finder, "BATCH", 400)
    taken = []

    def pages():
        for number in range(100):
            taken.append(number)
            yield "Acme paid EUR 3m. " * 10

    stream = of(VALUES).find_pages(pages())
    assert len(next(stream)) == 10
    assert len(taken) <= 2


def test_a_long_text_takes_the_memory_of_a_batch(monkeypatch):
    """Without the mentions and the text: 2,000,000 characters would be ten times this as paragraphs of their own."""
    monkeypatch.setattr(finder, "BATCH", 20_000)
    reader = of('[[model]]\nname = "m"\n[[value]]\nkinds = ["iban"]\n', {"m": _Deaf()})
    text = ("nothing to be found here, in a paragraph of words " * 20 + "\n\n") * 2_000
    tracemalloc.start()
    assert reader.find(text) == ()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 1_500_000, most


class _Deaf:
    labels = ("O",)

    def predict(self, texts):
        return [()] * len(texts)


def test_what_cannot_be_opened_is_told_at_once(tmp_path):
    (tmp_path / "a.csv").write_text("name\n\n,\nAcme\n")
    setup = (
        '[[model]]\nname = "m"\n[[model]]\nname = "n"\nbundle = "nowhere"\n[[dictionary]]\nname = "d"\nfile = "a.csv"\n'
    )
    with pytest.raises(InputError) as caught:
        of(setup, folder=tmp_path)
    told = str(caught.value)
    for part in ("model m: expected a `bundle`", "model n: ", "nowhere", "dictionary d: ", "type: is missing"):
        assert part in told, part


def test_types_that_nothing_gives_are_told():
    setup = '[[model]]\nname = "m"\ntypes = { ORGG = "X" }\n[minimum]\nPERS = 0.5\n'
    with pytest.raises(
        InputError,
        match=r"(?s)types: expected some of LOC, MISC, ORG, got ORGG.*minimum: expected types out of .*got PERS",
    ):
        of(setup, {"m": Words({})})


def test_a_bundle_by_its_folder_and_head(tmp_path):
    tiny_bundle(tmp_path / "both", "entities", "companies")
    tiny_bundle(tmp_path / "none", "sentiment")
    setup = '[[model]]\nname = "m"\nbundle = "both"\nhead = "entities"\n'
    assert of(setup, folder=tmp_path).types == ("LOC", "ORG")
    with pytest.raises(InputError, match=r"one of its token heads \(entities, companies\) as `head`, got ''"):
        of(setup.replace('head = "entities"', ""), folder=tmp_path)
    with pytest.raises(InputError, match="it has none"):
        of('[[model]]\nname = "m"\nbundle = "none"\n', folder=tmp_path)


def test_a_catastrophic_pattern_stops_the_reading_by_name():
    reader = of('[[pattern]]\nname = "slow"\ntype = "X"\nregex = \'(?:a|aa)+$\'\nseconds = 0.1\n')
    with pytest.raises(InputError, match="pattern slow"):
        reader.find("fine\n\n" + "a" * 60 + "b")


def test_the_default_finds_with_the_model_it_is_given():
    reader = Finder(load_setup(), {"entities": Words({"Acme": "ORG"})})
    assert shown(reader.find("Acme (NYSE: ACM) owes 5 kg of DE000BASF111")) == [
        ("Acme", "ORG", "entities", ""),
        ("NYSE: ACM", "TICKER", "value:ticker", "XNYS:ACM"),
        ("5 kg", "QUANTITY", "value:quantity", "5 kg"),
        ("DE000BASF111", "ISIN", "value:isin", "DE000BASF111"),
    ]
    assert {"ORG", "LOC", "MISC", "MONEY", "IBAN"} <= set(reader.types)


def test_odd_texts_are_read():
    reader = of('[[model]]\nname = "m"\n' + VALUES, {"m": Words({"Acme": "ORG"})})
    assert reader.find("") == () and reader.find("\n\n\n") == ()
    assert shown(reader.find("\ud800 Acme \x00")) == [("Acme", "ORG", "m", "")]
    assert reader.find("x" * 70_000 + " Acme")[0] == Mention(70_001, 70_005, "ORG")


def test_a_model_of_several_heads_is_read_by_its_token_head(tmp_path, tiny):
    tiny(tmp_path / "two", "sentiment", "entities")
    tiny(tmp_path / "none", "sentiment", "topics")
    finder = of('[[model]]\nname = "m"\n', {"m": load(tmp_path / "two")})
    assert finder.types == ("LOC", "ORG") and isinstance(finder.find("Acme rose"), tuple)
    with pytest.raises(InputError, match="expected one of its token heads .it has none."):
        of('[[model]]\nname = "m"\n', {"m": load(tmp_path / "none")})
