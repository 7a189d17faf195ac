import pytest

from headwater.locks import alone


def test_one_at_a_time_and_the_next_after_it(tmp_path):
    file = tmp_path / "of" / ".lock"
    with alone(file), pytest.raises(BlockingIOError), alone(file, wait=False):
        pass
    with pytest.raises(ValueError, match="on the way"), alone(file, wait=False):
        raise ValueError("on the way")
    with alone(file, wait=False):
        pass
