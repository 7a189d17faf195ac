"""Data at rest: one SQLite file, or a PostgreSQL, with what people put right and what is to be sent.

>>> from headwater.store import open_store, outbox
>>> with open_store() as store, store.write() as connection:  # doctest: +SKIP
...     outbox.put(connection, "alerts", "rule 7, story 4411", {"title": "A surge on Commodities"})
True
"""

import headwater.store.news  # noqa: F401 - its tables join the others before anybody compares or upgrades
from headwater.store.database import Store, insert_once, open_store, store_url

__all__ = ["Store", "insert_once", "open_store", "store_url"]
