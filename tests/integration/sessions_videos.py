"""Films for tests that care for little more than that there is one."""

from __future__ import annotations

from functools import cache

from tests.integration.film_videos import film_of, text

#: What the small film shows.
SMALL_FILM_TEXT = "Fernway"
#: An EBML element that every player skips.
_VOID = b"\xec"


@cache
def small_film() -> bytes:
    """The least that becomes a session: one screen with one word."""
    return film_of(text(SMALL_FILM_TEXT))


def with_hidden_text(webm: bytes, hidden: str) -> bytes:
    """The same video with a text inside that no player shows."""
    content = hidden.encode()
    assert len(content) < 127
    return webm + _VOID + bytes([0x80 | len(content)]) + content
