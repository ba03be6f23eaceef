"""Pages of inspections, so that the links in alerts lead to the picture on this machine too."""

from __future__ import annotations

import base64
import io
from html import escape
from itertools import islice
from typing import Any
from urllib.parse import parse_qs

import numpy as np
from PIL import Image

from sightline.adapters.aws.images import S3ImageStore
from sightline.adapters.aws.inspections import DynamoInspectionTable
from sightline.domain import times
from sightline.domain.alerts import image_link
from sightline.domain.errors import SightlineError
from sightline.domain.images import ImageRef
from sightline.domain.inspections import Recorded
from sightline.local.audit import rows as recorded_rows
from sightline.local.clients import Clients
from sightline.local.gateway import pages
from sightline.local.gateway.messages import Answer, Request, refusal
from sightline.vision.artifact import Detection
from sightline.vision.artifact import Region as DetectedRegion
from sightline.vision.render import overlay

_LISTED = 100


class InspectionPages:
    """`/inspections.html` lists the latest, `/inspection.html?camera=&image=` shows one."""

    def __init__(self, clients: Clients, outputs: dict[str, Any]) -> None:
        self._clients = clients
        self._table_name = outputs["inspectionsTable"]
        self._inspections = DynamoInspectionTable(self._table_name, clients.get("dynamodb"))
        self._images = S3ImageStore(clients.get("s3"))

    def latest(self, request: Request) -> Answer:
        """The latest inspections, newest first."""
        del request
        found = recorded_rows(self._clients, self._table_name)
        newest = sorted(found, key=lambda row: row.recorded_at, reverse=True)
        lines = []
        for row in islice(newest, _LISTED):
            camera, _, image = row.image.partition("#")
            link = escape(image_link("", ImageRef(camera, image)))
            sure = "" if row.confidence is None else f"{100 * row.confidence:.0f} %"
            cells = [
                f"{row.recorded_at:%H:%M:%S}",
                escape(row.line),
                escape(camera),
                f'<a href="{link}">{escape(image)}</a>',
                escape(row.reason or row.verdict),
                sure,
            ]
            lines.append(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
        heads = ("UTC", "Line", "Camera", "Picture", "Verdict", "Sure")
        head = "".join(f"<th>{name}</th>" for name in heads)
        content = f"<table><tr>{head}</tr>{''.join(lines)}</table>" if lines else "<p>None yet.</p>"
        return Answer.text(pages.page("Inspections", content))

    def one(self, request: Request) -> Answer:
        """One inspection: what is known of it, and the picture under its heat map."""
        asked = parse_qs(request.query)
        ref = ImageRef(asked.get("camera", [""])[0], asked.get("image", [""])[0])
        recorded = self._inspections.recorded(ref)
        if recorded is None:
            return refusal("MISSING_AUTHENTICATION_TOKEN", request)
        content = (
            f"<table>{pages.rows(_facts(recorded))}</table>{self._picture(recorded)}"
            '<p><a href="/inspections.html">All inspections</a></p>'
        )
        return Answer.text(pages.page(f"{ref.camera_id}: {ref.image_id}", content))

    def _picture(self, recorded: Recorded) -> str:
        found = recorded.inspection
        try:
            picture = self._images.read(found.bucket, found.key, found.version_id).data
            if not (found.map_key and found.width and found.height):
                return _image(picture, "image/jpeg", "The picture")
            grey = self._images.read(found.bucket, found.map_key, None).data
        except SightlineError as error:
            return f"<p>{escape(str(error))}</p>"
        shown = overlay(
            picture,
            Detection(
                score=found.score or 0.0,
                confidence=found.confidence or 0.0,
                anomalous=found.verdict == "anomalous",
                anomaly_map=np.asarray(Image.open(io.BytesIO(grey)), np.float32) / np.float32(255),
                width=found.width,
                height=found.height,
                regions=tuple(DetectedRegion(**vars(region)) for region in found.regions),
            ),
        )
        return _image(shown, "image/png", "The picture under its heat map, regions boxed")


def _facts(recorded: Recorded) -> list[tuple[str, str]]:
    found = recorded.inspection
    sure = "" if found.confidence is None else f"{100 * found.confidence:.1f} %"
    return [
        ("Verdict", f"{found.verdict.value} {sure}".strip()),
        *([("Why", found.explanation)] if found.explanation else []),
        ("Severity", recorded.severity.value),
        ("Line", f"{found.line}, {found.facility}"),
        ("Captured", times.to_wire(found.captured_at)),
        ("Recorded", times.to_wire(recorded.recorded_at)),
        ("Model", f"{found.project} version {found.model_version or '-'}"),
        *sorted(found.metadata.items()),
    ]


def _image(data: bytes, kind: str, description: str) -> str:
    encoded = base64.b64encode(data).decode()
    return f'<p><img alt="{description}" src="data:{kind};base64,{encoded}"></p>'
