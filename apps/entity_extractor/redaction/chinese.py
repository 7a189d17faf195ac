"""How a Chinese name stands again in a text without spaces: whole, its given name alone, its surname with a title, a firm's short form.

    张伟明 -> 张伟明, 张 伟明, 伟明, 张 in 张先生 and 小张        阿里巴巴集团 -> also 阿里巴巴        安格拉·默克尔 -> also 默克尔

A given name of one character (李明's 明) is never taken alone, nor a surname without a title: too many words hold them.
"""

import re
from collections.abc import Iterator

__all__ = ["forms", "is_full_name"]

HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
DOTS = re.compile("[·•・‧]")
COMPOUND = frozenset(
    "欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 司徒 令狐 宇文 长孙 夏侯 端木 独孤 南宫 歐陽 諸葛 東方 尉遲 公孫 司徒 長孫 獨孤 南宮".split()
)
# Before or behind a surname; the longer ones first, though any of them will do.
BEHIND = (
    "先生|女士|小姐|太太|夫人|同学|同志|老师|教授|博士|医生|大夫|律师|法官|警官|经理|总经理|总监|主任|主席|部长|局长|处长|科长|院长|校长|会计|师傅|阿姨|叔叔"
    "|总(?=[，。、；：！？\\s]|$)|老(?=[，。、；：！？\\s]|$)|某|氏|老師|醫生|律師|經理|總經理|總監|局長|部長|院長|校長|會計|師傅"
)
BEFORE = "老小阿"
LEGAL = re.compile("(?:股份)?有限(?:责任|責任)?公司$|(?:集团|集團)(?:公司)?$|(?:总|分|總)?公司$")
SHORT_FIRM = 3  # characters of a firm without its legal form: of two, 中国 of 中国公司, too many are words


def is_full_name(name: str) -> bool:
    """Whether a person's name is surname and given name in Chinese signs, or parts with dots between them.

    >>> [is_full_name(name) for name in ("李明", "欧阳娜娜", "安格拉·默克尔", "李", "Li Ming")]
    [True, True, True, False, False]
    """
    parts = DOTS.split(re.sub(r"\s", "", name))
    return all(HAN.fullmatch(part) for part in parts) and (len(parts) > 1 or 2 <= len(parts[0]) <= 4)


def forms(name: str, person: bool) -> Iterator[re.Pattern[str]]:
    """Patterns that find a name of Chinese signs again; nothing for one sign alone."""
    bare = re.sub(r"\s", "", name)
    if len(bare) > 1:
        yield re.compile(r"\s?".join(map(re.escape, bare)))  # spaces set it in a form, a line's end breaks it
    if person and is_full_name(bare):
        yield from _of_person(bare)
    elif not person and len(short := LEGAL.sub("", bare)) >= SHORT_FIRM and short != bare:
        yield re.compile(re.escape(short))


def _of_person(name: str) -> Iterator[re.Pattern[str]]:
    if len(parts := DOTS.split(name)) > 1:
        yield from (re.compile(re.escape(part)) for part in parts if len(part) > 1)
        return
    surname = name[:2] if name[:2] in COMPOUND and len(name) > 2 else name[0]
    given = name[len(surname) :]
    if len(given) > 1:
        yield re.compile(re.escape(given))
    yield re.compile(rf"{surname}(?={BEHIND})|(?<=[{BEFORE}]){surname}")
