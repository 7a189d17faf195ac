"""The table that ships, and what a table of one's own is held to."""

from importlib.resources import files
from pathlib import Path

import pytest

from headwater.companies.table import COMPANIES, OTHERS, Companies, read_companies
from headwater.companies.words import key
from headwater.errors import DataError
from headwater.values.tickers import EXCHANGES

SECTORS = {
    "Communication Services", "Consumer Discretionary", "Consumer Staples", "Energy", "Financials", "Health Care", "Industrials",
    "Information Technology", "Materials", "Real Estate", "Utilities",
}  # fmt: skip
HEAD = "id,name,aliases,ticker,exchange,country,sector\n"


@pytest.fixture(scope="module")
def shipped() -> Companies:
    return Companies.open()


def test_the_table_holds_large_firms_of_every_region_and_sector(shipped: Companies) -> None:
    assert len(shipped) >= 320
    assert {company.sector for company in shipped.values()} == SECTORS
    countries = {company.country for company in shipped.values()}
    assert {"US", "CA", "GB", "DE", "FR", "CH", "SE", "PL", "TR", "SA", "IL", "ZA", "NG", "IN", "CN", "JP", "KR", "AU", "BR", "MX"} <= countries  # fmt: skip
    assert [*shipped] == sorted(shipped), "in the order of their ids"


def test_codes_of_countries_and_exchanges_are_real(shipped: Companies) -> None:
    lines = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text(encoding="utf-8").splitlines()
    codes = {line.split("\t")[0] for line in lines if not line.startswith("#")}
    assert len(codes) > 200
    assert {company.country for company in shipped.values()} <= codes
    known = {mic for mics in EXCHANGES.values() for mic in mics} | {"DSMD", "XNAI"}
    assert {exchange for company in shipped.values() for exchange, _ in company.listings} <= known | {"XBUE"}


def test_names_with_several_owners_are_marked_with_each(shipped: Companies) -> None:
    owners: dict[tuple[str, ...], list[str]] = {}
    for company in shipped.values():
        for name in {key(name) for name in company.names}:
            owners.setdefault(name, []).append(company.id)
        assert not {key(name) for name in company.names} & {key(name) for name in company.unsure}
    assert owners
    assert {name: ids for name, ids in owners.items() if len(ids) > 1} == {}
    marked = {key(name) for company in shipped.values() for name in company.unsure}
    assert not marked & set(owners), "a name is sure for one and unsure for another"
    for word in "Apple Shell Visa Orange Target Gap Delta Ford Total Next Block Strategy Carnival Sea Grab".split():
        assert key(word) in marked, word


def test_a_company_of_an_unsure_name_has_hints(shipped: Companies) -> None:
    assert [company.id for company in shipped.values() if company.unsure and not company.hints] == []


def test_other_names_are_longer_than_those_they_hide(shipped: Companies) -> None:
    known = {key(name) for company in shipped.values() for name in (*company.names, *company.unsure)}
    lines = [line for line in OTHERS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert lines == sorted(lines, key=str.casefold)
    assert [line for line in lines if key(line) in known] == []
    hides = [line for line in lines if not _holds(key(line), known)]
    assert hides == [], "names that hide none of the table"


def _holds(name: tuple[str, ...], known: set[tuple[str, ...]]) -> bool:
    size = len(name)
    return any(name[i:j] in known for i in range(size) for j in range(i + 1, size + 1) if j - i < size)


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text(HEAD + "Acme,Acme Inc,,ACM,NYSE,USA,Energy\nbeta,,,BET,XNYS,US,Energy\n", "utf-8")
    with pytest.raises(DataError, match="4 faults") as caught:
        read_companies(tmp_path / "own.csv")
    message = str(caught.value)
    assert "line 2: expected an id of small letters" in message
    assert "line 2: expected an exchange as its MIC" in message
    assert "line 2: expected a country as two letters" in message
    assert "line 3: expected a name, a ticker and a sector for 'beta'" in message


def test_shared_ids_names_and_tickers_are_faults(tmp_path: Path) -> None:
    rows = "a,Acme,Rocket,ACM,XNYS,US,Energy\nb,Beta,Rocket?,ACM,XNYS,US,Energy\nb,Gamma,,G,XNYS,US,Energy\n"
    (tmp_path / "own.csv").write_text(HEAD + rows, "utf-8")
    with pytest.raises(DataError, match="3 faults") as caught:
        read_companies(tmp_path / "own.csv")
    assert "the id 'b' stands twice" in str(caught.value)
    assert "'Rocket' is a name of a and b: mark it with ? there" in str(caught.value)
    assert "XNYS:ACM is the ticker of a and b" in str(caught.value)


def test_a_table_of_ones_own_needs_no_hints_and_no_others(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text(HEAD + "acme,Acme,Acme?;ACME Corp;XNAS:AC,ACM,XNYS,US,Energy\n", "utf-8")
    own = Companies.open(tmp_path / "own.csv")
    acme = own["acme"]
    assert (acme.names, acme.unsure) == (("ACME Corp",), ("Acme",))
    assert acme.listings == (("XNYS", "ACM"), ("XNAS", "AC"))
    assert [found.company for found in own.link("$AC rose", ()).missed] == ["acme"]
    (tmp_path / "own.csv").write_text("id,name,aliases,ticker,exchange,country\n", "utf-8")
    with pytest.raises(DataError, match="sector missing"):
        read_companies(tmp_path / "own.csv")


def test_the_shipped_table_can_be_read_again(shipped: Companies) -> None:
    assert [company.id for company in read_companies(COMPANIES)] == [*shipped]
