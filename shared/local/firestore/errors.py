"""The one exception by which a request ends with a gRPC status other than OK."""

import grpc


class Refused(Exception):
    """A request that is answered with `status` and `message`."""

    def __init__(self, status: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def invalid(message: str) -> Refused:
    """Return the refusal of a request that is wrong whatever the database holds."""
    return Refused(grpc.StatusCode.INVALID_ARGUMENT, message)
