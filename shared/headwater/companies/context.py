"""Is it the company? What stands around a name that is a common word, a place or a person too, or part of another name.

Points for and against, counted by rules that are written down here; how many are wanted was chosen on one half of
tests/benchmarks/company_names.jsonl and measured on the other.
"""

from collections.abc import Iterable

from headwater.companies.words import Text
from headwater.names import LEGAL

__all__ = ["ALONE", "GENERIC", "WANTED", "continued", "points"]

WANTED, ALONE = 1, 3  # points that a name of many meanings needs where a model holds it for a company, and without
# What follows a company's name without making another of it, in headlines that begin every word large too.
GENERIC = LEGAL | frozenset(
    """
    shares share stock stocks stake bonds bond notes debt adr adrs class ceo cfo coo chief chair chairman chairwoman president boss founder
    executive executives board investors shareholders holders owner unit units arm division plant factory workers staff union supplier suppliers rival
    profit profits sales revenue earnings results outlook forecast guidance dividend buyback target margin margins orders deliveries q1 q2 q3 q4 h1 h2
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october november december
    the a an and or of in on at to for from by with as is was has will its it after amid over under before but not vs s
    """.split()
)
# What a company does in a headline; other things that bear its name seldom do.
DOES = frozenset(
    """
    says said sees saw warns warned expects expected plans planned aims raises raised lifts lifted hikes hiked ups cuts cut trims trimmed lowers lowered slashes slashed boosts
    boosted beats beat misses missed tops topped posts posted reports reported books booked swings swung rises rose falls fell slides slid slips slipped jumps
    jumped surges surged soars soared leaps leapt climbs climbed gains gained drops dropped sinks sank plunges plunged tumbles tumbled rallies rallied
    shares stock stocks bonds ceo cfo chairman profit profits sales revenue earnings results guidance outlook dividend buyback buys bought sells sold buying
    agrees agreed acquires acquired bids bid names named appoints appointed hires hired fires fired lays recalls recalled launches launched unveils unveiled
    wins won loses lost signs signed settles settled sues sued faces faced fined halts halted delays delayed suspends suspended resumes resumed restarts
    restarted shuts closes closed opens opened invests invested spends spent refinances refinanced issues issued mandates prices priced seeks
    sought nears near weighs weighed explores mulls eyes considers reviews withdraws withdrew pulls pulled maintains keeps kept confirms confirmed adds added spins
    completes completed orders ordered ends ended exits exited quits takes took forecasts forecast freezes froze appeals appealed denies denied files filed volumes
    output shipments deliveries bookings
    """.split()
)
FIRMS = frozenset(
    """
    analysts analyst economist economists strategist strategists backed owned led listed upgrades downgrades upgraded downgraded supplier maker parent owner
    """.split()
)
# What is done to a company; right before its name.
DONE = frozenset("upgrades downgrades cuts raises rates starts initiates buys sells sues acquires backs prefers joins fines probes owns takes leaves".split())  # fmt: skip
STAKES = frozenset("shares stake stock investors bonds rival parent owner unit retailer carmaker lender insurer miner drugmaker group company firm maker".split())  # fmt: skip
DETERMINERS = frozenset("a an this that each every some any no another new its his her their our your my".split())
# Words after a name, in headlines that begin every word large, that make it another's: a place, a prize, a sister firm.
SISTERS = frozenset(
    """
    arena center centre stadium field park cup open foundation university hospital hospitals tyres brands bank life insurance music pictures motors power
    steel materials electronics mining resources energy financial securities capital partners infrastructure industries chemical chemicals reit county
    variant juice city
    """.split()
)


def continued(text: Text, after: int, tagged: bool) -> bool:
    """Whether the words from number `after` on go on with the name, so that it is another firm's or thing's.

    `tagged`: a model held the name without them to be a company; then only what surely makes another name of it counts.
    """
    word = text.word(after)
    if not word or not word[0].isalnum() or text.touches(after - 1):
        return False  # a sign stands between: the name ended
    if plain_generic(word) or not word[0].isupper() or text.shouted:
        return False
    return word.casefold() in SISTERS if tagged or text.titled else True


def plain_generic(word: str) -> bool:
    return word.casefold() in GENERIC


def points(text: Text, first: int, last: int, hints: Iterable[tuple[str, ...]], beside: bool) -> int:
    """What speaks for the company at the words first to last - 1 of a text; below zero, against it.

    +3 a legal form follows ("Gap Inc"). +2 one of the company's own words stands in the text. +2 a verb or noun of company
    news follows, +1 "to" and what it is to do. +1 after "shares in", "upgrades" and the like. +1 another company `beside` it.
    -4 written small. -3 a capital word goes on with the name, or stands before it like a first name. -2 after "a", "this"
    or a number. -1 joined by a hyphen.
    """
    here, before, after = text.word(first), text.word(first - 1), text.word(last)
    total = 3 if after.casefold() in LEGAL and after[:1].isupper() and not text.touches(last - 1) else 0
    total += 2 * any(text.stands(hint, first, last) for hint in hints)
    total += 2 * (after.casefold() in DOES or _owns(text, last) or after.casefold() in FIRMS)
    total += (after == "to" and text.word(last + 1).islower()) + _follows_stake(text, first) + beside
    if here.islower():
        total -= 4
    if not text.shouted and not text.titled:
        total -= 3 * (_named_before(text, first) + continued(text, last, tagged=False))
    total -= 2 * (before.casefold() in DETERMINERS or before.isdigit())
    return total - (after == "-" and text.touches(last - 1) and text.word(last + 1).casefold() not in FIRMS)


def _owns(text: Text, last: int) -> bool:
    return text.word(last) == "'" and text.word(last + 1) in ("s", "S")


def _follows_stake(text: Text, first: int) -> int:
    """1 after "shares in", "stake of", "retailer" and the like."""
    before = text.word(first - 1).casefold()
    if before in ("in", "of", "at"):
        return int(text.word(first - 2).casefold() in STAKES)
    return int(before in STAKES | DONE)


def _named_before(text: Text, first: int) -> bool:
    """Whether a capital word stands right before the name, as a first name does; what opens a text tells nothing less."""
    word = text.word(first - 1)
    return bool(word) and word[0].isupper() and not word.isupper() and word.casefold() not in GENERIC | STAKES and not text.touches(first - 1)  # fmt: skip
