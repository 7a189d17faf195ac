"""The endpoints for people: texts in, labels, spans and vectors out, in JSON.

POST /v1/classify, /v1/extract, /v1/embed; GET /v1/models, /v1/models/NAME/bundle.json, /v1/models/NAME/tokenizer.json
(with these two a client makes tensors by itself: `headwater.connect`), /health.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import numpy as np
import orjson
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, FailFast, Field
from typing_extensions import TypeAliasType

from headwater.api import logs
from headwater.api.protocol import body_of, described_by, service_of
from headwater.api.service import Service, UnknownModel, describe
from headwater.bundle import Head
from headwater.errors import InputError
from headwater.serving.decoding import Prediction
from headwater.serving.model import Model
from headwater.spans import Span

__all__ = ["router"]

router = APIRouter(tags=["texts"])
CLASSES, SPANS, VECTORS = ("single", "multi", "pair"), ("token",), ("embedding",)


# Of a million faults the first is told. An alias by name, because FailFast has no hash, which | needs.
Strings = TypeAliasType("Strings", Annotated[list[str], FailFast()])


class Texts(BaseModel):
    """What every request says."""

    model_config = ConfigDict(extra="forbid")
    texts: Annotated[Strings, Field(description="The texts, in any language the model knows, of any length.")]
    model: Annotated[str | None, Field(description="Its name; may be left out where one model is served.")] = None
    deadline: Annotated[float | None, Field(gt=0, description="Seconds after which the answer is not wanted.")] = None


class Reading(Texts):
    """How sure an answer must be: one of the two, or neither."""

    heads: Annotated[Strings | None, Field(description="Only these heads of the model.")] = None
    threshold: Annotated[float | None, Field(ge=0, le=1, description="The least probability of an answer.")] = None
    risk: Annotated[float | None, Field(gt=0, lt=1, description="The largest share of wrong answers.")] = None


class Classify(Reading):
    """Texts to classify, or pairs of them."""

    pairs: Annotated[Strings | None, Field(description="The second text of each, for a head of pairs.")] = None


@router.post("/v1/classify", openapi_extra=described_by(Classify))
async def classify(request: Request) -> Response:
    """For each text and head: label, calibrated probability, the likeliest labels, and whether the model abstains; for
    a multi-label head the labels that hold.
    """
    asked = Classify.model_validate_json(await body_of(request))
    return await _answer(request, asked, CLASSES, asked.pairs)


@router.post("/v1/extract", openapi_extra=described_by(Reading))
async def extract(request: Request) -> Response:
    """For each text and head its spans: start and end in characters (code points) of the text, type, probability."""
    return await _answer(request, Reading.model_validate_json(await body_of(request)), SPANS, None)


@router.post("/v1/embed", openapi_extra=described_by(Texts))
async def embed(request: Request) -> Response:
    """For each text a unit vector: the dot product of two is their cosine."""
    return await _answer(request, Texts.model_validate_json(await body_of(request)), VECTORS, None)


async def _answer(request: Request, asked: Texts, kinds: Sequence[str], pairs: Sequence[str] | None) -> Response:
    service = service_of(request)
    deadline = service.deadline(asked.deadline)
    model = service.model(asked.model or _only(service, kinds))
    logs.note(model.bundle.manifest.name, len(asked.texts), asked.texts)
    reading = {name: getattr(asked, name, None) for name in ("threshold", "risk")}
    heads = [head for head in model.check(pairs, heads=_heads(asked, model, kinds), **reading) if head.kind in kinds]
    if not heads:
        held = ", ".join(f"{head.name} ({head.kind})" for head in model.heads)
        raise InputError(f"{model.bundle.manifest.name}: expected a head of kind {' or '.join(kinds)}; it has {held}")
    found = await service.predict(model, heads, asked.texts, pairs, deadline, request.is_disconnected, **reading)
    columns = [(head.name, [_plain(value) for value in found[head.name]]) for head in heads]
    results = [{name: values[row] for name, values in columns} for row in range(len(asked.texts))]
    return _json({"model": _describe(model), "results": results})


def _heads(asked: Texts, model: Model, kinds: Sequence[str]) -> list[str]:
    named = getattr(asked, "heads", None)
    return (
        list(dict.fromkeys(named)) if named is not None else [head.name for head in model.heads if head.kind in kinds]
    )


def _only(service: Service, kinds: Sequence[str]) -> str | None:
    """The one model with such a head, so that a request to a server of several need not name it."""
    fit = [name for name, model in service.models.items() if any(head.kind in kinds for head in model.heads)]
    return fit[0] if len(fit) == 1 else None


def _plain(result: Any) -> Any:
    if isinstance(result, Prediction):
        return _prediction(result)
    if isinstance(result, np.ndarray):
        return result
    return [_prediction(item) if isinstance(item, Prediction) else _span(item) for item in result]


def _prediction(found: Prediction) -> dict[str, Any]:
    plain: dict[str, Any] = {"label": found.label, "probability": found.probability}
    if found.top:
        plain |= {"abstained": found.abstained, "top": [{"label": a, "probability": b} for a, b in found.top]}
    return plain


def _span(span: Span) -> dict[str, Any]:
    return asdict(span)


def _json(content: Any, status: int = 200) -> Response:
    # orjson writes numpy arrays and is several times faster than json: it matters at a thousand answers a second.
    return Response(orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY), status, media_type="application/json")


def _describe(model: Model) -> dict[str, Any]:
    return describe(model)


@router.get("/v1/models")
async def models(request: Request) -> Response:
    """What is served, with heads and labels."""
    held = service_of(request).models.values()
    return _json([_describe(model) | {"heads": [_head(head) for head in model.heads]} for model in held])


def _head(head: Head) -> dict[str, Any]:
    return {"name": head.name, "kind": head.kind, "labels": head.labels}


@router.get("/v1/models/{name}/{file}")
async def described(request: Request, name: str, file: str) -> Response:
    """bundle.json or tokenizer.json, byte for byte."""
    service = service_of(request)
    known = service.files[service.model(name).bundle.manifest.name]
    if file not in known:
        raise UnknownModel(f"expected one of {', '.join(known)}, got {file[:80]!r}")
    return Response(known[file], media_type="application/json")


@router.get("/health", tags=["operations"])
async def health(request: Request) -> Response:
    """What really runs: models with digest, variant and provider, the queue, and why not where it does not (503).

    `swaps` are the last changes of models while the server ran; one that failed says why, and fails nothing else.
    """
    service = service_of(request)
    jobs = request.app.state.jobs
    batcher, faults = service.batcher, [*service.faults(), *(jobs.faults() if jobs is not None else ())]
    content = {
        "status": "unready" if faults else "ok",
        "faults": faults,
        "models": [_describe(model) for model in service.models.values()],
        "queue": {
            "waiting_tokens": batcher.queue.tokens,
            "capacity_tokens": batcher.queue.capacity,
            "tokens_per_second": round(batcher.speed * len(batcher.threads)),
            "failed_batches": batcher.failed,
        },
        "swaps": request.app.state.swaps.told(),
        "workers": len(batcher.threads),
        "up_seconds": round(time.time() - service.started, 1),
    }
    return _json(content, 503 if faults else 200)
