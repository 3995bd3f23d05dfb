"""API Gateway's WebSocket APIs, which LocalStack does not have.

They run in the emulator's own environment, in its process and on its port.
"""

from . import connections, control_plane, gateway


def apply() -> None:
    connections.apply()
    control_plane.apply()
    gateway.apply()
