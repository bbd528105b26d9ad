"""What the media store's failures are called, and with which status a caller hears of them."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core import exceptions
from requests import ConnectionError as RequestsConnectionError
from requests import ConnectTimeout, ReadTimeout

from shared.adapters.gcs import _translated
from shared.errors import Upstream, UpstreamTimeout

google_errors: Any = exceptions  #: without types of its own
TOO_SLOW = [
    ReadTimeout("read"),
    ConnectTimeout("connect"),
    google_errors.GatewayTimeout("504"),
    google_errors.RetryError("all tries", cause=ConnectionError("reset")),
]
BROKEN = [
    google_errors.ServiceUnavailable("503"),
    google_errors.Forbidden("403"),
    google_errors.NotFound("no bucket"),
    RequestsConnectionError("refused"),
    ConnectionResetError("reset"),
]


@pytest.mark.parametrize("failure", TOO_SLOW, ids=lambda one: type(one).__name__)
def test_a_store_that_is_too_slow_is_a_503(failure: Exception) -> None:
    with pytest.raises(UpstreamTimeout) as translated, _translated():
        raise failure

    assert translated.value.status == 503
    assert translated.value.__cause__ is failure


@pytest.mark.parametrize("failure", BROKEN, ids=lambda one: type(one).__name__)
def test_a_store_that_is_broken_is_a_502(failure: Exception) -> None:
    with pytest.raises(Upstream) as translated, _translated():
        raise failure

    assert type(translated.value) is Upstream
    assert translated.value.status == 502


def test_an_object_that_is_gone_is_no_failure_of_the_store() -> None:
    with pytest.raises(FileNotFoundError), _translated(missing="capture/r1/upload"):
        raise google_errors.NotFound("no object")
