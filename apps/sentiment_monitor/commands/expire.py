"""`sentiment-monitor expire`: forget the texts, vectors and rejects that are older than their days; counts stay."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from headwater.cli.options import Json, Url
from headwater.cli.output import print_json, results
from headwater.store import open_store

__all__ = ["expire"]


def expire(
    days: Annotated[float, typer.Option(min=0, help="Keep stories so many days after their newest item.")] = 730,
    rejects: Annotated[float, typer.Option(min=0, help="Keep rejects so many days.")] = 90,
    vectors: Annotated[float, typer.Option(min=7, help="Keep vectors so many days: 7, as the index looks back.")] = 7,
    store: Url = None,
    json: Json = False,
) -> None:
    """Forget news that is older than its days; what was counted stays counted. `watch --keep` does so by itself."""
    from sentiment_monitor.records import Kept, expire_news

    with open_store(store, create=False) as opened:
        gone = expire_news(opened, Kept(vectors, days, rejects), datetime.now(UTC))
    if json:
        print_json(gone)
        return
    results.print(", ".join(f"{count:,} {name}" for name, count in gone.items()) + " went")
