"""The buckets: none is public, and nothing that was deleted stays in one."""

from __future__ import annotations

from collections.abc import Sequence

from pulumi_gcp import storage

from infra.target import Target
from shared.recordings.recording import Bucket

#: Uploads that nothing confirmed or copied are gone after this; every upload's own deadline is far below it.
UPLOADS_AGE_DAYS = 2
CORS_AGE_S = 3600


def create_buckets(target: Target) -> dict[Bucket, storage.Bucket]:
    """The buckets of the media store, by role."""
    origins: Sequence[str] = target.settings.get("cors_origins", ())
    return {
        Bucket.UPLOADS: create_bucket(
            Bucket.UPLOADS,
            target,
            age_days=UPLOADS_AGE_DAYS,
            cors=_cors(origins, methods=["PUT"], headers=["Content-Type"]) if origins else None,
        ),
        # A browser comes to the media bucket by a redirect of the API and then calls its origin `null`; what lets it
        # in is the signature of the URL. It still sends the headers of its first request.
        Bucket.MEDIA: create_bucket(
            Bucket.MEDIA,
            target,
            cors=_cors(["*"], methods=["GET", "HEAD"], headers=_REDIRECTED_HEADERS) if origins else None,
        ),
    }


def create_bucket(
    role: str, target: Target, *, age_days: int | None = None, cors: storage.BucketCorArgsDict | None = None
) -> storage.Bucket:
    """A private bucket of the target's region, without versions and without soft delete."""
    return storage.Bucket(
        role,
        name=target.bucket_name(role),
        location=target.region,
        uniform_bucket_level_access=True,
        public_access_prevention="enforced",
        versioning={"enabled": False},
        soft_delete_policy={"retention_duration_seconds": 0},
        lifecycle_rules=[{"action": {"type": "Delete"}, "condition": {"age": age_days}}] if age_days else None,
        cors=[cors] if cors else None,
    )


_REDIRECTED_HEADERS = ("Authorization", "X-API-Key", "X-Request-Id", "Content-Type", "Content-Range", "Range")


def _cors(origins: Sequence[str], *, methods: Sequence[str], headers: Sequence[str]) -> storage.BucketCorArgsDict:
    return {
        "origins": list(origins),
        "methods": list(methods),
        "response_headers": list(headers),
        "max_age_seconds": CORS_AGE_S,
    }
