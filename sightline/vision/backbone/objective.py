"""What the backbone is trained for: the very test that the detector will put it to.

For every product there are two clean reference views, a clean query and a spoiled query. Three
terms, at both feature maps:

- novelty: the cosine similarity of a query patch to its nearest reference patch must tell
  spoiled from clean patches (logistic loss, both kinds weighted equally);
- ranking: the most novel patches of the spoiled query must be more novel than those of the
  clean one, which is what image AUROC measures;
- correspondence: a patch finds itself again in the other query among patches of all products
  (InfoNCE, van den Oord et al. 2018, arXiv:1807.03748). It keeps features rich, so that defects
  unlike the synthetic ones still move them.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

TEMPERATURE = 0.1
_QUERIES = 640


@dataclass(frozen=True)
class Terms:
    """The loss terms of one feature map, scalars."""

    novelty: Tensor
    ranking: Tensor
    correspondence: Tensor

    @property
    def total(self) -> Tensor:
        return self.novelty + 0.5 * self.ranking + 0.3 * self.correspondence


class Objective(nn.Module):  # type: ignore[misc]
    """Loss of one feature map; scale and offset of the novelty logit are learned."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(2.3))
        self.offset = nn.Parameter(torch.tensor(0.8))

    def forward(self, features: Tensor, visible: Tensor, changed: Tensor) -> Terms:
        """features: (4, episodes, c, h, w) of unit length; masks: (episodes, H, W), 0 or 1."""
        views, episodes, channels, _, width = features.shape
        flat = features.permute(0, 1, 3, 4, 2).reshape(views, episodes, -1, channels)
        memory = torch.cat([flat[0], flat[1]], 1)
        cell = visible.shape[-1] // width
        bad = F.avg_pool2d(visible[:, None], cell).reshape(episodes, -1)
        near = F.max_pool2d(changed[:, None], cell)
        clean = F.max_pool2d(near, 3, 1, 1).reshape(episodes, -1) == 0
        spoiled = bad > 0.2
        likeness_clean = _nearest(flat[2], memory)
        likeness_spoiled = _nearest(flat[3], memory)
        scale = self.scale.exp()
        logit = scale * (self.offset - likeness_spoiled)
        novelty = _mean(F.softplus(-logit), spoiled) + _mean(F.softplus(logit), clean)
        has = spoiled.sum(1) >= 1
        gap = _top(1 - likeness_clean) - _top((1 - likeness_spoiled).masked_fill(~spoiled, 0.0))
        ranking = _mean(F.softplus(scale * (gap + 0.02)), has)
        return Terms(novelty, ranking, _correspondence(flat[2], flat[3], clean))


def _nearest(queries: Tensor, memory: Tensor) -> Tensor:
    """Largest cosine similarity: (episodes, q, c), (episodes, m, c) -> (episodes, q).

    Only the winners are differentiated, so the large product needs no gradient.
    """
    with torch.no_grad():
        low = torch.bfloat16
        winner = torch.bmm(queries.to(low), memory.to(low).transpose(1, 2)).argmax(2)
    index = winner[..., None].expand(-1, -1, memory.shape[-1])
    return (queries * memory.gather(1, index)).sum(-1)


def _top(novelty: Tensor) -> Tensor:
    return novelty.topk(3, dim=1).values.mean(1)


def _mean(values: Tensor, mask: Tensor) -> Tensor:
    weights = mask.to(values.dtype)
    return (values * weights).sum() / weights.sum().clamp(min=1.0)


def _correspondence(first: Tensor, second: Tensor, clean: Tensor) -> Tensor:
    """InfoNCE over a sample of unchanged patches; look-alikes of one product are no negatives."""
    index = clean.nonzero()
    index = index[torch.randperm(len(index))[:_QUERIES]]
    a = first[index[:, 0], index[:, 1]]
    b = second[index[:, 0], index[:, 1]]
    with torch.no_grad():
        same = index[:, 0][:, None] == index[:, 0][None, :]
        alike = same & (b @ b.T > 0.85)
        alike.fill_diagonal_(False)
    logits = (a @ b.T / TEMPERATURE).masked_fill(alike, -1e4)
    return F.cross_entropy(logits, torch.arange(len(index), device=logits.device))
