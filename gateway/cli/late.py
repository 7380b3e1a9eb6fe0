"""A group of commands that are imported when they are called: together they take a second."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class LateGroup(click.Group):
    """`commands_of` has each command's module in gateway.cli, and what the command is for."""

    def __init__(
        self, *args: Any, commands_of: Mapping[str, tuple[str, str]], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self._commands_of = commands_of

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, sorted."""
        return sorted(self._commands_of)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, with all that it imports."""
        if cmd_name not in self._commands_of:
            return None
        module, _ = self._commands_of[cmd_name]
        name = cmd_name.replace("-", "_")
        command: click.Command = getattr(import_module(f"gateway.cli.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What each is for, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, self._commands_of[name][1]) for name in sorted(self._commands_of)]
            )
