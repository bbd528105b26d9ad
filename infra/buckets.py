"""The buckets: none is public, and nothing that was deleted stays in one."""

from __future__ import annotations

from typing import Any

from pulumi_gcp import storage

from infra.target import Target
from shared.recordings.recording import Bucket

#: Uploads that nothing confirmed or copied are gone after this; every upload's own deadline is far below it.
UPLOADS_AGE_DAYS = 2
CORS_AGE_S = 3600

Rules = list[storage.BucketCorArgsDict]


def create_buckets(target: Target) -> dict[Bucket, storage.Bucket]:
    """The buckets of the media store, by role."""
    origins = list(target.settings.get("cors_origins", ()))
    return {
        Bucket.UPLOADS: create_bucket(
            Bucket.UPLOADS,
            target,
            cors=_cors(origins, origins, methods=["PUT"], headers=["Content-Type"]),
            lifecycle_rules=[{"action": {"type": "Delete"}, "condition": {"age": UPLOADS_AGE_DAYS}}],
        ),
        # A browser comes to the media bucket by a redirect of the API and then calls its origin `null`; what lets it
        # in is the signature of the URL. It still sends the headers of its first request.
        Bucket.MEDIA: create_bucket(
            Bucket.MEDIA,
            target,
            cors=_cors(
                origins,
                ["*"],
                methods=["GET", "HEAD"],
                headers=["Authorization", "X-API-Key", "X-Request-Id", "Content-Type", "Content-Range", "Range"],
            ),
        ),
    }


def create_bucket(role: str, target: Target, **more: Any) -> storage.Bucket:
    """A private bucket of the target's region, without versions and without soft delete."""
    return storage.Bucket(
        role,
        name=f"{target.project}-{role}",
        location=target.region,
        uniform_bucket_level_access=True,
        public_access_prevention="enforced",
        versioning={"enabled": False},
        soft_delete_policy={"retention_duration_seconds": 0},
        **more,
    )


def _cors(asked: list[str], origins: list[str], *, methods: list[str], headers: list[str]) -> Rules:
    """One rule for the browsers that may call the API at all; none when no origin may."""
    if not asked:
        return []
    return [{"origins": origins, "methods": methods, "response_headers": headers, "max_age_seconds": CORS_AGE_S}]
