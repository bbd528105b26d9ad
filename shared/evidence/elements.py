"""What can be seen on one picture of a screen."""

from __future__ import annotations

from enum import StrEnum

from shared.structs import Struct


class Role(StrEnum):
    """The kinds of elements that are told apart."""

    BUTTON = "button"
    INPUT = "input"
    LINK = "link"
    HEADING = "heading"
    TEXT = "text"
    IMAGE = "image"
    ICON = "icon"
    MENU = "menu"
    DIALOG = "dialog"


class Box(Struct, frozen=True, kw_only=True):
    """Where something is, in pixels of the picture from its top left corner."""

    x: int
    y: int
    width: int
    height: int


class Element(Struct, frozen=True, kw_only=True):
    """One element as a reader of pictures sees it."""

    role: Role
    label: str
    box: Box
    state: str | None = None  #: `disabled`, `checked`, `error`, …; None when nothing is to be said
