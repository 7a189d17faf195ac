"""What joins two names of a sentence, by any relation bundle (models/relations/recipe.toml trains one).

Document + mentions -> Relations (relating) -> triples as files, a graph to look at (triples)
"""
