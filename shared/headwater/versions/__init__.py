"""The versions of models on this machine: which is live, which is the candidate, and the way back.

    home()/models/<name>/
        versions/<digest12>/   a bundle, verified and copied whole; never written again
        aliases.json           which version is live, candidate and previous, and how that came about
        faced/<digest12>.json  what the candidate did on the old cases (see headwater.facing)
        cases/                 labelled files that every candidate must face

The bundle that ships with the project (or stands in home()/models/<name>/bundle, from before there were versions)
counts as the first live one: it is called "shipped" in aliases.json, and rolling back can lead to it.

versions/aliases.py   aliases.json: read, and changed under a lock
versions/shelf.py     install, promote, roll back, remove; a name such as "entities@candidate" -> its folder
"""
