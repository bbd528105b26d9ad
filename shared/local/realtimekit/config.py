"""The configuration file of the part: whose app it is, how fast time passes, where webhooks go."""

from pathlib import Path

import msgspec

#: The app of a local platform. Its token opens nothing else.
ACCOUNT_ID = "10ca10000000000000000000acc00001"
APP_ID = "10ca10000000000000000000a4400001"
API_TOKEN = "local-realtimekit-token"  # noqa: S105


class DefaultMedia(msgspec.Struct, frozen=True):
    """The file of every recording that was given no other; without `duration_s` it is as long as the recording."""

    path: str
    duration_s: float | None = None


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of the file.

    `step_s` is how long a recording takes to begin and to be uploaded, `empty_s` how long one goes on in an empty
    meeting, `url_s` how long a download URL holds. The limits are those of the real service.
    """

    account_id: str = ACCOUNT_ID
    app_id: str = APP_ID
    api_token: str = API_TOKEN
    webhook_url: str | None = None
    media: DefaultMedia | None = None
    step_s: float = 0.3
    empty_s: float = 60
    url_s: float = 3600
    recording_calls_per_50_s: int = 1_000
    calls_per_5_min: int = 3_500


def read_config(path: Path) -> Config:
    """Read the file (JSON); an unknown key is an error."""
    return msgspec.json.decode(path.read_bytes(), type=Config)
