"""Whether a server can listen where it is asked to."""

from __future__ import annotations

import socket

from schemas.errors import UsageError


def require_free(host: str, port: int) -> None:
    """Tell before anything starts.

    Raises:
        UsageError: another process listens there, or the address is not one of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except OSError as error:
        raise UsageError(f"port {port} of {host} cannot be used: {error.strerror}", "try another --port") from error
