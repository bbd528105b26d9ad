"""Write what happened as evidence. Every text is redacted whole, and then cut to its length."""

from __future__ import annotations

from collections.abc import Mapping

from shared.evidence.timeline import Evidence, Kind, Lane
from shared.feedback.client_log import Action, ConsoleLog, Request
from shared.feedback.happenings import Happening
from shared.feedback.redaction import redact_text
from shared.structs import Struct

MAX_TEXT_CHARS = 400
_MAX_PART_CHARS = 240
PREFIXES: Mapping[Lane, str] = {
    Lane.ACTION: "act",
    Lane.NAVIGATION: "nav",
    Lane.CONSOLE: "con",
    Lane.NETWORK: "net",
    Lane.FRAME: "frm",
    Lane.OCR: "ocr",
    Lane.TRANSCRIPT: "wrd",
}


class EvidenceWriter(Struct):
    """Writes evidence without secrets, and counts the texts that were cut."""

    secrets: frozenset[str]
    duration_s: float
    cut: int = 0

    def write(self, happening: Happening, number: int) -> Evidence:
        """Write the happening that is the lane's `number`th, from 1."""
        source = happening.source
        match source:
            case Action():
                text, facts = self._action(source)
            case ConsoleLog():
                text, facts = self._console_log(source)
            case Request():
                text, facts = self._request(source, happening)
            case _:
                text, facts = self.clean(source), {}
        told = {name: self.clean(fact, _MAX_PART_CHARS) for name, fact in facts.items() if fact}
        ends_s = happening.at_s + (happening.took_ms or 0.0) / 1000
        return Evidence(
            id=f"{PREFIXES[happening.lane]}-{number}",
            lane=happening.lane,
            kind=happening.kind,
            at_s=happening.at_s,
            until_s=max(happening.at_s, min(round(ends_s, 3), self.duration_s)),
            text=text,
            facts=told,
        )

    def clean(self, text: str, most_chars: int = MAX_TEXT_CHARS) -> str:
        """Return the text without secrets, and cut."""
        text = redact_text(text, self.secrets)
        if len(text) <= most_chars:
            return text
        self.cut += 1
        return f"{text[: most_chars - 1]}…"

    def _action(self, action: Action) -> tuple[str, dict[str, str]]:
        """`click on Send request`, `input on Full name: Maria`, `keydown Enter`."""
        target = action.target
        name = target.label or target.text or " ".join(target.names[:1]) or target.selector
        words = (action.type or "action", action.key, f"on {name}" if name else "")
        done = self.clean(" ".join(filter(None, words)), _MAX_PART_CHARS)
        value = self.clean(action.value, MAX_TEXT_CHARS - _MAX_PART_CHARS - 2)
        return f"{done}: {value}" if value else done, {"selector": target.selector, "url": action.url}

    def _console_log(self, log: ConsoleLog) -> tuple[str, dict[str, str]]:
        facts = {"level": log.level, "url": log.url, "stack": log.stack if log.text else ""}
        return self.clean(log.text or log.stack), facts

    def _request(self, request: Request, happening: Happening) -> tuple[str, dict[str, str]]:
        """`POST https://shop.test/orders → 500 (234 ms): {"error": "out of stock"}`; only errors say more."""
        method, is_error = request.method or "GET", happening.kind is Kind.NETWORK_ERROR
        outcome = str(request.status) if request.status else ("failed" if is_error else "no answer")
        took = "" if happening.took_ms is None else f" ({happening.took_ms:.0f} ms)"
        text = f"{method} {self.clean(request.url, _MAX_PART_CHARS)} → {outcome}{took}"
        if is_error and (said := self.clean(request.error or request.received, MAX_TEXT_CHARS - len(text) - 2)):
            text = f"{text}: {said}"
        return text, {"method": method, "status": str(request.status or "")}
