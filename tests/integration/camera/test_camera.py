"""The SDK against a real HTTP server that misbehaves."""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sightline.camera import Camera
from sightline.camera.retry import RetryPolicy
from sightline.domain.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    UnauthorizedError,
    UnavailableError,
)

TOKEN = "slc.cam-1.secret"
JPEG = b"\xff\xd8\xff\xe0" + b"part" * 50


def camera(cloud: Any, **options: Any) -> Camera:
    policy = RetryPolicy(retries=4, base=0.001, cap=0.01)
    return Camera(cloud.url, options.pop("token", TOKEN), policy=policy, timeout=5, **options)


def test_a_picture_arrives_with_its_metadata(cloud: Any) -> None:
    with camera(cloud) as cam:
        upload = cam.upload(JPEG, "part 1 ü", serial_number="Ä-17", shift=2)
    assert upload.state == "uploaded"
    assert cloud.objects == {"images/part 1 ü.jpeg": JPEG}
    assert cloud.places["part 1 ü"]["metadata"] == {"serial-number": "Ä-17", "shift": "2"}


@pytest.mark.parametrize("fault", [500, 503, 429, 408, "cut", "cut-after"])
@pytest.mark.parametrize("phase", ["ask", "put"])
def test_what_may_pass_is_tried_again_and_arrives_once(cloud: Any, phase: str, fault: Any) -> None:
    faults = cloud.ask_faults if phase == "ask" else cloud.put_faults
    faults.extend([fault, fault])
    with camera(cloud) as cam:
        upload = cam.upload(JPEG, "p")
    assert upload.state in {"uploaded", "already_there"}
    assert list(cloud.stored.values()) == [1]


def test_an_answer_lost_after_the_picture_was_stored_counts_as_success(cloud: Any) -> None:
    cloud.put_faults.append("cut-after")
    with camera(cloud) as cam:
        assert cam.upload(JPEG, "p").state == "already_there"


def test_an_expired_url_is_replaced_by_a_fresh_one(cloud: Any) -> None:
    cloud.old_urls.add("/bucket/1/p")
    with camera(cloud) as cam:
        assert cam.upload(JPEG, "p").state == "uploaded"
    assert [what for what, _ in cloud.calls] == ["ask", "put", "ask", "put"]


def test_retry_after_is_honoured(cloud: Any) -> None:
    cloud.retry_after = "1"
    cloud.ask_faults.append(429)
    started = time.monotonic()
    with camera(cloud) as cam:
        cam.upload(JPEG, "p")
    assert time.monotonic() - started >= 1


def test_a_retry_after_beyond_patience_is_not_waited_for(cloud: Any) -> None:
    cloud.retry_after = "3600"
    cloud.ask_faults.append(503)
    with camera(cloud) as cam, pytest.raises(UnavailableError):
        cam.upload(JPEG, "p")
    assert len(cloud.calls) == 1


def test_it_gives_up_after_the_last_attempt_and_names_the_picture(cloud: Any) -> None:
    cloud.down = True
    with camera(cloud) as cam, pytest.raises(UnavailableError, match="'p' was not uploaded"):
        cam.upload(JPEG, "p")
    assert len(cloud.calls) == 5


def test_a_wrong_token_is_not_tried_again_and_never_shown(cloud: Any) -> None:
    with camera(cloud, token="slc.cam-1.wrong") as cam, pytest.raises(UnauthorizedError) as caught:
        cam.upload(JPEG, "p")
    assert len(cloud.calls) == 1
    assert "wrong" not in str(caught.value)


def test_another_picture_under_the_same_id_is_refused(cloud: Any) -> None:
    with camera(cloud) as cam:
        cam.upload(JPEG, "p")
        with pytest.raises(ConflictError, match="differs in size"):
            cam.upload(JPEG + b"more", "p")
    assert cloud.objects == {"images/p.jpeg": JPEG}


def test_a_portals_page_is_no_answer(cloud: Any) -> None:
    cloud.ask_faults.extend([302, 302, 302, 302, 302])
    with camera(cloud) as cam, pytest.raises(UnavailableError, match="302"):
        cam.upload(JPEG, "p")


def test_the_same_file_is_the_same_image_and_sent_once(cloud: Any, tmp_path: Any) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(JPEG)
    with camera(cloud) as cam:
        first, second = cam.upload(file), cam.upload(str(file))
    assert first.image_id == second.image_id
    assert (first.state, second.state) == ("uploaded", "already_there")


def test_connections_are_kept(cloud: Any) -> None:
    with camera(cloud) as cam:
        for _ in range(10):
            cam.upload(JPEG)
    assert cloud.connections == 1


def test_many_threads_share_one_camera(cloud: Any) -> None:
    with camera(cloud) as cam:
        threads = [threading.Thread(target=cam.upload, args=(JPEG, f"p{n}")) for n in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(cloud.stored.values()) == [1] * 20


def test_a_verdict_is_waited_for(cloud: Any) -> None:
    with camera(cloud) as cam:
        cam.upload(JPEG, "p")
        assert not cam.verdict("p").inspected
        decide = {"verdict": "anomalous", "confidence": 0.93}
        timer = threading.Timer(0.3, cloud.verdicts.update, [{"p": decide}])
        timer.start()
        verdict = cam.verdict("p", wait=5)
    assert (verdict.verdict, verdict.confidence, verdict.inspected) == ("anomalous", 0.93, True)


def test_an_unknown_image_has_no_verdict(cloud: Any) -> None:
    with camera(cloud) as cam, pytest.raises(NotFoundError):
        cam.verdict("never sent")


def test_a_picture_with_a_verdict_is_not_put_again(cloud: Any) -> None:
    with camera(cloud) as cam:
        cam.upload(JPEG, "p")
        cloud.verdicts["p"] = {"verdict": "normal"}
        cloud.calls.clear()
        assert cam.upload(JPEG, "p").state == "already_there"
    assert [what for what, _ in cloud.calls] == ["ask"]


def test_an_old_file_counts_as_captured_now(cloud: Any, tmp_path: Any) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(JPEG)
    os.utime(file, (1e9, 1e9))
    with camera(cloud) as cam:
        upload = cam.upload(file)
    assert datetime.now(UTC) - upload.captured_at < timedelta(minutes=1)
    assert upload.image_id.startswith("20010909T014640000Z-")


@pytest.mark.parametrize(
    "endpoint", ["ftp://x", "example.org", "http://example.org", "https://u@example.org", "https:/"]
)
def test_an_endpoint_that_would_leak_or_cannot_work_is_refused(endpoint: str) -> None:
    with pytest.raises(InvalidError, match="Endpoint"):
        Camera(endpoint, TOKEN)


def test_something_else_than_a_token_is_refused_without_being_shown() -> None:
    with pytest.raises(InvalidError) as caught:
        Camera("https://example.org", "hunter2")
    assert "hunter2" not in str(caught.value)
