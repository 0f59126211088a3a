"""How emulated devices meet the network: sockets, RPC and HTTP."""

from .connections import Connections
from .exchange import ConnectionDropped, distort, hold
from .http import HttpRequest, HttpServer, Reply
from .listener import Listener, Reachability
from .rpc import RpcServer

__all__ = [
    "ConnectionDropped",
    "Connections",
    "HttpRequest",
    "HttpServer",
    "Listener",
    "Reachability",
    "Reply",
    "RpcServer",
    "distort",
    "hold",
]
