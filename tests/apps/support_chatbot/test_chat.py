from pathlib import Path

from tests.apps.conftest import open_app, words


def test_a_question_is_answered_and_explained(shelf: Path) -> None:
    page = open_app("support_chatbot")
    page.chat_input[0].set_value("Acme shares fell in London").run()
    assert not page.exception
    assert "1 question:" in words(page)
    assert 'class="hw-words"' in words(page)
    assert words(page).count('class="hw-bar"') == 3


def test_an_example_starts_the_conversation_and_again_clears_it(shelf: Path) -> None:
    page = open_app("support_chatbot")
    page.button(key="arrival").click().run()
    assert "1 question:" in words(page)
    again = next(button for button in page.button if button.label == "Start again")
    again.click().run()
    assert "1 question:" not in words(page)


def test_what_a_customer_types_is_never_markup(shelf: Path) -> None:
    page = open_app("support_chatbot")
    page.chat_input[0].set_value("<img src=x onerror=alert(1)> **oil**").run()
    assert "<img" not in words(page)
    assert "&lt;img src=x onerror=alert(1)&gt; **oil**" in words(page)


def test_the_dial_keeps_its_place_and_changes_what_the_bot_does(shelf: Path) -> None:
    page = open_app("support_chatbot")
    assert len(page.radio) == 1  # the tiny bundle holds one measured risk
    page.chat_input[0].set_value("oil").run()
    assert page.session_state["support.stop"].least == 0.8
