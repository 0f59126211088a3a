"""How emulated devices meet the network: sockets, RPC and HTTP."""

from .connections import Connections
from .exchange import ConnectionDropped, distort, hold
from .grpc import GrpcMethod, GrpcReply, GrpcServer
from .http import HttpRequest, HttpServer, Reply, Stream
from .listener import Listener, Reachability
from .rpc import RpcServer, is_whole_json

__all__ = [
    "ConnectionDropped",
    "Connections",
    "GrpcMethod",
    "GrpcReply",
    "GrpcServer",
    "HttpRequest",
    "HttpServer",
    "Listener",
    "Reachability",
    "Reply",
    "RpcServer",
    "Stream",
    "distort",
    "hold",
    "is_whole_json",
]
