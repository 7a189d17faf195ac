"""Items -> what the models say of them: sentiment, topics, companies and what is said of each, in one pass.

    item -> language (surely another: skipped) -> the three heads -> companies of the table -> relevance -> Reading

The text that is scored is the item's, whole, by the very class that `headwater score` uses, so that sentiment, topics and
spans agree. What is said of a company may differ from a span's label in one case: see polarity.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from headwater.companies.linking import Found, Linked
from headwater.companies.table import Companies
from headwater.errors import InputError
from headwater.scoring.rows import MAX_TEXT
from headwater.scoring.scorer import DIGITS, Refusal, Results, Scorer
from headwater.sentences import Edges, sentences_of
from headwater.serving import Embedder, Model, Prediction
from headwater.spans import Span
from sentiment_monitor.news import Mention, Reading, Waiting
from sentiment_monitor.reading.language import language_of
from sentiment_monitor.reading.polarity import clauses, polarities
from sentiment_monitor.reading.relevance import weigh
from sentiment_monitor.reading.sentences import Sentence, score_sentences

__all__ = ["Reader", "Settings"]


@dataclass(frozen=True)
class Settings:
    """When the reader abstains.

    `risk`: the threshold that the bundle holds for it decides on the sentiment (0.10: at most a tenth of the answers
    wrong); where the bundle holds none, `floor`, a probability. `company_floor`: below it what is said of a company is unsure.
    """

    risk: float | None = 0.10
    floor: float = 0.6
    company_floor: float = 0.4


class Reader:
    """A model with the heads sentiment, topics and companies, an embedder of sentences, and a company table.

    Raises BundleError where the model lacks the head sentiment; topics and companies may be missing, and are empty then.
    """

    def __init__(
        self, model: Model, embedder: Embedder, companies: Companies, settings: Settings | None = None
    ) -> None:
        self.model, self.embedder, self.companies = model, embedder, companies
        self.settings = settings or Settings()
        model.bundle.head("sentiment")
        self.scorer = Scorer([model])
        self.threshold = self._threshold()

    @property
    def bundle(self) -> str:
        """The digest of what scores: kept with each item."""
        return self.model.bundle.digest

    def read(self, items: Sequence[Waiting]) -> list[Reading]:
        """One reading for each item, in order. Equal texts are scored once. Raises ScoringError where no text can be scored."""
        languages = {text: language_of(text) for text in dict.fromkeys(item.text for item in items)}
        skipped = {text: why for text, language in languages.items() if (why := _unread(text, language))}
        texts = [text for text in languages if text not in skipped]
        found = dict(zip(texts, self.scorer.results(texts), strict=True))
        mentions = self._mentions({text: result for text, result in found.items() if not isinstance(result, Refusal)})
        readings: list[Reading] = []
        for item in items:
            language, result = languages[item.text], found.get(item.text)
            if result is None or isinstance(result, Refusal):
                why = skipped.get(item.text) or (result.reason if result else "")
                readings.append(Reading(language=language, skipped=why[:255]))
            else:
                readings.append(self._reading(item, language, result, mentions[item.text]))
        return readings

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """float32 (texts, dimension) of unit length."""
        return self.embedder.predict(list(texts))

    def sentences(self, text: str) -> list[Sentence]:
        """What the model says of each sentence of an article: why its score is what it is."""
        return score_sentences(self.scorer, text)

    def _threshold(self) -> float:
        if self.settings.risk is not None:
            try:
                return self.model.threshold("sentiment", self.settings.risk)
            except InputError:
                pass
        return self.settings.floor

    def _reading(self, item: Waiting, language: str | None, result: Results, mentions: Sequence[Mention]) -> Reading:
        sentiment, topics = result["sentiment"], result.get("topics", ())
        if not isinstance(sentiment, Prediction):
            raise InputError(
                "expected one label of a text from the head sentiment: choose a bundle like financial-news"
            )
        return Reading(
            sentiment.label,
            {label: round(share, DIGITS) for label, share in sentiment.top},
            sentiment.probability < self.threshold,
            tuple((topic.label, round(topic.probability, DIGITS)) for topic in topics if isinstance(topic, Prediction)),
            weigh(mentions, sentences_of(item.text), _title(item), len(item.text)) if mentions else (),
            language,
        )

    def _mentions(self, results: Mapping[str, Results]) -> dict[str, list[Mention]]:
        """Companies of each text, in its order: the model's, and those that the table knows and the model missed."""
        spans = {text: [s for s in result.get("companies", ()) if isinstance(s, Span)] for text, result in results.items()}  # fmt: skip
        linked = {text: self.companies.link(text, found) for text, found in spans.items()}
        again = {text: places for text, found in linked.items() if (places := _unclear(text, spans[text], found))}
        judged = polarities(self.model, again) if again and self._finds_companies() else {}
        out = {}
        for text, found in linked.items():
            told = _told(text, spans[text], judged.get(text, ()))
            links = [*found.mentions, *found.missed][: len(told)]
            out[text] = _once([self._mention(text, *pair) for pair in zip(told, links, strict=True)])
        return out

    def _finds_companies(self) -> bool:
        return any(head.name == "companies" and head.kind == "token" for head in self.model.heads)

    def _mention(self, text: str, span: Span, found: Found | None) -> Mention:
        """A span, widened to the name that it is a piece of ("$" of "$AAPL")."""
        start, end = span.start, span.end
        if found and found.start <= start and end <= found.end:
            start, end = found.start, found.end
        polarity = span.label if span.probability >= self.settings.company_floor else "unsure"
        return Mention(start, end, text[start:end], polarity, round(span.probability, DIGITS), found and found.company)


def _title(item: Waiting) -> int:
    """Where the title ends in the text: at its own end, or that of the first line."""
    return len(item.title) if item.title and item.text.startswith(item.title) else len(item.text.partition("\n")[0])


def _unread(text: str, language: str | None) -> str | None:
    """Why no model reads a text, None where one does."""
    if len(text) > MAX_TEXT:
        return f"the text has {len(text):,} characters; at most {MAX_TEXT:,} are scored"
    if not text.strip():
        return "the text is empty"
    return f"the language is {language}, and the model reads English" if language not in (None, "en") else None


def _unclear(text: str, spans: Sequence[Span], linked: Linked) -> list[Edges]:
    """All places of companies in a text, the missed last, if the model missed one or two are set against each other."""
    places = [(span.start, span.end) for span in spans]
    if linked.missed:
        return [*places, *((found.start, found.end) for found in linked.missed)]
    return places if any(clauses(text, places)) else []


def _told(text: str, spans: Sequence[Span], judged: Sequence[Span]) -> list[Span]:
    """The model's own spans, but for those set against another, and then what it missed."""
    if not judged:
        return list(spans)
    apart = clauses(text, [(span.start, span.end) for span in judged])
    kept = [after if part else before for before, after, part in zip(spans, judged, apart, strict=False)]
    return [*kept, *judged[len(spans) :]]


def _once(mentions: Sequence[Mention]) -> list[Mention]:
    """In the order of the text; of two at one place the surer."""
    places: dict[tuple[int, int], Mention] = {}
    for mention in sorted(mentions, key=lambda mention: (mention.start, -mention.probability)):
        places.setdefault((mention.start, mention.end), mention)
    return list(places.values())
