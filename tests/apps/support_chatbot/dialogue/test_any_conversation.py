"""Whatever is said, in whatever order: a reply with a part, no brace left over, and nothing done without a yes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from support_chatbot.turn import ACTS, KINDS, Message, Question, Slot
from tests.apps.support_chatbot.dialogue.conversation import TITLES, Talk

WORDS = st.sampled_from(
    "yes no skip not the other first second both card debit spare 20 30 pounds tomorrow Ana ? what how change date {amount} "
    "{{ address 12 Mill Lane, Leeds *x* <b> 卡 Stop this cancel".split()
)
TEXTS = st.lists(WORDS, max_size=9).map(" ".join) | st.text(max_size=40)
LABELS = st.sampled_from([*TITLES, "oos", "unable_to_verify_identity", "age_limit"])
TOPS = st.lists(st.tuples(LABELS, st.floats(0, 1)), max_size=3, unique_by=lambda item: item[0]).map(
    lambda top: tuple(sorted(top, key=lambda item: -item[1]))
)
VALUES = st.sampled_from(
    [
        ("amount", "20"),
        ("amount", "-1"),
        ("date", "2026-11-20"),
        ("date", "2027-01-01"),
        ("date", "2026-99-99"),
        ("card", "1234"),
        ("card_kind", "debit"),
        ("name", "{bot} *Ana*"),
        ("currency", "EUR"),
        ("account", "GB33"),
        ("order", "77"),
    ]
)


@st.composite
def messages(draw: st.DrawFn) -> Message:
    text = draw(TEXTS)
    spans = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(sorted)
    slots = tuple(
        Slot(*value, *span, text[slice(*span)]) for value, span in draw(st.lists(st.tuples(VALUES, spans), max_size=3))
    )
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=5)))
    pieces = zip([0, *cuts], [*cuts, len(text)], strict=True)
    questions = tuple(Question(text[start:end], start, end, draw(TOPS)) for start, end in pieces if start < end)
    act = draw(st.none() | st.none() | st.sampled_from(ACTS))
    picked = draw(st.none() | st.none() | LABELS)
    language = draw(st.sampled_from(["en", "en", "en", "", "de"]))
    return Message(text, language, act, () if act else questions, slots, picked)


@settings(max_examples=150, deadline=None)
@given(st.lists(messages(), min_size=1, max_size=12), st.booleans())
def test_any_conversation(said: list[Message], timed: bool) -> None:
    talk = Talk(help={"card": "Cards are blue.", "how": "far off"})
    talk.now = talk.now if timed else None
    for message in said:
        before = talk.state
        reply = talk.sends(message)
        assert reply.parts
        assert all(part.kind in KINDS and part.text.strip() for part in reply.parts)
        assert reply.state.turns == before.turns + 1
        assert (reply.handoff is not None) == (before.status == "open" and reply.state.status == "handed_over")
        for name, _ in reply.actions:
            asked = [form for form in before.forms if talk.policy.forms[form.name].action == name]
            assert (
                not any(plan.confirm for plan in talk.policy.forms.values() if plan.action == name)
                or asked[0].confirming
            )
            assert len(reply.actions) == 1
