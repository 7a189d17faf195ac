"""Mentions -> what they mean: an id of the user's own knowledge base or of the company table, or nothing (NIL).

base = KnowledgeBase.open(Path("people.csv"))          # or .jsonl
link(text, mentions, base, Companies.open())           # mentions with their `link`
"""
