"""Functions of no product, one for each thing that the local platform promises about a function."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import flask
import functions_framework
import jwt
from cloudevents.http.event import CloudEvent


@functions_framework.http
def echo(request: flask.Request) -> flask.typing.ResponseReturnValue:
    """Say what arrived."""
    return {
        "function": "echo",
        "method": request.method,
        "path": request.path,
        "script_root": request.script_root,
        "query": request.query_string.decode(),
    }


@functions_framework.http
def echo_static(request: flask.Request) -> flask.typing.ResponseReturnValue:
    """Say that the static path won."""
    return {"function": "echo_static", "path": request.path}


@functions_framework.http
def only_post(request: flask.Request) -> flask.typing.ResponseReturnValue:
    """Refuse other methods in the function's own words."""
    if request.method != "POST":
        return {"refused": request.method}, 405, {"Allow": "POST"}
    return {"function": "only_post"}


@functions_framework.http
def stream(_request: flask.Request) -> flask.typing.ResponseReturnValue:
    """Send a first piece, and the second only when the release file is there."""

    def pieces() -> Iterator[bytes]:
        yield b"first\n"
        deadline = time.monotonic() + 20
        while not Path(os.environ["FIXTURE_RELEASE"]).exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        yield b"second\n"

    return flask.Response(pieces(), mimetype="text/plain")


@functions_framework.http
def endless(_request: flask.Request) -> flask.typing.ResponseReturnValue:
    """Stream until the client leaves, then note that it did."""

    def pieces() -> Iterator[bytes]:
        try:
            while True:
                yield b"x" * 65536
        finally:
            _note("endless", "closed")

    return flask.Response(pieces(), mimetype="text/plain")


@functions_framework.http
def count_bytes(request: flask.Request) -> flask.typing.ResponseReturnValue:
    """Count the bytes of the body as they come."""
    return {"size_bytes": sum(len(piece) for piece in iter(lambda: request.stream.read(65536), b""))}


@functions_framework.http
def environment(_request: flask.Request) -> flask.typing.ResponseReturnValue:
    """Say what the platform put into the environment."""
    return dict(os.environ)


@functions_framework.http
def crash(_request: flask.Request) -> flask.typing.ResponseReturnValue:
    """Fail with an error of our own."""
    raise RuntimeError("a bug of the function")


@functions_framework.http
def step(request: flask.Request) -> flask.typing.ResponseReturnValue:
    """Note the task and the verified claims of its token."""
    if "Authorization" not in request.headers:
        return {"refused": "no token"}, 401
    token = request.headers["Authorization"].removeprefix("Bearer ")
    keys = jwt.PyJWKClient(f"{os.environ['FIXTURE_ISSUER']}/certs")
    claims = jwt.decode(
        token,
        keys.get_signing_key_from_jwt(token).key,
        algorithms=["RS256"],
        audience=os.environ["FIXTURE_STEP_URL"],
        issuer=os.environ["FIXTURE_ISSUER"],
    )
    _note("step", {"body": request.get_data(as_text=True), "claims": claims})
    return {}


@functions_framework.http
def job(_request: flask.Request) -> flask.typing.ResponseReturnValue:
    """Note that the schedule fired."""
    _note("job", "fired")
    return {}


@functions_framework.cloud_event
def uploaded(event: CloudEvent) -> None:
    """Note the object that was finalized."""
    _note("uploaded", {"type": event["type"], "bucket": event.data["bucket"], "name": event.data["name"]})


def _note(function: str, what: object) -> None:
    """Append one line to the notes that the tests read."""
    line = json.dumps({"at": time.time(), "function": function, "what": what})
    with Path(os.environ["FIXTURE_NOTES"]).open("a") as notes:
        notes.write(line + "\n")
