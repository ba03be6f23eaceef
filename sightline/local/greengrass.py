"""Greengrass v2's components, of which moto knows nothing: kept by name and version.

https://docs.aws.amazon.com/greengrass/v2/APIReference/API_CreateComponentVersion.html
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from sightline.local.iam.credentials import ACCOUNT_ID, REGION
from sightline.local.json_answers import Answer, Content, asked_in, refusal, send

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PATH = "/greengrass/v2/createComponentVersion"


class Greengrass:
    """WSGI application that takes component recipes and hands on all other calls to `app`."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._recipes: dict[str, Content] = {}
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or let moto answer."""
        if environ.get("PATH_INFO") != _PATH:
            return self._app(environ, start_response)
        return send(self._create(asked_in(environ)), start_response)

    def _create(self, asked: Content) -> Answer:
        recipe = json.loads(base64.b64decode(asked["inlineRecipe"]))
        name, version = recipe["ComponentName"], recipe["ComponentVersion"]
        arn = f"arn:aws:greengrass:{REGION}:{ACCOUNT_ID}:components:{name}:versions:{version}"
        with self._lock:
            if arn in self._recipes:
                return refusal(409, "ConflictException", f"{arn} exists already.")
            self._recipes[arn] = recipe
        return 201, {
            "arn": arn,
            "componentName": name,
            "componentVersion": version,
            "creationTimestamp": time.time(),
            "status": {"componentState": "REQUESTED"},
        }
