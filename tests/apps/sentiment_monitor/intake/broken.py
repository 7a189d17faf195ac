"""Feeds as they should not be: each with what must come of it, `items` and `rejects`, or the words of the refusal."""

import gzip
import json
from dataclasses import dataclass

__all__ = ["BROKEN", "Broken", "atom", "rss"]


@dataclass(frozen=True)
class Broken:
    """`refused` is part of the sentence where nothing of the document can be used."""

    name: str
    content: bytes
    items: int = 0
    rejects: int = 0
    refused: str = ""
    charset: str | None = None


def rss(entries: str, prolog: str = '<?xml version="1.0" encoding="UTF-8"?>') -> bytes:
    return f'{prolog}<rss version="2.0"><channel><title>Wire</title>{entries}</channel></rss>'.encode()


def atom(entries: str) -> bytes:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Wire</title>{entries}</feed>'.encode()


def item(title: str = "Oil fell", rest: str = "", name: str = "<guid>1</guid>") -> str:
    return f"<item>{name}<title>{title}</title>{rest}</item>"


def dated(when: str) -> bytes:
    return rss(item(rest=f"<pubDate>{when}</pubDate>"))


def feed(*items: object, version: object = "https://jsonfeed.org/version/1.1", **more: object) -> bytes:
    return json.dumps({"version": version, "title": "Wire", "items": list(items), **more}).encode()


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "ha">{LAUGHS}]>'
XXE = '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
GOOD = item()

BROKEN = [
    # Bombs.
    Broken("billion laughs in a title", rss(item("&l9;"), BOMB), items=1, rejects=1),
    Broken("billion laughs beside a good entry", rss(item("&l9;") + item("Gold rose", name="<guid>2</guid>"), BOMB), items=2, rejects=1),
    Broken("one entity of 100 kB 1,000 times", rss(item("&b;" * 1000), f'<!DOCTYPE rss [<!ENTITY b "{"x" * 100_000}">]>'), items=1, rejects=1),
    Broken("entity from a file", rss(item("&x;"), XXE), rejects=1),
    Broken("entity from the network", rss(item("&x;"), XXE.replace("file:///etc/passwd", "http://127.0.0.1:9/")), rejects=1),
    Broken("external DTD", rss(GOOD, '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/rss.dtd">'), items=1),
    Broken("parameter entities", rss(GOOD, '<!DOCTYPE rss [<!ENTITY % a "<!ENTITY b \'c\'>"> %a; %a;]>'), items=1, rejects=1),
    Broken("gzip that nobody unpacked", gzip.compress(rss(GOOD)), refused="expected an RSS or Atom feed"),
    Broken("gzip bomb that nobody unpacked", gzip.compress(b"<rss>" + b" " * 5_000_000), refused="expected an RSS or Atom feed"),
    Broken("10,000 elements inside each other", rss(item("<b>" * 10_000 + "Oil")), items=1, rejects=1),
    Broken("10,000 divs in a summary", rss(item(rest=f"<description>{'&lt;div&gt;' * 10_000}Oil</description>")), items=1),
    Broken("JSON 100,000 lists deep", b'{"items": ' + b"[" * 100_000, refused="expected a JSON Feed"),
    Broken("JSON number of 10,000 digits", feed({"id": "1", "title": "Oil"}).replace(b'"1"', b"1" * 10_000), refused="expected a JSON Feed"),
    # Encodings.
    Broken("UTF-8 that says it is UTF-16", rss(GOOD, '<?xml version="1.0" encoding="UTF-16"?>'), items=1),
    Broken("Latin-1 that says it is UTF-8", rss(item("Nestlé fell")).replace("é".encode(), b"\xe9"), items=1),
    Broken("Latin-1 as the server says", rss(item("Nestlé fell"), "").decode().encode("latin-1"), items=1, charset="iso-8859-1"),
    Broken("encoding that nobody knows", rss(GOOD, '<?xml version="1.0" encoding="klingon"?>'), items=1),
    Broken("charset that nobody knows", rss(GOOD, ""), items=1, charset="klingon"),
    Broken("encoding that is no encoding of text", rss(GOOD, '<?xml version="1.0" encoding="base64"?>'), items=1),
    Broken("encoding that takes no time to decode", rss(GOOD, '<?xml version="1.0" encoding="idna"?>'), items=1),
    Broken("UTF-16 without a mark", rss(GOOD, "").decode().encode("utf-16-le"), items=1),
    Broken("UTF-32", rss(GOOD, '<?xml version="1.0" encoding="UTF-32"?>').decode().encode("utf-32"), items=1),
    Broken("two byte order marks", b"\xef\xbb\xbf\xef\xbb\xbf" + rss(GOOD), items=1, rejects=1),
    Broken("NUL in a title", rss(item("Oil\0fell")), items=1, rejects=1),
    Broken("NULs between all letters", b"\0".join(bytes([byte]) for byte in rss(GOOD)), items=1, rejects=1),
    Broken("NULs before the feed", b"\0" * 1000 + rss(GOOD), items=1, rejects=1),
    Broken("control characters", rss(item("Oil \x01\x08\x1b[31mfell")), items=1, rejects=1),
    Broken("numeric NUL", rss(item("Oil &#0; fell")), items=1, rejects=1),
    Broken("numeric surrogate", rss(item("Oil &#xD800; fell")), items=1),
    Broken("number beyond Unicode", rss(item("Oil &#x110000; fell &#99999999999;")), items=1),
    Broken("half a character at the end", rss(GOOD)[:-20] + "é".encode()[:1], items=1, rejects=1),
    Broken("overlong UTF-8", rss(item("Oil fell")).replace(b"fell", b"\xc0\xaffell"), items=1),
    Broken("surrogates in JSON", feed({"id": "1", "title": "Oil \ud800 fell"}), items=1),
    Broken("NUL in JSON", feed({"id": "a\0b", "title": "Oil\0fell"}), items=1),
    # Truncated, torn, not a feed.
    Broken("empty", b"", refused="expected an RSS or Atom feed"),
    Broken("blanks", b" \r\n\t" * 100, refused="expected an RSS or Atom feed"),
    Broken("a page of HTML", b"<!DOCTYPE html><html><body><h1>Sign in</h1></body></html>", refused="expected an RSS or Atom feed"),
    Broken("random bytes", bytes(range(256)) * 50, refused="expected an RSS or Atom feed"),
    Broken("cut in the prolog", rss(GOOD)[:20], refused="expected an RSS or Atom feed"),
    Broken("cut in a title", rss(GOOD)[:-38], rejects=2),
    Broken("cut in the second entry", rss(GOOD + item("Gold rose"))[:-45], items=1, rejects=2),
    Broken("cut JSON", feed({"id": "1", "title": "Oil"})[:-5], refused="expected a JSON Feed"),
    Broken("a feed without entries", rss(""), items=0),
    Broken("JSON that is no feed", b'{"a": 1}', refused="expected a JSON Feed"),
    Broken("JSON Feed whose items are an object", b'{"version": "https://jsonfeed.org/version/1", "items": {}}', refused="expected a JSON Feed"),
    Broken("JSON Feed of other things than objects", feed(1, None, "Oil", [{}], {"id": "1", "title": "Oil"}), items=1, rejects=4),
    Broken("JSON Feed of other types", feed({"id": {"a": 1}, "title": ["Oil"], "content_text": 7}), rejects=1),
    Broken("text after the end", rss(GOOD) + b"<script>x</script>", items=1, rejects=1),
    Broken("two documents", rss(GOOD) + rss(item("Gold rose", name="<guid>2</guid>")), items=2, rejects=1),
    Broken("tags that are not closed", rss("<item><title>Oil fell<item><title>Gold rose"), rejects=2),
    Broken("bare ampersands", rss(item("AT&T & P&G fell")), items=1, rejects=1),
    Broken("attribute without quotes", rss(item(rest='<source url=x>Other</source>')), items=1, rejects=1),
    Broken("a namespace that is not declared", rss(item(rest="<media:x>1</media:x>")), items=1, rejects=1),
    Broken("CDATA that does not end", rss(item("<![CDATA[Oil fell")), rejects=2),
    Broken("comment that does not end", rss(GOOD + "<!-- "), items=1, rejects=1),
    # What entries say.
    Broken("no title and no text", rss(item("")), rejects=1),
    Broken("a title of blanks", rss(item(" &#160; &#8203;")), items=1),
    Broken("a title of 2,000,000 characters", rss(item("x" * 2_000_000)), rejects=1),
    Broken("a title of 500,000 words", rss(item("oil " * 200_000)), items=1),
    Broken("only a script", rss(item("&lt;script&gt;x()&lt;/script&gt;")), rejects=1),
    Broken("javascript: as a link", rss(item(rest="<link>javascript:alert(1)</link>")), items=1),
    Broken("data: as a link", rss(item(rest="<link>data:text/html,x</link>")), items=1),
    Broken("file: as a link", rss(item(rest="<link>file:///etc/passwd</link>")), items=1),
    Broken("a link with a new line", rss(item(rest="<link>https://a.example/\r\nX: 1</link>")), items=1),
    Broken("a link of 100,000 characters", rss(item(rest=f"<link>https://a.example/{'x' * 100_000}</link>")), items=1),
    Broken("half an IPv6 address as a link", rss(item(rest="<link>http://[::1</link>")), items=1),
    Broken("half an IPv6 address in JSON", feed({"id": "1", "title": "Oil", "url": "http://[::1"}), items=1),
    Broken("one id for different entries", rss(item("Oil") + item("Gold") + item("Gas")), items=3),
    Broken("one id and one link for different entries", rss("".join(item(t, "<link>http://a.example/</link>") for t in ("Oil", "Gold"))), items=2),
    Broken("the same entry twice", rss(GOOD + GOOD), items=2),
    Broken("no ids, no links", rss(item("Oil", name="") + item("Gold", name="")), items=2),
    Broken("an id of 100,000 characters", rss(item(name=f"<guid>{'g' * 100_000}</guid>")), items=1),
    Broken("an empty id", rss(item(name="<guid></guid>")), items=1),
    Broken("ids that are numbers", feed({"id": 7, "title": "Oil"}, {"id": 7.5, "title": "Gold"}), items=2),
    # Times.
    Broken("year 0", dated("Sat, 01 Jan 0000 00:00:00 GMT"), items=1),
    Broken("year 1", dated("0001-01-01T00:00:00Z"), items=1),
    Broken("year 9999", dated("Fri, 31 Dec 9999 23:59:59 -1200"), items=1),
    Broken("year 99999", dated("99999-01-01T00:00:00Z"), items=1),
    Broken("the 30th of February", dated("Mon, 30 Feb 2026 08:00:00 GMT"), items=1),
    Broken("a zone of 99 hours", dated("Mon, 12 Oct 2026 08:00:00 +9959"), items=1),
    Broken("seconds since 1970 beyond all", dated("9" * 400), items=1),
    Broken("words for a date", dated("last Tuesday"), items=1),
    Broken("an empty date", dated(""), items=1),
    Broken("a list for a date", feed({"id": "1", "title": "Oil", "date_published": [2026]}), items=1),
    Broken("infinity for a date", feed({"id": "1", "title": "Oil", "date_published": 7}).replace(b"7", b"1e999"), items=1),
    Broken("an Atom entry without anything", atom("<entry/>"), rejects=1),
    Broken("an Atom entry whose source is empty", atom("<entry><id>1</id><title>Oil</title><source/></entry>"), items=1),
    Broken("an Atom title of XHTML", atom('<entry><id>1</id><title type="xhtml"><div>Oil</div></title></entry>'), items=1),
    Broken("an Atom content in base64", atom('<entry><id>1</id><title>Oil</title><content type="image/png">!!</content></entry>'), items=1),
]  # fmt: skip
