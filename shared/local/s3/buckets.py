"""Buckets that are there without anybody having made them, as those of a deployment are."""

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

_PARTITION = "aws"
_REGION = "us-east-1"


def ensure_bucket(name: str) -> bool:
    """Make the bucket unless it is there; say whether it was made."""
    if name in s3_backends.bucket_accounts:
        return False
    s3_backends[DEFAULT_ACCOUNT_ID][_PARTITION].create_bucket(name, _REGION)
    return True
