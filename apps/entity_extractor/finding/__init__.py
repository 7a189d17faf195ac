"""A text -> its mentions, by models, dictionaries, patterns and parsers of values, in an order of precedence.

setup.py        a TOML file that people edit -> rules (finding.toml is the default)
own.py          the set-up of this machine, which the page edits and everything goes by
editing.py      one change of a set-up; wording.py says the whole again as TOML
paragraphs.py   a text -> the paragraphs that are read each by itself
dictionary.py   names of one's own, by thousands
patterns.py     regular expressions with a time limit
precedence.py   which of several spans at one place is kept
finder.py       all of it at work
"""

from entity_extractor.finding.finder import Finder
from entity_extractor.finding.setup import DEFAULT, Setup, load_setup, parse_setup

__all__ = ["DEFAULT", "Finder", "Setup", "load_setup", "parse_setup"]
