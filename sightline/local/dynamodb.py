"""DynamoDB's promise that operations on an item happen one after another."""

from __future__ import annotations

import threading
from typing import Any

from moto.dynamodb.responses import DynamoHandler

from sightline.local.seams import Seams


def install() -> Seams:
    """Let moto's tables serve one call at a time; `restore()` takes the lock out again.

    moto reads, changes and writes items without a lock while its server has many threads, so
    conditional writes could both succeed and counters lose updates.
    """
    lock = threading.RLock()
    seams = Seams()

    def call(handler: Any) -> Any:
        with lock:
            return call_before(handler)

    call_before = seams.replace(DynamoHandler, "call_action", call)
    return seams
