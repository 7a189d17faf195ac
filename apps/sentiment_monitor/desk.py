"""What every page of the monitor stands on: which news, the moment that it is shown for, the time zone and the range.

The news are the shipped sample or one's own (the store). What was chosen is kept for the session, so that it holds from
page to page; `views/desk_bar.py` draws the choices. A page shows now, or a moment of the past and then nothing that was
seen later.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
import streamlit as st

from headwater.companies.table import Companies, standing_table
from headwater.errors import BundleError, HeadwaterError
from headwater.store import Store, open_store, store_url
from headwater.store.news import NEWS_FEED, NEWS_ITEM
from headwater.store.tables import utc_now
from headwater.ui import clock, signin
from headwater.ui.faults import draw_fault
from headwater.ui.frame import head, texts
from headwater.ui.loading import model_for
from sentiment_monitor import sample
from sentiment_monitor.alerts.rules import standing_rules
from sentiment_monitor.records import News, Past

__all__ = ["NEWS", "SPANS", "Desk", "begun", "choose", "desk", "kept", "person"]

NEWS = ("sample", "own")
SAMPLE_MOMENT = datetime(2026, 11, 12, 12, tzinfo=UTC)  # the second morning of its surge: the alert is open
SPANS = {
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "quarter": timedelta(days=91),
}


@dataclass(frozen=True)
class Desk:
    """The news at a moment. `start` to `now` is the range; `first` and `last`: when the oldest and the youngest item were seen.

    `live`: the moment is now, and goes on. `rules` is the file that the alerts of these news go by.
    """

    news: str
    store: Store
    companies: Companies
    rules: Path
    now: datetime
    live: bool
    zone: tzinfo
    span: str
    start: datetime
    first: datetime | None
    last: datetime | None

    @property
    def past(self) -> Past:
        """What was seen up to the moment."""
        return Past(self.store, None if self.live else self.now)

    @property
    def pen(self) -> News:
        """What writes."""
        return News(self.store)

    @property
    def zone_name(self) -> str:
        """As `Past.series` takes it."""
        return str(self.zone)


def desk(page: str) -> Desk:
    """The desk of this session; a page that cannot have its store says why and stops. `page`: the key of its name."""
    news = _chosen_news(page)
    store, companies = _opened(page, news)
    first, last = _bounds(store)
    moment = kept("moment") or (SAMPLE_MOMENT if news == "sample" else None)
    now = moment or utc_now()
    span, start = begun(kept("span"), kept("from"), now)
    rules = standing_rules() if news == "own" else sample.sample_rules()
    return Desk(news, store, companies, rules, now, moment is None, _zone(), span, start, first, last)


def kept(name: str) -> Any:
    """What the session has chosen as `news`, `moment`, `span`, `from` (where a range of one's own begins) or `zone`, or None."""
    return st.session_state.get(f"desk.kept.{name}")


def choose(name: str, value: object) -> None:
    """Keep a choice for the session. Other news begin at a moment of their own."""
    st.session_state[f"desk.kept.{name}"] = value
    if name == "news":
        st.session_state.pop("desk.kept.moment", None)
        st.session_state.pop("desk.kept.from", None)


def begun(span: str | None, since: datetime | None, now: datetime) -> tuple[str, datetime]:
    """The range that ends at a moment: its name, and where it begins; of "from" at `since`, if that lies before.

    >>> noon = datetime(2026, 11, 12, 12, tzinfo=UTC)
    >>> begun("week", None, noon)[1].isoformat(), begun("from", noon, noon)[0]
    ('2026-11-05T12:00:00+00:00', 'month')
    """
    if span == "from" and since is not None and since < now:
        return span, since
    name = span if span in SPANS else "month"
    return name, now - SPANS[name]


def person() -> str:
    """Who reads the page: as signed in, or as they have said; "" for who has not yet."""
    who = signin.person()
    return who.email or who.name or str(st.session_state.get("desk.person", ""))


def _chosen_news(page: str) -> str:
    """Chosen, in the address (?news=own), one's own where there are any, or the sample."""
    if kept("news") is None:
        asked = st.query_params.get("news")
        choose("news", asked if asked in NEWS else "own" if _has_own(page) else "sample")
    return str(kept("news"))


def _has_own(page: str) -> bool:
    try:
        with _store(store_url()).read() as connection:
            return connection.execute(sa.select(NEWS_FEED.c.id).limit(1)).first() is not None
    except HeadwaterError as fault:
        _explain(page, fault)


def _opened(page: str, news: str) -> tuple[Store, Companies]:
    try:
        if news == "own":
            return _store(store_url()), _companies(standing_table())
        with st.spinner(texts()("newsdesk.preparing")):
            return _sample(sample.sample_file()), _companies(sample.COMPANIES)
    except (HeadwaterError, OSError) as fault:
        if isinstance(fault, BundleError):
            model_for("monitor")  # where the model is at fault, this says so in its own words and stops
        _explain(page, fault)


def _companies(table: Path) -> Companies:
    return _table(table, table.stat().st_mtime_ns)


def _bounds(store: Store) -> tuple[datetime | None, datetime | None]:
    with store.read() as connection:
        ends = [connection.execute(sa.select(which(NEWS_ITEM.c.seen))).scalar() for which in (sa.func.min, sa.func.max)]
    return ends[0], ends[1]


def _zone() -> tzinfo:
    """The chosen zone, or that of the reader's browser."""
    try:
        return ZoneInfo(kept("zone")) if kept("zone") else clock.reader_zone()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _explain(page: str, fault: Exception) -> NoReturn:
    t = texts()
    head(t(page), t("newsdesk.no_store"), t("newsdesk.no_store_detail"))
    draw_fault(t("model.fault"), fault)
    st.stop()


@st.cache_resource(max_entries=4, show_spinner=False)
def _store(url: str) -> Store:
    return open_store(url)


@st.cache_resource(max_entries=1, show_spinner=False)
def _sample(file: Path) -> Store:
    """`file` is another one where the feed, the models or the rules have changed."""
    return sample.sample_store()


@st.cache_resource(max_entries=4, show_spinner=False)
def _table(table: Path, changed: int) -> Companies:
    return Companies.open(table)
