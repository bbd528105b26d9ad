"""The one exception by which a call ends with a gRPC status other than OK."""

import grpc


class Refused(Exception):
    """A call that is answered with `status` and `message`."""

    def __init__(self, status: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def invalid(message: str) -> Refused:
    """Return the refusal of a request that is wrong whatever the queues hold."""
    return Refused(grpc.StatusCode.INVALID_ARGUMENT, message)


def missing(message: str) -> Refused:
    """Return the refusal of a request for something that is not there."""
    return Refused(grpc.StatusCode.NOT_FOUND, message)


def taken(message: str) -> Refused:
    """Return the refusal of a name that is in use."""
    return Refused(grpc.StatusCode.ALREADY_EXISTS, message)


def unsupported(message: str) -> Refused:
    """Return the refusal of what the real service can do and this server cannot."""
    return Refused(grpc.StatusCode.UNIMPLEMENTED, message)
