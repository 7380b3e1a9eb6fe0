"""The `gateway` command: exit 0 done, 1 it went wrong and says what, 2 wrong usage."""

from gateway.cli.main import main

__all__ = ["main"]
