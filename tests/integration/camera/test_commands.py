"""`sightline camera` and `sightline cameras` as a person and a program call them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import typer
from moto import mock_aws
from typer.testing import CliRunner, Result

from sightline.cli import camera

TOKEN = "slc.cam-1.secret"
JPEG = b"\xff\xd8\xff\xe0" + b"part" * 50
WHERE = ["--line", "press-1", "--project", "castings", "--facility", "leipzig"]


def sightline(*arguments: str, **env: str) -> Result:
    app = typer.Typer()
    camera.register(app)
    return CliRunner().invoke(app, list(arguments), env={"SIGHTLINE_TOKEN": TOKEN, **env})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(5):
        file = tmp_path / "set" / ("anomaly" if number % 2 else "normal") / f"{number}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(JPEG + bytes([number]))
    return tmp_path / "set"


@pytest.fixture
def table() -> Iterator[str]:
    with mock_aws():
        boto3.client("dynamodb").create_table(
            TableName="cams",
            KeySchema=[{"AttributeName": "camera_id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "camera_id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield "cams"


def test_a_line_is_simulated(cloud: Any, folder: Path) -> None:
    done = sightline(
        *("camera", "simulate", str(folder), "--endpoint", cloud.url),
        *("--rate", "0", "--loop", "--count", "12", "--shuffle", "--truth", "--json"),
    )
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert (answer["count"], answer["states"], answer["failed"]) == (12, {"uploaded": 12}, 0)
    assert len(cloud.objects) == 12
    assert {place["metadata"]["truth"] for place in cloud.places.values()} == {"normal", "anomaly"}


def test_a_wrong_token_ends_the_simulation_with_exit_code_2(cloud: Any, folder: Path) -> None:
    done = sightline(
        *("camera", "simulate", str(folder), "--endpoint", cloud.url, "--rate", "0"),
        SIGHTLINE_TOKEN="slc.cam-1.hunter2",
    )
    assert done.exit_code == 2
    assert done.stderr.count("401") == 1
    assert "hunter2" not in done.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["gone", "--endpoint", "http://127.0.0.1:1"], "no folder"),
        ([".", "--endpoint", "http://example.org"], "in the clear"),
    ],
)
def test_wrong_usage_is_explained(arguments: list[str], words: str) -> None:
    done = sightline("camera", "simulate", *arguments)
    assert done.exit_code in {1, 2}
    assert words in done.stderr


def test_without_network_the_spool_keeps_what_flush_sends_later(
    cloud: Any, folder: Path, tmp_path: Path
) -> None:
    cloud.down = True
    common = ("--endpoint", cloud.url)
    done = sightline(
        *("camera", "simulate", str(folder), *common, "--rate", "0", "--json"),
        *("--spool", str(tmp_path / "spool")),
    )
    assert (done.exit_code, json.loads(done.stdout)["states"]) == (0, {"spooled": 5})
    blocked = sightline("camera", "flush", str(tmp_path / "spool"), *common)
    assert blocked.exit_code == 1
    cloud.down = False
    sent = sightline("camera", "flush", str(tmp_path / "spool"), *common, "--json")
    assert (sent.exit_code, json.loads(sent.stdout)["sent"]) == (0, 5)
    assert len(cloud.objects) == 5


def test_rejected_pictures_can_be_tried_again(cloud: Any, folder: Path, tmp_path: Path) -> None:
    common = (str(tmp_path / "spool"), "--endpoint", cloud.url)
    cloud.down = True
    file = str(folder / "normal" / "0.jpg")
    kept = sightline("camera", "upload", file, "--endpoint", cloud.url, "--spool", common[0])
    assert "spooled" in kept.stdout
    cloud.down = False
    image_id = kept.stdout.split()[1]
    cloud.refuse[image_id] = 400
    assert "1 rejected" in sightline("camera", "flush", *common).stdout
    cloud.refuse.clear()
    assert "0 sent" in sightline("camera", "flush", *common).stdout
    assert "1 sent" in sightline("camera", "flush", *common, "--retry-rejected").stdout


def test_files_are_uploaded_and_verdicts_waited_for(cloud: Any, folder: Path) -> None:
    file = folder / "normal" / "0.jpg"
    first = sightline("camera", "upload", str(file), "--endpoint", cloud.url, "--json")
    (entry,) = json.loads(first.stdout)["uploads"]
    cloud.verdicts[entry["imageId"]] = {"verdict": "normal", "confidence": 0.9}
    again = sightline(
        *("camera", "upload", str(file), "--endpoint", cloud.url, "--wait", "1", "--json")
    )
    (entry,) = json.loads(again.stdout)["uploads"]
    assert (entry["state"], entry["verdict"]) == ("already_there", "normal")


def test_one_bad_file_fails_the_command_but_not_the_others(
    cloud: Any, folder: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_text("no picture")
    good = folder / "normal" / "0.jpg"
    done = sightline("camera", "upload", str(bad), str(good), "--endpoint", cloud.url)
    assert done.exit_code == 1
    assert len(cloud.objects) == 1


def test_a_camera_is_registered_listed_rotated_and_revoked(table: str, tmp_path: Path) -> None:
    outputs = tmp_path / "outputs.json"
    outputs.write_text(json.dumps({"camerasTable": table}))
    added = sightline("cameras", "add", "cam-1", *WHERE, "--stack-outputs", str(outputs))
    assert added.exit_code == 0, added.output
    token = added.stdout.strip()
    assert token.startswith("slc.cam-1.")
    assert token not in added.stderr
    environment = {"SIGHTLINE_CAMERAS_TABLE": table}
    rotated = sightline("cameras", "rotate", "cam-1", "--json", **environment)
    assert json.loads(rotated.stdout)["token"] not in {"", token}
    assert sightline("cameras", "revoke", "cam-1", **environment).exit_code == 0
    (listed,) = json.loads(sightline("cameras", "list", "--json", **environment).stdout)["cameras"]
    assert listed["revokedAt"]
    assert "token" not in " ".join(listed)
    assert "cam-1" in sightline("cameras", "list", **environment).stdout


def test_a_taken_id_and_an_unknown_camera_are_exit_code_1(table: str) -> None:
    environment = {"SIGHTLINE_CAMERAS_TABLE": table}
    sightline("cameras", "add", "cam-1", *WHERE, **environment)
    taken = sightline("cameras", "add", "cam-1", *WHERE, **environment)
    unknown = sightline("cameras", "revoke", "cam-2", **environment)
    assert (taken.exit_code, unknown.exit_code) == (1, 1)
    assert "exists already" in taken.stderr
    assert "no camera 'cam-2'" in unknown.stderr


def test_a_missing_table_name_is_wrong_usage() -> None:
    done = sightline("cameras", "list", SIGHTLINE_CAMERAS_TABLE="")
    assert done.exit_code == 2
    assert "--stack-outputs" in done.stderr
