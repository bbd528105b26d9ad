"""The configuration file of the part: buckets, accounts that sign URLs, receivers of finalize events."""

import json
import urllib.parse
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class BucketConfig:
    """A bucket that exists from the start; objects older than `age_days` are removed."""

    name: str
    age_days: float | None = None


@dataclass(frozen=True)
class Receiver:
    """A function that is told of every object finalized in `bucket`, by the account that may call it."""

    bucket: str
    url: str
    account: str
    audience: str

    @property
    def route(self) -> str:
        """Return what stays the same when the platform starts again on another port."""
        return f"{self.bucket} {urllib.parse.urlsplit(self.url).path}"


@dataclass(frozen=True)
class StorageConfig:
    """All of the file. `accounts` maps an e-mail to the PEM file its signatures are verified with."""

    buckets: tuple[BucketConfig, ...]
    accounts: dict[str, Path]
    receivers: tuple[Receiver, ...]
    issuer: str
    identity_key: Path

    @classmethod
    def load(cls, path: Path) -> "StorageConfig":
        """Read the file; a missing or unknown key is an error."""
        fields = json.loads(path.read_text())
        return cls(
            buckets=tuple(BucketConfig(**bucket) for bucket in fields["buckets"]),
            accounts={email: Path(pem) for email, pem in fields["accounts"].items()},
            receivers=tuple(Receiver(**event) for event in fields["events"]),
            issuer=fields["identity"],
            identity_key=Path(fields["identity_key"]),
        )
