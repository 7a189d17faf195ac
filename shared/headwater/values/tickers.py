"""Tickers in a text: $AAPL, (NASDAQ: AAPL), BP.L, and which listing they name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from headwater.values.currencies import BESIDE
from headwater.values.value import Value

__all__ = ["AMERICAN", "EXCHANGES", "MICS", "Ticker", "bare", "find", "find_tickers"]

AMERICAN = ("XNYS", "XNAS")
# How the press and data services write an exchange -> the exchanges (MIC, ISO 10383) that it can be.
NAMES = {
    "XNAS": "NASDAQ NASDAQGS NASDAQGM NASDAQCM NAS", "XNYS": "NYSE NYQ", "XLON": "LSE LON", "XPAR": "EPA EURONEXTPARIS",
    "XETR": "ETR XETRA FRA FWB ETRA", "XAMS": "AMS AS", "XBRU": "EBR BRU", "XMIL": "BIT MIL BI", "XMAD": "BME MCE BMAD",
    "XSWX": "SWX SIX VTX", "XSTO": "STO OMXSTO OMX", "XHEL": "HEL OMXHEL", "XCSE": "CPH CSE", "XOSL": "OSL OSE", "XTKS": "TYO TSE TOKYO",
    "XHKG": "HKG HKEX SEHK HK", "XSHG": "SHA SSE", "XSHE": "SHE SZSE", "XKRX": "KRX KS", "XTAI": "TPE TWSE", "XNSE": "NSE NS",
    "XASX": "ASX AX", "XTSE": "TSX TSE", "BVMF": "BVMF B3 BOVESPA", "XMEX": "BMV", "XJSE": "JSE", "XSAU": "TADAWUL", "XSES": "SGX",
    "XIDX": "IDX", "XBKK": "SET BKK", "XKLS": "KLSE KLS", "XPHS": "PSE", "XIST": "IST BIST", "XWAR": "WSE WAR", "XDUB": "ISE",
    "XLIS": "ELI", "XWBO": "VIE WBAG", "XTAE": "TASE TLV", "XADS": "ADX", "XDFM": "DFM", "XSGO": "SGO", "XBOG": "BVC", "XATH": "ATH",
    "XBUD": "BUD", "XPRA": "PSE PRA", "MISX": "MCX MOEX", "XNZE": "NZX NZE", "XCAI": "EGX", "XNSA": "NGX",
}  # fmt: skip
# The ends of Reuters instrument codes.
ENDS = {
    "O": "XNAS", "OQ": "XNAS", "N": "XNYS", "L": "XLON", "PA": "XPAR", "DE": "XETR", "AS": "XAMS", "BR": "XBRU", "MI": "XMIL", "MC": "XMAD",
    "S": "XSWX", "SW": "XSWX", "ST": "XSTO", "HE": "XHEL", "CO": "XCSE", "OL": "XOSL", "T": "XTKS", "HK": "XHKG", "SS": "XSHG", "SZ": "XSHE",
    "KS": "XKRX", "TW": "XTAI", "NS": "XNSE", "AX": "XASX", "TO": "XTSE", "SA": "BVMF", "MX": "XMEX", "J": "XJSE", "SE": "XSAU", "SI": "XSES",
    "JK": "XIDX", "BK": "XBKK", "KL": "XKLS", "IS": "XIST", "WA": "XWAR", "I": "XDUB", "LS": "XLIS", "VI": "XWBO", "TA": "XTAE", "AT": "XATH",
}  # fmt: skip
EXCHANGES = {name: tuple(mic for mic, names in NAMES.items() if name in names.split()) for name in " ".join(NAMES.values()).split()}  # fmt: skip
MICS = frozenset(NAMES)
CASH = re.compile(r"\$([A-Z]{1,5}(?:\.[A-Z])?)(?![A-Za-z0-9])")
NAMED = re.compile(rf"\b({'|'.join(sorted(EXCHANGES, key=len, reverse=True))})\s?:\s?([A-Z0-9][A-Z0-9&.\-]{{0,11}})(?![A-Za-z0-9])", re.IGNORECASE)  # fmt: skip
CODED = re.compile(rf"(?<![\w.])([A-Z0-9][A-Z0-9&\-]{{0,9}}[a-z]?)\.({'|'.join(ENDS)})(?![\w])")
# Dollars in thousands, millions and billions, and of a country; no stock's.
NO_TICKERS = BESIDE | frozenset("K M MM MN MLN B BN BLN T TN TRN".split())
ALSO_WORDS = frozenset("AS AX BI BIT BR BRU ELI FRA HEL HK ISE KS LON MIL NAS NS OSE PRA SET SHE SIX VIE WAR".split())


@dataclass(frozen=True)
class Ticker:
    """A ticker at `text[start:end]`; `exchanges` are those it can be of, the likeliest first, empty for any."""

    start: int
    end: int
    ticker: str
    exchanges: tuple[str, ...]


def find(text: str) -> Iterator[Ticker]:
    """Tickers that say by their form that they are some, in no order.

    >>> [(found.ticker, found.exchanges) for found in find("Up: $AAPL, Tesla (NASDAQ: TSLA) and <BP.L>")]
    [('AAPL', ('XNYS', 'XNAS')), ('TSLA', ('XNAS',)), ('BP', ('XLON',))]
    """
    for match in CASH.finditer(text):
        yield Ticker(*match.span(), bare(match[1]), AMERICAN)
    for match in NAMED.finditer(text) if ":" in text else ():
        yield Ticker(*match.span(), bare(match[2]), EXCHANGES[match[1].upper()])
    for match in CODED.finditer(text):
        yield Ticker(*match.span(), bare(match[1]), (ENDS[match[2]],))


def bare(ticker: str) -> str:
    """A ticker as it is compared: services differ in dots, dashes and leading zeros.

    >>> bare("NOVO-B"), bare("ERICb"), bare("0700"), bare("BP.")
    ('NOVOB', 'ERICB', '700', 'BP')
    """
    return re.sub(r"[.\-]", "", ticker).upper().lstrip("0")


def find_tickers(text: str) -> Iterator[Value]:
    """Tickers as values, "XNAS:TSLA", or "AAPL" where the exchange is not said; stricter than `find`, since no table
    of companies stands behind them.

    An exchange counts in capitals, or as "Nasdaq"; one that is a word too ("SET", "BIT") after a bracket alone. "$M", "$USD"
    and "U.S" are none.
    """
    for match in CASH.finditer(text):
        before = text[match.start() - 1 : match.start()] if match.start() else ""
        if not before.isalnum() and match[1] not in NO_TICKERS:
            yield Value(*match.span(), "ticker", match[1])
    for match in NAMED.finditer(text) if ":" in text else ():
        exchange = match[1]
        sure = (exchange.isupper() and exchange not in ALSO_WORDS) or exchange in ("Nasdaq", "Xetra", "Tadawul")
        if match[2].upper() == match[2] and (sure or (exchange.isupper() and text.startswith("(", match.start() - 1))):
            places = EXCHANGES[exchange.upper()]
            ticker = match[2].rstrip(".-")
            end = match.start(2) + len(ticker)
            yield Value(match.start(), end, "ticker", f"{places[0]}:{ticker}" if len(places) == 1 else ticker)
    for match in CODED.finditer(text):
        root = match[1]
        if re.fullmatch(r"[0-9]{4,6}|[A-Z][A-Z0-9&-]+[a-z]?", root) and text[match.end() : match.end() + 1] != ".":
            yield Value(*match.span(), "ticker", f"{ENDS[match[2]]}:{root}")
