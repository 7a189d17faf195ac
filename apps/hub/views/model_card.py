"""One bundle: its quality, card, labels and facts."""

import streamlit as st

import headwater
from headwater.bundle import Bundle
from headwater.serving import Model
from headwater.ui import formats, frame
from hub import quality
from hub.views.model_quality import draw_quality

__all__ = ["draw_bundle"]


@st.cache_resource(max_entries=4, show_spinner=False)
def running(folder: str, digest: str) -> tuple[str, str, str]:
    """Variant, device and provider of the bundle once it is really open."""
    loaded = headwater.load(folder)
    model = loaded if isinstance(loaded, Model) else loaded.model
    return model.variant, model.device, model.provider


def draw_bundle(bundle: Bundle) -> None:
    t = frame.texts()
    measured, card, labels, facts = st.tabs(
        [t(f"models.tab.{name}") for name in ("quality", "card", "labels", "facts")]
    )
    with measured:
        draw_quality(bundle)
    with card:
        path = bundle.folder / "card.md"
        st.markdown(path.read_text(encoding="utf-8") if path.is_file() else t("models.no_card"))
    with labels:
        for head in bundle.manifest.heads:
            st.markdown(t("models.head", name=formats.plain(head.name), kind=head.kind, count=len(head.labels)))
            st.text(", ".join(head.labels))
    with facts:
        _draw_facts(bundle)


def _draw_facts(bundle: Bundle) -> None:
    t, manifest = frame.texts(), bundle.manifest
    with st.spinner(t("model.opening", name=manifest.name)):
        variant, device, provider = running(str(bundle.folder), bundle.digest)
    facts = {
        "runs": t("models.runs", variant=variant, device=device, provider=provider),
        "task": manifest.task,
        "version": manifest.version,
        "created": manifest.created or "–",
        "size": formats.size(quality.weight(bundle)),
        "window": t("models.window", length=manifest.max_length, stride=manifest.stride),
        "digest": bundle.digest,
        "folder": str(bundle.folder),
    }
    rows = [{"fact": t(f"models.fact.{key}"), "value": value} for key, value in facts.items()]
    st.dataframe(rows, column_config={"fact": t("models.fact.name"), "value": t("models.fact.value")}, hide_index=True)
