"""One bucket of an S3 service, as the port `FileStore` has it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, BinaryIO, cast

from shared.adapters.s3.client import Place, connect, is_refused_as, translated
from shared.adapters.s3.etags import content_md5, etag_of_parts, md5_of, unquoted
from shared.adapters.s3.reader import RangeReader
from shared.errors import Upstream
from shared.recordings.files import Part, PartialFile, Restored, RestoreState, RestoreTier, StoredFile, Tier

#: Objects of these classes cannot be read before they are restored.
_COLD_CLASSES = frozenset({"GLACIER", "DEEP_ARCHIVE"})
_RESTORED_UNTIL = re.compile(r'expiry-date="([^"]+)"')


class S3Files:
    """`HotFiles` and `ColdFiles`: the same, but for the storage class of what is written."""

    def __init__(self, place: Place, tier: Tier, *, storage_class: str | None = None) -> None:
        self._place = place
        self._tier = tier
        self._extra = {"StorageClass": storage_class} if storage_class else {}

    @cached_property
    def _client(self) -> Any:
        return connect(self._place)

    def begin(self, key: str, *, content_type: str) -> PartialFile:
        with translated(self._tier):
            made = self._client.create_multipart_upload(**self._named(key), ContentType=content_type, **self._extra)
        return PartialFile(key=key, upload_id=made["UploadId"], begun_at=datetime.now(UTC))

    def find_partial(self, key: str) -> PartialFile | None:
        # The times are of whole seconds; of one second the last in the list is the newest.
        newest = max(reversed(self._partials(key)), key=lambda partial: partial.begun_at, default=None)
        if newest is None:
            return None
        with suppress(FileNotFoundError), translated(self._tier, missing=key):
            return self._with_parts(newest)
        return None

    def put_part(self, partial: PartialFile, number: int, content: bytes | bytearray) -> Part:
        etag = md5_of(content)
        with translated(self._tier):
            answer = self._client.upload_part(
                **self._unfinished(partial), PartNumber=number, Body=content, ContentMD5=content_md5(etag)
            )
        if unquoted(answer["ETag"]) != etag:
            raise Upstream(f"the {self._tier} store has not kept a part as it was sent")
        return Part(number=number, size_bytes=len(content), etag=etag)

    def complete(self, partial: PartialFile, parts: tuple[Part, ...], *, part_bytes: int) -> StoredFile:
        listed = [{"PartNumber": part.number, "ETag": f'"{part.etag}"'} for part in parts]
        with translated(self._tier):
            self._client.complete_multipart_upload(**self._unfinished(partial), MultipartUpload={"Parts": listed})
        expected = StoredFile(
            tier=self._tier,
            key=partial.key,
            size_bytes=sum(part.size_bytes for part in parts),
            etag=etag_of_parts(part.etag for part in parts),
            part_bytes=part_bytes,
        )
        found = self.describe(partial.key)
        if found is None or not found.is_same(expected):
            self.delete(partial.key)
            raise Upstream(f"the {self._tier} store has made another file of the parts")
        return found.with_parts_of(part_bytes)

    def abort(self, partial: PartialFile) -> None:
        with suppress(FileNotFoundError), translated(self._tier, missing=partial.key):
            self._client.abort_multipart_upload(**self._unfinished(partial))

    def describe(self, key: str) -> StoredFile | None:
        head = self._head(key)
        if head is None:
            return None
        return self._stored(key, head["ContentLength"], head)

    def open(self, file: StoredFile) -> BinaryIO:
        found = self.describe(file.key)
        if found is None or not found.is_same(file):
            raise FileNotFoundError(file.key)

        def read_range(start: int, end: int) -> bytes:
            with translated(self._tier, missing=file.key):
                answer = self._client.get_object(
                    **self._named(file.key), Range=f"bytes={start}-{end - 1}", IfMatch=f'"{file.etag}"'
                )
                content: bytes = answer["Body"].read()
            if len(content) != end - start:
                raise Upstream(f"the {self._tier} store sent {len(content)} bytes of {end - start}")
            return content

        return cast(BinaryIO, RangeReader(read_range, file.size_bytes))

    def signed_get(self, file: StoredFile, *, lifetime: timedelta, file_name: str) -> str:
        url: str = self._client.generate_presigned_url(
            "get_object",
            Params={
                **self._named(file.key),
                "ResponseContentDisposition": f'attachment; filename="{file_name}"',
            },
            ExpiresIn=int(lifetime.total_seconds()),
        )
        return url

    def delete(self, key: str) -> None:
        for partial in self._partials(key):
            self.abort(partial)
        with translated(self._tier):
            self._client.delete_object(**self._named(key))

    def restore(self, file: StoredFile, *, tier: RestoreTier, days: int) -> None:
        request = {"Days": days, "GlacierJobParameters": {"Tier": tier.value}}
        try:
            with translated(self._tier):
                self._client.restore_object(**self._named(file.key), RestoreRequest=request)
        except Upstream as error:
            if not is_refused_as(error, "RestoreAlreadyInProgress"):
                raise

    def restore_state(self, file: StoredFile) -> Restored:
        head = self._head(file.key)
        if head is None:
            raise Upstream(f"the {self._tier} store does not have {file.key}", retryable=False)
        told = head.get("Restore")
        if head.get("StorageClass") not in _COLD_CLASSES:
            return Restored(state=RestoreState.AVAILABLE)
        if told is None:
            return Restored(state=RestoreState.NONE)
        if 'ongoing-request="true"' in told:
            return Restored(state=RestoreState.IN_PROGRESS)
        until = _RESTORED_UNTIL.search(told)
        return Restored(
            state=RestoreState.AVAILABLE,
            available_until=parsedate_to_datetime(until[1]).astimezone(UTC) if until else None,
        )

    def files(self, prefix: str) -> Iterator[StoredFile]:
        for page in self._pages("list_objects_v2", prefix):
            for entry in page.get("Contents", ()):
                yield self._stored(entry["Key"], entry["Size"], entry)

    def partials(self, prefix: str) -> Iterator[PartialFile]:
        for page in self._pages("list_multipart_uploads", prefix):
            for entry in page.get("Uploads", ()):
                yield PartialFile(key=entry["Key"], upload_id=entry["UploadId"], begun_at=_utc(entry["Initiated"]))

    def _partials(self, key: str) -> list[PartialFile]:
        return [partial for partial in self.partials(key) if partial.key == key]

    def _with_parts(self, partial: PartialFile) -> PartialFile:
        pages = self._client.get_paginator("list_parts").paginate(**self._unfinished(partial))
        parts = tuple(
            Part(number=entry["PartNumber"], size_bytes=entry["Size"], etag=unquoted(entry["ETag"]))
            for page in pages
            for entry in page.get("Parts", ())
        )
        return PartialFile(key=partial.key, upload_id=partial.upload_id, begun_at=partial.begun_at, parts=parts)

    def _pages(self, operation: str, prefix: str) -> Iterator[Any]:
        with translated(self._tier):
            yield from self._client.get_paginator(operation).paginate(Bucket=self._place.bucket, Prefix=prefix)

    def _head(self, key: str) -> Any:
        with suppress(FileNotFoundError), translated(self._tier, missing=key):
            return self._client.head_object(**self._named(key))
        return None

    def _stored(self, key: str, size_bytes: int, entry: Any) -> StoredFile:
        return StoredFile(
            tier=self._tier,
            key=key,
            size_bytes=size_bytes,
            etag=unquoted(entry["ETag"]),
            modified_at=_utc(entry["LastModified"]),
        )

    def _named(self, key: str) -> dict[str, Any]:
        return {"Bucket": self._place.bucket, "Key": key}

    def _unfinished(self, partial: PartialFile) -> dict[str, Any]:
        return {**self._named(partial.key), "UploadId": partial.upload_id}


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)
