"""The network: three residual stages, two feature maps. Needs torch (the extra `backbone`)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

WIDTHS = (32, 48, 64)
FINE_CHANNELS = 48
COARSE_CHANNELS = 64


def convolution(inputs: int, outputs: int, kernel: int, stride: int) -> nn.Sequential:
    """Convolution and batch normalisation, which export folds into one."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
    )


class Residual(nn.Module):  # type: ignore[misc]
    """relu(x + f(x)) with two 3 x 3 convolutions (He et al. 2016, doi:10.1109/CVPR.2016.90)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = convolution(channels, channels, 3, 1)
        self.second = convolution(channels, channels, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.second(F.relu(self.first(x))))


class Backbone(nn.Module):  # type: ignore[misc]
    """Pictures (n, 3, h, w), 0..1, to feature maps of unit length.

    Returns fine (n, 48, h/4, w/4), which sees 25 pixels, and coarse (n, 64, h/8, w/8), which
    sees 97. Height and width are multiples of 8.
    """

    def __init__(self, widths: tuple[int, int, int] = WIDTHS) -> None:
        super().__init__()
        a, b, c = widths
        self.stem = convolution(3, a, 5, 2)
        self.down1 = convolution(a, b, 3, 2)
        self.stage1 = Residual(b)
        self.down2 = convolution(b, c, 3, 2)
        self.stage2 = nn.Sequential(Residual(c), Residual(c))
        self.fine = nn.Conv2d(b, FINE_CHANNELS, 1)
        self.coarse = nn.Conv2d(b + c, COARSE_CHANNELS, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = F.relu(self.stem(x * 2 - 1))
        near = self.stage1(F.relu(self.down1(x)))
        far = self.stage2(F.relu(self.down2(near)))
        both = torch.cat([F.avg_pool2d(near, 2), far], 1)
        return F.normalize(self.fine(near), dim=1), F.normalize(self.coarse(both), dim=1)
