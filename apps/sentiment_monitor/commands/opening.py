"""What `watch` works with: the models, the stories and the rules as a pipeline, and the way to the channels."""

from pathlib import Path
from typing import Any

from headwater.cli.output import notes
from headwater.errors import InputError

__all__ = ["assembled", "manifests", "opened_courier", "opened_pipeline"]

MODEL, SENTENCES = "financial-news", "sentences"


def opened_pipeline(
    news: Any, model: str = MODEL, companies: Path | None = None, rules: Path | None = None, alerts: bool = True
) -> Any:
    """`assembled`, with a word on the terminal while the models are opened."""
    with notes.status("opening the models"):
        return assembled(news, model, companies, rules, alerts)


def assembled(
    news: Any, model: str = MODEL, companies: Path | None = None, rules: Path | None = None, alerts: bool = True
) -> Any:
    """A `Pipeline` on `news`: a bundle by folder or name, a company table and rules; left out, one's
    own table (HEADWATER_COMPANIES) and rules, or the shipped ones.

    Raises BundleError, DataError, InputError.
    """
    from headwater.bundle import open_bundle
    from headwater.cli.bundles import bundle_folder
    from headwater.companies.table import Companies
    from headwater.serving import Embedder, load
    from headwater.serving.model import open_model
    from sentiment_monitor.alerts.book import Stored
    from sentiment_monitor.alerts.reread import Reread
    from sentiment_monitor.pipeline import Pipeline
    from sentiment_monitor.reading.reader import Reader
    from sentiment_monitor.stories.index import Stories

    bundle, embedder = open_bundle(bundle_folder(model)), load(bundle_folder(SENTENCES))
    scorer = open_model(bundle, bundle.default_variant("cpu"), "cpu")
    if not isinstance(embedder, Embedder):
        raise InputError(f"{SENTENCES}: expected a bundle of sentence vectors")
    reader = Reader(scorer, embedder, Companies.open(companies))
    raised = Reread(Stored(news.store), rules) if alerts else None
    return Pipeline(news, reader, Stories, raised, bundle=reader.bundle)


def manifests() -> list[Path]:
    """The manifests of the bundles that read. Raises BundleError where one is not there."""
    from headwater.cli.bundles import bundle_folder

    return [bundle_folder(name) / "bundle.json" for name in (MODEL, SENTENCES)]


def opened_courier(store: Any, companies: Path | None = None) -> Any:
    """What delivers the alerts of a store to the channels that are set, none included."""
    from headwater.companies.table import Companies
    from sentiment_monitor.alerts.channels import channels_from
    from sentiment_monitor.alerts.delivery import Courier

    table = Companies.open(companies)
    return Courier(store, channels_from(), {name: table[name].name for name in table})
