"""The Greengrass v2 recipe of a bundle."""

from __future__ import annotations

import json

from sightline.domain.lookout.packaging import Component

FORMAT = "2020-01-25"
DEFAULT_PORT = 8087
_ARCHITECTURES = {"ARM64": "aarch64", "X86_64": "amd64"}
_DEVICES = {"jetson_xavier": "ARM64"}


def recipe(component: Component, archive: str, wheel_name: str) -> str:
    """The recipe as JSON text. `archive` is the address of the bundle's zip.

    Installing makes a virtual environment on the device; running needs no network.
    """
    target = component.target
    arch = target.arch or _DEVICES.get(target.device or "", "X86_64")
    stem = archive.rpartition("/")[2].removesuffix(".zip")
    unpacked = "{artifacts:decompressedPath}/" + stem
    environment = "{work:path}/venv"
    return json.dumps(
        {
            "RecipeFormatVersion": FORMAT,
            "ComponentName": component.name,
            "ComponentVersion": component.version,
            "ComponentDescription": component.description or "Visual inspection by Sightline",
            "ComponentPublisher": "Sightline",
            "ComponentConfiguration": {"DefaultConfiguration": {"port": DEFAULT_PORT}},
            "Manifests": [
                {
                    "Platform": {"os": "linux", "architecture": _ARCHITECTURES[arch]},
                    "Artifacts": [{"URI": archive, "Unarchive": "ZIP"}],
                    "Lifecycle": {
                        "install": (
                            f"python3 -m venv {environment} && "
                            f"{environment}/bin/pip install {unpacked}/{wheel_name}"
                        ),
                        "run": (
                            f"{environment}/bin/sightline-edge {unpacked} "
                            "--port {configuration:/port}"
                        ),
                    },
                }
            ],
        },
        indent=1,
    )
