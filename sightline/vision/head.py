"""Linear heads: logistic regression with ridge penalty, fitted in double precision."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sightline.vision.metrics import Labels

_MOST_STEPS = 60
_CLOSE = 1e-10  # of the loss, which is at most 0.7
_SUFFICIENT = 1e-4
# OpenBLAS keeps products of so many multiplications on one thread.
_ONE_THREAD = 64**3
_MOST_COLUMNS = 128

Matrix = NDArray[np.float64]
# Gives the rows (b, d) and their labels (b,) block by block, the same ones each time.
Blocks = Callable[[], Iterable[tuple[Matrix, Labels]]]


@dataclass(frozen=True)
class Linear:
    """score = x . weights + offset, weights (d,)."""

    weights: NDArray[np.float64]
    offset: float

    def __call__(self, x: NDArray[np.floating]) -> NDArray[np.float64]:
        return np.asarray(x, np.float64) @ self.weights + self.offset


def balanced_weights(anomalous: Labels) -> NDArray[np.float64]:
    """Weights (n,) that give both kinds the same say and sum to n."""
    return np.where(anomalous, *_shares(int(anomalous.sum()), len(anomalous))) * len(anomalous)


def _shares(positives: int, count: int) -> tuple[float, float]:
    """The weight of one anomalous and of one normal row; over all rows they sum to one."""
    positives = max(1, positives)
    return 0.5 / positives, 0.5 / max(1, count - positives)


def fit_logistic(x: NDArray[np.floating], anomalous: Labels, penalty: float) -> Linear:
    """`fit_in_blocks` on rows (n, d) that are in memory, labels (n,)."""
    rows = np.asarray(x, np.float64)
    return fit_in_blocks(lambda: [(rows, anomalous)], rows.shape[1], penalty)


def fit_in_blocks(blocks: Blocks, width: int, penalty: float) -> Linear:
    """Class-balanced logistic regression of rows with `width` columns.

    Minimises mean log loss + penalty / 2 |w|^2. Memory holds one block and a matrix of width x
    width, or, when there are fewer rows than columns, the rows.
    """
    positives = count = 0
    for _, anomalous in blocks():
        positives, count = positives + int(anomalous.sum()), count + len(anomalous)
    few = list(blocks()) if count <= width else None
    problem = _Problem(blocks if few is None else lambda: few, penalty, _shares(positives, count))
    return _newton(problem, width, condensed=few is None)


@dataclass(frozen=True)
class _Problem:
    """What is minimised; shares: the weights of one anomalous and of one normal row."""

    blocks: Blocks
    penalty: float
    shares: tuple[float, float]

    def ridge(self, at: Matrix) -> Matrix:
        """The penalty's gradient; the offset is free."""
        return np.append(self.penalty * at[:-1], 0.0)

    def loss(self, at: Matrix) -> float:
        """The loss at weights and offset (d + 1,)."""
        total = 0.5 * float(at @ self.ridge(at))
        for rows, anomalous in self.blocks():
            margin = np.where(anomalous, 1, -1) * _scores(rows, at)
            total += float(np.where(anomalous, *self.shares) @ np.logaddexp(0, -margin))
        return total

    def gradient(self, at: Matrix) -> tuple[Matrix, list[Matrix]]:
        """The gradient (d + 1,), and for every block how much its rows (b,) bend the loss."""
        total, bends = self.ridge(at), []
        for rows, anomalous in self.blocks():
            weights, sign = np.where(anomalous, *self.shares), np.where(anomalous, 1.0, -1.0)
            doubt = 1 / (1 + np.exp(np.clip(sign * _scores(rows, at), -500, 500)))
            total = total + _back(rows, -weights * sign * doubt)
            bends.append(weights * doubt * (1 - doubt))
        return total, bends

    def hessian(self, bends: list[Matrix], width: int) -> Matrix:
        """The curvature (d + 1, d + 1)."""
        total = np.diag(self.ridge(np.ones(width + 1)))
        for (rows, _), bend in zip(self.blocks(), bends, strict=True):
            extended = np.append(rows, np.ones((len(rows), 1)), axis=1)
            _add_products(total, extended * bend[:, None], extended)
        return np.asarray(np.tril(total) + np.tril(total, -1).T)

    def curvature(self, bends: list[Matrix], direction: Matrix) -> Matrix:
        """The Hessian's product with a direction (d + 1,), without the Hessian."""
        total = self.ridge(direction)
        for (rows, _), bend in zip(self.blocks(), bends, strict=True):
            total = total + _back(rows, bend * _scores(rows, direction))
        return total


# The products here are too small for several threads: einsum stays on one, where BLAS would spin.
def _scores(rows: Matrix, at: Matrix) -> Matrix:
    return np.asarray(np.einsum("nd,d->n", rows, at[:-1]) + at[-1])


def _back(rows: Matrix, values: Matrix) -> Matrix:
    return np.append(np.einsum("nd,n->d", rows, values), values.sum())


def _newton(problem: _Problem, width: int, *, condensed: bool) -> Linear:
    """Newton's method with halved steps, each found by conjugate gradients.

    Nocedal and Wright 2006, algorithm 7.1 (line search Newton-CG): about ten steps do, as the loss
    is smooth and strictly convex. `condensed` makes each from a Hessian, which costs one pass
    over the rows instead of one per conjugate gradient.
    """
    at = np.zeros(width + 1)
    here = problem.loss(at)
    for _ in range(_MOST_STEPS):
        gradient, bends = problem.gradient(at)
        if condensed:
            hessian = problem.hessian(bends, width)
            step = _solve(partial(np.einsum, "de,e->d", hessian), gradient)
        else:
            step = _solve(partial(problem.curvature, bends), gradient)
        gain = float(gradient @ step)
        share = 1.0
        while (there := problem.loss(at - share * step)) > here - _SUFFICIENT * share * gain:
            share /= 2
            if share < _CLOSE:
                return Linear(at[:-1], float(at[-1]))
        at, here = at - share * step, there
        if gain < _CLOSE:
            break
    return Linear(at[:-1], float(at[-1]))


def _solve(product: Callable[[Matrix], Matrix], gradient: Matrix) -> Matrix:
    """x with product(x) = gradient by conjugate gradients, the closer the smaller the gradient."""
    x, rest = np.zeros_like(gradient), gradient
    direction, square = gradient, float(gradient @ gradient)
    enough = square * min(0.01, square)
    for _ in range(2 * len(gradient)):
        if square <= enough:
            break
        bent = product(direction)
        length = square / float(direction @ bent)
        x, rest = x + length * direction, rest - length * bent
        before, square = square, float(rest @ rest)
        direction = rest + square / before * direction
    return x


def _add_products(total: Matrix, left: Matrix, right: Matrix) -> None:
    """Add left.T @ right, known to be symmetric, to the lower triangle of `total` (d, d).

    In tiles that BLAS does not share among threads: the pictures keep every core busy, and threads
    that wait for each other on a busy machine took ten times as long.
    """
    width = total.shape[0]
    tiles = -(-width // _MOST_COLUMNS)
    edges = np.linspace(0, width, tiles + 1).astype(int)
    rows = max(1, _ONE_THREAD // int(np.diff(edges).max()) ** 2)
    columns = [slice(a, b) for a, b in pairwise(edges)]
    for start in range(0, len(left), rows):
        some = slice(start, start + rows)
        for number, across in enumerate(columns):
            for down in columns[number:]:
                total[down, across] += left[some, down].T @ right[some, across]


def stratified_folds(anomalous: Labels, count: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """A fold number for every picture, both kinds spread evenly."""
    folds = np.empty(len(anomalous), np.intp)
    for kind in (False, True):
        index = rng.permutation(np.flatnonzero(anomalous == kind))
        folds[index] = np.arange(len(index)) % count
    return folds
