"""Blueprints of automations, run in Home Assistant with an emulated miner."""
