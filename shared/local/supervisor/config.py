"""What a platform is made of: the answer to "which functions, kept where, with which settings"."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from shared.local.realtimekit.config import DefaultMedia
from shared.local.supervisor.addresses import Addresses


@dataclass(frozen=True, kw_only=True)
class PlatformConfig:
    """The functions to run and the folder that keeps their state.

    `manifest` declares functions, queues, indexes and time-to-live fields; `source` is the file of the
    functions; `buckets` are `{"name": …, "age_days": …}`, `s3_buckets` the names of S3's; `webhook_function` is what
    RealtimeKit tells of its recordings, `meeting_media` what it has recorded; `environment` returns the product's
    own variables, once the addresses are known; `faults` is a plan of faults, which may be empty and replaced later,
    or None for a platform that never misbehaves.
    """

    data_dir: Path
    manifest: Mapping[str, object]
    source: Path
    project: str = "playhead-local"
    location: str = "europe-west1"
    buckets: Sequence[Mapping[str, object]]
    firestore: Literal["embedded", "google"] = "embedded"
    docs_dir: Path | None = None
    s3_buckets: Sequence[str] = ()
    webhook_function: str | None = None
    meeting_media: DefaultMedia | None = None
    environment: Callable[[Addresses], Mapping[str, str]]
    faults: Sequence[Mapping[str, object]] | None = None
