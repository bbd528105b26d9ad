"""Signatures of webhooks, with vectors that openssl has made; our verifier is another implementation.

`webhook_signatures.json` holds what these commands printed, for the private keys a.pem and b.pem:

    openssl genrsa -out a.pem 2048; openssl rsa -in a.pem -pubout                            # key, later_key: b.pem
    openssl ecparam -genkey -name prime256v1 -out c.pem; openssl ec -in c.pem -pubout        # elliptic_key
    openssl dgst -sha256 -sign a.pem body | openssl base64 -A                                # rsa, by_later_key: b.pem
    openssl dgst -sha256 -sign a.pem -sigopt rsa_padding_mode:pss body | openssl base64 -A   # with_pss
    openssl dgst -sha1 -sign a.pem body | openssl base64 -A                                  # with_sha1
    openssl dgst -sha256 -hmac "$secret" -r body                                             # hmac
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shared.ports.meetings import MeetingUnavailable
from shared.rooms.webhooks.signatures import is_from_realtimekit, is_from_secret_holder

VECTORS: dict[str, Any] = json.loads(Path(__file__).with_name("webhook_signatures.json").read_text())
SECRET: str = VECTORS["secret"]
SIGNED = [pytest.param(each["body"].encode(), each, id=f"{len(each['body'])}_characters") for each in VECTORS["signed"]]
BODY = VECTORS["signed"][0]["body"].encode()
RSA: str = VECTORS["signed"][0]["rsa"]
HMAC: str = VECTORS["signed"][0]["hmac"]


@dataclass
class Published:
    """Keys as RealtimeKit publishes them: one now, perhaps another when asked again."""

    now: str = VECTORS["key"]
    later: str | None = None
    asked_again: int = 0

    def key(self) -> str:
        return self.now

    def key_after(self, refused: str) -> str | None:
        assert refused == self.now
        self.asked_again += 1
        return self.later


@pytest.mark.parametrize(("body", "vector"), SIGNED)
def test_what_openssl_signed_with_the_key_is_from_realtimekit(body: bytes, vector: dict[str, str]) -> None:
    keys = Published()

    assert is_from_realtimekit(body, vector["rsa"], keys=keys)
    assert keys.asked_again == 0


@pytest.mark.parametrize(("body", "vector"), SIGNED)
def test_what_openssl_authenticated_with_the_secret_is_from_its_holder(body: bytes, vector: dict[str, str]) -> None:
    assert is_from_secret_holder(body, vector["hmac"], secret=SECRET)
    assert is_from_secret_holder(body, vector["hmac"].upper(), secret=SECRET)


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        pytest.param(BODY + b" ", RSA, id="another_body"),
        pytest.param(BODY.replace(b"UPLOADED", b"ERRORED"), RSA, id="a_changed_body"),
        pytest.param(BODY, VECTORS["signed"][1]["rsa"], id="the_signature_of_another_body"),
        pytest.param(BODY, VECTORS["by_later_key"], id="another_key"),
        pytest.param(BODY, VECTORS["with_pss"], id="another_padding"),
        pytest.param(BODY, VECTORS["with_sha1"], id="another_hash"),
        pytest.param(BODY, RSA[:-8], id="cut"),
        pytest.param(BODY, f"!{RSA[1:]}", id="no_base64"),
        pytest.param(BODY, "ä" * 344, id="no_ascii"),
        pytest.param(BODY, "", id="empty"),
        pytest.param(BODY, HMAC, id="the_other_kind"),
    ],
)
def test_any_other_signature_is_not_from_realtimekit(body: bytes, signature: str) -> None:
    assert not is_from_realtimekit(body, signature, keys=Published())


@pytest.mark.parametrize(
    ("body", "signature", "secret"),
    [
        pytest.param(BODY + b" ", HMAC, SECRET, id="another_body"),
        pytest.param(BODY, HMAC, "another secret", id="another_secret"),
        pytest.param(BODY, HMAC[:-1], SECRET, id="cut"),
        pytest.param(BODY, "", SECRET, id="empty"),
        pytest.param(BODY, "ä" * 64, SECRET, id="no_ascii"),
        pytest.param(BODY, RSA, SECRET, id="the_other_kind"),
    ],
)
def test_any_other_signature_is_not_from_the_holder_of_the_secret(body: bytes, signature: str, secret: str) -> None:
    assert not is_from_secret_holder(body, signature, secret=secret)


def test_a_key_that_was_replaced_is_asked_for_once() -> None:
    keys = Published(later=VECTORS["later_key"])

    assert is_from_realtimekit(BODY, VECTORS["by_later_key"], keys=keys)
    assert keys.asked_again == 1


@pytest.mark.parametrize(
    "key", [pytest.param("no key at all", id="no_pem"), pytest.param(VECTORS["elliptic_key"], id="elliptic")]
)
def test_a_key_that_cannot_be_used_is_an_outage_and_no_refusal(key: str) -> None:
    with pytest.raises(MeetingUnavailable):
        is_from_realtimekit(BODY, RSA, keys=Published(now=key))
