"""The bot over HTTP: POST /v1/chat, GET /v1/chat/SESSION, POST /v1/chat/SESSION/thumbs.

Mount it on the app of the models, whose keys, limits and metrics hold for it too:

    app = headwater.api.app.create_app(models, keys=keys)
    app.include_router(chat_router(bot, Conversations(store), courier))

Messages of one session are answered one after the other, in the order in which they came; those of different sessions
side by side. A client that gets no answer sends the message again under the same Idempotency-Key, and gets what was
stored, without personal data; to be able to do so with a first message, it draws the session itself.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal, Protocol
from weakref import WeakValueDictionary

import anyio
import anyio.to_thread
import orjson
from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from headwater.api.protocol import body_of, described_by
from headwater.errors import InputError, StoreError
from support_chatbot.records.conversations import Conversations
from support_chatbot.records.handover import Courier
from support_chatbot.records.rows import Closed, Conflict, Origin, Stored, Turn, UnknownConversation
from support_chatbot.turn import Reply, State, plain

__all__ = ["Said", "Speaker", "Thumbs", "chat_router"]

LONGEST = 4000  # characters of a message
AT_ONCE = 8  # messages that are worked on side by side; the others wait in line, and hold no thread
FAULTS: tuple[tuple[type[Exception], int], ...] = (
    (UnknownConversation, 404),
    (Conflict, 409),
    (Closed, 409),
    (StoreError, 503),
    (InputError, 400),
)
THUMBS = {"up": 1, "down": -1, "none": None}


class Speaker(Protocol):
    """What answers: `support_chatbot.bot.Bot`, or anything of its shape."""

    def reply(self, state: State, text: str, *, picked: str | None = None) -> Reply: ...


class Said(BaseModel):
    """A customer's message."""

    model_config = ConfigDict(extra="forbid")
    text: Annotated[str, Field(min_length=1, max_length=LONGEST, description="The message, as it was written.")]
    session: Annotated[
        str | None, Field(description="16 to 64 letters, digits, - and _, hard to guess; a new one if left out.")
    ] = None
    picked: Annotated[str | None, Field(max_length=255, description="The intent of the quick reply pressed.")] = None
    subject: Annotated[
        str | None, Field(min_length=1, max_length=255, description="The customer's id, where known. Stored as a hash.")
    ] = None
    language: Annotated[str, Field(max_length=16, description="What the channel says of the language, as en.")] = ""
    channel: Annotated[str, Field(min_length=1, max_length=64, description="Where it comes from, as web.")] = "api"


class Thumbs(BaseModel):
    """What the customer thinks of a reply."""

    model_config = ConfigDict(extra="forbid")
    turn: Annotated[int, Field(ge=1, le=2**31 - 1, description="The number of the bot's turn.")]
    thumbs: Literal["up", "down", "none"]


def chat_router(
    bot: Speaker, conversations: Conversations, courier: Courier | None = None, origin: Origin | None = None
) -> APIRouter:
    """The routes of a bot, which write to `conversations`; `courier` runs as long as the app does.

    `origin` says in each conversation which bundle and policy answered.
    """

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        if courier is not None:
            courier.start()
        yield
        if courier is not None:
            await asyncio.to_thread(courier.stop)

    router = APIRouter(tags=["chat"], lifespan=lifespan)
    turns = _Turns()

    @router.post("/v1/chat", openapi_extra=described_by(Said))
    async def chat(request: Request) -> Response:
        """Answer a message: parts, quick replies, sources, the outcome, and the hand-over with its stated wait."""
        asked = Said.model_validate_json(await body_of(request))
        idempotency = request.headers.get("idempotency-key")

        def work(key: str | None) -> tuple[Stored, Reply | None]:
            key = conversations.begin(asked.channel, asked.language, asked.subject, origin=origin, key=key)
            answer = _answering(bot, asked.picked)
            return conversations.say(key, asked.text, answer, idempotency=idempotency)

        stored, reply = await turns.run(asked.session, work)
        if courier is not None and not stored.repeated:
            courier.wake()
        headers = {"Idempotent-Replayed": "true"} if stored.repeated else {}
        return _json(_answer(stored, reply), headers)

    @router.get("/v1/chat/{session}")
    async def transcript(session: str) -> Response:
        """All that was said in a session, without personal data."""
        talk, said = await turns.beside(
            lambda: (conversations.conversation(session), conversations.transcript(session))
        )
        content = {"session": session, "status": talk.status, "turns": [_turn(turn) for turn in said]}
        return _json(content)

    @router.post("/v1/chat/{session}/thumbs", openapi_extra=described_by(Thumbs))
    async def thumbs(request: Request, session: str) -> Response:
        """Thumbs up or down for a reply, or none to take them back."""
        given = Thumbs.model_validate_json(await body_of(request))
        await turns.beside(lambda: conversations.thumbs(session, given.turn, THUMBS[given.thumbs]))
        return _json({"session": session, "turn": given.turn, "thumbs": given.thumbs})

    return router


class _Turns:
    """One message of a session at a time, first come first served; and not more threads than the store has use for."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._threads = anyio.CapacityLimiter(AT_ONCE)

    async def run(self, session: str | None, work: Callable[[str | None], Any]) -> Any:
        if session is None:
            return await self.beside(lambda: work(None))
        lock = self._locks.setdefault(session, asyncio.Lock())
        async with lock:
            return await self.beside(lambda: work(session))

    async def beside(self, work: Callable[[], Any]) -> Any:
        """Run in a thread; what goes wrong has its status. It is not cancelled half-way where the client leaves."""
        with anyio.CancelScope(shield=True):
            return await _with_status(anyio.to_thread.run_sync(work, limiter=self._threads))


async def _with_status(work: Awaitable[Any]) -> Any:
    try:
        return await work
    except tuple(kind for kind, _ in FAULTS) as fault:
        raise HTTPException(next(status for kind, status in FAULTS if isinstance(fault, kind)), str(fault)) from fault


def _answering(bot: Speaker, picked: str | None) -> Callable[[State, str], Reply]:
    return lambda state, text: bot.reply(state, text, picked=picked)


def _answer(stored: Stored, reply: Reply | None) -> dict[str, Any]:
    """What the client gets: the reply as it was said, or, of a message that comes again, as it was stored."""
    content = {} if stored.bot is None or stored.bot.reply is None else stored.bot.reply
    parts = content.get("parts", []) if reply is None else [plain(part) for part in reply.parts]
    actions = content.get("actions", []) if reply is None else [[name, dict(slots)] for name, slots in reply.actions]
    handoff = content.get("handoff")
    sources = {(quote["link"], quote["title"]): None for part in parts for quote in part["quotes"]}
    return {
        "session": stored.key,
        "turn": stored.number if stored.bot is None else stored.bot.number,
        "parts": parts,
        "quick_replies": [choice for part in parts for choice in part["choices"]],
        "sources": [{"link": link, "title": title} for link, title in sources],
        "outcome": None if stored.bot is None else stored.bot.outcome,
        "handoff": None if handoff is None else {name: handoff[name] for name in ("reason", "wait")},
        "actions": [{"name": name, "slots": slots} for name, slots in actions],
        "status": stored.status,
    }


def _turn(turn: Turn) -> dict[str, Any]:
    content: Mapping[str, Any] = turn.reply or {}
    return {
        "turn": turn.number, "speaker": turn.speaker, "text": turn.text, "created": turn.created.isoformat(),
        "parts": content.get("parts", []), "outcome": turn.outcome, "thumbs": turn.thumbs,
    }  # fmt: skip


def _json(content: Any, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), headers=dict(headers or {}), media_type="application/json")
