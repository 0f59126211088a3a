"""Start a real Home Assistant with emulated miners, and drive it as users do."""
