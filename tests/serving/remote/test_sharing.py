"""Connections that are shared."""

from headwater.serving.remote.sharing import Share


class Line:
    def __init__(self):
        self.closed = 0

    def close(self):
        self.closed += 1


def test_a_connection_is_opened_once_and_closed_with_the_last_who_holds_it():
    one, two, other = Share("a", Line), Share("a", Line), Share("b", Line)
    line = one.connection
    assert line is two.connection is not other.connection
    one.close()
    one.close()  # twice is once
    assert line.closed == 0
    del two  # who forgets to close it leaves it with its last breath
    assert line.closed == 1
    again = Share("a", Line)
    assert again.connection is not line
    again.close()
    other.close()


def test_one_that_cannot_be_opened_leaves_nothing_behind():
    for _ in range(2):
        try:
            Share("a", lambda: 1 / 0)
        except ZeroDivisionError:
            continue
        raise AssertionError
    assert isinstance(Share("a", Line).connection, Line)
