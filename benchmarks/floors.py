"""The floors: bare functions that do the same outside work as ours, and nothing else.

Each is served by functions-framework in a process of its own, as our functions are. A document's id or an object's
name is the last segment of the path.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator
from functools import cache

import msgspec
import requests
from flask import Request, Response
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore, storage  # it has no type information

TIMEOUT_S = 60
PIECE_BYTES = 256 * 1024


class Created(msgspec.Struct):
    """The one member of a create's body that weighs anything."""

    events: list[msgspec.Raw]


def read_document(request: Request) -> Response:
    """Read one document of Firestore, and answer with its fields as JSON."""
    snapshot = _firestore().collection("recordings").document(_last_segment(request)).get()
    return Response(json.dumps(snapshot.to_dict(), default=str), mimetype="application/json")


def store_events(request: Request) -> Response:
    """Parse a body once, compress it, and upload the result."""
    body = request.get_data()
    count = len(msgspec.json.decode(body, type=Created).events)
    blob = _storage().bucket(os.environ["PLAYHEAD_MEDIA_BUCKET"]).blob(_last_segment(request))
    blob.upload_from_string(zlib.compress(body, 6), content_type="application/json")
    return Response(json.dumps({"count": count}), mimetype="application/json")


def pass_on(request: Request) -> Response:
    """Stream what another server answers to the URL in the query, as it comes."""
    source = _http().get(request.args["url"], headers={"Accept-Encoding": "gzip"}, stream=True, timeout=TIMEOUT_S)
    source.raise_for_status()

    def pieces() -> Iterator[bytes]:
        with source:
            while piece := source.raw.read(PIECE_BYTES, decode_content=False):
                yield piece

    return Response(pieces(), headers={"Content-Length": source.headers["Content-Length"]})


def _last_segment(request: Request) -> str:
    return request.path.rpartition("/")[2]


@cache
def _firestore() -> firestore.Client:
    return firestore.Client(project=os.environ["PLAYHEAD_PROJECT"])


@cache
def _storage() -> storage.Client:
    credentials = AnonymousCredentials()  # type: ignore[no-untyped-call]
    return storage.Client(project=os.environ["PLAYHEAD_PROJECT"], credentials=credentials)


@cache
def _http() -> requests.Session:
    return requests.Session()
