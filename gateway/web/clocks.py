"""The time of day as pages write it."""

from datetime import datetime

from flask_babel import format_datetime

from gateway.web.context import now, runtime


def clock(time: datetime) -> str:
    """The local time of day, with the date when it is not today's."""
    local, today = time.astimezone(runtime().zone), now().astimezone(runtime().zone)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    pattern = "d MMM HH:mm" if local.year == today.year else "yyyy-MM-dd HH:mm"
    return str(format_datetime(local, pattern, rebase=False))
