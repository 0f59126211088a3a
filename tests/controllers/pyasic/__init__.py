"""Tests of ASICs through pyasic, against emulated devices over real sockets."""
