"""Is a part ready? Only an answered request says so: some servers listen long before they can answer."""

import http.client
import socket

_PATIENCE_S = 1.0
_HTTP2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_EMPTY_SETTINGS = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
_SETTINGS_BYTES = 4096


def answers_http(port: int) -> bool:
    """Say whether an HTTP server answers within a second, whatever the status."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S)
    try:
        connection.request("GET", "/healthz", headers={"Connection": "close"})
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def answers_grpc(port: int) -> bool:
    """Say whether a gRPC server answers within a second.

    It greets a new HTTP/2 connection with its settings as soon as it serves; asking for no more spares the
    supervisor the import of grpc.
    """
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_S) as connection:
            connection.sendall(_HTTP2_PREFACE + _EMPTY_SETTINGS)
            answered = len(connection.recv(_SETTINGS_BYTES)) > 0
            # Bytes left unread would reset the connection, and the server would log that as an error.
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(_SETTINGS_BYTES):
                pass
            return answered
    except OSError:
        return False
