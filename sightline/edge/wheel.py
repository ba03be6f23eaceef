"""Our own code as a wheel, made from the files of the running package."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import sightline
from sightline.edge.bundle import zipped

REQUIRES = ("numpy>=2.2", "onnxruntime>=1.22", "pillow>=11")
NAME = "sightline_edge"


def wheel_name(version: str = sightline.__version__) -> str:
    """The file name of the wheel."""
    return f"{NAME}-{version}-py3-none-any.whl"


def build_wheel(package: Path | None = None, version: str = sightline.__version__) -> bytes:
    """A wheel with all Python files of the package, and the command `sightline-edge`.

    Weights stay out: a model brings its own. Where only a part of the package is installed, it is
    a part with the server, because that is imported here.
    """
    from sightline.edge import server

    folder = package or Path(sightline.__file__).parent
    info = f"{NAME}-{version}.dist-info"
    contents = {
        f"sightline/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in sorted(folder.rglob("*.py"))
    }
    metadata = ["Metadata-Version: 2.1", f"Name: {NAME}", f"Version: {version}"]
    metadata += [f"Requires-Dist: {requirement}" for requirement in REQUIRES]
    contents[f"{info}/METADATA"] = "\n".join([*metadata, ""]).encode()
    contents[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: sightline\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    command = f"[console_scripts]\nsightline-edge = {server.__name__}:main\n"
    contents[f"{info}/entry_points.txt"] = command.encode()
    lines = [f"{name},sha256={_digest(data)},{len(data)}" for name, data in contents.items()]
    record = "\n".join([*lines, f"{info}/RECORD,,", ""])
    return zipped({**contents, f"{info}/RECORD": record.encode()})


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
