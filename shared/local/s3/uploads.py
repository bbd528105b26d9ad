"""Make moto speak of multipart uploads as the real ones do.

It says of all of them that they were begun at one moment in 2010, by which a client that cleans up after itself would
take them for forgotten; and where there is no such upload (any more) it breaks instead of saying so.
"""

import datetime
from typing import Any, cast

from moto.core.responses import ActionResult
from moto.s3.exceptions import NoSuchUpload
from moto.s3.models import FakeMultipart, MultipartDict
from moto.s3.responses import S3Response


def correct_uploads() -> None:
    """Let every multipart upload of this process know when it was begun, and be missed when it is gone."""
    MultipartDict.__missing__ = _miss  # type: ignore[attr-defined]
    _remember_when_uploads_begin()


def _miss(_: MultipartDict, upload_id: str) -> FakeMultipart:
    raise NoSuchUpload(upload_id)


def _remember_when_uploads_begin() -> None:
    begin_as_moto_does = FakeMultipart.__init__
    list_as_moto_does = S3Response.list_multipart_uploads

    def begin(self: Any, *args: Any, **options: Any) -> None:
        begin_as_moto_does(self, *args, **options)
        self.begun_at = datetime.datetime.now(datetime.UTC)

    def list_uploads(self: Any) -> Any:
        uploads: Any = self.backend.list_multipart_uploads(self.bucket_name)
        serialize = self.serialized

        def serialize_with_times(made: ActionResult) -> Any:
            for listed in cast(Any, made.result)["Uploads"]:
                listed["Initiated"] = uploads[listed["UploadId"]].begun_at
            return serialize(made)

        self.serialized = serialize_with_times
        return list_as_moto_does(self)

    FakeMultipart.__init__ = begin  # type: ignore[method-assign]
    S3Response.list_multipart_uploads = list_uploads  # type: ignore[method-assign]
