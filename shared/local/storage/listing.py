"""Pages of a bucket: by prefix, rolled up at a delimiter, between offsets, matching a glob."""

import base64
import binascii
import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from shared.local.storage.buckets import require_bucket
from shared.local.storage.catalogue import object_of
from shared.local.storage.errors import InvalidRequest
from shared.local.storage.resources import StoredObject

_MAX_RESULTS = 1000
# Sorts after every name that begins with the same characters.
_LAST = "\U0010ffff"
_GLOB_TOKEN = re.compile(r"\*\*|\*|\?|[^*?]+")
_GLOB_PATTERNS = {"**": ".*", "*": "[^/]*", "?": "[^/]"}


@dataclass(frozen=True)
class ListQuery:
    """Which objects a client wants to see."""

    bucket: str
    prefix: str
    delimiter: str
    start_offset: str
    end_offset: str
    glob: re.Pattern[str]
    max_results: int
    after: str

    @classmethod
    def from_query(cls, bucket: str, query: Mapping[str, str]) -> "ListQuery":
        """Read the query parameters of `objects.list`."""
        return cls(
            bucket,
            prefix=query.get("prefix", ""),
            delimiter=query.get("delimiter", ""),
            start_offset=query.get("startOffset", ""),
            end_offset=query.get("endOffset", ""),
            glob=compile_glob(query.get("matchGlob", "**")),
            max_results=min(int(query.get("maxResults") or _MAX_RESULTS), _MAX_RESULTS),
            after=_decode_token(query.get("pageToken", "")),
        )

    def rolled_up(self, name: str) -> str | None:
        """Return the prefix that stands for `name` in the listing, if one does."""
        if not self.delimiter:
            return None
        end = name.find(self.delimiter, len(self.prefix))
        return name[: end + len(self.delimiter)] if end >= 0 else None


@dataclass
class Page:
    """Objects and rolled-up prefixes in order of name, and the token of the next page, if there is one."""

    objects: list[StoredObject] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    next_token: str | None = None


def list_page(db: sqlite3.Connection, query: ListQuery) -> Page:
    """Return one page of objects and prefixes."""
    require_bucket(db, query.bucket)
    page = Page()
    last_key = ""
    for stored, group in _entries(db, query):
        if len(page.objects) + len(page.prefixes) == query.max_results:
            page.next_token = base64.urlsafe_b64encode(last_key.encode()).decode()
            break
        if group is None:
            page.objects.append(stored)
        else:
            page.prefixes.append(group)
        last_key = group or stored.name
    return page


def _entries(db: sqlite3.Connection, query: ListQuery) -> Iterator[tuple[StoredObject, str | None]]:
    """Yield an object that is listed, or the first object of a prefix that is."""
    position = max(query.prefix, query.start_offset)
    if query.after:
        position = max(position, _position_after(query.after, query.rolled_up(query.after)))
    while stored := _first_match(db, query, position):
        group = query.rolled_up(stored.name)
        yield stored, group
        position = _position_after(stored.name, group)


def _first_match(db: sqlite3.Connection, query: ListQuery, position: str) -> StoredObject | None:
    rows = db.execute(
        "SELECT * FROM objects WHERE bucket = ? AND name >= ? AND (? = '' OR name < ?) ORDER BY name",
        (query.bucket, position, query.end_offset, query.end_offset),
    )
    for row in rows:
        if not row["name"].startswith(query.prefix):
            return None
        if query.glob.fullmatch(row["name"]):
            return object_of(row)
    return None


def _position_after(name: str, group: str | None) -> str:
    return name + "\0" if group is None else group + _LAST


def compile_glob(glob: str) -> re.Pattern[str]:
    """Translate a `matchGlob`: `**` crosses slashes, `*` and `?` do not."""
    tokens = _GLOB_TOKEN.findall(glob)
    pattern = "".join(_GLOB_PATTERNS.get(token) or re.escape(token) for token in tokens)
    return re.compile(pattern, re.DOTALL)


def _decode_token(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise InvalidRequest("Invalid page token") from error
