"""Third-party packages for the Lambda runtime, whatever machine builds."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from sightline.domain.errors import ArtifactError, NotFoundError, UnavailableError

PYTHON = "3.13"
RUNTIME = f"python{PYTHON}"
_GLIBC = 34  # 2.34, that of Amazon Linux 2023
_MISSING = re.compile(r"No matching distribution found for (\S+)")
_NONE_AT_ALL = "from versions: none"
_UNREACHED = re.compile(r"Retrying|Connection|timed out|resolution|Temporary failure")

Run = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]


def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a command and keep what it says."""
    quiet = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=quiet)  # noqa: S603


def install(lock: Path, cache: Path, *, run: Run = run) -> Path:
    """A folder with the packages of a lock file; equal locks share it, and it is made once.

    `NotFoundError` names what has no wheel for the runtime. Nothing is ever compiled.
    """
    if not lock.is_file():
        raise NotFoundError(f"{lock} does not exist; run `make lock-packages`.")
    digest = hashlib.sha256(lock.read_bytes() + RUNTIME.encode()).hexdigest()[:16]
    folder = cache / digest
    if not folder.is_dir():
        part = folder.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        done = run(_command(lock, part))
        if done.returncode:
            raise _refusal(lock, done.stdout + done.stderr)
        part.mkdir(parents=True, exist_ok=True)  # pip makes none for an empty lock
        part.replace(folder)
    return folder


def platforms() -> list[str]:
    """The tags of wheels that the runtime can load, the newest first."""
    old = ["manylinux2014", "manylinux2010", "manylinux1"]
    names = [f"manylinux_2_{minor}" for minor in range(_GLIBC, 4, -1)] + old
    return [f"{name}_x86_64" for name in names]


def _command(lock: Path, target: Path) -> list[str]:
    wanted = [word for name in platforms() for word in ("--platform", name)]
    options = ["--no-deps", "--no-compile", "--require-hashes", "--only-binary=:all:", "--no-input"]
    versions = ["--implementation", "cp", "--python-version", PYTHON]
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
    return [*pip, *options, *versions, *wanted, "--target", str(target), "-r", str(lock)]


def _refusal(lock: Path, said: str) -> Exception:
    missing = _MISSING.search(said)
    if missing and not _UNREACHED.search(said):
        doubt = " Nor any other version: is the index there?" if _NONE_AT_ALL in said else ""
        return NotFoundError(
            f"{lock}: there is no wheel of {missing[1]} for {RUNTIME} on x86_64 Linux, "
            f"glibc 2.{_GLIBC}.{doubt}"
        )
    if "DO NOT MATCH THE HASHES" in said:
        return ArtifactError(f"{lock}: a package is not the one that was locked.\n{said.strip()}")
    end = "\n".join(said.strip().splitlines()[-5:])
    return UnavailableError(f"{lock}: the packages could not be installed.\n{end}")


# Large, and nothing that runs on Lambda imports it.
_UNUSED_PARTS = (
    "onnx/backend/",
    "onnx/bin/",
    "onnx/reference/",
    "onnxruntime/quantization/",
    "onnxruntime/tools/",
    "onnxruntime/transformers/",
)
# botocore describes several hundred AWS services, in twenty megabytes; these are called.
CALLED = frozenset(
    {
        "athena",
        "cognito-idp",
        "dynamodb",
        "events",
        "firehose",
        "greengrassv2",
        "lambda",
        "s3",
        "sagemaker",
        "sagemaker-runtime",
        "sns",
        "sqs",
        "stepfunctions",
        "sts",
    }
)
_UNUSED_FOLDERS = frozenset({"__pycache__", "tests"})
_UNUSED_SUFFIXES = frozenset(
    {".a", ".c", ".cc", ".f", ".f90", ".h", ".pxd", ".pyc", ".proto", ".pyf", ".pyi", ".pyx"}
)
_KEPT_OF_METADATA = ("COPYING", "LICENCE", "LICENSE", "METADATA", "NOTICE", "entry_points.txt")


def used_files(folder: Path) -> dict[str, Path]:
    """What of installed packages a function needs, by name: no tests, no sources, no commands.

    Of the AWS SDK, only the services in `CALLED`. Licences stay, as most of them demand.
    """
    return {
        path.relative_to(folder).as_posix(): path
        for path in _all_files(folder)
        if _is_used(PurePosixPath(path.relative_to(folder).as_posix()))
    }


def _all_files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _is_used(name: PurePosixPath) -> bool:
    if name.parts[:2] == ("botocore", "data") and len(name.parts) > 3:
        return name.parts[2] in CALLED
    if str(name).startswith(_UNUSED_PARTS):
        return False
    if name.parts[0] == "bin" or _UNUSED_FOLDERS & set(name.parts[:-1]):
        return False
    if name.parts[0].endswith(".dist-info"):
        return "licenses" in name.parts or name.name.startswith(_KEPT_OF_METADATA)
    return name.suffix not in _UNUSED_SUFFIXES
