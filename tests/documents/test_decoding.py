import pytest

from headwater.documents.decoding import decode, decode_html
from headwater.errors import DataError


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_marks_say_the_encoding(encoding: str) -> None:
    assert decode("São\r\n北京\r!".encode(encoding)) == "São\n北京\n!"


def test_what_is_not_text_says_why() -> None:
    with pytest.raises(DataError, match="expected UTF-8, got another byte at 3: save the file as UTF-8"):
        decode(b"caf\xe9")
    with pytest.raises(DataError, match="zero bytes"):
        decode(b"\x01\x00")
    with pytest.raises(DataError, match="expected klingon"):
        decode(b"a", "klingon")


def test_a_page_may_declare_another_encoding_and_the_server_knows_best() -> None:
    page = '<meta charset="gb18030"><p>银行'.encode("gb18030")
    assert decode_html(page).endswith("银行")
    assert decode_html("<p>São".encode("latin-1"), "latin-1") == "<p>São"
