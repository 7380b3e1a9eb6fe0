"""Measures the gateway beside its floors: `python -m bench [name…]`."""
