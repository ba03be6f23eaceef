"""Training the backbone: a few minutes for a test, an hour or two on a CPU, or one GPU."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from sightline.vision.backbone.network import Backbone
from sightline.vision.backbone.objective import Objective, Terms
from sightline.vision.backbone.pool import Batch, ProductPool


@dataclass(frozen=True)
class Recipe:
    """Everything that shapes the weights. `minutes` wins over `steps` when it is given.

    The learning rate rises over the first twentieth and falls along a cosine to nothing at the
    end of the budget, whichever kind of budget it is.
    """

    steps: int = 20_000
    minutes: float | None = None
    episodes: int = 32
    crop: int = 64
    learning_rate: float = 3e-3
    weight_decay: float = 1e-4
    seed: int = 0
    threads: int = 1
    workers: int = 1
    device: str = "cpu"
    checkpoint_every: int = 500
    fresh_products: int = 3


@dataclass(frozen=True)
class Progress:
    """Where training stands: share done 0..1, steps, seconds, and the running loss."""

    share: float
    step: int
    seconds: float
    loss: float
    detail: str


class Episodes(IterableDataset[Batch]):  # type: ignore[misc]
    """An endless stream of batches; every worker has its own pool and seed."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe

    def __iter__(self) -> Iterator[Batch]:
        torch.set_num_threads(1)
        info = torch.utils.data.get_worker_info()
        worker = 0 if info is None else info.id
        pool = ProductPool(self.recipe.seed * 1000 + worker)
        while True:
            for _ in range(self.recipe.fresh_products):
                pool.renew()
            yield pool.batch(self.recipe.episodes, self.recipe.crop)


def train_backbone(
    out: Path, recipe: Recipe, progress: Callable[[Progress], None] | None = None
) -> Backbone:
    """Train and return the network; `out`/checkpoint.pt always holds the latest state."""
    torch.manual_seed(recipe.seed)
    torch.set_num_threads(recipe.threads)
    device = torch.device(recipe.device)
    net = Backbone()
    net.to(device, memory_format=torch.channels_last)
    objectives = torch.nn.ModuleList([Objective(), Objective()]).to(device)
    parameters = [*net.parameters(), *objectives.parameters()]
    optimizer = torch.optim.AdamW(
        parameters, lr=recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    out.mkdir(parents=True, exist_ok=True)
    batches = DataLoader(Episodes(recipe), batch_size=None, num_workers=recipe.workers)
    started, share, running = time.monotonic(), 0.0, None
    for step, batch in enumerate(batches, start=1):
        for group in optimizer.param_groups:
            group["lr"] = recipe.learning_rate * _schedule(share)
        terms = _step(net, objectives, optimizer, batch, device)
        loss = float(sum(float(t.total.detach()) for t in terms))
        running = loss if running is None else running + 0.02 * (loss - running)
        seconds = time.monotonic() - started
        share = step / recipe.steps if recipe.minutes is None else seconds / recipe.minutes / 60
        if progress is not None:
            progress(Progress(min(share, 1.0), step, seconds, running, _detail(terms)))
        if step % recipe.checkpoint_every == 0 or share >= 1:
            save_checkpoint(out / "checkpoint.pt", net, recipe, step, running)
        if share >= 1:
            break
    net.eval()
    return net


def _schedule(share: float) -> float:
    """Linear warm-up, then half a cosine (Loshchilov and Hutter 2017, arXiv:1608.03983)."""
    if share < 0.05:
        return 0.05 + share / 0.05 * 0.95
    return float(0.5 * (1 + torch.cos(torch.tensor((share - 0.05) / 0.95 * torch.pi))))


def _step(
    net: Backbone,
    objectives: torch.nn.ModuleList,
    optimizer: torch.optim.Optimizer,
    batch: Batch,
    device: torch.device,
) -> list[Terms]:
    pictures = torch.from_numpy(batch.pictures).to(device)
    views, episodes = pictures.shape[:2]
    visible = torch.from_numpy(batch.visible).to(device)
    changed = torch.from_numpy(batch.changed).to(device)
    flat = pictures.flatten(0, 1).contiguous(memory_format=torch.channels_last)
    with torch.autocast(device.type, torch.bfloat16):
        maps: tuple[Tensor, ...] = net(flat)
    terms = [
        objective(features.float().unflatten(0, (views, episodes)), visible, changed)
        for objective, features in zip(objectives, maps, strict=True)
    ]
    total = torch.stack([term.total for term in terms]).sum()
    optimizer.zero_grad(set_to_none=True)
    total.backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
    optimizer.step()
    return terms


def _detail(terms: list[Terms]) -> str:
    parts = []
    for name, term in zip(("fine", "coarse"), terms, strict=True):
        parts.append(
            f"{name} {term.novelty.item():.3f} {term.ranking.item():.3f} "
            f"{term.correspondence.item():.3f}"
        )
    return ", ".join(parts)


def save_checkpoint(path: Path, net: Backbone, recipe: Recipe, step: int, loss: float) -> None:
    """Write weights and recipe; the file is replaced in one move, never half written."""
    state = {"network": net.state_dict(), "recipe": asdict(recipe), "step": step, "loss": loss}
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


def load_checkpoint(path: Path) -> Backbone:
    """The network of a checkpoint, ready for export."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    net = Backbone()
    net.load_state_dict(state["network"])
    net.eval()
    return net
