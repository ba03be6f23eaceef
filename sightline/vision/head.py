"""Linear heads: logistic regression with ridge penalty, fitted in double precision."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from sightline.vision.metrics import Labels

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Linear:
    """score = x . weights + offset, weights (d,)."""

    weights: NDArray[np.float64]
    offset: float

    def __call__(self, x: NDArray[np.floating]) -> NDArray[np.float64]:
        return np.asarray(x, np.float64) @ self.weights + self.offset


def balanced_weights(anomalous: Labels) -> NDArray[np.float64]:
    """Weights (n,) that give both kinds the same say and sum to n."""
    positives = max(1, int(anomalous.sum()))
    negatives = max(1, len(anomalous) - positives)
    half = len(anomalous) / 2
    return np.where(anomalous, half / positives, half / negatives)


def fit_logistic(x: NDArray[np.floating], anomalous: Labels, penalty: float) -> Linear:
    """Class-balanced logistic regression of (n, d) on labels (n,).

    Minimises mean log loss + penalty / 2 |w|^2. With fewer pictures than features the problem is
    solved in the span of the pictures (the representer theorem), which is much smaller. The
    products are too small for several threads: einsum stays on one, where BLAS would spin.
    """
    x = np.asarray(x, np.float64)
    weights = balanced_weights(anomalous) / len(anomalous)
    sign = np.where(anomalous, 1.0, -1.0)
    basis = x
    back = None
    if x.shape[1] > x.shape[0]:
        values, vectors = np.linalg.eigh(x @ x.T)
        keep = values > values.max() * 1e-12
        root = np.sqrt(values[keep])
        basis = vectors[:, keep] * root
        back = x.T @ (vectors[:, keep] / root)

    def loss(parameters: Matrix) -> tuple[float, Matrix]:
        w, b = parameters[:-1], parameters[-1]
        margin = sign * (np.einsum("nd,d->n", basis, w) + b)
        value = float(weights @ np.logaddexp(0, -margin)) + penalty / 2 * float(w @ w)
        pull = -weights * sign / (1 + np.exp(np.clip(margin, -500, 500)))
        gradient = np.append(np.einsum("nd,n->d", basis, pull) + penalty * w, pull.sum())
        return value, gradient

    start = np.zeros(basis.shape[1] + 1)
    result = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300})
    w = result.x[:-1] if back is None else back @ result.x[:-1]
    return Linear(w, float(result.x[-1]))


def stratified_folds(anomalous: Labels, count: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """A fold number for every picture, both kinds spread evenly."""
    folds = np.empty(len(anomalous), np.intp)
    for kind in (False, True):
        index = rng.permutation(np.flatnonzero(anomalous == kind))
        folds[index] = np.arange(len(index)) % count
    return folds
