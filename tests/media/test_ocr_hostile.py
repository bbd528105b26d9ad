"""Pictures that were made to hurt are refused by name, before they cost anything."""

from __future__ import annotations

import io
import resource
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from shared.media.elements_reader import LocalFrameReader
from shared.media.ocr_picture import MAX_PNG_BYTES, decode_png
from shared.ports.frames import UnreadableFrame

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def header(width: int, height: int) -> bytes:
    return SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


def png(mode: str = "RGB", colour: object = "white", size: tuple[int, int] = (64, 32)) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, colour).save(written, "PNG")  # type: ignore[arg-type]
    return written.getvalue()


def bomb() -> bytes:
    """A header of 100,000 x 100,000 pixels, and all of them in a few bytes."""
    return header(100_000, 100_000) + chunk(b"IDAT", zlib.compress(bytes(1_000_000), 9)) + chunk(b"IEND", b"")


def with_a_text_bomb() -> bytes:
    """A small picture with a comment that inflates to 200 MB."""
    packer = zlib.compressobj(9)
    comment = b"".join(packer.compress(bytes(1_000_000)) for _ in range(200)) + packer.flush()
    picture = png()
    return picture[:33] + chunk(b"zTXt", b"Comment\0\0" + comment) + picture[33:]


@pytest.mark.parametrize(
    ("picture", "code"),
    [
        pytest.param(b"", "not_a_png", id="nothing"),
        pytest.param(b"\xff\xd8\xff\xe0" + bytes(100), "not_a_png", id="a JPEG"),
        pytest.param(SIGNATURE, "malformed", id="a signature alone"),
        pytest.param(SIGNATURE + chunk(b"tEXt", bytes(20)), "malformed", id="another chunk first"),
        pytest.param(header(64, 32), "malformed", id="a header alone"),
        pytest.param(header(0, 0) + png()[33:], "malformed", id="no pixels"),
        pytest.param(png()[:80], "malformed", id="cut off"),
        pytest.param(png().replace(b"IDAT", b"IDAT\xff"), "malformed", id="a changed byte"),
        pytest.param(bomb(), "too_large", id="a bomb"),
        pytest.param(header(16_385, 1), "too_large", id="a very long strip"),
        pytest.param(png() + bytes(MAX_PNG_BYTES), "too_large", id="a large file"),
        pytest.param(with_a_text_bomb(), "malformed", id="a bomb in a comment"),
    ],
)
def test_it_is_refused_by_name(picture: bytes, code: str) -> None:
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(UnreadableFrame) as caught:
        LocalFrameReader().read(picture, previous=None)

    assert caught.value.code == code
    assert not caught.value.retryable
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 100_000


def test_what_is_transparent_shows_white() -> None:
    picture = decode_png(png("RGBA", (255, 0, 0, 0)))

    assert (picture == 255).all()


@pytest.mark.parametrize(("mode", "colour"), [("L", 200), ("P", 3), ("1", 1), ("I;16", 5000), ("LA", (9, 9))])
def test_every_kind_of_png_is_opened(mode: str, colour: object) -> None:
    assert decode_png(png(mode, colour)).shape == (32, 64, 3)


def test_colours_come_as_opencv_has_them() -> None:
    assert decode_png(png("RGB", (10, 20, 30)))[0, 0].tolist() == [30, 20, 10]


def test_a_picture_of_noise_is_read_within_bounds() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (720, 1280, 3), np.uint8)
    written = io.BytesIO()
    Image.fromarray(noise).save(written, "PNG")

    assert len(LocalFrameReader().read(written.getvalue(), previous=None)) <= 600
