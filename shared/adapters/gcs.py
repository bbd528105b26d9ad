"""The media store over google-cloud-storage."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import quote

import google.auth
import google.cloud.storage as storage
from google.api_core import exceptions as google_errors
from google.auth.credentials import AnonymousCredentials, Signing
from google.auth.transport.requests import AuthorizedSession, Request
from requests import RequestException, Response, Session
from requests import Timeout as RequestTimeout
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from shared.errors import Upstream, UpstreamTimeout
from shared.recordings.recording import Bucket, StoredObject
from shared.settings import Settings, settings

TIMEOUT_S = 60
PIECE_BYTES = 1024 * 1024
#: What is held of a file that is passed on; Cloud Storage takes pieces of 256 KiB or multiples.
_WRITE_BYTES = 8 * 1024 * 1024
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"


class GcsMedia:
    """`Media` in two Cloud Storage buckets."""

    def __init__(self, client: storage.Client, names: Mapping[Bucket, str], credentials: Any, session: Session) -> None:
        self._client = client
        self._session = session
        self._buckets = {role: client.bucket(name) for role, name in names.items()}
        self._credentials = credentials

    def describe(self, bucket: Bucket, name: str) -> StoredObject | None:
        with _translated():
            blob = self._buckets[bucket].get_blob(name, timeout=TIMEOUT_S)
        return _stored(bucket, blob) if blob else None

    def open(self, stored: StoredObject) -> BinaryIO:
        blob = self._blob(stored)
        with _translated(missing=stored.name):
            if not blob.exists(timeout=TIMEOUT_S):
                raise FileNotFoundError(stored.name)
        reader = blob.open("rb", chunk_size=PIECE_BYTES, raw_download=True, timeout=TIMEOUT_S)
        return cast(BinaryIO, reader)

    def read(self, stored: StoredObject, *, start: int, end: int) -> bytes:
        with _translated(missing=stored.name):
            content: bytes = self._blob(stored).download_as_bytes(
                start=start, end=end - 1, raw_download=True, timeout=TIMEOUT_S, checksum=None
            )
        return content

    def stream(self, stored: StoredObject) -> Iterator[bytes]:
        # One request for the whole: the client's own reader asks for one range after the other.
        with _translated(missing=stored.name), self._download(stored) as answer:
            if answer.status_code == HTTPStatus.NOT_FOUND:
                raise FileNotFoundError(stored.name)
            if not answer.ok:
                raise Upstream(f"the media store answered {answer.status_code}")
            yield from answer.raw.stream(PIECE_BYTES, decode_content=False)

    def _download(self, stored: StoredObject) -> Response:
        bucket, name = self._buckets[stored.bucket].name, quote(stored.name, safe="")
        answer: Response = self._session.get(
            f"{_endpoint()}/download/storage/v1/b/{bucket}/o/{name}",
            params={"alt": "media", "generation": str(stored.generation)},
            headers={"Accept-Encoding": "gzip"},
            stream=True,
            timeout=TIMEOUT_S,
        )
        return answer

    def save(
        self, name: str, content: bytes | Path, *, content_type: str, content_encoding: str | None = None
    ) -> StoredObject:
        blob = self._buckets[Bucket.MEDIA].blob(name)
        blob.content_encoding = content_encoding
        how = {"content_type": content_type, "if_generation_match": 0, "timeout": TIMEOUT_S}
        with _translated():
            try:
                if isinstance(content, Path):
                    blob.upload_from_filename(str(content), **how)
                else:
                    blob.upload_from_string(content, **how)
            except google_errors.PreconditionFailed:
                # The name is this writer's alone: an earlier try arrived, and only its answer was lost.
                blob.reload(timeout=TIMEOUT_S)
        return _stored(Bucket.MEDIA, blob)

    @contextmanager
    def writer(self, bucket: Bucket, name: str, *, content_type: str) -> Iterator[BinaryIO]:
        blob = self._buckets[bucket].blob(name)
        with (
            _translated(),
            blob.open("wb", chunk_size=_WRITE_BYTES, content_type=content_type, timeout=TIMEOUT_S) as file,
        ):
            yield cast(BinaryIO, file)

    def copy(self, source: StoredObject, name: str) -> StoredObject:
        target = self._buckets[Bucket.MEDIA].blob(name)
        origin = self._blob(source)
        with _translated(missing=source.name):
            try:
                token = None
                while True:
                    token, _, _ = target.rewrite(origin, token=token, if_generation_match=0, timeout=TIMEOUT_S)
                    if token is None:
                        break
            except google_errors.PreconditionFailed:
                target.reload(timeout=TIMEOUT_S)
        return _stored(Bucket.MEDIA, target)

    def delete(self, stored: StoredObject) -> None:
        with _translated():
            try:
                self._blob(stored).delete(timeout=TIMEOUT_S)
            except google_errors.NotFound:
                return

    def delete_prefix(self, bucket: Bucket, prefix: str) -> int:
        removed = 0
        with _translated():
            for blob in self._client.list_blobs(self._buckets[bucket], prefix=prefix, timeout=TIMEOUT_S):
                self.delete(_stored(bucket, blob))
                removed += 1
        return removed

    def older_than(self, bucket: Bucket, before: datetime) -> Iterator[StoredObject]:
        with _translated():
            for blob in self._client.list_blobs(self._buckets[bucket], timeout=TIMEOUT_S):
                if blob.time_created < before:
                    yield _stored(bucket, blob)

    def signed_put(self, bucket: Bucket, name: str, *, lifetime: timedelta, content_type: str | None = None) -> str:
        return self._sign(self._buckets[bucket].blob(name), "PUT", lifetime, content_type=content_type)

    def signed_get(self, stored: StoredObject, *, lifetime: timedelta, content_type: str | None = None) -> str:
        blob = self._buckets[stored.bucket].blob(stored.name)
        return self._sign(blob, "GET", lifetime, generation=stored.generation, response_type=content_type)

    def _blob(self, stored: StoredObject) -> Any:
        return self._buckets[stored.bucket].blob(stored.name, generation=stored.generation)

    def _sign(self, blob: Any, method: str, lifetime: timedelta, **more: Any) -> str:
        url: str = blob.generate_signed_url(
            version="v4",
            method=method,
            expiration=lifetime,
            credentials=self._credentials,
            api_access_endpoint=_endpoint(),
            **_signer(self._credentials),
            **more,
        )
        return url


def _stored(bucket: Bucket, blob: Any) -> StoredObject:
    return StoredObject(
        bucket=bucket,
        name=blob.name,
        generation=int(blob.generation),
        size_bytes=int(blob.size),
        content_type=blob.content_type or "application/octet-stream",
    )


def _signer(credentials: Any) -> dict[str, str]:
    """How to sign: with the credentials' own key or, on Google Cloud, by the IAM service."""
    if isinstance(credentials, Signing):
        return {}
    if not credentials.valid:
        credentials.refresh(Request())
    return {"service_account_email": credentials.service_account_email, "access_token": credentials.token}


@contextmanager
def _translated(missing: str | None = None) -> Iterator[None]:
    """Google's failures in our words; `missing` names the object whose generation may be gone."""
    try:
        yield
    except google_errors.NotFound as error:
        if missing is None:
            raise Upstream("the bucket is not there", retryable=False) from error
        raise FileNotFoundError(missing) from error
    except (google_errors.GatewayTimeout, google_errors.RetryError, RequestTimeout) as error:
        raise UpstreamTimeout("the media store did not answer in time") from error
    except (google_errors.GoogleAPICallError, ConnectionError, RequestException) as error:
        raise Upstream(f"the media store answered {type(error).__name__}") from error


@cache
def _client() -> tuple[storage.Client, Any]:
    """The client of this process, and the credentials that sign URLs."""
    credentials, _ = google.auth.default(scopes=[_SCOPE])
    # A local server needs no tokens, and asking for some would reach out to Google; URLs are signed all the same.
    return storage.Client(
        project=settings().project,
        credentials=AnonymousCredentials() if _is_local() else credentials,  # type: ignore[no-untyped-call]
    ), credentials


def media() -> GcsMedia:
    chosen: Settings = settings()
    client, credentials = _client()
    names = {Bucket.UPLOADS: chosen.uploads_bucket, Bucket.MEDIA: chosen.media_bucket}
    return GcsMedia(client, names, credentials, _session(credentials))


def _session(credentials: Any) -> Session:
    """The connections that whole objects are streamed over; tries again what is worth it before the first byte."""
    session: Session = Session() if _is_local() else AuthorizedSession(credentials)  # type: ignore[no-untyped-call]
    retries = Retry(total=3, backoff_factor=0.2, status_forcelist=(429, 500, 502, 503, 504), raise_on_status=False)
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=retries))
    return session


def _is_local() -> bool:
    return "STORAGE_EMULATOR_HOST" in os.environ


def _endpoint() -> str:
    return os.environ.get("STORAGE_EMULATOR_HOST", "https://storage.googleapis.com")
