"""What `./mall serve` says before it does anything that takes long."""

import socket

import pytest

from backend.serving import PortTaken, serve


def test_a_taken_port_is_said_at_once() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"127.0.0.1:{port} .*--port {port + 1}"):
            serve("127.0.0.1", port)
