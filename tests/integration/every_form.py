"""Multipart forms for endpoints that take a file: good ones, and ones with a secret in every part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from tests.integration.every_sample import Text, sample
from tests.integration.sessions_videos import small_film

#: The parts of a form, as `requests` takes them.
Parts = dict[str, tuple[str | None, str | bytes]]


def form_of(model: type[BaseModel], text: Text, *, optional: bool) -> Parts:
    """A form that the model takes, with a video; no upload id, which would stand for one."""
    fields: dict[str, Any] = sample(model, text, optional=optional)
    parts: Parts = {name: (None, str(value)) for name, value in fields.items() if name not in ("file", "uploadId")}
    return {**parts, "file": ("video.webm", small_film())}


def wrong_forms(good: Parts, text: Text) -> Iterator[Parts | list[Any]]:
    """Whole forms with something wrong in one part each."""
    for name in good.keys() - {"file", "title", "notes"}:
        yield {**good, name: (None, text(f"{name} of a wrong form"))}
    for name in ("title", "notes"):
        yield {**good, name: (None, text(f"a part of a long {name}") * 100)}
    for url in ("http://127.0.0.1/?token={}", "http://169.254.169.254/{}", "ftp://ada:{}@shop.example/", "/{}"):
        yield {**good, "seedUrl": (None, url.format(text(f"seedUrl: {url}")))}
    yield {**good, "uploadId": (None, text("an upload id that is none"))}
    yield {**good, "password": (None, text("a part that nobody knows"))}
    yield {**good, "file": (None, text("a file as text"))}
    yield {**good, "file": (text("name of a file"), text("a file that is no video"))}
    yield {**good, "title": (text("name of a title"), text("a title as a file"))}
    yield [*good.items(), ("file", ("video.webm", text("a second file")))]
    yield [*good.items(), ("title", (None, text("a second title")))]


def broken_forms(text: Text) -> Iterator[tuple[str, bytes]]:
    """Content types and bodies that do not go together, or are no form."""
    part = f'--edge\r\nContent-Disposition: form-data; name="title"\r\n\r\n{text("a form cut short")}'
    yield "multipart/form-data; boundary=edge", part.encode()
    yield "multipart/form-data; boundary=edge", text("no form at all").encode()
    yield f"multipart/form-data; boundary={text('another boundary')}", part.encode()
    yield "multipart/form-data", text("a form without a boundary").encode()
    yield "application/json", f'{{"title": "{text("a form as JSON")}"}}'.encode()
    yield "application/x-www-form-urlencoded", f"title={text('a form for a URL')}".encode()
