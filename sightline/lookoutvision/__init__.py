"""A boto3 client for code that was written for Lookout for Vision.

`client(endpoint_url=...)` gives one; `install()` puts our description of the API where every boto3
and AWS CLI of this user finds it. Requests are signed for API Gateway (`execute-api`).
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sightline.lookoutvision.description import DATA, SERVICE

if TYPE_CHECKING:
    import boto3

__all__ = ["client", "install", "installed_in", "session"]

USER_MODELS = "~/.aws/models"  # where botocore and the AWS CLI look by themselves


def session(**options: Any) -> boto3.Session:
    """A boto3 session that knows `lookoutvision`; takes what `boto3.Session` takes."""
    import boto3
    import botocore.session

    core = botocore.session.get_session()
    core.get_component("data_loader").search_paths.insert(0, str(DATA))
    return boto3.Session(botocore_session=core, **options)


def client(endpoint_url: str | None = None, **options: Any) -> Any:
    """A `lookoutvision` client; takes what `boto3.client` takes.

    Without `endpoint_url` the environment's AWS_ENDPOINT_URL_LOOKOUTVISION is used.
    """
    return session().client(SERVICE, endpoint_url=endpoint_url, **options)  # type: ignore[call-overload]


def install(folder: Path | None = None) -> Path:
    """Copy the description to `folder` (default `~/.aws/models`) and give the folder.

    After that `boto3.client("lookoutvision")` and `aws lookoutvision` work; for another folder
    than the default AWS_DATA_PATH must name it. Installing again replaces what was there.
    """
    target = installed_in(folder)
    source = DATA / SERVICE
    for file in sorted(source.rglob("*.json")):
        copy = target / SERVICE / file.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
    return target


def installed_in(folder: Path | None = None) -> Path:
    """Where `install` puts it."""
    return (folder or Path(USER_MODELS)).expanduser()
