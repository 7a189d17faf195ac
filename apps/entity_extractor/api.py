"""The extractor over HTTP: POST /v1/documents takes a file or a text, and answers with what is in it.

Mount it on the app of the models, whose keys, limits and metrics hold for it too:

    app = headwater.api.app.create_app(models, keys=keys)
    app.include_router(documents_router(extractor))

The body is the file as it is: its kind is told by its bytes and by `name`. A table or a mail gives several documents;
those of its rows and attachments that could not be read are told in `refused`, each with its name and why.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import anyio
import anyio.to_thread
import orjson
from fastapi import APIRouter, HTTPException, Query, Request, Response

from entity_extractor.documents import Given, Limits, Refused, read_given, where
from entity_extractor.extraction import Extraction, Extractor
from entity_extractor.identity import Entity
from entity_extractor.mentions import Document, Mention
from entity_extractor.relations.triples import rows as triples
from headwater.api.protocol import body_of, service_of
from headwater.errors import DataError, InputError
from headwater.text import clean

__all__ = ["documents_router", "told"]

AT_ONCE = 2  # documents that are read side by side: each keeps a processor busy
MOST = 1_000  # documents of one body
LIMITS = Limits(size=20_000_000, characters=2_000_000, pages=1_000, rows=MOST, unpacked=100_000_000, seconds=60.0)


def documents_router(extractor: Extractor) -> APIRouter:
    """The route of an extractor."""
    router = APIRouter(tags=["documents"])
    lanes = anyio.CapacityLimiter(AT_ONCE)

    @router.post(
        "/v1/documents", openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": {}}}}
    )
    async def documents(
        request: Request,
        name: Annotated[
            str, Query(min_length=1, max_length=255, description="The file's name: its ending helps to tell its kind.")
        ] = "text.txt",
        column: Annotated[str | None, Query(max_length=255, description="The text column of a table.")] = None,
        id_column: Annotated[str | None, Query(max_length=255, description="The column of a table's ids.")] = None,
    ) -> Response:
        """Mentions with exact offsets, entities, links and relations of every document in a file, and what was refused of it."""
        body = await body_of(request)
        if len(body) > service_of(request).limits.body:
            raise HTTPException(413, f"expected at most {service_of(request).limits.body:,} bytes")

        def work() -> dict[str, Any]:
            read, refused = _read(name, body, column, id_column)
            return {
                "documents": [told(extractor.extract(one)) for one in read],
                "refused": [{"name": clean(one.name), "why": clean(one.why)} for one in refused],
            }

        try:
            found = await anyio.to_thread.run_sync(work, limiter=lanes)
        except (DataError, InputError) as fault:
            raise HTTPException(400, str(fault)) from fault
        return Response(orjson.dumps(found), media_type="application/json")

    return router


def _read(name: str, body: bytes, column: str | None, id_column: str | None) -> tuple[list[Document], list[Refused]]:
    """The documents of a body and what could not be read of it. Raises DataError where there is no document."""
    found = list(read_given(Given(name, body), column=column, id_column=id_column, limits=LIMITS))
    refused = [one for one in found if isinstance(one, Refused)]
    read = [one for one in found if isinstance(one, Document)]
    if not read:
        raise DataError(f"{refused[0].name}: {refused[0].why}" if refused else f"{name}: expected text, got none")
    return read, refused


def told(found: Extraction) -> dict[str, Any]:
    """An extraction as JSON: offsets point into its `text`, `mentions` of an entity are numbers into the list of all."""
    numbers = {mention: number for number, mention in enumerate(found.mentions)}
    return {
        "id": clean(found.document.id),
        "text": clean(found.document.text),
        "kind": found.document.kind,
        "notes": list(found.document.notes),
        "mentions": [_mention(found.document, one) for one in found.mentions],
        "entities": [_entity(one, numbers) for one in found.entities],
        "relations": triples(found.relations, found.names.__getitem__, found.document.id),
    }


def _mention(document: Document, one: Mention) -> dict[str, Any]:
    place = where(document, one.start)
    return {
        "start": one.start, "end": one.end, "label": one.label, "text": clean(one.text), "probability": round(one.probability, 4),
        "source": one.source, "value": one.value, "link": one.link, "page": place.page, "paragraph": place.paragraph,
    }  # fmt: skip


def _entity(one: Entity, numbers: dict[Mention, int]) -> dict[str, Any]:
    def at(mentions: Sequence[Mention]) -> list[int]:
        return [numbers[mention] for mention in mentions]

    return {
        "id": one.id, "label": one.label, "name": clean(one.name), "mentions": at(one.mentions), "unsure": at(one.unsure),
        "pages": list(one.pages), "value": one.value, "link": one.link,
    }  # fmt: skip
