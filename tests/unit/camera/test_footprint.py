"""The SDK fits on a small camera computer."""

from __future__ import annotations

import subprocess
import sys


def test_it_needs_nothing_but_urllib3_and_the_standard_library() -> None:
    code = """
import sys
before = set(sys.modules)
import sightline.camera
found = {name.partition(".")[0] for name in set(sys.modules) - before}
# urllib3 takes these along where they happen to be installed, and does without them.
optional = {"brotli", "_brotli", "brotlicffi", "zstandard", "h2", "socks", "idna"}
print(*sorted(found - sys.stdlib_module_names - optional))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["sightline", "urllib3"]
