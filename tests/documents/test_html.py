from headwater.documents.html import Block, read_page

PAGE = """<title>News | Paper</title><link rel=canonical href=https://paper.example/1><body><nav>Menu</nav>
<main><h1 id=top>Acme buys Beta</h1><p>Acme <b>Corp</b> of London</p><ul><li>One</ul><p><a href=/x>More news</a></p></main>
<form><p>Sign up</p></form><script>bad()</script>"""


def test_a_page_is_read_without_what_stands_around_it() -> None:
    page = read_page(PAGE)
    assert (page.title, page.link) == ("Acme buys Beta", "https://paper.example/1")
    assert page.blocks == (Block("Acme buys Beta", 1, "top"), Block("Acme Corp of London"), Block("- One"))


def test_the_whole_page_is_what_a_browser_shows() -> None:
    assert [block.text for block in read_page(PAGE, whole=True).blocks] == [
        "Menu", "Acme buys Beta", "Acme Corp of London", "- One", "More news", "Sign up",
    ]  # fmt: skip
