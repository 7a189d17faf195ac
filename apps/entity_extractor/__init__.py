"""Entity extractor: the people, organisations and places in a text, with exact offsets."""
