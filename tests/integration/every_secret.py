"""Secrets to be looked for later, and all the places of a request that can carry one."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import jwt
from pydantic import BaseModel

from shared.edge.declarations import Endpoint
from tests.integration.api_keys import revoke, save_key
from tests.integration.every_endpoint import Ids, well_formed
from tests.integration.every_form import broken_forms, form_of, wrong_forms
from tests.integration.every_sample import sample
from tests.integration.rooms_signed import SIGNERS
from tests.integration.stored import now

#: What a webhook says that is looked into; one that says anything else is passed over.
NEWS = {"event": "recording.statusUpdate", "type": "recording.ready"}
#: Nobody prints so much of a secret by chance, and a part of one is as bad as the whole.
TELLTALE_CHARS = 16
_WORD = re.compile(rf"[A-Za-z0-9_-]{{{TELLTALE_CHARS},}}")


class Secrets:
    """Values that must not come back, by the place where each was planted."""

    def __init__(self) -> None:
        self.planted: dict[str, str] = {}
        self._places_of_piece: dict[str, set[str]] = {}  #: two tokens begin alike

    def plant(self, place: str) -> str:
        """The secret of this place: the same every time, and no other's."""
        return self.planted.get(place) or self.keep(place, secrets.token_hex(20))

    def keep(self, place: str, value: str) -> str:
        """Look out for a value that was made elsewhere; returns it."""
        assert len(value) >= 2 * TELLTALE_CHARS
        assert place not in self.planted, f"{place} has a secret"
        self.planted[place] = value
        for piece in _pieces(value):
            self._places_of_piece.setdefault(piece, set()).add(place)
        return value

    def keep_key(self, place: str, key: str) -> str:
        """Look out for the secret half of an API key: its id may be seen."""
        self.keep(place, key.split("_", 2)[2])
        return key

    def keep_token(self, place: str, token: str) -> str:
        """Look out for the claims and the signature of a JWT."""
        _, claims, signature = token.split(".")
        self.keep(f"{place}, claims", claims)
        self.keep(f"{place}, signature", signature)
        return token

    def keep_signatures(self, place: str, text: str) -> None:
        """Look out for the signatures of all signed URLs in the text."""
        for signature in re.findall(r"X-(?:Goog|Amz)-Signature=([0-9a-f]+)", text):
            if signature not in self.planted.values():
                self.keep(f"signature {len(self.planted)} of {place}", signature)

    def found_in(self, text: str) -> set[str]:
        """The places whose secrets, or a good piece of them, are in the text."""
        pieces = {piece for word in _WORD.findall(text) for piece in _pieces(word)}
        return {place for piece in pieces & self._places_of_piece.keys() for place in self._places_of_piece[piece]}


def _pieces(word: str) -> Iterator[str]:
    return (word[begin : begin + TELLTALE_CHARS] for begin in range(len(word) - TELLTALE_CHARS + 1))


def headers_with(planted: Secrets) -> dict[str, str]:
    """Header fields as clients, browsers, proxies and upstreams send them. Those that are not sane are not kept."""
    plant = planted.plant
    return {
        "Cookie": f"session={plant('Cookie')}",
        "Referer": f"https://shop.example/?token={plant('Referer')}",
        "User-Agent": f"agent (https://shop.example/?token={plant('User-Agent')})",
        "Origin": f"https://{plant('Origin')}.example",
        "Proxy-Authorization": f"Basic {plant('Proxy-Authorization')}",
        "Forwarded": f"for={plant('Forwarded')}",
        "If-None-Match": f'"{plant("If-None-Match")}"',
        "Accept-Language": plant("Accept-Language"),
        "X-Upload-Token": plant("X-Upload-Token"),
        "X-Goog-Signature": plant("X-Goog-Signature"),
        "X-Goog-Credential": plant("X-Goog-Credential"),
        "X-Goog-IAP-JWT-Assertion": planted.keep_token("X-Goog-IAP-JWT-Assertion", forged_token()),
        "X-Cloudflare-Signature": plant("X-Cloudflare-Signature"),
        "rtk-signature": plant("rtk-signature"),
        "X-Request-Id": f"not sane {plant('X-Request-Id')}",
        "traceparent": f"00-{plant('traceparent')}",
    }


def query_with(planted: Secrets) -> dict[str, str]:
    """Parameters that no endpoint knows; those of signed URLs among them."""
    names = ("token", "access_token", "api_key", "X-Goog-Signature", "X-Goog-Credential")
    return {name: planted.plant(f"?{name}") for name in names}


def forged_token() -> str:
    return jwt.encode({"sub": secrets.token_hex(24)}, secrets.token_hex(16), algorithm="HS256", headers={"kid": "none"})


def refused_credentials(planted: Secrets, tenant: str) -> Iterator[dict[str, str]]:
    """Credentials that open nothing, in every form."""
    expired = save_key(tenant, expires_at=now() - timedelta(days=1))
    revoked = save_key(tenant, changed=revoke)
    unknown = f"ph_{'0' * 16}_{secrets.token_urlsafe(32)}"
    yield {"Authorization": f"Bearer {planted.keep_key('an expired key', expired)}"}
    yield {"X-API-Key": planted.keep_key("a revoked key", revoked)}
    yield {"X-API-Key": planted.keep_key("an unknown key", unknown)}
    yield {"Authorization": f"Bearer {planted.keep_token('a JWT', forged_token())}"}
    yield {"X-API-Key": planted.keep_token("a JWT as a key", forged_token())}
    yield {"Authorization": f"Bearer {planted.plant('a bearer token')}"}
    yield {"Authorization": f"Basic {planted.plant('a password')}"}
    yield {"Authorization": planted.plant("a bare token")}


def broken_bodies(planted: Secrets) -> Iterator[bytes]:
    """Bodies that are not even JSON objects."""
    yield f'{{"name": "{planted.plant("a body cut short")}"'.encode()
    yield f'["{planted.plant("a list")}"]'.encode()
    yield f'"{planted.plant("a text")}"'.encode()
    yield f'{{"name": {planted.plant("a bare word")}}}'.encode()
    yield b'{"name": "\xff' + planted.plant("not UTF-8").encode() + b'"}'
    yield f"password={planted.plant('a form')}".encode()


def wrong_queries(endpoint: Endpoint, planted: Secrets) -> Iterator[dict[str, Any]]:
    """Queries with a secret for one parameter each."""
    good = well_formed(endpoint).get("params", {})
    for name in endpoint.query.model_json_schema()["properties"] if endpoint.query else ():
        yield {**good, name: planted.plant(f"?{name}")}


def wrong_bodies(model: type[BaseModel], good: dict[str, Any], planted: Secrets) -> Iterator[dict[str, Any]]:
    """Bodies with a secret of the wrong type for one member each."""
    for name in model.model_json_schema()["properties"]:
        yield {**good, name: f"no {planted.plant(f'{name} as text')}"}
        yield {**good, name: {"secret": planted.plant(f"{name} as an object")}}
        yield {**good, name: [planted.plant(f"{name} as a list")]}


def full_body(endpoint: Endpoint, planted: Secrets) -> dict[str, Any]:
    """A good body with a secret for every text, and for a member that nobody knows."""
    assert endpoint.body is not None
    made = sample(endpoint.body, lambda place: planted.plant(f"body: {place}"), optional=True)
    return made if endpoint.body.model_config.get("extra") == "forbid" else {**made, "pw": planted.plant("body: pw")}


def requests_with(
    endpoint: Endpoint, ids: Ids, key: str, headers: dict[str, str], planted: Secrets
) -> Iterator[dict[str, Any]]:
    """Requests of every kind to one endpoint, as arguments of `call`, with a secret wherever one can be."""
    query, good = query_with(planted), well_formed(endpoint)
    body: dict[str, Any] = {"json": full_body(endpoint, planted)} if endpoint.body else {}
    known = {"ids": ids, "headers": headers, "params": {**good.get("params", {}), **query}, **body}
    if endpoint.form:
        yield from forms_with(endpoint, known, planted)
        return
    if endpoint.stream:
        yield from streams_with(known, planted)
        return
    if endpoint.signed:
        yield from signed_with(endpoint, known, planted)
        return
    once = {"Idempotency-Key": planted.plant("Idempotency-Key")}
    yield known | {"headers": {**headers, **once}}
    yield {"ids": ids, "headers": {**headers, **once}}
    yield known | {"headers": {**headers, "Idempotency-Key": f"not sane {planted.plant('a bad Idempotency-Key')}"}}
    yield known | {"headers": {**headers, "X-API-Key": key}}
    yield known | {"headers": {**headers, "Content-Encoding": planted.plant("Content-Encoding")}}
    yield known | {"headers": {**headers, "Content-Encoding": "gzip"}}
    yield known | {"headers": {**headers, "Content-Type": f"text/{planted.plant('Content-Type')}"}}
    yield from (known | {"method": method} for method in ("OPTIONS", "PATCH", "PUT"))
    yield from (known | {"params": params} for params in wrong_queries(endpoint, planted))
    if endpoint.body:
        yield from (known | {"json": wrong} for wrong in wrong_bodies(endpoint.body, good.get("json", {}), planted))
    yield from ({"ids": ids, "headers": headers, "json": None, "data": data} for data in broken_bodies(planted))
    yield from (known | {"ids": {**ids, name: planted.plant(f"{{{name}}}")}} for name in ids)


def forms_with(endpoint: Endpoint, known: dict[str, Any], planted: Secrets) -> Iterator[dict[str, Any]]:
    """Forms of every kind; the first one is good, and its sender waits for what comes of it."""
    assert endpoint.form is not None
    headers, plant = known["headers"], planted.plant
    good = form_of(endpoint.form, lambda place: plant(f"form: {place}"), optional=True)
    yield known | {"files": good, "headers": {**headers, "Prefer": f"wait; note={plant('Prefer')}"}}
    yield from (known | {"files": files} for files in wrong_forms(good, plant))
    yield from (
        known | {"files": None, "data": body, "headers": {**headers, "Content-Type": content_type}}
        for content_type, body in broken_forms(plant)
    )
    yield known | {"files": good, "headers": {**headers, "Content-Encoding": plant("Content-Encoding of a form")}}
    yield from (known | {"method": method} for method in ("OPTIONS", "PATCH", "PUT"))


def streams_with(known: dict[str, Any], planted: Secrets) -> Iterator[dict[str, Any]]:
    """Bodies that are passed on as they arrive, of every kind; the first one is good."""
    headers, plant = known["headers"], planted.plant
    sent = {"data": plant("a body that is passed on").encode()}
    video = {"headers": {**headers, "Content-Type": "video/webm"}}
    yield known | sent | video
    for name, value in (("Content-Type", f"text/{plant('type of a stream')}"), ("Content-Encoding", plant("encoding"))):
        yield known | sent | {"headers": {**video["headers"], name: value}}
    yield known | video | {"data": iter([plant("a body of no length").encode()])}
    yield known | video | {"data": b""}
    yield from (known | sent | video | {"method": method} for method in ("OPTIONS", "PATCH", "POST"))
    yield known | sent | video | {"ids": {"id": plant("{id} of a stream")}}


def signed_with(endpoint: Endpoint, known: dict[str, Any], planted: Secrets) -> Iterator[dict[str, Any]]:
    """Signed bodies of every kind, the first ones good; then one that somebody else has signed, and nobody."""
    assert endpoint.signed is not None
    headers, plant, sign = known["headers"], planted.plant, SIGNERS[endpoint.name]
    full = sample(endpoint.signed, lambda place: plant(f"signed: {place}"), optional=True)
    news = {**full, **{name: word for name, word in NEWS.items() if name in full}, "pw": plant("signed: pw")}
    bodies = [json.dumps(one).encode() for one in (news, full, *wrong_bodies(endpoint.signed, news, planted))]
    for body in (*bodies, *broken_bodies(planted)):
        yield known | {"data": body, "headers": {**headers, **sign(body)}}
    yield known | {"data": bodies[0]}
    yield known | {"data": bodies[0], "headers": {**headers, **dict.fromkeys(sign(bodies[0]))}}
    yield from (known | {"data": bodies[0], "method": method} for method in ("OPTIONS", "PATCH", "PUT"))


def deliveries_with(name: str, kind: str, planted: Secrets) -> Iterator[dict[str, Any]]:
    """Bodies of calls to a step, a task, a trigger or a job: some that it takes, some that it cannot."""
    task = {"run_id": planted.plant("run_id"), "step": name.removeprefix("steps_"), "epoch": 1}
    event = {"bucket": "uploads", "name": planted.plant("name of an object"), "generation": "1", "size": "1"}
    note = {"note": planted.plant("note of a delivery"), "mediaLink": f"https://x.example/?t={planted.plant('link')}"}
    yield {"json": {**(event if kind == "trigger" else task), **note}}
    if kind == "task":
        yield {"json": {name: planted.plant(f"{name} of a call") for name in ("delivery_id", "room_id", "round")}}
    for field in task:
        yield {"json": {**event, **task, field: planted.plant(f"{field} as text")}}
        yield {"json": {**event, **task, field: {planted.plant(f"{field} as an object"): 1}}}
    for field in ("name", "generation", "size", "contentType"):
        yield {"json": {**task, **event, field: planted.plant(f"{field} as text")}}
        yield {"json": {**task, **event, field: {planted.plant(f"{field} as an object"): 1}}}
    yield from ({"data": body} for body in broken_bodies(planted))
