from dataclasses import replace
from pathlib import Path

from support_chatbot.learning.study import Asked, study
from support_chatbot.learning.transcripts import read_transcripts


def test_the_written_conversations_teach_what_a_person_sees_in_them(written: Path, classifier, embedder, zones) -> None:
    talks = read_transcripts(written).conversations
    assert len(talks) == 16
    found = study(talks, classifier, embedder, zones.zone)
    assert [(one.text, one.intent) for one in found.examples] == [
        ("how long is delivery for a replacement?", "card_arrival")
    ]
    assert list(found.answers) == ["card_arrival"]  # of three answers about the PIN only two agree
    best = found.answers["card_arrival"]
    assert "4 to 6 working days" in best.text and (best.resolved, best.known) == (3, 3)
    assert [set(one.words) >= {"joint", "account"} for one in found.clusters] == [True]
    assert found.clusters[0].size == 5
    answer = found.cluster_answers[0]
    assert answer is not None and answer.text.startswith("You both apply for the joint account")


def test_it_is_the_same_every_time_and_each_text_is_embedded_once(written: Path, classifier, embedder, zones) -> None:
    talks = read_transcripts(written).conversations
    first = study(talks, classifier, embedder, zones.zone)
    texts = {turn.text for talk in talks for turn in talk.turns}
    assert embedder.asked <= len(texts) + 20  # answers are what is left of turns
    assert study(talks, classifier, type(embedder)(), zones.zone) == first


def test_an_answer_that_the_bot_gives_already_is_not_proposed(written: Path, classifier, embedder, zones) -> None:
    talks = read_transcripts(written).conversations
    told = study(talks, classifier, embedder, zones.zone).answers["card_arrival"].text
    again = study(talks, classifier, embedder, zones.zone, told={"card_arrival": told})
    assert "card_arrival" not in again.answers


def test_unanswered_questions_alone_make_clusters(classifier, embedder, zones) -> None:
    asked = [Asked(f"mortgage statement number {n}", f"store {n} line 1") for n in range(6)]
    found = study((), classifier, embedder, zones.zone, unanswered=asked)
    assert [(one.size, answer) for one, answer in zip(found.clusters, found.cluster_answers, strict=True)] == [
        (6, None)
    ]
    assert set(found.cluster_places[0]) == {one.where for one in asked}


def test_nothing_said_is_nothing_learnt(classifier, embedder, zones) -> None:
    found = study((), classifier, embedder, zones.zone)
    assert not found.examples and not found.answers and not found.clusters


def test_a_cluster_has_as_many_questions_as_are_asked_for(written: Path, classifier, embedder, zones) -> None:
    talks = read_transcripts(written).conversations
    sizes = {
        least: [one.size for one in study(talks, classifier, embedder, zones.zone, smallest=least).clusters]
        for least in (5, 6)
    }
    assert sizes == {5: [5], 6: []}


def test_agents_are_wrong_too(written: Path, classifier, embedder, zones) -> None:
    talks = read_transcripts(written).conversations
    asked = next(talk for talk in talks if talk.id == "written-05")
    others = tuple(talk for talk in talks if talk is not asked)
    failed = study((*others, replace(asked, resolution="unresolved")), classifier, embedder, zones.zone)
    assert not failed.examples
    foreign = replace(asked, turns=(replace(asked.turns[0], text="how old is the moon today"), *asked.turns[1:]))
    classifier.predict = lambda texts: [Top(text) for text in texts]
    assert not study((*others, foreign), classifier, embedder, zones.zone).examples


class Top:
    """Thinks of card_arrival only where the text speaks of it."""

    def __init__(self, text: str) -> None:
        sure = "arrive" in text
        self.top = (("card_arrival", 0.95), ("oos", 0.05)) if sure else (("oos", 0.9), ("pin_blocked", 0.1))
