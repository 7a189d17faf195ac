"""Understanding: a message's questions, its slots, its act and its language."""
