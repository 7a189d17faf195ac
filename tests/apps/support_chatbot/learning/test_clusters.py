import numpy as np
import pytest

from support_chatbot.learning.clusters import cluster_questions, telling_words

JOINT = [f"open a joint account with partner {word}" for word in ("now", "soon", "today", "tomorrow", "later")]
WORKING = [f"app not working {word}" for word in ("now", "soon", "today", "tomorrow", "later", "again")]


def test_clusters_carry_name_size_and_typical_questions(embedder) -> None:
    texts = [*JOINT, "how old is the moon", *WORKING]
    found = cluster_questions(texts, embedder.predict(texts), [3] * 5 + [1] * 7)
    assert [(one.size, len(one.questions)) for one in found] == [(15, 5), (6, 6)]
    assert "joint" in found[0].words and "working" in found[1].words
    assert set(found[0].typical) == set(JOINT) and set(found[1].questions) == set(WORKING)
    assert cluster_questions([], np.zeros((0, 4))) == []


def test_cohesion_is_the_mean_cosine_of_pairs() -> None:
    vectors = np.array([[1.0, 0.0], [0.8, 0.6], [0.6, 0.8]])
    found = cluster_questions(["a", "b", "c"], vectors, smallest=3)
    assert found[0].cohesion == pytest.approx((0.8 + 0.6 + 0.96) / 3)
    assert found[0].typical[0] == "b"


def test_what_all_groups_say_names_none_and_masks_are_no_words() -> None:
    words = telling_words([["card lost", "lost [email]"], ["card eaten"], ["card frozen"]], 1)
    assert words == [("lost",), ("eaten",), ("frozen",)]
    assert "email" not in telling_words([["my [email] address"]], 3)[0]
