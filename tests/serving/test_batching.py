import doctest

from hypothesis import given
from hypothesis import strategies as st

import headwater.serving.batching
from headwater.serving.batching import token_batches

lengths = st.lists(st.integers(1, 64), max_size=60)


def test_the_example_runs():
    assert doctest.testmod(headwater.serving.batching) == (0, 1)


@given(lengths, st.integers(1, 300))
def test_every_row_is_in_one_batch_and_no_batch_pads_beyond_the_budget(rows, budget):
    batches = list(token_batches(rows, budget))
    assert sorted(row for batch in batches for row in batch) == list(range(len(rows)))
    for batch in batches:
        widest = max(rows[row] for row in batch)
        assert len(batch) == 1 or widest * len(batch) <= budget


@given(lengths, st.integers(1, 300))
def test_longest_first_and_batches_as_full_as_they_can_be(rows, budget):
    batches = list(token_batches(rows, budget))
    order = [rows[row] for batch in batches for row in batch]
    assert order == sorted(order, reverse=True)
    for batch, following in zip(batches, batches[1:], strict=False):
        assert following
        assert rows[batch[0]] * (len(batch) + 1) > budget


def test_nothing_gives_no_batch():
    assert list(token_batches([], 100)) == []


def test_equal_lengths_keep_their_order():
    assert list(token_batches([5, 5, 5], budget=10)) == [[0, 1], [2]]
