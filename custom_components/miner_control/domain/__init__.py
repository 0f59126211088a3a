"""The domain: features, values, ports, the miner and who serves it.

Nothing here knows Home Assistant or does I/O.
"""
