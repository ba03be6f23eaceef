"""What control keeps and reads in S3: entry sets, users' manifests and pictures, model files."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from sightline.adapters.aws.errors import code, translated
from sightline.domain.errors import InvalidError, NotFoundError, TooLargeError, UnavailableError
from sightline.domain.lookout import limits
from sightline.domain.lookout.errors import DeniedError
from sightline.domain.lookout.records import S3Location, S3Object

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

DOWNLOADS_AT_ONCE = 32  # most of a small download is waiting
_CHUNK = 1 << 20
_DENIED = frozenset({"AccessDenied", "AllAccessDisabled", "403"})
_KEPT = 4  # entry sets read last; they never change, and their pages are asked for one by one


class S3EntryStore:
    """`EntryStore` under a prefix of the models bucket."""

    def __init__(self, bucket: str, client: S3Client, prefix: str = "entries/") -> None:
        self._bucket = bucket
        self._client = client
        self._prefix = prefix
        self._read: dict[str, list[str]] = {}

    def write(self, key: str, lines: Iterable[str]) -> None:
        with translated(f"Writing entry set {key!r}"):
            self._client.put_object(
                Bucket=self._bucket, Key=self._prefix + key, Body="\n".join(lines).encode()
            )

    def read(self, key: str) -> Sequence[str]:
        if key not in self._read:
            with translated(f"Reading entry set {key!r}"):
                answer = self._client.get_object(Bucket=self._bucket, Key=self._prefix + key)
                text = answer["Body"].read().decode()
            while len(self._read) >= _KEPT:
                self._read.pop(next(iter(self._read)))
            self._read[key] = text.split("\n") if text else []
        return self._read[key]

    def delete(self, key: str) -> None:
        self._read.pop(key, None)
        with translated(f"Deleting entry set {key!r}"):
            self._client.delete_object(Bucket=self._bucket, Key=self._prefix + key)


class S3ObjectStore:
    """`ObjectStore` over S3."""

    def __init__(self, client: S3Client) -> None:
        self._client = client

    def lines(self, source: S3Object) -> Iterator[str]:
        with _translated(f"Reading {source}", source.bucket):
            answer = self._get(source)
            if answer["ContentLength"] > limits.MANIFEST_BYTES_MAX:
                raise TooLargeError(f"{source} is larger than {limits.MANIFEST_BYTES_MAX} bytes.")
            decode = codecs.getincrementaldecoder("utf-8")().decode
            try:
                yield from _lines(answer["Body"].iter_chunks(_CHUNK), decode)
            except UnicodeDecodeError as error:
                raise InvalidError(f"{source} is not UTF-8 text.") from error

    def read(self, source: S3Object, *, max_bytes: int) -> bytes:
        with _translated(f"Reading {source}", source.bucket):
            answer = self._get(source)
            if answer["ContentLength"] > max_bytes:
                raise TooLargeError(
                    f"{source} has {answer['ContentLength']} bytes; at most {max_bytes} are read."
                )
            data: bytes = answer["Body"].read()
        return data

    def write(
        self, target: S3Object, data: bytes, content_type: str, *, key: str | None = None
    ) -> None:
        with _translated(f"Writing {target}", target.bucket):
            self._client.put_object(
                Bucket=target.bucket,
                Key=target.key,
                Body=data,
                ContentType=content_type,
                **_encrypted(key),
            )

    def list(self, place: S3Location, *, limit: int) -> Sequence[S3Object]:
        try:
            with _translated(f"Listing s3://{place.bucket}/{place.prefix}", place.bucket):
                pages = self._client.get_paginator("list_objects_v2").paginate(
                    Bucket=place.bucket, Prefix=place.prefix, PaginationConfig={"MaxItems": limit}
                )
                keys = [found["Key"] for page in pages for found in page.get("Contents", [])]
        except NotFoundError:
            return []
        return [S3Object(place.bucket, key) for key in keys]

    def fetch(self, wanted: Mapping[Path, S3Object], *, max_bytes: int) -> None:
        for folder in {path.parent for path in wanted}:
            folder.mkdir(parents=True, exist_ok=True)

        def download(item: tuple[Path, S3Object]) -> None:
            item[0].write_bytes(self.read(item[1], max_bytes=max_bytes))

        with ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
            running = [pool.submit(download, item) for item in wanted.items()]
            try:
                for one in running:
                    one.result()
            finally:
                for one in running:
                    one.cancel()

    def _get(self, source: S3Object) -> Any:
        version = {"VersionId": source.version_id} if source.version_id else {}
        try:
            with _translated(f"Reading {source}", source.bucket):
                return self._client.get_object(Bucket=source.bucket, Key=source.key, **version)  # type: ignore[arg-type]
        except NotFoundError as error:
            raise NotFoundError(f"There is no object {source}.") from error
        except UnavailableError as error:
            # So S3 refuses a version id that is none of its own; asking again will not help.
            if not (source.version_id and _said(error, "InvalidArgument")):
                raise
            raise NotFoundError(f"There is no such version of {source}.") from error


class S3ModelFiles:
    """`ModelFiles` over the models bucket."""

    def __init__(self, bucket: str, client: S3Client) -> None:
        self._bucket = bucket
        self._client = client

    def upload(self, folder: Path, prefix: str, *, key: str | None = None) -> None:
        with translated(f"Uploading model {prefix!r}"):
            for file in sorted(path for path in folder.iterdir() if path.is_file()):
                self._client.upload_file(
                    str(file), self._bucket, f"{prefix}/{file.name}", ExtraArgs=_encrypted(key)
                )

    def delete(self, prefix: str) -> None:
        with translated(f"Deleting model {prefix!r}"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=f"{prefix}/"
            )
            for page in pages:
                for found in page.get("Contents", []):
                    self._client.delete_object(Bucket=self._bucket, Key=found["Key"])


@contextmanager
def _translated(what: str, bucket: str) -> Iterator[None]:
    """As `translated`, but that a user's bucket is closed to us will not pass by itself."""
    try:
        with translated(what):
            yield
    except UnavailableError as error:
        if not _said(error, *_DENIED):
            raise
        raise DeniedError(
            f"{what}: access to bucket {bucket} is denied. The stack setting datasetBuckets must "
            "list it, and its own policy must let the service in."
        ) from error


def _said(error: UnavailableError, *codes: str) -> bool:
    """Whether S3 answered with one of these codes."""
    cause = error.__cause__
    return isinstance(cause, ClientError) and code(cause) in codes


def _encrypted(key: str | None) -> Any:
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}


def _lines(chunks: Iterable[bytes], decode: Callable[..., str]) -> Iterator[str]:
    rest = ""
    for chunk in chunks:
        *whole, rest = (rest + decode(chunk)).split("\n")
        yield from whole
        if len(rest) > limits.LINE_MAX + 2:
            yield rest  # far too long already: whoever parses it refuses it
            return
    yield rest + decode(b"", True)
