"""The sentences of found passages that answer a question, word for word."""

from collections.abc import Sequence

import numpy as np

from support_chatbot.retrieval.index import Hit
from support_chatbot.retrieval.vectors import Embeds, question_vector
from support_chatbot.turn import Quote

__all__ = ["NEAR", "quotes_for"]

NEAR = 0.8  # of the best sentence's cosine: what is further off is about something else


def quotes_for(question: str, hits: Sequence[Hit], embedder: Embeds, most: int = 3) -> tuple[Quote, ...]:
    """At most `most` sentences, the best one's passage first and each passage in its own order; none without hits.

    `score` is the cosine of the question and the sentence under its title, as the index embedded it. A sentence that stands in several
    passages is quoted once, and a question in the text is no answer. Only the question is embedded here.
    """
    question = question.strip()
    if not hits or not question:
        return ()
    asked = question_vector(embedder, question)
    scored = [
        (float(np.dot(sentence.vector, asked)), place, sentence)
        for place, hit in enumerate(hits)
        for sentence in hit.sentences
        if not sentence.text.endswith(("?", "？"))
    ]
    scored.sort(key=lambda item: (-item[0], item[1], item[2].start))
    best: dict[str, tuple[float, int, int]] = {}
    for score, place, sentence in scored:
        if len(best) < most and score >= NEAR * scored[0][0]:
            best.setdefault(sentence.text, (score, place, sentence.start))
    first = list(dict.fromkeys(place for _, place, _ in best.values()))
    ordered = sorted(best.items(), key=lambda item: (first.index(item[1][1]), item[1][2]))
    return tuple(
        Quote(text, hits[place].title, hits[place].link, hits[place].passage, round(score, 4))
        for text, (score, place, _) in ordered
    )
