"""Detection over local HTTP from a bundle: `POST /detect` with a PNG or JPEG, as in the protocol.

Standard library for all but the detector, so that a device installs little.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sightline.adapters.control_detector import ArtifactDetectHost
from sightline.domain.errors import InvalidError, NotFoundError, SightlineError
from sightline.domain.lookout import limits, pictures
from sightline.domain.models import HostingStatus, ModelRecord
from sightline.edge import bundle
from sightline.edge.bundle import BundleInfo
from sightline.edge.recipe import DEFAULT_PORT
from sightline.workflow.control.detect import result_members


class BundleModel:
    """The one model of a bundle, loaded."""

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        self.info: BundleInfo = bundle.read(folder)
        self._record = ModelRecord(
            project=self.info.project,
            version=self.info.model_version,
            artifact=bundle.MODEL_FOLDER,
            sha256=self.info.sha256,
            status=HostingStatus.HOSTED,
            threshold=self.info.threshold,
        )
        self._host = ArtifactDetectHost(_Folder(folder), threads=threads)

    def detect(self, picture: bytes) -> dict[str, Any]:
        """`DetectAnomalyResult`; `InvalidError` when the picture cannot be inspected."""
        size = pictures.dimensions(picture)
        if size != (self.info.width, self.info.height):
            raise InvalidError(
                f"The image has {size[0]} x {size[1]} pixels; the model was trained on images of "
                f"{self.info.width} x {self.info.height}."
            )
        found = self._host.inspect(self._record, self.info.colours, picture)
        return {"DetectAnomalyResult": result_members(found)}


class _Folder:
    """`ArtifactStore` of an unpacked bundle."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fetch(self, model: ModelRecord) -> Path:
        return self._folder / model.artifact

    def upload(self, folder: Path, artifact: str) -> None:
        raise NotFoundError(f"A bundle takes no models, so {folder} is not kept as {artifact}.")


class Handler(BaseHTTPRequestHandler):
    """`GET /` says what runs, `POST /detect` inspects."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, model: BundleModel, *arguments: Any) -> None:
        self._model = model
        super().__init__(*arguments)

    def do_GET(self) -> None:
        """What runs."""
        info = self._model.info
        about = {"Project": info.project, "ModelVersion": info.model_version, "Status": "RUNNING"}
        self._answer(200 if self.path == "/" else 404, about if self.path == "/" else {})

    def do_POST(self) -> None:
        """Inspect the picture in the body."""
        length = self.headers.get("Content-Length", "")
        if self.path != "/detect":
            self._refuse(404, "There is only POST /detect.")
        elif not length.isdecimal():
            self._refuse(411, "Content-Length is required.")
        elif len(length) > 9 or int(length) > limits.IMAGE_BYTES_MAX:
            self._refuse(413, f"The image has more than {limits.IMAGE_BYTES_MAX} bytes.")
        else:
            self._detect(self.rfile.read(int(length)))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        """Requests are not logged: a line sends several a second."""

    def _detect(self, picture: bytes) -> None:
        try:
            self._answer(200, self._model.detect(picture))
        except InvalidError as error:
            self._answer(400, {"Message": str(error)})
        except SightlineError as error:
            self._answer(500, {"Message": str(error)})

    def _refuse(self, status: int, message: str) -> None:
        self.close_connection = True  # the body was not read
        self._answer(status, {"Message": message})

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def serve(
    path: Path, *, host: str = "127.0.0.1", port: int = DEFAULT_PORT, threads: int = 1
) -> None:
    """Serve a bundle (its zip, or the unpacked folder) until interrupted."""
    with tempfile.TemporaryDirectory(prefix="sightline-edge-") as work:
        model = BundleModel(bundle.unpack(path, Path(work)), threads=threads)
        with ThreadingHTTPServer((host, port), partial(Handler, model)) as server:
            info = model.info
            print(
                f"{info.component} {info.component_version} (project {info.project}, model "
                f"{info.model_version}) on http://{host}:{server.server_port}",
                flush=True,
            )
            server.serve_forever()


def main() -> None:
    """`sightline-edge BUNDLE [--port N]`."""
    parser = argparse.ArgumentParser(description="Serve detection from a bundle.")
    parser.add_argument("bundle", type=Path, help="The bundle's zip, or its unpacked folder.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 takes any free one.")
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    try:
        serve(given.bundle, host=given.host, port=given.port, threads=given.threads)
    except SightlineError as error:
        raise SystemExit(f"Error: {error}") from error
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
