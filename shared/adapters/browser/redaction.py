"""What must not leave a page: secrets in fields, before the snapshot, and in URLs, wherever they stand.

A live ARIA snapshot prints the values of password fields. Fields are judged by what the page's author says of them:
type, `autocomplete`, name, label; and by the marks that recorders and analytics use for private elements.
"""

from __future__ import annotations

import re

_SENSITIVE_NAMES = (
    r"[\w.-]*(?:token|secret|passw(?:or)?d|passphrase|credential|signature|(?:api|access|auth)[_-]?key)[\w.-]*"
    r"|key|sig|pwd|pass|pin|otp|code|jwt|auth|authorization|ticket|sid|session|session[_-]?id|saml(?:request|response)"
)
_SECRET_IN_QUERY = re.compile(rf"(?i)(?<=[?&#;])({_SENSITIVE_NAMES})=[^&#;\s\"']+")
_CREDENTIALS = re.compile(r"(?<=://)[^/?#@\s\"']+@")

#: A script for the page: takes every secret value out of it and answers nothing.
BLANK_SECRETS = r"""
() => {
  const MARKED = ".rr-mask, .rr-block, [data-secret], [data-private], [data-sensitive]";
  const FIELDS = "input, textarea, select, [contenteditable], [role=textbox]";
  const VISIBLE_VALUES = new Set(["button", "submit", "reset", "image", "checkbox", "radio", "file", "range", "color"]);
  const COMPLETIONS = /\b(current-password|new-password|one-time-code|cc-[a-z-]+)\b/;
  const WORDS = new RegExp(
    "pass-?(word|code|phrase)|passwd|secret|token|credential|one-?time|verification-?code|security-?code|api-?key" +
    "|card-?(number|num|no)\\b|cc-?(number|num|no|exp|csc|cvc)|\\b(pwd|otp|totp|pin|cvv|cvc|csc|cvv2|cvc2|iban|ssn)\\b");

  const wordsOf = (text) =>
    (text || "").replace(/([a-z])([A-Z])/g, "$1-$2").toLowerCase().replace(/[\s_.\[\]-]+/g, "-");
  const saysSecret = (field) => [
    field.name, field.id, field.placeholder, field.getAttribute("aria-label"), field.getAttribute("name"),
    ...[...(field.labels || [])].map((label) => label.textContent),
  ].some((text) => WORDS.test(wordsOf(text)));
  const isSecret = (field) =>
    field.type === "password" || COMPLETIONS.test((field.getAttribute("autocomplete") || "").toLowerCase()) ||
    saysSecret(field);

  const blankField = (field) => {
    if (VISIBLE_VALUES.has(field.type)) return;
    if (field instanceof HTMLSelectElement) field.selectedIndex = -1;
    else if ("value" in field) field.value = "";
    else field.textContent = "";
    field.removeAttribute("aria-valuetext");
  };
  const blankMarked = (element) => {
    if (element.matches(FIELDS)) blankField(element);
    for (const name of ["aria-label", "aria-description", "aria-valuetext", "alt", "title", "placeholder", "href"])
      element.removeAttribute(name);
    for (const child of [...element.childNodes])
      if (child.nodeType === Node.TEXT_NODE) child.remove();
  };
  const walk = (root, isMarked) => {
    for (const element of root.children) {
      const marked = isMarked || element.matches(MARKED);
      if (marked) blankMarked(element);
      else if (element.matches(FIELDS) && isSecret(element)) blankField(element);
      if (element.shadowRoot) walk(element.shadowRoot, marked);
      walk(element, marked);
    }
  };
  walk(document, false);
}
"""


def redact_urls(text: str) -> str:
    """Take credentials, and the values of parameters that are named like secrets, out of every URL in a text."""
    return _CREDENTIALS.sub("", _SECRET_IN_QUERY.sub(r"\1=redacted", text))
