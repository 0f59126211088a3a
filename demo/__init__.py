"""Show the integration live: Home Assistant, emulated miners and smart plugs."""
