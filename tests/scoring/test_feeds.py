"""RSS and Atom: text out of HTML, undated items, links that are safe."""

import time

import pytest

from headwater.errors import DataError
from headwater.scoring import feeds
from headwater.scoring.feeds import plain_text, read_feed
from headwater.scoring.rows import Reject

RSS = b"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>The &lt;b&gt;Wire&lt;/b&gt;</title>
<item><guid>a1</guid><title>Oil &amp;amp; gas &lt;b&gt;rose&lt;/b&gt;</title><link>https://wire.example/1</link>
<pubDate>Tue, 20 Oct 2026 08:00:00 +0200</pubDate>
<description>&lt;p&gt;Brent gained 3&amp;nbsp;%.&lt;/p&gt;&lt;script&gt;evil()&lt;/script&gt;</description></item>
<item><title>Undated</title><link>javascript:alert(1)</link></item>
<item><title>Vague</title><pubDate>sometime last week</pubDate></item>
<item><title></title><description> </description></item>
</channel></rss>"""

ATOM = """<?xml version="1.0" encoding="utf-16"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>石油</title>
<entry><id>urn:1</id><title type="html">Gold &lt;i&gt;fell&lt;/i&gt;</title><updated>2026-10-20T06:00:00Z</updated>
<link href="http://a.example/x"/><content type="html">Gold fell. And then &lt;br/&gt; it rose.</content></entry></feed>""".encode(
    "utf-16"
)


def test_rss():
    first, undated, vague, empty = read_feed(RSS)
    assert first.text == "Oil & gas rose\nBrent gained 3 %."
    assert (first.id, first.source, first.url) == ("a1", "The Wire", "https://wire.example/1")
    assert first.published == "2026-10-20T06:00:00Z"
    assert (undated.text, undated.url, undated.published, undated.published_original) == ("Undated", None, None, None)
    assert (vague.published, vague.published_original) == (None, "sometime last week")
    assert isinstance(empty, Reject)
    assert (empty.number, empty.reason) == (4, "the text is empty")


def test_atom_in_utf_16_without_the_title_twice():
    (row,) = read_feed(ATOM)
    assert (row.text, row.id, row.source) == ("Gold fell. And then it rose.", "urn:1", "石油")
    assert row.published == "2026-10-20T06:00:00Z"


@pytest.mark.parametrize(("column", "text"), [("title", "Oil & gas rose"), ("summary", "Brent gained 3 %.")])
def test_one_part_of_an_entry(column, text):
    assert next(read_feed(RSS, text_column=column)).text == text


def test_a_damaged_feed_says_so_after_what_could_be_read():
    items = list(read_feed(RSS[: RSS.index(b"<item><title>Vague")]))
    assert [item.number for item in items] == [1, 2, 3]
    assert "not well-formed" in items[-1].reason


def test_refusals(monkeypatch):
    for content in (b"", b"hello", b"<html><body>not found</body></html>"):
        with pytest.raises(DataError, match="expected an RSS or Atom feed"):
            list(read_feed(content))
    with pytest.raises(DataError, match="text, title and summary"):
        list(read_feed(RSS, text_column="headline"))
    monkeypatch.setattr(feeds, "MAX_FEED", 10)
    with pytest.raises(DataError, match="at most 10"):
        list(read_feed(RSS))


def test_entities_are_not_expanded_from_outside_or_without_end():
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
        b'<!ENTITY %c "&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;">' % (n + 1, *[n] * 10) for n in range(97, 106)
    ) + b'<!ENTITY f SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel><item><title>x &j; &f;</title></item></channel></rss>'  # fmt: skip
    texts = [getattr(item, "text", "") for item in read_feed(bomb)]
    assert all(len(text) < 100_000 and "root:" not in text for text in texts)


def test_plain_text_survives_broken_html():
    assert plain_text("a <b>b <p>c &lt; d &#x4e2d; <") == "a b c < d 中 <"
    assert plain_text("<style>x</style>y<!-- z -->") == "y"


@pytest.mark.parametrize(
    "piece", ["<!--", "<!a", "<?a", "<a", "</", "<a b='", "<a b='>", "<![CDATA[", "&#", "<script></scrip"]
)
def test_markup_without_ends_takes_no_time(piece):
    """500,000 characters; where the time goes with the square of the length each of these takes minutes."""
    began = time.process_time()
    plain_text("Oil " + piece * (500_000 // len(piece)))
    assert time.process_time() - began < 5


def test_long_markup_is_read_as_short_is():
    piece = "<p>Shares <b title='x'>fell</b> 3&nbsp;% <!-- not <i>this</i> --></p><script>if (a < b) x()</script>"
    assert plain_text(piece * 100) == " ".join(["Shares fell 3 %"] * 100)
    assert plain_text("a < b and c<d " * 300).count("c<d") == 300
