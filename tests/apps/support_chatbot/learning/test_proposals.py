from dataclasses import replace
from pathlib import Path

import pytest

from support_chatbot.learning.proposals import (
    Draft,
    Line,
    New,
    Proposals,
    ProposalsError,
    digest,
    write_proposals,
)
from support_chatbot.learning.proposing import merge
from support_chatbot.learning.reading import read_proposals


def made(entry):
    return replace(entry, made=digest(entry))


LINE = made(Line("where: is # it?", evidence={"cosine": 0.91, "seen": ("a line 3",)}))
DRAFT = made(
    Draft("pin_blocked", "Unblock it.\n\n- in the app\n- at a machine", evidence={"alike": 3, "agreement": 0.7})
)
NEW = made(New("joint_account", "A joint account", ("open one", "no"), "Apply: both.", evidence={"questions": 7}))
WHOLE = Proposals({"card_arrival": (LINE,)}, {"pin_blocked": DRAFT}, (NEW,))


def kept(tmp_path: Path, proposals: Proposals) -> Path:
    file = tmp_path / "proposals.yaml"
    write_proposals(proposals, file)
    return file


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    file = kept(tmp_path, WHOLE)
    assert read_proposals(file) == WHOLE
    before = file.read_bytes()
    write_proposals(read_proposals(file), file)
    assert file.read_bytes() == before and before.startswith(b"# What the bot can learn")
    assert read_proposals(kept(tmp_path, Proposals())) == Proposals()


def test_a_person_may_write_plainly(tmp_path: Path) -> None:
    file = tmp_path / "proposals.yaml"
    file.write_text(
        "known:\n- intent: no\n  examples: [one more, yes]\nnew:\n- {label: b, examples: [on], status: Accepted}\n"
    )
    read = read_proposals(file)
    assert read.examples == {"no": (Line("one more", "accepted"), Line("yes", "accepted"))}
    assert read.new == (New("b", "b", ("on",), status="accepted"),)


def test_every_fault_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "proposals.yaml"
    file.write_text(
        "known:\n- intent: a\n  examples:\n  - text: b\n    status: maybe\n  sample: c\nnew:\n- label: d\n  status: accepted\n"
        "- title: e\nolder: 1\n"
    )
    with pytest.raises(ProposalsError) as caught:
        read_proposals(file)
    lines = {int(fault.removeprefix(f"{file}:").split(":")[0]): fault for fault in caught.value.faults}
    assert set(lines) == {5, 6, 8, 10, 11}
    assert "proposed, accepted, rejected, got 'maybe'" in lines[5] and "'sample'" in lines[6]
    assert "no examples" in lines[8] and "'label'" in lines[10] and "'older'" in lines[11]


@pytest.mark.parametrize("text", ["known: [", "a: &x [1]\nknown: *x\n", "\t- x", "known: {a: b: c}"])
def test_what_is_no_yaml_is_one_fault(tmp_path: Path, text: str) -> None:
    file = tmp_path / "proposals.yaml"
    file.write_text(text)
    with pytest.raises(ProposalsError, match="it is no YAML"):
        read_proposals(file)


def test_untouched_entries_give_way_to_newer_ones() -> None:
    newer = Proposals(
        drafts={"pin_blocked": made(replace(DRAFT, text="Better."))}, new=(made(replace(NEW, answer="Newer.")),)
    )
    merged = merge(WHOLE, newer)
    assert merged.drafts["pin_blocked"].text == "Better." and [one.answer for one in merged.new] == ["Newer."]
    assert merged.examples == WHOLE.examples


@pytest.mark.parametrize("change", [{"status": "rejected"}, {"status": "accepted"}, {"note": "ask legal"}])
def test_a_decision_or_an_edit_is_never_lost(change: dict[str, str]) -> None:
    mine = replace(
        WHOLE, drafts={"pin_blocked": replace(DRAFT, **change)}, new=(replace(NEW, **change),),
        examples={"card_arrival": (replace(LINE, status="rejected"),)},
    )  # fmt: skip
    newer = Proposals(
        {"card_arrival": (LINE, made(Line("another")))},
        {"pin_blocked": made(replace(DRAFT, text="Better."))},
        (made(replace(NEW, answer="Newer.")), made(New("fees", "Fees", ("what does it cost",)))),
    )
    merged = merge(mine, newer)
    assert merged.drafts == mine.drafts and merged.new[0] == mine.new[0]
    assert [one.label for one in merged.new] == ["joint_account", "fees"]
    assert [(one.text, one.status) for one in merged.examples["card_arrival"]] == [
        (LINE.text, "rejected"), ("another", "proposed"),
    ]  # fmt: skip
    assert merge(merged, newer) == merged


def test_an_edited_example_does_not_come_back_as_it_was() -> None:
    mine = Proposals({"a": (replace(LINE, text="Where is it?"),)})
    assert merge(mine, Proposals({"a": (LINE,)})) == mine


def test_a_rejected_cluster_of_other_words_is_known_by_its_meaning() -> None:
    mine = Proposals(new=(replace(NEW, status="rejected"),))
    other = Proposals(new=(made(New("partner", "Partner", ("share with my wife",))),))
    assert merge(mine, other, lambda one, two: 0.9) == mine
    assert [one.label for one in merge(mine, other, lambda one, two: 0.2).new] == ["joint_account", "partner"]


def test_a_label_is_given_once() -> None:
    other = Proposals(new=(made(New("joint_account", "Other", ("quite another", "matter"))),))
    assert [one.label for one in merge(Proposals(new=(NEW,)), other).new] == ["joint_account", "joint_account_2"]
