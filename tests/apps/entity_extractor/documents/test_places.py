import pytest

from entity_extractor.documents import Place, where
from entity_extractor.mentions import Document, Stretch
from headwater.errors import InputError

DOCUMENT = Document(
    "a", "abcd\n\nefgh", pages=(Stretch(0, 4, 1), Stretch(6, 10, 3)), paragraphs=(Stretch(1, 4, 1), Stretch(6, 10, 2))
)


def test_an_offset_is_in_the_last_stretch_that_begins_before_it() -> None:
    assert where(DOCUMENT, 0) == Place(1, None)
    assert where(DOCUMENT, 3) == Place(1, 1)
    assert where(DOCUMENT, 5) == Place(1, 1)
    assert where(DOCUMENT, 6) == where(DOCUMENT, 10) == Place(3, 2)
    assert where(Document("b", "x"), 0) == Place()


@pytest.mark.parametrize("offset", [-1, 11])
def test_an_offset_outside_is_refused(offset: int) -> None:
    with pytest.raises(InputError, match="10 characters"):
        where(DOCUMENT, offset)
