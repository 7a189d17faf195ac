"""Average-linkage clustering of unit vectors by cosine, with NumPy alone: what serves has no scikit-learn.

Two clusters are as near as their members are on average. For unit vectors that is the dot product of the clusters'
means, so that merging costs one row of a matrix. The chain of nearest neighbours (Murtagh 1983; Müllner 2011) finds the
same tree as taking the nearest pair again and again, in n^2 steps: average linkage never brings others nearer by merging.
For the same reason a cluster whose nearest neighbour is beyond the threshold is finished, and leaves.
"""

import numpy as np

__all__ = ["MOST", "average_linkage", "clustered"]

MOST = 6000  # vectors compared all with all: 6,000^2 x 4 bytes = 144 MB
SEED = 13


def average_linkage(vectors: np.ndarray, least: float) -> np.ndarray:
    """float (n, dimension) of unit vectors -> int (n,): the cluster of each, by its first member's order.

    Clusters are merged while the nearest two have a mean cosine of at least `least`.

    >>> average_linkage(np.array([[1.0, 0.0], [0.0, 1.0], [0.8, 0.6]]), least=0.7).tolist()
    [0, 1, 0]
    """
    count = len(vectors)
    near = vectors.astype(np.float32) @ vectors.astype(np.float32).T
    np.fill_diagonal(near, -np.inf)
    sizes, owner = np.ones(count), np.arange(count)
    alive = np.ones(count, dtype=bool)
    chain: list[int] = []
    for start in range(count):
        while alive[start] or chain:
            if not chain:
                chain.append(start)
            top = chain[-1]
            other = int(np.argmax(near[top]))
            # The one before in the chain wins a tie, or the chain would not end.
            if len(chain) > 1 and near[top, chain[-2]] >= near[top, other]:
                other = chain[-2]
            if near[top, other] < least:
                alive[top] = False
                near[top, :] = near[:, top] = -np.inf
                chain.pop()
            elif len(chain) > 1 and other == chain[-2]:
                del chain[-2:]
                _merge(near, sizes, owner, alive, *sorted((top, other)))
            else:
                chain.append(other)
    return _numbered(owner)


def _merge(near: np.ndarray, sizes: np.ndarray, owner: np.ndarray, alive: np.ndarray, kept: int, gone: int) -> None:
    """Join two clusters under the first: its row becomes the mean of both, weighted by their sizes."""
    row = (sizes[kept] * near[kept] + sizes[gone] * near[gone]) / (sizes[kept] + sizes[gone])
    near[kept, :] = near[:, kept] = row
    near[gone, :] = near[:, gone] = -np.inf
    near[kept, kept] = -np.inf
    sizes[kept] += sizes[gone]
    owner[owner == gone] = kept
    alive[gone] = False


def clustered(vectors: np.ndarray, least: float, smallest: int, most: int = MOST) -> np.ndarray:
    """int (n,): the cluster of each vector, largest first; -1 for those in none of `smallest` members.

    Beyond `most` vectors a seeded draw of that many is clustered, and each other vector joins the cluster whose mean is
    nearest to it, if their mean cosine is at least `least`: memory is bounded, whatever the number.
    """
    count = len(vectors)
    if count <= most:
        found = average_linkage(vectors, least)
    else:
        drawn = np.sort(np.random.default_rng(SEED).choice(count, most, replace=False))
        found = _joined(vectors, drawn, average_linkage(vectors[drawn], least), least)
    sizes = np.bincount(found[found >= 0], minlength=1)
    order = [cluster for cluster in np.argsort(-sizes, kind="stable") if sizes[cluster] >= max(smallest, 1)]
    ranks = np.full(len(sizes) + 1, -1)
    ranks[order] = np.arange(len(order))
    return ranks[found]


def _joined(vectors: np.ndarray, drawn: np.ndarray, found: np.ndarray, least: float) -> np.ndarray:
    means = np.stack([vectors[drawn[found == cluster]].mean(axis=0) for cluster in range(found.max() + 1)])
    labels = np.full(len(vectors), -1)
    labels[drawn] = found
    others = np.setdiff1d(np.arange(len(vectors)), drawn)
    for part in np.array_split(others, max(1, len(others) // 1024)):
        near = vectors[part] @ means.T
        best = near.argmax(axis=1)
        labels[part] = np.where(near[np.arange(len(part)), best] >= least, best, -1)
    return labels


def _numbered(owner: np.ndarray) -> np.ndarray:
    """Clusters counted from 0, in the order of their first members."""
    _, first, inverse = np.unique(owner, return_index=True, return_inverse=True)
    ranks = np.empty(len(first), dtype=np.int64)
    ranks[np.argsort(first)] = np.arange(len(first))
    return ranks[inverse]
