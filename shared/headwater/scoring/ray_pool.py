"""A pool of Ray actors that scores lists of texts in order, holds few of them, and outlives its actors.

Plain actors rather than Ray Data, for three reasons. What a shard scores is settled by the driver's journal, and the
sources of Ray Data are read by workers or put into the object store whole. `map_batches` calls an actor that dies
again without end (max_restarts and max_task_retries are -1), so that one bad text stops a run for ever, and does
not tell which text it was; without those it drops the block or the run. Order (`preserve_order`) holds what is done
behind a slow block.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError

from headwater.errors import HeadwaterError, ScoringError
from headwater.scoring.deadly import DEATHS, deadly
from headwater.scoring.scorer import Outcome, Plan, Refusal

__all__ = ["Pool"]

QUEUE = 2  # lists at an actor: one that it scores, one that waits there while the driver writes
AHEAD = 3  # lists in memory for each actor: those two, and one that is scored and waits for its turn
OPENINGS = 3  # actors that may die in a row before any has scored
WAIT = 900.0  # seconds without any actor: clusters that grow take minutes for a machine
KILLED = f"the text killed the process that scored it, {DEATHS} times of {DEATHS}"


@dataclass(eq=False)
class _List:
    """A list of texts on its way; `bad` are the positions that are left out since they kill."""

    texts: list[str]
    outcomes: list[Outcome] | None = None
    deaths: int = 0
    bad: list[int] | None = None  # None until it was looked for

    def sent(self) -> list[str]:
        left_out = set(self.bad or ())
        return [text for at, text in enumerate(self.texts) if at not in left_out]

    def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Take the outcomes of what was sent, and refuse the rest."""
        scored, left_out = iter(outcomes), set(self.bad or ())
        self.outcomes = [Refusal(KILLED) if at in left_out else next(scored) for at in range(len(self.texts))]


@dataclass(eq=False)
class _Member:
    """An actor, the reference of its plan until it came, and its lists in the order in which it scores them."""

    actor: Any
    opening: Any
    tasks: deque[tuple[Any, _List]] = field(default_factory=deque)


class Pool:
    """So many actors, hired by `hire`, which gives an actor and the reference of the Plan it is opening.

    `plan` waits for the first of them; those that open later join then. Raises ScoringError where none opens, or one
    opens with another plan; whatever error opening raised comes as it is.
    """

    def __init__(self, hire: Callable[[], tuple[Any, Any]], actors: int) -> None:
        self.hire, self.actors, self.failed = hire, actors, 0
        self.members = [_Member(*hire()) for _ in range(actors)]
        self.todo: deque[_List] = deque()
        self._plan: Plan | None = None

    def plan(self) -> Plan:
        """What the actors score by."""
        while self._plan is None:
            self._step()
        return self._plan

    def score(self, lists: Iterable[list[str]]) -> Iterator[list[Outcome]]:
        """The engine: outcomes in the order of the lists; at most three lists an actor are in memory."""
        waiting: deque[_List] = deque()
        for texts in lists:
            waiting.append(_List(texts, None if texts else []))
            if texts:
                self.todo.append(waiting[-1])
                self._assign()
            while len(waiting) >= AHEAD * self.actors or (waiting and waiting[0].outcomes is not None):
                yield self._first(waiting)
        while waiting:
            yield self._first(waiting)

    def close(self) -> None:
        """End the actors, whatever they do."""
        for member in self.members:
            ray.kill(member.actor)
        self.members = []

    def _first(self, waiting: deque[_List]) -> list[Outcome]:
        while waiting[0].outcomes is None:
            self._step()
        return waiting.popleft().outcomes or []

    def _assign(self) -> None:
        """Give lists to the open actors with the fewest."""
        free = [member for member in self.members if member.opening is None and len(member.tasks) < QUEUE]
        while self.todo and free:
            member, task = min(free, key=lambda item: len(item.tasks)), self.todo.popleft()
            member.tasks.append((member.actor.score.remote(task.sent()), task))
            free = [item for item in free if len(item.tasks) < QUEUE]

    def _step(self) -> None:
        """Wait until an actor has opened, scored or died, and take note of it."""
        by_ref = {member.opening: member for member in self.members if member.opening is not None}
        by_ref |= {ref: member for member in self.members for ref, _ in member.tasks}
        at_work = any(member.tasks for member in self.members)
        ready, _ = ray.wait(list(by_ref), num_returns=1, timeout=None if at_work else WAIT)
        if not ready:
            raise _unstarted()
        member = by_ref[ready[0]]
        if member.opening is not None:
            self._open(member)
        else:
            self._take(member)
        self._assign()

    def _open(self, member: _Member) -> None:
        """Let an actor join, or put another in its place."""
        try:
            plan = _got(member.opening)
        except RayError as fault:
            self.failed += 1
            if self.failed >= OPENINGS:
                raise ScoringError(f"{self.failed} actors died while they opened the bundles: {fault}") from fault
            self._replace(member, *self.hire())
            return
        if self._plan is not None and plan != self._plan:
            raise ScoringError(
                f"the nodes differ, and would give different bytes: {_difference(self._plan, plan)}; install the "
                "same versions on all of them, and run again"
            )
        self._plan, member.opening, self.failed = plan, None, 0

    def _take(self, member: _Member) -> None:
        """Take what an actor has scored; where it died, its first open list was the one it was at."""
        while member.tasks:
            ref, task = member.tasks[0]
            if not ray.wait([ref], timeout=0)[0]:
                return
            try:
                task.settle(_got(ref))
            except RayError:
                self._bury(member)
                return
            member.tasks.popleft()

    def _bury(self, member: _Member) -> None:
        """Replace a dead actor; its lists are scored again, first of all."""
        culprit = member.tasks[0][1]
        self.todo.extendleft(task for _, task in reversed(member.tasks))
        culprit.deaths += 1
        self._replace(member, *self.hire())
        if culprit.deaths < DEATHS:
            return
        if culprit.bad is not None:
            raise ScoringError(
                f"the process died {DEATHS} times more on a list of {len(culprit.sent()):,} texts of which none kills "
                "it alone: it may want more memory than the node has; give fewer --actors or --shard-rows"
            )
        culprit.bad, culprit.deaths = deadly(culprit.texts, lambda some: self._survives(member, some)), 0
        if not culprit.sent():
            self.todo.remove(culprit)
            culprit.settle([])

    def _survives(self, member: _Member, texts: Sequence[str]) -> bool:
        """Let one actor score some texts, and replace it if that kills it."""
        while member.opening is not None:
            if not ray.wait([member.opening], timeout=WAIT)[0]:
                raise _unstarted()
            self._open(member)
        try:
            _got(member.actor.score.remote(list(texts)))
        except ScoringError:
            return True  # the models fail on these, the process lives
        except RayError:
            self._replace(member, *self.hire())
            return False
        return True

    def _replace(self, member: _Member, actor: Any, opening: Any) -> None:
        ray.kill(member.actor)  # it may only be out of reach
        member.actor, member.opening, member.tasks = actor, opening, deque()


def _got(ref: Any) -> Any:
    """What an actor answered. An error of ours comes as it was raised there, without the trace of another machine."""
    try:
        return ray.get(ref)
    except RayTaskError as fault:
        cause = fault.cause
        if isinstance(cause, HeadwaterError):
            raise cause from None
        raise ScoringError(f"an actor failed: {type(cause).__name__}: {cause}") from fault


def _unstarted() -> ScoringError:
    return ScoringError(
        f"no actor could be started in {WAIT:.0f} s; the cluster has {ray.cluster_resources()}: give fewer "
        "--actors or --gpus-per-actor, or start nodes"
    )


def _difference(one: Plan, two: Plan) -> str:
    return "; ".join(
        f"{name} {before} and {now}"
        for name, before in vars(one).items()
        if before != (now := getattr(two, name)) and name != "fields"
    )
