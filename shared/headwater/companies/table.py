"""The company table: a CSV that anyone can replace, and the names and tickers that it is looked up by.

    id,name,aliases,ticker,exchange,country,sector,hints
    delta,Delta Air Lines,Delta?;Delta Airlines,DAL,XNYS,US,Industrials,airline;flights;pilots

`aliases`, between semicolons: names as the press writes them. One that ends in `?` means other things too, and needs
context; a name of two companies has the mark with both. `XNYS:SHEL` is another listing. `exchange` is a MIC (ISO 10383),
`country` ISO 3166. `hints`, which may be missing: words that speak for this company where a name of many meanings stands.
"""

import csv
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from headwater.companies.linking import Linked, Names, link
from headwater.companies.words import key
from headwater.errors import DataError
from headwater.spans import Span
from headwater.values.tickers import AMERICAN, EXCHANGES, MICS, bare

__all__ = ["COMPANIES", "OTHERS", "Companies", "Company", "read_companies", "standing_table"]

COMPANIES, OTHERS = Path(__file__).with_name("companies.csv"), Path(__file__).with_name("others.txt")
COLUMNS = ("id", "name", "aliases", "ticker", "exchange", "country", "sector")
LISTING = re.compile(r"([A-Z0-9]{4}):(\S+)")
IDENTITY, MIC, COUNTRY = re.compile(r"[a-z0-9][a-z0-9-]{0,63}"), re.compile(r"[A-Z0-9]{4}"), re.compile(r"[A-Z]{2}")


@dataclass(frozen=True)
class Company:
    """One row. `names` mean it alone, `unsure` other things too; `listings` are (exchange, ticker), the first its main one."""

    id: str
    name: str
    names: tuple[str, ...]
    unsure: tuple[str, ...]
    listings: tuple[tuple[str, str], ...]
    country: str
    sector: str
    hints: tuple[str, ...] = ()

    @property
    def ticker(self) -> str:
        return self.listings[0][1]


class Companies(Mapping[str, Company]):
    """Companies by id, and `link`, which finds them in a text.

    `others` are longer names that hold a company's and are not it ("Toyota Boshoku").
    """

    def __init__(self, companies: Iterable[Company], others: Iterable[str] = ()) -> None:
        self.rows = {company.id: company for company in companies}
        self.others = tuple(others)

    @classmethod
    def open(cls, path: Path | None = None, others: Path | None = None) -> "Companies":
        """The table of a CSV; left out, `standing_table`. Raises DataError naming every fault in it."""
        path = path or standing_table()
        beside = others or (OTHERS if path == COMPANIES else path.with_name("others.txt"))
        lines = beside.read_text(encoding="utf-8").splitlines() if beside.is_file() else []
        return cls(read_companies(path), [line.strip() for line in lines if line.strip() and not line.startswith("#")])

    def __getitem__(self, name: str) -> Company:
        return self.rows[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def link(self, text: str, mentions: Sequence[Span]) -> Linked:
        """The company that each mention means, or None, and companies that the text names outside of them."""
        return link(self.names, text, mentions)

    @cached_property
    def names(self) -> Names:
        """What `link` looks up."""
        known: dict[tuple[str, ...], list[str]] = defaultdict(list)
        spellings: dict[tuple[str, ...], set[str]] = defaultdict(set)
        unsure: set[tuple[str, ...]] = set()
        for company in self.rows.values():
            for name in (*company.names, *company.unsure):
                known[key(name)].append(company.id)
                spellings[key(name)].add(name)
            unsure |= {key(name) for name in company.unsure}
        for name in self.others:
            known.setdefault(key(name), [])
            spellings[key(name)].add(name)
        hints = {company.id: tuple(key(hint) for hint in company.hints) for company in self.rows.values()}
        return Names(dict(known), dict(spellings), frozenset(unsure), hints, self._listings())

    def _listings(self) -> dict[tuple[str, str], str]:
        """(exchange, ticker) -> id; under the exchange "" a ticker of one company alone, American listings first."""
        out: dict[tuple[str, str], str] = {}
        alone: dict[str, set[str]] = defaultdict(set)
        american: dict[str, set[str]] = defaultdict(set)
        for company in self.rows.values():
            for exchange, ticker in company.listings:
                out[exchange, bare(ticker)] = company.id
                alone[bare(ticker)].add(company.id)
                if exchange in AMERICAN:
                    american[bare(ticker)].add(company.id)
        for ticker, ids in alone.items():
            chosen = american.get(ticker, ids)
            if len(chosen) == 1:
                out["", ticker] = next(iter(chosen))
        return out


def standing_table() -> Path:
    """One's own table, which `HEADWATER_COMPANIES` names, or the one that ships."""
    return Path(os.environ.get("HEADWATER_COMPANIES") or COMPANIES)


def read_companies(path: Path) -> list[Company]:
    """The rows of a company table. Raises DataError naming every fault in it by its line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise DataError(f"{path}: expected the columns {', '.join(COLUMNS)}; {', '.join(missing)} missing")
            rows = [(reader.line_num, {name: (value or "").strip() for name, value in row.items() if name and not isinstance(value, list)}) for row in reader]  # fmt: skip
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise DataError(f"{path}: expected a CSV in UTF-8 ({fault})") from fault
    faults = [f"line {number}: {fault}" for number, row in rows for fault in _row_faults(row)]
    companies = [] if faults else [_company(row) for _, row in rows]
    faults += _table_faults(companies)
    if faults:
        raise DataError(f"{path}: {len(faults)} faults in the company table:\n" + "\n".join(f"  - {fault}" for fault in faults))  # fmt: skip
    return companies


def _parts(value: str) -> list[str]:
    return [part.strip() for part in value.split(";") if part.strip()]


def _company(row: Mapping[str, str]) -> Company:
    aliases = _parts(row["aliases"])
    listings = [found.groups() for alias in aliases if (found := LISTING.fullmatch(alias))]
    unsure = dict.fromkeys(alias[:-1].strip() for alias in aliases if alias.endswith("?"))
    marked = {key(name) for name in unsure}
    sure = dict.fromkeys(name for name in (row["name"], *aliases) if not name.endswith("?") and not LISTING.fullmatch(name))  # fmt: skip
    return Company(
        row["id"],
        row["name"],
        tuple(name for name in sure if key(name) not in marked),
        tuple(unsure),
        ((row["exchange"], row["ticker"]), *((exchange, ticker) for exchange, ticker in listings)),
        row["country"],
        row["sector"],
        tuple(_parts(row.get("hints", ""))),
    )


def _row_faults(row: Mapping[str, str]) -> Iterator[str]:
    if not IDENTITY.fullmatch(row["id"]):
        yield f"expected an id of small letters, digits and dashes, got {row['id']!r}"
    if not row["name"] or not row["ticker"] or not row["sector"]:
        yield f"expected a name, a ticker and a sector for {row['id']!r}"
    if not MIC.fullmatch(row["exchange"]) or (row["exchange"] in EXCHANGES and row["exchange"] not in MICS):
        yield f"expected an exchange as its MIC, as XNYS, got {row['exchange']!r}"
    if not COUNTRY.fullmatch(row["country"]):
        yield f"expected a country as two letters, as DE, got {row['country']!r}"


def _table_faults(companies: Sequence[Company]) -> Iterator[str]:
    """Ids, names and tickers that two companies would share."""
    ids = [company.id for company in companies]
    yield from (f"the id {name!r} stands twice" for name in sorted({name for name in ids if ids.count(name) > 1}))
    owners: dict[tuple[str, ...], set[str]] = defaultdict(set)
    sure: dict[tuple[str, ...], str] = {}
    listed: dict[tuple[str, str], set[str]] = defaultdict(set)
    for company in companies:
        for name in (*company.names, *company.unsure):
            owners[key(name)].add(company.id)
        sure |= {key(name): name for name in company.names}
        for exchange, ticker in company.listings:
            listed[exchange, bare(ticker)].add(company.id)
    for words, shown in sure.items():
        if len(owners[words]) > 1:
            yield f"{shown!r} is a name of {' and '.join(sorted(owners[words]))}: mark it with ? there"
    for (exchange, ticker), found in listed.items():
        if len(found) > 1:
            yield f"{exchange}:{ticker} is the ticker of {' and '.join(sorted(found))}"
