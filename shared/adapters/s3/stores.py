"""The two stores of this process, by its settings. Nothing is connected, nor boto3 imported, before the first use."""

from __future__ import annotations

from functools import cache

from pydantic import SecretStr

from shared.adapters.s3.client import Place
from shared.adapters.s3.files import S3Files
from shared.recordings.files import Tier
from shared.settings import settings


@cache
def hot_files() -> S3Files:
    """The store of what is downloaded."""
    chosen = settings()
    place = Place(
        setting="R2",
        bucket=chosen.r2_bucket,
        url=chosen.r2_url,
        region=chosen.r2_region,
        access_key_id=chosen.r2_access_key_id,
        secret_access_key=_text(chosen.r2_secret_access_key),
    )
    return S3Files(place, Tier.HOT)


@cache
def cold_files() -> S3Files:
    """The store of what is kept for years."""
    chosen = settings()
    place = Place(
        setting="GLACIER",
        bucket=chosen.glacier_bucket,
        url=chosen.glacier_url,
        region=chosen.glacier_region,
        access_key_id=chosen.glacier_access_key_id,
        secret_access_key=_text(chosen.glacier_secret_access_key),
    )
    return S3Files(place, Tier.COLD, storage_class=chosen.glacier_storage_class)


def _text(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
