"""Read the elements of a WebM file, to see what a muxer really wrote (RFC 8794, RFC 9559)."""

from collections.abc import Iterator

SEGMENT = 0x18538067
INFO = 0x1549A966
DURATION = 0x4489
CUES = 0x1C53BB6B
CLUSTER = 0x1F43B675


def elements(content: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int, int]]:
    """Yield id, start and end of the content of each element; one of unknown size reaches to the end."""
    end = len(content) if end is None else end
    while start < end:
        id_length = 9 - content[start].bit_length()
        element_id = int.from_bytes(content[start : start + id_length])
        start += id_length
        size_length = 9 - content[start].bit_length()
        all_ones = (1 << 7 * size_length) - 1
        size = int.from_bytes(content[start : start + size_length]) & all_ones
        start += size_length
        element_end = end if size == all_ones else start + size
        yield element_id, start, element_end
        start = element_end


def segment_children(content: bytes) -> list[tuple[int, int, int]]:
    """Return the elements of the segment: information, tracks, cues, clusters."""
    segment = next(element for element in elements(content) if element[0] == SEGMENT)
    return list(elements(content, segment[1], segment[2]))


def has_duration(content: bytes) -> bool:
    """Tell whether the segment's information states a duration."""
    information = next(element for element in segment_children(content) if element[0] == INFO)
    return any(element[0] == DURATION for element in elements(content, information[1], information[2]))
