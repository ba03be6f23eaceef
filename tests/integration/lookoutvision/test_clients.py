"""The description of the API where clients find it; whole programs are in the end-to-end tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sightline import lookoutvision
from sightline.lookoutvision.description import DATA, FILE, SERVICE, as_text
from tests.api import ROOT
from tests.control_server import boards, serving
from tests.old_clients import environment, last_botocore

CODE = """
import boto3
def show(request, **_):
    print(request.headers["Authorization"])
client = boto3.client("lookoutvision")
client.meta.events.register("before-send", show)
print(client.list_projects()["Projects"])
"""


def test_boto3_finds_what_is_installed_in_the_users_folder(tmp_path: Path) -> None:
    code = (
        "from sightline import lookoutvision; import boto3; lookoutvision.install();"
        "print(len(boto3.client('lookoutvision').meta.service_model.operation_names))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=environment("http://127.0.0.1:9", HOME=str(tmp_path)),
    )
    assert (done.returncode, done.stdout.strip()) == (0, "22"), done.stderr
    assert (tmp_path / ".aws/models/lookoutvision/2020-11-20/service-2.json").is_file()


def test_our_own_client_needs_nothing_installed() -> None:
    client = lookoutvision.client("http://127.0.0.1:9/v1", region_name="eu-west-1")
    assert client.meta.endpoint_url == "http://127.0.0.1:9/v1"
    assert client.can_paginate("list_dataset_entries")
    assert not client.can_paginate("list_tags_for_resource")


def test_a_client_without_an_endpoint_is_told_what_to_set() -> None:
    client = lookoutvision.client(region_name="eu-west-1")
    with pytest.raises(Exception, match="Set endpoint_url"):
        client.list_projects()


def test_the_file_that_clients_load_is_up_to_date() -> None:
    command = "python -m sightline.lookoutvision.description"
    assert FILE.read_text("utf-8") == as_text(), f"write it anew: {command}"


def test_installing_again_replaces_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / SERVICE / "2020-11-20" / "service-2.json"
    lookoutvision.install(tmp_path)
    target.write_text("{}")
    lookoutvision.install(tmp_path)
    assert target.read_bytes() == (DATA / SERVICE / "2020-11-20/service-2.json").read_bytes()


@pytest.mark.slow
def test_an_old_client_signs_for_the_gateway_once_the_description_is_installed(
    tmp_path: Path,
) -> None:
    folder = lookoutvision.install(tmp_path / "models")
    with serving(boards(tmp_path)) as endpoint:
        done = subprocess.run(
            [str(last_botocore()), "-c", CODE],
            capture_output=True,
            text=True,
            check=False,
            timeout=80,
            env=environment(endpoint, AWS_DATA_PATH=str(folder)),
        )
    assert done.returncode == 0, done.stderr[-3000:]
    signed, projects = done.stdout.splitlines()
    assert "/eu-west-1/execute-api/aws4_request" in signed
    assert projects == "[]"
