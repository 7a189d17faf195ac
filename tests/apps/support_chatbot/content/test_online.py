from collections import Counter
from collections.abc import Callable

import httpx

from support_chatbot.content import open_folder
from support_chatbot.content.online import ask_links

TEXT = """[a](https://fine.example/) [a](https://fine.example/)
[b](https://gone.example/x)

[c](https://nohead.example/) [d](https://down.example/) [e](mailto:a@b.example) [f](help/card-pin.md)
"""


def test_pages_that_are_gone_or_silent(make: Callable, an_answer: Callable) -> None:
    asked: Counter[tuple[str, str]] = Counter()

    def serve(request: httpx.Request) -> httpx.Response:
        asked[request.method, request.url.host] += 1
        if request.url.host == "down.example":
            raise httpx.ConnectError("no such host")
        if request.url.host == "nohead.example":
            return httpx.Response(405 if request.method == "HEAD" else 200)
        return httpx.Response(404 if request.url.host == "gone.example" else 200)

    links = "[https://gone.example/x]"
    root = make({"answers/card_arrival.md": an_answer(TEXT, links=links)})
    found = ask_links(open_folder(root), httpx.Client(transport=httpx.MockTransport(serve)))
    assert [(one.file, one.line, one.severity, one.words) for one in found] == [
        ("answers/card_arrival.md", 5, "warning", "https://gone.example/x answers 404"),
        ("answers/card_arrival.md", 7, "warning", "https://gone.example/x answers 404"),
        ("answers/card_arrival.md", 10, "warning", "https://down.example/ does not answer: no such host"),
    ]
    assert asked["HEAD", "gone.example"] == asked["HEAD", "fine.example"] == asked["GET", "nohead.example"] == 1
