"""Listed companies: a table that anyone can replace, and which of them a text means."""
