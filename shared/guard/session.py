"""A `requests` session for URLs that users gave us.

The check sits where a connection is opened, so that redirects, retries and pooled connections all pass it, and so
that certificates are still verified against the name.
"""

from __future__ import annotations

import socket
from typing import Any

from requests import Session
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from shared.guard.check import Check
from shared.guard.connect import open_connection
from shared.guard.cutoff import Cutoff

CONNECT_TIMEOUT_S = 5.0


def guarded_session(check: Check, cutoff: Cutoff | None = None) -> Session:
    """Make a session that connects only to addresses that `check` lets through.

    A request raises `ForbiddenAddress` or `NameNotFound` besides what `requests` raises. Its time-outs are for each
    read; `cutoff` ends everything together. Proxies and credentials of the environment are not used: a proxy would
    connect for us, unchecked.
    """
    session = Session()
    session.trust_env = False
    session.mount("http://", _GuardedAdapter(check, cutoff))
    session.mount("https://", _GuardedAdapter(check, cutoff))
    return session


class _GuardedAdapter(HTTPAdapter):
    def __init__(self, check: Check, cutoff: Cutoff | None) -> None:
        self._pools = _guarded_pools(check, cutoff)
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools


def _guarded_pools(check: Check, cutoff: Cutoff | None) -> dict[str, type[HTTPConnectionPool]]:
    def connect(scheme: str, connection: HTTPConnection) -> socket.socket:
        host = f"[{connection.host}]" if ":" in connection.host else connection.host
        timeout_s = connection.timeout if isinstance(connection.timeout, (int, float)) else CONNECT_TIMEOUT_S
        opened = open_connection(check(f"{scheme}://{host}:{connection.port}"), timeout_s=timeout_s)
        if cutoff:
            cutoff.watch(opened)
        return opened

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return connect("http", self)

    class Encrypted(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return connect("https", self)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class EncryptedPool(HTTPSConnectionPool):
        ConnectionCls = Encrypted

    return {"http": PlainPool, "https": EncryptedPool}
