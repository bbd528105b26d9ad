"""The tree in which assistive technology sees a screen, whether a browser told it or a picture showed it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

#: The role of a tree's root: what stands next to each other without an element around it.
FRAGMENT = "fragment"
#: The role of plain words; the words are the node's name.
TEXT = "text"
#: No tree nests deeper, so every function over trees may recurse.
MAX_DEPTH = 100
_FINGERPRINT_BYTES = 16

Pairs = tuple[tuple[str, str], ...]


class TreeTooDeep(ValueError):
    """The tree would nest deeper than `MAX_DEPTH`."""


@dataclass(frozen=True, slots=True)
class Node:
    """One element of the tree; two nodes with one fingerprint are equal with all that is under them."""

    role: str
    name: str = ""
    children: tuple[Node, ...] = ()
    attributes: Pairs = ()  #: states, such as `("checked", "true")` or `("level", "2")`
    properties: Pairs = ()  #: what the element refers to, such as `("url", "/cart")`
    depth: int = field(init=False, repr=False, compare=False)
    size: int = field(init=False, repr=False, compare=False)  #: nodes in this tree, the node itself included
    fingerprint: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        depth = 1 + max((child.depth for child in self.children), default=0)
        if depth > MAX_DEPTH:
            raise TreeTooDeep(f"a tree nests deeper than {MAX_DEPTH} levels")
        object.__setattr__(self, "depth", depth)
        object.__setattr__(self, "size", 1 + sum(child.size for child in self.children))
        object.__setattr__(self, "fingerprint", self._fingerprint())

    @property
    def head(self) -> Node:
        """The node without what is under it."""
        return self if not self.children else replace(self, children=())

    def walk(self) -> Iterator[Node]:
        """Yield the node and all that is under it, in reading order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def _fingerprint(self) -> bytes:
        own = repr((self.role, self.name, self.attributes, self.properties)).encode()
        digest = hashlib.blake2b(own, digest_size=_FINGERPRINT_BYTES)
        for child in self.children:
            digest.update(child.fingerprint)
        return digest.digest()
