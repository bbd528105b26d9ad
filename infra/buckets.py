"""The buckets: none is public, and nothing that was deleted stays in one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pulumi_gcp import storage

from infra.target import Target
from shared.recordings.recording import Bucket

Rule = storage.BucketCorArgsDict

#: Objects that are gone after so many days: uploads that nothing confirmed or copied. Their own deadlines are shorter.
AGE_DAYS: Mapping[str, int] = {Bucket.UPLOADS: 2}

CORS_AGE_S = 3600
_CORS: Mapping[str, Rule] = {
    Bucket.UPLOADS: {"methods": ["PUT"], "response_headers": ["Content-Type"]},
    # A browser comes to the media bucket by a redirect of the API, and then says that its origin is `null`; what lets
    # it in is the signature of the URL. It still sends the headers of its first request.
    Bucket.MEDIA: {
        "origins": ["*"],
        "methods": ["GET", "HEAD"],
        "response_headers": [
            "Authorization",
            "Content-Range",
            "Content-Type",
            "Range",
            "X-API-Key",
            "X-Request-Id",
        ],
    },
}


def create_buckets(target: Target) -> dict[Bucket, storage.Bucket]:
    """The buckets of the media store, by role."""
    return {role: create_bucket(role, target) for role in Bucket}


def create_bucket(role: str, target: Target) -> storage.Bucket:
    """A private bucket of the target's region, without versions and without soft delete."""
    age_days = AGE_DAYS.get(role)
    return storage.Bucket(
        role,
        name=target.bucket_name(role),
        location=target.region,
        uniform_bucket_level_access=True,
        public_access_prevention="enforced",
        versioning={"enabled": False},
        soft_delete_policy={"retention_duration_seconds": 0},
        lifecycle_rules=[{"action": {"type": "Delete"}, "condition": {"age": age_days}}] if age_days else [],
        cors=cors_of(role, target.settings.get("cors_origins", ())),
    )


def cors_of(role: str, origins: Sequence[str]) -> list[Rule]:
    """What browsers of these origins, which may call the API, may do with a bucket by signed URLs."""
    if not origins or role not in _CORS:
        return []
    return [{"origins": list(origins), "max_age_seconds": CORS_AGE_S, **_CORS[role]}]
