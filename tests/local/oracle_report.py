"""Say at the end of the tests whether our Firestore was compared with Google's emulator, and if not, how to have it so.

The fixtures of the Firestore tests bring this along; under pytest-xdist it takes `-p tests.local.oracle_report`, for
there the process that reports collects no tests.
"""

from typing import Any

from tests.local.oracle_server import ORACLE_REPORT

_COMPARED = ("tests/local/test_firestore_", "tests/local/test_oracle_")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Write one line when any Firestore test has run."""
    reports = (report for outcome in ("passed", "failed") for report in terminalreporter.stats.get(outcome, ()))
    if any(report.nodeid.startswith(_COMPARED) for report in reports):
        terminalreporter.write_line(ORACLE_REPORT)
