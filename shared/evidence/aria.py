"""The tree in which assistive technology sees a screen, whether a browser told it or a picture showed it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cached_property

from shared.structs import Struct, replace

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


class Node(Struct, frozen=True, dict=True):
    """One element of the tree; two nodes with one fingerprint are equal with all that is under them."""

    role: str
    name: str = ""
    children: tuple[Node, ...] = ()
    attributes: Pairs = ()  #: states, such as `("checked", "true")` or `("level", "2")`
    properties: Pairs = ()  #: what the element refers to, such as `("url", "/cart")`

    def __post_init__(self) -> None:
        if self.depth > MAX_DEPTH:
            raise TreeTooDeep(f"a tree nests deeper than {MAX_DEPTH} levels")

    @cached_property
    def depth(self) -> int:
        return 1 + max((child.depth for child in self.children), default=0)

    @cached_property
    def size(self) -> int:
        """How many nodes are in this tree, the node itself included."""
        return 1 + sum(child.size for child in self.children)

    @cached_property
    def fingerprint(self) -> bytes:
        own = repr((self.role, self.name, self.attributes, self.properties)).encode()
        digest = hashlib.blake2b(own, digest_size=_FINGERPRINT_BYTES)
        for child in self.children:
            digest.update(child.fingerprint)
        return digest.digest()

    @property
    def head(self) -> Node:
        """The node without what is under it."""
        return self if not self.children else replace(self, children=())

    def walk(self) -> Iterator[Node]:
        """Yield the node and all that is under it, in reading order."""
        yield self
        for child in self.children:
            yield from child.walk()
