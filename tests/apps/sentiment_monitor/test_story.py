from collections.abc import Callable

import pytest

from headwater.bundle import open_bundle
from headwater.companies.table import Companies
from headwater.errors import InputError
from headwater.store import Store, open_store
from headwater.store.corrections import recorded
from headwater.ui.texts import catalogue
from sentiment_monitor import rightings
from sentiment_monitor.marking import marked
from sentiment_monitor.records import Past
from sentiment_monitor.story import scores_of, sentence, surest
from sentiment_monitor.whys import Score, _moved
from tests.apps.sentiment_monitor.newsroom import NOON, TEXT, fill

T = catalogue("en")


@pytest.fixture
def store(tmp_path) -> Store:
    with open_store(str(tmp_path / "store.sqlite")) as opened:
        fill(opened)
        yield opened


def test_a_story_says_how_often_it_was_told(store: Store) -> None:
    story = Past(store, NOON).story(1)
    assert sentence(T, story) == "Counts as negative; told 3 times by 2 sources"
    assert [item.relation for item in story.items] == ["first", "copy", "update"]


def test_each_score_can_be_asked_why(store: Store) -> None:
    item = Past(store, NOON).story(1).items[0]
    scores = scores_of(T, Companies([]), item)
    assert [score.head for score in scores.values()] == ["sentiment", "topics", "companies", "companies"]
    assert scores["Siemens: positive"] == Score("companies", "positive", 0, 7)
    assert [one.text for one in surest(item.mentions)] == ["Siemens", "GE"]


def test_companies_are_marked_where_they_stand_and_text_is_escaped(store: Store) -> None:
    item = Past(store, NOON).story(1).items[0]
    html = marked(f"{TEXT} <b>", item.mentions, T)
    assert "&lt;b&gt;" in html
    assert html.count('class="hw-span"') == 2
    assert ">GE<small" in html


def test_a_name_moves_with_what_is_left_out_before_it() -> None:
    place = Score("companies", "negative", 17, 19)
    assert _moved(place, 0, 7) == (10, 12)
    assert _moved(place, 20, 25) == (17, 19)
    assert _moved(place, 17, 19) is None


def test_what_is_put_right_is_kept_with_what_was_said_by_that_bundle_alone(
    store: Store, tiny: Callable, tmp_path
) -> None:
    tiny(tmp_path / "bundle", "sentiment")
    bundle = open_bundle(tmp_path / "bundle")
    (item,) = Past(store, NOON).items(unsure=True)
    label = rightings.labels_of(bundle, "sentiment")[0]
    assert rightings.unsure_items(Past(store, NOON)) == 1
    assert rightings.righted(store, [item]) == {}
    rightings.right_sentiment(store, bundle, item, label, "ann")
    (kept,) = recorded(store, head="sentiment")
    assert (kept.text, kept.right, kept.said, kept.who, kept.source) == ("Who knows?", label, None, "ann", "monitor")
    assert rightings.righted(store, [item]) == {item.id: label}
    with pytest.raises(InputError):
        rightings.right_sentiment(store, bundle, item, "splendid", "ann")


def test_a_form_is_kept_whole_and_once_however_often_it_is_sent(store: Store, tiny: Callable, tmp_path) -> None:
    tiny(tmp_path / "bundle", "sentiment", "topics", "companies")
    bundle, item = open_bundle(tmp_path / "bundle"), Past(store, NOON).story(1).items[0]
    given = ("positive", ["metals"], ["", "neutral"])
    with pytest.raises(InputError, match="expected labels of"):
        rightings.right(store, bundle, item, "ann", "positive", ["metals"], ["", "splendid"])
    assert recorded(store) == []
    for who in ("ann", "bob", "ann"):
        assert [one.head for one in rightings.right(store, bundle, item, who, *given)] == ["sentiment", "topics", "companies"]  # fmt: skip
    assert [(one.who, one.head) for one in recorded(store)] == [
        (who, head) for who in ("bob", "ann") for head in ("sentiment", "topics", "companies")
    ]
    rightings.right_sentiment(store, bundle, item, "negative", "bob")
    assert len(recorded(store, head="sentiment")) == 3
    rightings.right_sentiment(store, bundle, item, "positive", "ann")
    assert rightings.righted(store, [item]) == {item.id: "positive"}, "what was said again is what was said last"
    assert len(recorded(store, head="sentiment")) == 3
