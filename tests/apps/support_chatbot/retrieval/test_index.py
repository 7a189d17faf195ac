import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import headwater
from headwater.errors import InputError, StoreError
from headwater.serving import Embedder
from support_chatbot.retrieval import Index, Rejected, open_index
from support_chatbot.retrieval.index import fused

WORDS = "oil gold shares rose fell in London Acme Bank profit beats misses".split()


def write_texts(folder: Path, count: int, seed: int = 1) -> Path:
    """Files of one passage each, of the words that the tiny embedder knows."""
    draw = np.random.default_rng(seed)
    folder.mkdir(exist_ok=True)
    for number in range(count):
        (folder / f"{number}.md").write_text(" ".join(draw.choice(WORDS, 12)) + f" number{number}.")
    return folder


def everything(index: Index) -> list[tuple]:
    """What an index holds, less its running numbers."""
    connection = index._connection()
    query = """SELECT p.id, p.title, p.link, p.text, p.start, p.digest, p.spans, p.vectors, w.counted,
        (SELECT group_concat(hex(vector)) FROM vectors WHERE passage = p.number)
        FROM passages p JOIN words w ON w.rowid = p.number ORDER BY p.id"""
    return connection.execute(query).fetchall()


class Counting:
    """An embedder that remembers what it was given."""

    def __init__(self, real: Embedder) -> None:
        self.real, self.bundle, self.model, self.head, self.texts = real, real.bundle, real.model, real.head, []

    def predict(self, texts):
        self.texts += texts
        return self.real.predict(texts)


def test_finds_by_words_by_meaning_and_in_chinese(tmp_path, help_centre, shipped):
    index = open_index(tmp_path / "index", shipped)
    index.update([help_centre])
    (first, *_) = index.search("how many days until my card comes to Spain?", k=2)
    assert first.title == "When your card arrives › Abroad" and first.link == "help/card-delivery.md#abroad"
    assert "£8.50" in first.text
    assert index.search("挂失", mode="bm25")[0].link == "help/rates.csv#row=3"
    assert "3.1 %" in index.search("interest on my money", mode="dense")[0].text
    # The front matter's words lead to a passage that has none of them.
    assert index.search("plastic in the post", mode="bm25")[0].link.startswith("help/card-delivery.md")


def test_bm25_is_the_formula(tmp_path, small):
    """Robertson's BM25 with k1 = 1.2, b = 0.75 and SQLite's idf, reckoned here, ranks alike."""
    index = open_index(tmp_path / "index", small)
    index.update([write_texts(tmp_path / "texts", 30)])
    texts = [text.lower().rstrip(".").split() for (text,) in index._connection().execute("SELECT text FROM passages")]
    length = np.mean([len(text) + 1 for text in texts])  # the title, a number, counts as a word

    def score(text: list[str]) -> float:
        total = 0.0
        for word in ("gold", "profit"):
            having = sum(word in other for other in texts)
            idf = max(np.log((len(texts) - having + 0.5) / (having + 0.5)), 1e-6)
            count = text.count(word)
            total += idf * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * (len(text) + 1) / length))
        return total

    expected = sorted((score(text) for text in texts if "gold" in text or "profit" in text), reverse=True)
    found = [score(hit.text.lower().rstrip(".").split()) for hit in index.search("Gold? Profit!", 40, "bm25")]
    assert len(expected) > 5 and len(found) == len(expected)
    assert all(a >= b - 1e-9 for a, b in zip(found, found[1:], strict=False))


def test_dense_is_the_nearest_vectors(tmp_path, small):
    index = open_index(tmp_path / "index", small)
    index.update([write_texts(tmp_path / "texts", 40)])
    question = small.predict(["gold rose"])[0]
    titled = {hit.passage: f"{hit.title}\n{hit.text}" for hit in index.search("gold", 40, "dense")}
    cosines = dict(zip(titled, small.predict(list(titled.values())) @ question, strict=True))
    found = index.search("gold rose", 5, "dense")
    assert [hit.cosine for hit in found] == pytest.approx(sorted(cosines.values(), reverse=True)[:5], abs=1e-5)
    assert all(cosines[hit.passage] == pytest.approx(hit.cosine, abs=1e-5) for hit in found)


def test_fusion_by_hand():
    # 8 is second and first, 7 first alone, 9 third alone.
    assert fused([[7, 8, 9], [8]]) == [(8, 1 / 62 + 1 / 61), (7, 1 / 61), (9, 1 / 63)]


def test_only_what_changed_is_read_and_embedded(tmp_path, help_centre, shipped):
    counting = Counting(shipped)
    index = open_index(tmp_path / "index", counting)
    first = index.update([help_centre])
    assert first.added == ("help/card-delivery.md", "help/rates.csv") and first.passages == 5
    counting.texts.clear()
    assert index.update([help_centre]).unchanged == 2 and counting.texts == []

    os.utime(help_centre / "rates.csv", (1, 1))  # touched, and the same
    again = index.update([help_centre])
    assert (again.changed, again.unchanged, counting.texts) == ((), 2, [])

    (help_centre / "rates.csv").write_text("question,answer\nLoan?,Loans cost 7 %.\n")
    (help_centre / "new.md").write_text("Holidays are on Monday.")
    (help_centre / "card-delivery.md").unlink()
    last = index.update([help_centre])
    assert (last.added, last.changed, last.removed) == (
        ("help/new.md",),
        ("help/rates.csv",),
        ("help/card-delivery.md",),
    )
    assert not any("5 working days" in text for text in counting.texts) and last.passages == 2
    assert {hit.link for hit in index.search("card saver loan holiday", 9)} == {"help/new.md", "help/rates.csv#row=2"}

    fresh = open_index(tmp_path / "another", shipped)
    fresh.update([help_centre])
    assert everything(index) == everything(fresh)


def test_a_file_that_fails_is_told_and_tried_again_when_it_changes(tmp_path, help_centre, small):
    (help_centre / "bad.csv").write_text("x,y\n1,2\n")
    index = open_index(tmp_path / "index", small)
    (told,) = index.update([help_centre]).rejected
    assert told.file == "help/bad.csv" and "question and answer" in told.reason
    assert index.rejected() == (told,) == index.update([help_centre]).rejected
    (help_centre / "bad.csv").write_text("text\nGold rose.\n")
    assert index.update([help_centre]).rejected == ()


def test_notes_tell_what_was_left_out(tmp_path, help_centre, small):
    (help_centre / "faq.csv").write_text("question,answer\nFee?,None.\nWhy?,\n")
    assert open_index(tmp_path / "i", small).update([help_centre]).notes == (
        Rejected("help/faq.csv", "row 3: no answer"),
    )


def test_sources(tmp_path, help_centre, small):
    index = open_index(tmp_path / "index", small)
    with pytest.raises(InputError, match="found none at"):
        index.update([tmp_path / "nowhere"])
    other = tmp_path / "other" / "help"
    shutil.copytree(help_centre, other)
    with pytest.raises(InputError, match="two called help"):
        index.update([help_centre, other])
    (help_centre / ".hidden.md").write_text("Hidden.")
    (help_centre / "notes.docx").write_text("No reader.")
    (help_centre / "out.md").symlink_to(tmp_path / "other" / "help" / "card-delivery.md")
    assert index.update([help_centre / "rates.csv"]).added == ("rates.csv",)
    assert index.update([help_centre]).added == ("help/card-delivery.md", "help/rates.csv")


def test_odd_questions(tmp_path, help_centre, small):
    index = open_index(tmp_path / "index", small)
    assert index.search("gold") == []
    index.update([help_centre])
    assert index.search("  ") == []
    for text in ('" OR * NEAR(', "'; DROP TABLE words", "___ ?", "😀", "card " * 5000, "\ud800 card", "-- c:a^2"):
        assert all(hit.text for hit in index.search(text))
    with pytest.raises(InputError, match="mode of hybrid, dense, bm25"):
        index.search("card", mode="best")


def test_another_bundle_has_an_index_of_its_own(tmp_path, help_centre, tiny):
    made = []
    for seed in (0, 1):
        tiny(tmp_path / f"tiny{seed}", "vector", seed=seed)
        made.append(open_index(tmp_path / "index", headwater.load(tmp_path / f"tiny{seed}")))
    made[0].update([help_centre])
    assert (len(made[0]), len(made[1])) == (5, 0)


def test_a_damaged_file_is_told(tmp_path, small):
    index = open_index(tmp_path / "index", small)
    file = index.folder / "index.sqlite3"
    index._connection().close()
    file.write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match="made anew from its sources"):
        open_index(tmp_path / "index", small)


def test_one_update_at_a_time(tmp_path, help_centre, small, monkeypatch):
    index = open_index(tmp_path / "index", small)
    lock = sqlite3.connect(index.folder / "updating.lock", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    monkeypatch.setattr("support_chatbot.retrieval.database.updating.__wrapped__.__defaults__", (0.05,))
    with pytest.raises(StoreError, match="another process is updating"):
        index.update([help_centre])
    lock.close()
    assert index.update([help_centre]).passages == 5


@pytest.mark.parametrize("graph", [False, True])
def test_above_the_limit_a_graph_finds_the_same(tmp_path, small, graph, monkeypatch):
    pytest.importorskip("usearch")
    index = open_index(tmp_path / "index", small, limit=100 if graph else 10_000)
    texts = write_texts(tmp_path / "texts", 300)
    index.update([texts])
    assert len(list(index.folder.glob("*.usearch"))) == graph
    exact = open_index(tmp_path / "exact", small)
    exact.update([texts])

    def same(question: str) -> float:
        ours, theirs = ({hit.passage for hit in each.search(question, 10, "dense")} for each in (index, exact))
        return len(ours & theirs) / 10

    assert np.mean([same(word) for word in WORDS]) >= (0.95 if graph else 1)
    # A graph that lags behind finds what came since, and not what went.
    (texts / "late.md").write_text("oil oil gold gold gold")
    gone = exact.search("gold gold oil", 1, "dense")[0]
    (tmp_path / gone.link).unlink()
    before = sorted(index.folder.glob("*.usearch"))
    index.update([texts]), exact.update([texts])
    assert sorted(index.folder.glob("*.usearch")) == before
    found = [hit.passage for hit in index.search("gold oil", 300, "dense")]
    assert gone.passage not in found and any(
        hit.link == "texts/late.md" for hit in index.search("oil gold", 3, "dense")
    )
    # Once a tenth of the limit waits, another graph takes its place, and an index that is open follows.
    watching = open_index(tmp_path / "index", small, limit=100)
    watching.search("gold")
    write_texts(texts, 330, seed=2)
    index.update([texts])
    assert len(list(index.folder.glob("*.usearch"))) == graph
    assert len(watching.search("gold rose", 5)) == 5
    # Back below the limit there is none.
    for number in range(5, 330):
        (texts / f"{number}.md").unlink(missing_ok=True)
    index.update([texts])
    assert not list(index.folder.glob("*.usearch")) and len(watching.search("gold rose", 9, "dense")) > 5


def test_a_graph_with_many_gone_still_finds(tmp_path, small, monkeypatch):
    pytest.importorskip("usearch")
    monkeypatch.setattr("support_chatbot.retrieval.vectors.FOUND", 8)
    monkeypatch.setattr("support_chatbot.retrieval.vectors.LAG", 10)  # never due again
    index = open_index(tmp_path / "index", small, limit=20)
    texts = write_texts(tmp_path / "texts", 200)
    index.update([texts])
    for hit in index.search("gold gold", 8, "dense") + index.search("oil", 200, "bm25")[:100]:
        (tmp_path / hit.link).unlink(missing_ok=True)
    index.update([texts])
    assert len(list(index.folder.glob("*.usearch"))) == 1 and len(index) > 20
    assert len(index.search("gold gold", 4, "dense")) == 4


def test_above_the_limit_without_usearch_says_what_to_install(tmp_path, small, monkeypatch):
    monkeypatch.setitem(sys.modules, "usearch", None)
    monkeypatch.setitem(sys.modules, "usearch.index", None)
    index = open_index(tmp_path / "index", small, limit=10)
    with pytest.raises(StoreError, match=r"more than 10 passages.*pip install 'headwater\[search\]'"):
        index.update([write_texts(tmp_path / "texts", 30)])
    assert index.search("gold", 3), "what was indexed is still found, compared one by one"


def test_threads_search_while_one_updates(tmp_path, small):
    texts = write_texts(tmp_path / "texts", 40)
    index = open_index(tmp_path / "index", small)
    index.update([texts])
    faults, ended = [], threading.Event()

    def search() -> None:
        while not ended.is_set():
            try:
                assert len(index.search("gold rose", 5)) == 5
            except BaseException as fault:  # noqa: BLE001 - the thread's fault is the test's
                faults.append(fault)
                return

    threads = [threading.Thread(target=search) for _ in range(4)]
    [thread.start() for thread in threads]
    for seed in range(2, 5):
        index.update([write_texts(texts, 40, seed)])
    ended.set()
    [thread.join() for thread in threads]
    assert faults == []


UPDATE = """
import sys, headwater
from pathlib import Path
from support_chatbot.retrieval import open_index
open_index(Path(sys.argv[1]), headwater.load(sys.argv[2])).update([Path(sys.argv[3])])
"""


def test_a_killed_update_harms_nothing_and_goes_on(tmp_path, tiny, small):
    """Killed again and again in the middle, with a reader beside it, it ends in what an unbroken one makes."""
    texts = write_texts(tmp_path / "texts", 200)
    index = open_index(tmp_path / "index", small)
    command = [sys.executable, "-c", UPDATE, str(tmp_path / "index"), str(tmp_path / "tiny"), str(texts)]
    kills, seen = 0, [0]
    while len(index) < 200 and kills < 60:
        process = subprocess.Popen(command)
        while process.poll() is None:
            if len(index) > seen[-1] and len(index) < 200:
                process.send_signal(signal.SIGKILL)
                kills += 1
                break
            time.sleep(0.002)
        process.wait()
        seen.append(len(index))
        assert index._connection().execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert len(index.search("gold", 5)) == 5
        if kills == 2:
            break
    index.update([texts])
    fresh = open_index(tmp_path / "fresh", small)
    fresh.update([texts])
    assert kills and seen == sorted(seen) and everything(index) == everything(fresh)


def _open(folder: str, bundle: str) -> int:
    return len(open_index(Path(folder), headwater.load(bundle)))


def test_processes_open_a_fresh_index_at_once(tmp_path, small, processes):
    with processes(4) as pool:
        made = pool.map(_open, [str(tmp_path / "index")] * 8, [str(tmp_path / "tiny")] * 8)
        assert list(made) == [0] * 8
