"""The sentences of found passages that answer a question, word for word."""

from collections.abc import Sequence

import numpy as np

from support_chatbot.retrieval.index import Hit, Sentence
from support_chatbot.retrieval.readers.document import ITEM
from support_chatbot.retrieval.vectors import Embeds, question_vector
from support_chatbot.turn import Quote

__all__ = ["NEAR", "quotes_for"]

UNSAID = ("?", "？", ":", "：")  # a question, and what only announces something, say nothing by themselves
LEADS = (":", "：")
LONGEST = 600  # characters of a list that is quoted whole
NEAR = 0.8  # of the best sentence's cosine: what is further off is about something else


def quotes_for(question: str, hits: Sequence[Hit], embedder: Embeds, most: int = 3) -> tuple[Quote, ...]:
    """At most `most` sentences; none without hits. The first is the lead of the article that is nearest, if it has one.

    The others follow by passage, the best one's first, each in its own order.

    `score` is the cosine of the question and the sentence under its title, as the index embedded it, or, where that is
    nearer, of its passage or a question that the passage is known to answer. A sentence that stands in several passages
    is quoted once; a question in the text is no answer, nor is what only announces one. Of a list that a sentence leads
    ("You need:"), all is quoted, with that sentence, or, of a long one, the item under it. Only the question is embedded here.
    """
    question = question.strip()
    if not hits or not question:
        return ()
    asked = question_vector(embedder, question)
    scored = [
        (float(np.dot(sentence.vector, asked)), place, sentence)
        for place, hit in enumerate(hits)
        for sentence in hit.sentences
        if not sentence.text.endswith(UNSAID)
    ]
    scored.sort(key=lambda item: (-item[0], item[1], item[2].start))
    best: dict[str, tuple[float, int, int]] = {}
    for score, place, sentence in scored:
        if len(best) < most and score >= NEAR * scored[0][0]:
            text, start = _with_list(hits[place], sentence)
            best.setdefault(text, (score, place, start))
    first = list(dict.fromkeys(place for _, place, _ in best.values()))
    ordered = sorted(best.items(), key=lambda item: (first.index(item[1][1]), item[1][2]))
    quotes = [
        Quote(text, hits[place].title, hits[place].link, hits[place].passage, round(max(score, hits[place].cosine), 4))
        for text, (score, place, _) in ordered
    ]
    return tuple(_led(quotes, hits, scored)[:most])


def _with_list(hit: Hit, sentence: Sentence) -> tuple[str, int]:
    """What is quoted for a sentence, and where it begins: of an item of a list, the list under the sentence that leads it.

    The lines of a passage are its blocks. An item whose list nothing leads is quoted without its mark.
    """
    begin = hit.text.rfind("\n", 0, sentence.start) + 1
    if not hit.text.startswith(ITEM, begin):
        return sentence.text, sentence.start
    first = begin
    while first and hit.text.startswith(ITEM, before := hit.text.rfind("\n", 0, first - 1) + 1):
        first = before
    lead = next((one for one in hit.sentences if one.end == first - 1 and one.text.endswith(LEADS)), None)
    if lead is None:
        return sentence.text.removeprefix(ITEM), sentence.start
    last = begin
    while (after := hit.text.find("\n", last) + 1) and hit.text.startswith(ITEM, after):
        last = after
    whole = hit.text[lead.start : _line_end(hit.text, last)]
    if len(whole) <= LONGEST:
        return whole, lead.start
    return f"{lead.text}\n{hit.text[begin : _line_end(hit.text, begin)]}", begin


def _line_end(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end


def _led(quotes: list[Quote], hits: Sequence[Hit], scored: Sequence[tuple[float, int, Sentence]]) -> list[Quote]:
    """The quotes with the lead of the nearest passage's article before them."""
    near = [hit.cosine for hit in hits]
    for score, place, _ in scored:
        near[place] = max(near[place], score)
    place = int(np.argmax(near))
    lead = hits[place].lead
    if lead is None:
        return quotes
    first = Quote(lead.text, lead.title, lead.link, lead.passage, round(near[place], 4))
    return [first, *(quote for quote in quotes if quote.text != lead.text)]
