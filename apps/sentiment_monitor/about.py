"""What a story is about: its topics, and the companies in it, where the model has heads for them."""

from dataclasses import dataclass

from headwater.serving import Model

__all__ = ["About", "about"]

HEADS = {"topics": "multi", "companies": "token"}  # by name and kind; a model of one's own may have neither


@dataclass(frozen=True)
class About:
    """Topics, likeliest first, and companies with the polarity of each, in the order of the text and each once."""

    topics: tuple[str, ...] = ()
    companies: tuple[tuple[str, str], ...] = ()


def about(model: Model, text: str) -> About:
    """What the heads beside the sentiment say of a text; a company named twice has the polarity of its surest mention."""
    heads = [head.name for head in model.heads if HEADS.get(head.name) == head.kind]
    if not heads:
        return About()
    found = model.predict_heads([text], heads=heads)
    topics, spans = (found.get(name, [()])[0] for name in HEADS)
    surest = {span.text: span for span in sorted(spans, key=lambda span: span.probability)}
    companies = dict.fromkeys(span.text for span in spans)
    return About(tuple(topic.label for topic in topics), tuple((name, surest[name].label) for name in companies))
