"""From the sample's rrweb events to what a feedback widget logs: actions, pages, console."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

FULL_SNAPSHOT, INCREMENTAL, META, PLUGIN = 2, 3, 4, 6
MUTATION, MOUSE, INPUT = 0, 2, 5
CLICK = 2

Event = dict[str, Any]


class ClientLog:
    """What the visitor did and what the page logged, each with its time in epoch milliseconds."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.actions: list[Event] = []
        self.console: list[Event] = []
        self.urls: list[str] = []
        self._nodes: dict[int, Event] = {}
        for event in events:
            self._take(event)

    def _take(self, event: Event) -> None:
        data, at = event["data"], event["timestamp"]
        if event["type"] == META:
            self.urls.append(data["href"])
            self.actions.append({"type": "navigation", "url": data["href"], "timestamp": at})
        elif event["type"] == FULL_SNAPSHOT:
            self._nodes |= {node["id"]: node for node in _walk(data["node"])}
        elif event["type"] == PLUGIN:
            logged = data["payload"]
            text = " ".join(str(json.loads(part)) if part[:1] in '"[' else part for part in logged["payload"])
            self.console.append({"level": logged["level"], "message": text, "timestamp": at})
        elif event["type"] == INCREMENTAL:
            self._take_change(data, at)

    def _take_change(self, change: Event, at: int) -> None:
        if change["source"] == MUTATION:
            self._nodes |= {node["id"]: node for added in change["adds"] for node in _walk(added["node"])}
        elif change["source"] == MOUSE and change["type"] == CLICK:
            self.actions.append({"type": "click", **self._named(change["id"]), "timestamp": at})
        elif change["source"] == INPUT:
            typed = {"type": "input", **self._named(change["id"]), "value": change["text"], "timestamp": at}
            if self.actions and self.actions[-1].get("selector") == typed["selector"]:
                self.actions = self.actions[: -1 if self.actions[-1]["type"] == "input" else None]
            self.actions.append(typed)

    def _named(self, id: int) -> Event:
        node = self._nodes.get(id, {})
        attributes = node.get("attributes", {})
        tag = node.get("tagName", "")
        name = f'{tag}[name="{attributes["name"]}"]' if "name" in attributes else tag
        selector = f"#{attributes['id']}" if "id" in attributes else name
        label = " ".join(text for one in _walk(node) if (text := one.get("textContent", "").strip()))
        return {"selector": selector, **({"text": label} if label else {})}


def _walk(node: Event) -> Iterator[Event]:
    yield node
    for child in node.get("childNodes", ()):
        yield from _walk(child)
