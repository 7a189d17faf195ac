import numpy as np
import pytest

from support_chatbot.learning.linkage import average_linkage, clustered


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize("least", [0.1, 0.3, 0.5, 0.8])
@pytest.mark.parametrize("seed", range(4))
def test_it_finds_what_scipy_finds(seed: int, least: float) -> None:
    hierarchy = pytest.importorskip("scipy.cluster.hierarchy")
    rng = np.random.default_rng(seed)
    vectors = unit(rng.normal(size=(8, 6))[rng.integers(8, size=150)] + 0.4 * rng.normal(size=(150, 6)))
    tree = hierarchy.linkage(vectors, "average", metric="cosine")
    theirs = hierarchy.fcluster(tree, 1 - least, "distance")
    ours = average_linkage(vectors, least)
    assert ours.max() > 0
    assert np.array_equal(ours[:, None] == ours, theirs[:, None] == theirs)


def blobs(each: int, groups: int = 5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(groups), each)
    return unit(np.eye(groups, 20)[truth] + 0.05 * rng.normal(size=(len(truth), 20))), truth


def test_a_draw_and_the_nearest_centre_find_the_same_as_all_with_all() -> None:
    vectors, truth = blobs(each=60)
    assert np.array_equal(
        clustered(vectors, 0.5, 5, most=80)[:, None] == clustered(vectors, 0.5, 5), truth[:, None] == truth
    )


def test_small_clusters_are_left_out_and_the_largest_is_first() -> None:
    vectors, _ = blobs(each=10, groups=3)
    found = clustered(np.concatenate([vectors[:3], vectors[10:26]]), 0.5, 5)
    assert found.tolist() == [-1] * 3 + [0] * 10 + [1] * 6


def test_nothing_alike_is_no_cluster() -> None:
    assert clustered(np.eye(4), 0.5, 2).tolist() == [-1] * 4
