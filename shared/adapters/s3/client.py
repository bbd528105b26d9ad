"""The boto3 client of one bucket, made by whoever uses it first, and its failures in our words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from shared.errors import PlayheadError, Upstream, UpstreamTimeout
from shared.structs import Struct

CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 60
#: Of every call, the first one included.
ATTEMPTS = 3

_MISSING = frozenset({"404", "NoSuchKey", "NoSuchUpload", "412", "PreconditionFailed"})


class Place(Struct, frozen=True, kw_only=True):
    """Where a bucket is, and who may use it. `setting` begins the names of its settings."""

    setting: str
    bucket: str | None
    url: str | None
    region: str
    access_key_id: str | None
    secret_access_key: str | None

    def check(self) -> None:
        """Refuse to go on without a setting.

        Raises:
            PlayheadError: it names the setting.
        """
        for name in ("bucket", "access_key_id", "secret_access_key"):
            if not getattr(self, name):
                raise PlayheadError(f"PLAYHEAD_{self.setting}_{name.upper()} is not set")


def connect(place: Place) -> Any:
    """The S3 client of a place.

    Raises:
        PlayheadError: a setting is missing.
    """
    place.check()
    if "LOCALSTACK_HOST" in os.environ:
        return _connect_here(place)
    import boto3

    return boto3.client(
        "s3",
        endpoint_url=place.url,
        region_name=place.region,
        aws_access_key_id=place.access_key_id,
        aws_secret_access_key=place.secret_access_key,
        config=_config(place),
    )


def _connect_here(place: Place) -> Any:
    """A client of the local platform, or of LocalStack; also there each bucket may have a server of its own."""
    from localstack_client.session import Session

    session = Session(
        aws_access_key_id=place.access_key_id,
        aws_secret_access_key=place.secret_access_key,
        aws_session_token=None,
        region_name=place.region,
    )
    if place.url:
        # The session takes a host, and forgets it where AWS_ENDPOINT_URL is set.
        session._service_endpoint_mapping["s3"] = place.url
    return session.client("s3", config=_config(place))


def _config(place: Place) -> Any:
    from botocore.config import Config

    return Config(
        signature_version="s3v4",
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
        # R2 does not take the CRC trailers that newer clients send by themselves.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path" if place.url else "auto"},
    )


@contextmanager
def translated(store: str, *, missing: str | None = None) -> Iterator[None]:
    """Amazon's failures in our words; `missing` names the object that may be gone, or be another one."""
    from botocore import exceptions as amazon_errors

    try:
        yield
    except amazon_errors.ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if missing is not None and code in _MISSING:
            raise FileNotFoundError(missing) from error
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
        raise Upstream(f"the {store} store answered {status} {code}", retryable=status >= 500) from error
    except (amazon_errors.ConnectTimeoutError, amazon_errors.ReadTimeoutError) as error:
        raise UpstreamTimeout(f"the {store} store did not answer in time") from error
    except (amazon_errors.BotoCoreError, amazon_errors.HTTPClientError) as error:
        raise Upstream(f"the {store} store answered {type(error).__name__}") from error


def is_refused_as(error: Exception, *codes: str) -> bool:
    """Whether the store refused with one of these codes."""
    cause = error.__cause__
    response: dict[str, Any] = getattr(cause, "response", {})
    return response.get("Error", {}).get("Code") in codes
