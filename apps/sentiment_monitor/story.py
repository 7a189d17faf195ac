"""What the page of a story says: who told it when, what it counts as, and which scores can say why."""

from datetime import datetime

from headwater.companies.table import Companies
from headwater.ui.formats import percent
from headwater.ui.texts import Catalogue
from sentiment_monitor.naming import name_of
from sentiment_monitor.news import Mention
from sentiment_monitor.records import ItemRow, Story
from sentiment_monitor.whys import Score

__all__ = ["about", "lasted", "scores_of", "sentence", "surest"]


def sentence(t: Catalogue, story: Story) -> str:
    """How it counts, and how many have told it."""
    how = next((sentiment for dimension, _, sentiment in story.labels if dimension == "all"), "")
    word = t(f"story.as.{how}") if how else t("story.as.unread")
    if len(story.sources) > 1:
        return t("story.told_by", how=word, items=story.count, sources=len(story.sources))
    return t.count("story.told", story.count, how=word)


def lasted(story: Story) -> tuple[datetime, datetime]:
    """When it was first and last told."""
    times = [item.at for item in story.items] or [story.at]
    return min(times), max(*times, story.latest or story.at) if len(times) > 1 else (story.latest or story.at)


def surest(mentions: tuple[Mention, ...]) -> list[Mention]:
    """Each company once, by its surest mention; the most relevant first. A name that is none of the table stands by itself."""
    best: dict[str, Mention] = {}
    for mention in sorted(mentions, key=lambda one: -one.probability):
        best.setdefault(mention.company or mention.text, mention)
    return sorted(best.values(), key=lambda one: (-one.relevance, one.start))


def about(t: Catalogue, companies: Companies, mention: Mention) -> str:
    """What is said of a company, how sure, and how much of the text is about it."""
    said = t(f"sentiment.{mention.polarity}")
    known = "story.company" if mention.company in companies else "story.no_company"
    return t(known, said=said, sure=percent(mention.probability), share=percent(mention.relevance))


def scores_of(t: Catalogue, companies: Companies, item: ItemRow) -> dict[str, Score]:
    """The scores of an item that can be asked why, by their names on the page."""
    found = {}
    if item.sentiment:
        found[t("story.why.sentiment", label=t(f"sentiment.{item.sentiment}"))] = Score("sentiment", item.sentiment)
    for label, _ in item.topics:
        found[t("story.why.topic", label=name_of(t, companies, "topic", label))] = Score("topics", label)
    for one in surest(item.mentions):
        if one.polarity != "unsure":
            words = t("story.why.company", name=one.text, label=t(f"sentiment.{one.polarity}"))
            found[words] = Score("companies", one.polarity, one.start, one.end)
    return found
