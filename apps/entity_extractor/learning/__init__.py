"""What people teach the extractor: which sentences to correct, the corrections, new types from a few examples, agreement.

learning/doubts.py      what a model says of sentences, and how unsure it is of each
learning/queue.py       sentences in the order in which the model would learn most from them, kept in a file
learning/draft.py       one sentence under correction: spans that are accepted, changed, added
learning/corrected.py   corrections in the store: who, when, how far, and out again as annotated texts
learning/agreement.py   how far people who marked the same sentences agree
learning/candidates.py  stretches of a text that may be a name
learning/prototypes.py  new types from 5 to 20 examples
learning/new_types.py   what people have said of a new type, in the store, and what else may be one
learning/remembering.py an embedder that reads no text twice
learning/simulate.py    what a hundred corrected sentences gain, in the queue's order and at random

What was corrected goes into a model by `headwater teach` (headwater/teaching.py), new types too.
"""
