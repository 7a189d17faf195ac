"""The pool's order, bounds and faults, on actors that are played: no cluster, no clock, no luck."""

import random
from collections import deque
from types import SimpleNamespace

import pytest

pytest.importorskip("ray", reason="no ray: pip install 'headwater[scale]'")

from ray.exceptions import ActorDiedError, RayTaskError

from headwater.errors import BundleError, ScoringError
from headwater.scoring import ray_pool
from headwater.scoring.ray_pool import AHEAD, Pool
from headwater.scoring.scorer import Plan, Refusal

PLAN = Plan((), [{"bundle": "0"}], None, (), {"numpy": "2"})


class Stage:
    """Plays Ray: an actor does its next work when somebody waits, chosen by a seed; a death takes all its work along."""

    def __init__(self, seed: int = 0, plans=(), kills=lambda texts, nth: False) -> None:
        self.draw, self.plans, self.kills = random.Random(seed), iter(plans), kills
        self.actors, self.lists, self.deaths = [], 0, 0

    def hire(self):
        actor = SimpleNamespace(queue=deque(), dead=False)
        actor.score = SimpleNamespace(remote=lambda texts: self._put(actor, lambda: self._scored(texts)))
        self.actors.append(actor)
        return actor, self._put(actor, lambda: next(self.plans, PLAN))

    def _put(self, actor, work):
        made = SimpleNamespace(actor=actor, work=work, done=False, fault=None)
        ref = Ref(made)
        actor.queue.append(made)
        if actor.dead:
            self._die(actor)
        return ref

    def _scored(self, texts):
        self.lists += 1
        if self.kills(texts, self.lists):
            self.deaths += 1
            raise ActorDiedError()
        return [{"length": len(text)} for text in texts]

    def _die(self, actor):
        actor.dead = True
        while actor.queue:
            made = actor.queue.popleft()
            made.done, made.fault = True, ActorDiedError()

    def _work(self, actor):
        made = actor.queue[0]
        try:
            made.value = made.work()
        except ActorDiedError:
            self._die(actor)
            return
        except BundleError as fault:
            made.fault = RayTaskError("open", "trace", fault)
        made.done = True
        actor.queue.popleft()

    def wait(self, refs, num_returns=1, timeout=None):
        while not (ready := [ref for ref in refs if ref.made.done]):
            if timeout == 0:
                return [], refs
            self._work(self.draw.choice([actor for actor in self.actors if actor.queue]))
        return [self.draw.choice(ready)], refs

    def get(self, ref):
        while not ref.made.done:
            self._work(ref.made.actor)
        if ref.made.fault:
            raise ref.made.fault
        return ref.made.value

    def kill(self, actor):
        self._die(actor)


class Ref:
    """What an ObjectRef is to the pool: something to hash and to ask for."""

    def __init__(self, made) -> None:
        self.made = made


@pytest.fixture
def stage(monkeypatch):
    def play(**options):
        made = Stage(**options)
        monkeypatch.setattr(ray_pool, "ray", made)
        return made

    return play


def lists(count=40):
    return [["x" * (number % 7), f"text {number}"] if number % 5 else [] for number in range(count)]


def expected(given, bad=()):
    return [[Refusal(ray_pool.KILLED) if text in bad else {"length": len(text)} for text in texts] for texts in given]


@pytest.mark.parametrize("seed", range(10))
def test_order_holds_whoever_is_first(stage, seed):
    pool = Pool(stage(seed=seed).hire, 3)
    assert pool.plan() == PLAN
    assert list(pool.score(lists())) == expected(lists())


def test_it_is_lazy_and_bounded(stage):
    pool, cut, back = Pool(stage().hire, 2), 0, 0

    def source():
        nonlocal cut
        for number in range(100):
            cut += 1
            assert cut - back <= AHEAD * 2
            yield [f"text {number}"]

    engine = pool.score(source())
    assert cut == 0
    for _ in engine:
        back += 1
    assert back == cut == 100


@pytest.mark.parametrize("seed", range(20))
def test_any_deaths_change_nothing(stage, seed):
    """Every ninth list kills, whatever it holds: two such deaths of one list make it suspect, and clear it."""
    made = stage(seed=seed, kills=lambda texts, nth: nth % 9 == 0)
    pool = Pool(made.hire, 3)
    assert list(pool.score(lists())) == expected(lists())
    assert made.deaths >= 3
    assert len(made.actors) == 3 + made.deaths, "for each that died one was hired"


@pytest.mark.parametrize("seed", range(10))
def test_a_text_that_kills_is_refused_and_its_neighbours_stay_together(stage, seed):
    sent = []

    def kills(texts, nth):
        sent.append(texts)
        return "text 11" in texts

    made = stage(seed=seed, kills=kills)
    given = [[f"text {number}" for number in range(start, start + 4)] for start in range(0, 40, 4)]
    assert list(Pool(made.hire, 2).score(given)) == expected(given, bad={"text 11"})
    assert made.deaths == 2 + 2, "two of the list, two of the text"
    assert sent.count(["text 8", "text 9", "text 10"]) == 1, "in the end the others are scored in one company"


def test_a_list_of_nothing_but_such_a_text(stage):
    made = stage(kills=lambda texts, nth: "bad" in texts)
    assert list(Pool(made.hire, 2).score([["bad"], ["good"]])) == expected([["bad"], ["good"]], bad={"bad"})


def test_texts_that_kill_only_together_end_the_run(stage):
    made = stage(kills=lambda texts, nth: len(texts) > 1)
    with pytest.raises(ScoringError, match="none kills it alone.*memory"):
        list(Pool(made.hire, 2).score([["a", "b"]]))


def test_nodes_that_differ_are_refused(stage):
    other = Plan((), [{"bundle": "0"}], None, (), {"numpy": "3"})
    pool = Pool(stage(plans=[PLAN, other]).hire, 2)
    with pytest.raises(ScoringError, match="the nodes differ.*libraries"):
        list(pool.score(lists()))


def test_what_opening_says_comes_as_it_is(stage):
    def damaged():
        raise BundleError("half of it is missing")
        yield

    with pytest.raises(BundleError, match="^half of it is missing$"):
        Pool(stage(plans=damaged()).hire, 2).plan()


def test_actors_that_die_while_they_open_end_the_run(stage):
    def dying():
        raise ActorDiedError()
        yield

    made = stage()
    made.hire, hire = (lambda: mortal(*hire())), made.hire

    def mortal(actor, opening):
        made._die(actor)
        return actor, opening

    with pytest.raises(ScoringError, match="3 actors died while they opened"):
        Pool(made.hire, 2).plan()
