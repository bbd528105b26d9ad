"""A model that reads films of plain greys: it names the brightness of a picture, and will not look at dark ones."""

from __future__ import annotations

import base64
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PIL import Image

from tests.integration.fake_gemini import Answer, FakeGemini, blocks, fails, sees

DARK, BRIGHT = 20, 220
#: Brightness survives the codec only about.
_STEP = 10
_LONGEST_WAIT_S = 60


class GreyReader(FakeGemini):
    """The answers follow from the pictures, so that any number of films may be read at once.

    While `may_answer` is cleared, whoever asks waits.
    """

    def __init__(self) -> None:
        super().__init__()
        self.may_answer = threading.Event()
        self.may_answer.set()

    def answer_to(self, path: str, authorization: str | None, request: dict[str, Any]) -> Answer:
        if not (authorization or "").startswith("Bearer "):
            return fails(401)
        self.requests.append(request)
        self.may_answer.wait(_LONGEST_WAIT_S)
        brightness = _brightness_of(request)
        if brightness < 128:
            return blocks("PROHIBITED_CONTENT")
        return sees({"role": "heading", "label": name_of(brightness), "state": None, "box": [100, 100, 800, 100]})


def name_of(brightness: int) -> str:
    """What the model calls a grey."""
    return f"Grey {round(brightness / _STEP) * _STEP}"


@contextmanager
def grey_reader() -> Iterator[GreyReader]:
    """Serve on a free port."""
    reader = GreyReader()
    thread = threading.Thread(target=reader.serve, name="grey-reader", daemon=True)
    thread.start()
    try:
        yield reader
    finally:
        reader.close()
        thread.join(timeout=10)


def _brightness_of(request: dict[str, Any]) -> int:
    parts = [part for content in request["contents"] for part in content["parts"]]
    encoded = next(part["inlineData"]["data"] for part in parts if "inlineData" in part)
    with Image.open(io.BytesIO(base64.urlsafe_b64decode(encoded))) as image:
        grey = image.convert("L").getpixel((image.width // 2, image.height // 2))
    assert isinstance(grey, int)
    return grey
