"""Identifiers, case by case, beside the check digits worked again from their standards."""

import pytest

from headwater.personal import find_personal
from headwater.values import find_values

IDENTIFIERS = ("card", "iban", "isin", "lei")
CASES = [
    ("GB82 WEST 1234 5698 7654 32", [("iban", "GB82WEST12345698765432")]),
    ("DE89370400440532013000", [("iban", "DE89370400440532013000")]),
    ("IBAN DE89 3704 0044 0532 0130 00 AND MORE", [("iban", "DE89370400440532013000")]),
    ("GB82 WEST 1234 5698 7654 33", []),
    ("DE8937040044053201300", []),
    ("US0378331005", [("isin", "US0378331005")]),
    ("DE000BASF111", [("isin", "DE000BASF111")]),
    ("US 037 833 100 5", [("isin", "US0378331005")]),
    ("US0378331006", []),
    ("QQ0378331005", []),
    ("XUS0378331005", []),
    ("us0378331005", []),
    ("7LTWFZYICNSX8D621K86", [("lei", "7LTWFZYICNSX8D621K86")]),
    ("LEI: 5493001KJTIIGC8Y1R12.", [("lei", "5493001KJTIIGC8Y1R12")]),
    ("7LTWFZYICNSX8D621K87", []),
    ("4111 1111 1111 1111", [("card", "4111111111111111")]),
    ("4111-1111-1111-1111", [("card", "4111111111111111")]),
    ("378282246310005", [("card", "378282246310005")]),
    ("4111 1111 1111 1112", []),
    ("0000 0000 0000 0000", []),
    ("+44 20 7946 0958", []),
    ("020 7946 0958", []),
    ("1234567812345670", []),  # Luhn's digit holds, but no issuer begins with 1
    ("order 20240501123456", []),
    ("2024-05-01 2024-05-02", []),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=lambda value: value if isinstance(value, str) else "")
def test_identifiers(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(value.kind, value.value) for value in find_values(text, IDENTIFIERS)] == expected


def test_check_digits_hold_by_hand() -> None:
    """Letters are 10 to 35; an IBAN turned by four, and a LEI as it stands, leave 1 modulo 97; Luhn's sum ends in 0."""
    digits = "".join(str(int(sign, 36)) for sign in "WEST12345698765432GB82")
    assert int(digits) % 97 == 1
    assert int("".join(str(int(sign, 36)) for sign in "7LTWFZYICNSX8D621K86")) % 97 == 1
    isin = "".join(str(int(sign, 36)) for sign in "US0378331005")
    doubled = [int(sign) * (1 + place % 2) for place, sign in enumerate(reversed(isin))]
    assert sum(sum(divmod(value, 10)) for value in doubled) % 10 == 0


def test_every_wrong_digit_is_seen() -> None:
    """MOD 97-10 and Luhn's formula find every change of one digit."""
    for text in ("DE89370400440532013000", "US0378331005", "5493001KJTIIGC8Y1R12", "4111111111111111"):
        assert len(find_values(text, IDENTIFIERS)) == 1
        for place, sign in enumerate(text):
            if sign.isdigit():
                wrong = f"{text[:place]}{(int(sign) + 1) % 10}{text[place + 1 :]}"
                assert not find_values(wrong, IDENTIFIERS), wrong


def test_personal_data_still_masks_cards_of_any_issuer() -> None:
    assert [span.label for span in find_personal("1234567812345670")] == ["card"]
