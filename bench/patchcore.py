"""anomalib's PatchCore on one thread: for every line on standard input, the time of one inspection.

`bench/speed.py --anomalib-python PYTHON` runs this in the environment that has anomalib. Weights
and memory are random, which costs the same time.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import torch

from sightline.vision.loading import decode

SIDE = 224
PICTURES, KEPT = 100, 0.1  # what the memory stands for: a tenth of the patches of 100 pictures


def import_anomalib() -> None:
    """Import PatchCore; with torchvision built for CUDA beside a torch that is not, too.

    Such a torchvision cannot load its compiled operators and then fails to describe two of them,
    which PatchCore does not use: it is enough that they are declared.
    """
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        global _declared  # noqa: PLW0603
        _declared = torch.library.Library("torchvision", "DEF")
        for operator in ("nms", "qnms"):
            _declared.define(f"{operator}(Tensor boxes, Tensor scores, float threshold) -> Tensor")


_declared: Any = None


def main() -> None:
    """Arguments: the backbone's name in timm, and a JPEG."""
    name, path = sys.argv[1], Path(sys.argv[2])
    torch.set_num_threads(1)
    import_anomalib()
    from anomalib.models.image.patchcore.torch_model import PatchcoreModel

    model = PatchcoreModel(layers=("layer2", "layer3"), backbone=name, pre_trained=False).eval()
    data = path.read_bytes()

    def inspect() -> object:
        pixels = decode(data, (SIDE, SIDE)).values
        with torch.no_grad():
            return model(torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255)

    with torch.no_grad():
        maps = model.feature_extractor(torch.rand(1, 3, SIDE, SIDE))
    channels = sum(int(values.shape[1]) for values in maps.values())
    places = maps["layer2"].shape[2] * maps["layer2"].shape[3]
    model.memory_bank = torch.rand(int(PICTURES * places * KEPT), channels)
    found = inspect()
    print(json.dumps({"memory": list(model.memory_bank.shape), "gives": type(found).__name__}))
    sys.stdout.flush()
    for _ in sys.stdin:
        start, busy = time.perf_counter(), time.process_time()
        inspect()
        wall, cpu = time.perf_counter() - start, time.process_time() - busy
        print(json.dumps({"wall": wall * 1e3, "processor": cpu * 1e3}), flush=True)


if __name__ == "__main__":
    main()
