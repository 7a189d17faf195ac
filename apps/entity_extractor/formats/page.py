"""A page of its own that shows the texts with their entities marked; it asks nothing of the network and runs nothing."""

from collections.abc import Iterable
from html import escape
from typing import BinaryIO

from entity_extractor import highlight
from entity_extractor.formats.options import Writing
from entity_extractor.mentions import Annotated
from headwater.text import clean

__all__ = ["write_html"]

STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
h2 { font-size: 1rem; overflow-wrap: anywhere; }
section { border-top: 1px solid #7b879866; unicode-bidi: isolate; }
.hw-doc { line-height: 2.1; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; }
.hw-span { padding: .1rem .15rem; border-radius: .25rem; border-bottom: 3px solid; }
.hw-span small { margin-left: .35em; font-size: .68rem; font-weight: 650; opacity: .85; white-space: nowrap; }
.hw-legend { display: flex; flex-wrap: wrap; gap: .4rem .9rem; font-size: .92rem; }
"""
HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<h1>{title}</h1>
"""


def write_html(stream: BinaryIO, annotated: Iterable[Annotated], options: Writing) -> None:
    """Write a page with a section a document: its id, how many entities of each type, the text.

    Each section reads in its own text's direction. A zero byte, which HTML cannot hold, is shown as U+FFFD.
    """
    stream.write(HEAD.format(title=escape(clean(options.title)), style=STYLE).encode())
    for one in annotated:
        spans = [mention.span for mention in one.mentions]
        found = highlight.counts(spans, [])
        body = highlight.legend(found, options.names) + highlight.marked(one.text, spans, options.names)
        section = f'<section dir="auto">\n<h2 dir="auto">{escape(one.id)}</h2>\n{body}\n</section>\n'
        stream.write(section.replace("\x00", "\ufffd").encode())
    stream.write(b"</body>\n</html>\n")
