"""Whole runs: every format in and out, counts that reconcile, what may not be mixed."""

import csv
import gzip
import json
import os
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from headwater.errors import InputError, ScoringError
from headwater.scoring import open_scorer, score_file, source
from headwater.scoring.journal import Journal

RSS = "<rss version='2.0'><channel><title>Wire</title>{}</channel></rss>"


def reconcile(report, output, rejects, lines):
    assert report.read == report.scored + report.rejected
    assert (len(lines(output)), len(lines(rejects))) == (report.scored, report.rejected)
    numbers = [row["row"] for row in lines(output) + lines(rejects)]
    assert len(set(numbers)) == len(numbers) == report.read


def test_a_feed_with_bad_rows(feed, tmp_path, news, names, lines):
    output = tmp_path / "new" / "out.jsonl"
    report = score_file([news, names], feed, output, shard_rows=128)
    assert (report.read, report.scored, report.rejected) == (3000, 2940, 60)
    reconcile(report, output, tmp_path / "new" / "out.jsonl.rejects.jsonl", lines)
    row = lines(output)[0]
    assert list(row) == [
        "row",
        "id",
        "published",
        "published_original",
        "source",
        "url",
        "text",
        "sentiment",
        "entities",
    ]
    assert (row["row"], row["id"], row["published"]) == (2, "n1", "2026-10-20T06:00:00Z")
    assert sorted(path.name for path in output.parent.iterdir()) == ["out.jsonl", "out.jsonl.rejects.jsonl"]


@pytest.fixture
def inputs(tmp_path):
    """The same three rows and one bad one in every format that is read."""
    rows = [("a", "Oil rose"), ("b", 'gold, "fell"\nin London'), ("c", ""), ("d", "Acme beats 中")]
    with (tmp_path / "in.csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([("id", "text"), *rows])
    (tmp_path / "in.jsonl").write_text("\n".join(json.dumps({"id": i, "text": t}) for i, t in rows), encoding="utf-16")
    (tmp_path / "in.jsonl.gz").write_bytes(gzip.compress((tmp_path / "in.jsonl").read_bytes()))
    pq.write_table(pa.table({"id": [i for i, _ in rows], "text": [t for _, t in rows]}), tmp_path / "in.parquet")
    items = "".join(f"<item><guid>{i}</guid><title>{t}</title></item>" for i, t in rows)
    (tmp_path / "in.xml").write_text(RSS.format(items), encoding="utf-8")
    return [tmp_path / name for name in ("in.csv", "in.jsonl", "in.jsonl.gz", "in.parquet", "in.xml")]


def test_every_input_format_gives_the_same_scores(inputs, tmp_path, news, lines):
    outputs = []
    for number, path in enumerate(inputs):
        unnamed = path.rename(tmp_path / f"input{number}") if path.suffix not in (".csv", ".xml") else path
        report = score_file([news], unnamed, tmp_path / "out.jsonl")
        reconcile(report, tmp_path / "out.jsonl", tmp_path / "out.jsonl.rejects.jsonl", lines)
        assert lines(tmp_path / "out.jsonl.rejects.jsonl")[0]["reason"] == "the text is empty"
        outputs.append(
            [(row["id"], " ".join(row["text"].split()), row["sentiment"]) for row in lines(tmp_path / "out.jsonl")]
        )
    assert [row[0] for row in outputs[0]] == ["a", "b", "d"]
    assert all(output == outputs[0] for output in outputs)


def test_every_output_format_holds_the_same_rows(feed, tmp_path, news, names, lines):
    outputs = [tmp_path / f"out.{ending}" for ending in ("jsonl", "csv", "parquet")]
    for output in outputs:
        score_file([news, names], feed, output, risk=0.05, shard_rows=500)
    expected = lines(outputs[0])
    with outputs[1].open(encoding="utf-8", newline="") as stream:
        flat = list(csv.DictReader(stream))
    nested = pq.read_table(outputs[2]).to_pylist()
    assert len(flat) == len(nested) == len(expected) == 2940
    for row, cells, record in zip(expected, flat, nested, strict=True):
        assert int(cells["row"]) == record["row"] == row["row"]
        assert cells["text"] == record["text"] == row["text"]
        assert cells["sentiment"] == record["sentiment"] == row["sentiment"]["label"]
        assert (
            float(cells["sentiment_probability"]) == record["sentiment_probability"] == row["sentiment"]["probability"]
        )
        assert cells["sentiment_abstained"] == str(record["sentiment_abstained"]) == str(row["sentiment"]["abstained"])
        assert json.loads(cells["entities"]) == record["entities"] == row["entities"]


def test_equal_texts_are_scored_once_in_the_whole_run(feed, tmp_path, news, lines, monkeypatch):
    scorer, seen = open_scorer([news]), Counter()
    sound = scorer.score
    monkeypatch.setattr(scorer, "score", lambda texts: (seen.update(texts), sound(texts))[1])
    report = score_file(scorer, feed, tmp_path / "out.jsonl", shard_rows=100)
    rows = lines(tmp_path / "out.jsonl")
    assert set(seen.values()) == {1}
    assert set(seen) == {row["text"] for row in rows}
    assert report.texts == len(seen) < report.scored
    for row in rows[::97]:
        assert row["sentiment"] == sound([row["text"]])[0]["sentiment"]


def test_rows_that_share_an_id_all_stay(tmp_path, news, lines):
    (tmp_path / "in.jsonl").write_text('{"id": "a", "text": "gold"}\n' * 3)
    score_file([news], tmp_path / "in.jsonl", tmp_path / "out.jsonl", shard_rows=2)
    assert [(row["row"], row["id"]) for row in lines(tmp_path / "out.jsonl")] == [(1, "a"), (2, "a"), (3, "a")]


def test_an_engine_that_runs_ahead_gives_the_same_bytes(feed, tmp_path, news):
    scorer = open_scorer([news])

    def ahead(batches):
        """Draw all shards before the first is scored, then score the last first: what a cluster may do."""
        drawn = list(batches)
        done = {number: scorer.score(drawn[number]) for number in reversed(range(len(drawn)))}
        yield from (done[number] for number in range(len(drawn)))

    score_file(scorer, feed, tmp_path / "one.jsonl", shard_rows=100)
    score_file(scorer, feed, tmp_path / "two.jsonl", shard_rows=100, engine=ahead)
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()


def test_texts_that_the_model_fails_on_are_rejects_with_all_their_rows(tmp_path, news, lines, monkeypatch):
    scorer = open_scorer([news])
    sound = scorer.models[0].predict_heads

    def fragile(texts, **options):
        if "oil" in texts:
            raise RuntimeError("broken")
        return sound(texts, **options)

    monkeypatch.setattr(scorer.models[0], "predict_heads", fragile)
    path = tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in ["gold", "oil", "", "fell", "oil", "oil"]))
    report = score_file(scorer, path, tmp_path / "out.jsonl", shard_rows=4)
    assert (report.read, report.scored, report.rejected, report.texts) == (6, 2, 4, 3)
    assert [row["row"] for row in lines(tmp_path / "out.jsonl.rejects.jsonl")] == [2, 3, 5, 6]


def interrupted(scorer, feed, output, shards=3, **options):
    """Run and stop after some shards, as Ctrl-C does."""
    count = 0

    def stop(report):
        nonlocal count
        count += 1
        if count == shards:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_file(scorer, feed, output, shard_rows=100, progress=stop, **options)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"risk": 0.05}, r"risk \(None then, 0\.05 now\)"),
        ({"shard_rows": 200}, r"rows to a shard \(100 then, 200 now\)"),
        ({"text_column": "id"}, r"text column \(text then, id now\)"),
        ({"variant": "fp32"}, "bundles"),
        ({"bundles": "names"}, "bundles"),
        ({"input": "more"}, "input"),
    ],
)
def test_another_run_is_not_mixed_in(feed, tmp_path, news, names, change, said, lines):
    output = tmp_path / "out.jsonl"
    interrupted([news], feed, output)
    if change.pop("input", None):
        with feed.open("a") as stream:
            stream.write('{"text": "gold"}\n')
    arguments = {"bundles": [names if change.pop("bundles", None) else news], "shard_rows": 100, **change}
    with pytest.raises(ScoringError, match=rf"differs in .*{said}.*--restart"):
        score_file(source=feed, output=output, **arguments)
    assert not output.exists()
    report = score_file(source=feed, output=output, restart=True, **arguments)
    assert report.resumed == 0
    assert len(lines(output)) == report.scored


def test_a_run_goes_on_where_it_stood(feed, tmp_path, news):
    score_file([news], feed, tmp_path / "whole.jsonl", shard_rows=100)
    interrupted([news], feed, tmp_path / "out.jsonl", shards=7)
    report = score_file([news], feed, tmp_path / "out.jsonl", shard_rows=100)
    assert (report.read, report.resumed) == (3000, 700)
    assert (tmp_path / "out.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_the_input_may_move_but_not_change_while_it_is_scored(feed, tmp_path, news):
    def grow(report):
        with feed.open("a") as stream:
            stream.write('{"text": "gold"}\n')

    with pytest.raises(ScoringError, match="changed while it was scored"):
        score_file([news], feed, tmp_path / "out.jsonl", shard_rows=100, progress=grow)
    with pytest.raises(ScoringError, match="--restart"):
        score_file([news], feed, tmp_path / "out.jsonl", shard_rows=100)
    assert not (tmp_path / "out.jsonl").exists()
    score_file([news], feed, tmp_path / "out.jsonl", shard_rows=100, restart=True)

    def shrink(report):
        os.truncate(feed, 100_000)

    with pytest.raises(ScoringError, match="changed while"):
        score_file([news], feed, tmp_path / "out2.jsonl", shard_rows=100, progress=shrink)


def test_shards_that_were_read_from_a_changing_file_are_caught_when_it_changes_back(feed, tmp_path, news):
    """The digest of the file matches again, and that of the rows does not."""
    content, state = feed.read_bytes(), feed.stat()
    changed = content.replace(b"oil", b"OIL")
    scorer = open_scorer([news])

    def engine(batches):
        feed.write_bytes(changed)
        yield from map(scorer.score, batches)

    interrupted(scorer, feed, tmp_path / "out.jsonl", engine=engine)
    feed.write_bytes(content)
    os.utime(feed, ns=(state.st_atime_ns, state.st_mtime_ns))
    with pytest.raises(ScoringError, match="rows 1 to 100 are not those that were scored before"):
        score_file(scorer, feed, tmp_path / "out.jsonl", shard_rows=100)


def test_a_damaged_work_folder_is_noticed(feed, tmp_path, news):
    interrupted([news], feed, tmp_path / "out.jsonl")
    shard = sorted((tmp_path / "out.jsonl.work").glob("*.rows.jsonl"))[0]
    shard.write_bytes(shard.read_bytes().replace(b"positive", b"negative"))
    with pytest.raises(ScoringError, match=r"damaged.*--restart"):
        score_file([news], feed, tmp_path / "out.jsonl", shard_rows=100)
    (tmp_path / "out.jsonl.work" / "journal.sqlite").write_bytes(b"x" * 5000)
    with pytest.raises(ScoringError, match="damaged"):
        score_file([news], feed, tmp_path / "out.jsonl", shard_rows=100, restart=True)


def test_two_runs_do_not_share_a_work_folder(feed, tmp_path, news):
    held = Journal(tmp_path / "out.jsonl.work")
    with pytest.raises(ScoringError, match="another process is scoring"):
        score_file([news], feed, tmp_path / "out.jsonl")
    held.close()
    (tmp_path / "out.jsonl.work").mkdir()
    (tmp_path / "out.jsonl.work" / "thesis.tex").touch()
    with pytest.raises(ScoringError, match="in the way"):
        score_file([news], feed, tmp_path / "out.jsonl", restart=True)
    assert (tmp_path / "out.jsonl.work" / "thesis.tex").exists()


def test_refusals_come_before_any_work(feed, tmp_path, news):
    for arguments, said in [
        ({"output": tmp_path / "out.xlsx"}, "ends in"),
        ({"output": feed}, "three different files"),
        ({"output": tmp_path / "out.csv", "rejects": str(feed)}, "three different files"),
        ({"output": tmp_path / "out.csv", "shard_rows": 0}, "at least 1 row"),
        ({"output": tmp_path / "out.csv", "input_format": "xlsx"}, "input format"),
        ({"output": tmp_path / "out.csv", "source": tmp_path / "none.jsonl"}, "found neither"),
        ({"output": tmp_path / "out.csv", "source": "http://127.0.0.1:9/feed.xml"}, "not a public address"),
    ]:
        with pytest.raises(InputError, match=said):
            score_file([news], **{"source": feed, **arguments})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["feed.jsonl"]


def test_an_unknown_kind_of_file_asks_for_its_format(tmp_path, news):
    (tmp_path / "in.dat").write_text("text\nOil rose\n")
    with pytest.raises(InputError, match="--format"):
        score_file([news], tmp_path / "in.dat", tmp_path / "out.jsonl")
    assert score_file([news], tmp_path / "in.dat", tmp_path / "out.jsonl", input_format="csv").scored == 1


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_an_empty_input_gives_an_empty_output(tmp_path, news, ending):
    (tmp_path / "in.jsonl").touch()
    report = score_file([news], tmp_path / "in.jsonl", tmp_path / f"out.{ending}")
    assert (report.read, report.share) == (0, 1.0)
    if ending == "parquet":
        assert pq.read_table(tmp_path / "out.parquet").num_rows == 0
    else:
        assert len((tmp_path / f"out.{ending}").read_text().splitlines()) == (ending == "csv")


def test_a_fetched_feed_is_kept_for_the_run_that_goes_on(tmp_path, news, monkeypatch, lines):
    items = "".join(f"<item><title>gold {number}</title></item>" for number in range(400))
    pages = iter([RSS.format(items).encode(), b"<rss version='2.0'><channel/></rss>"])
    monkeypatch.setattr(source, "fetch", lambda url: next(pages))
    interrupted([news], "https://wire.example/feed", tmp_path / "out.jsonl")
    report = score_file([news], "https://wire.example/feed", tmp_path / "out.jsonl", shard_rows=100)
    assert (report.read, report.resumed) == (400, 300)
    assert lines(tmp_path / "out.jsonl")[399]["text"] == "gold 399"
