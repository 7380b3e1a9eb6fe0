"""gateway run, web, worker, scheduler."""

import multiprocessing
import signal
import threading
from collections.abc import Mapping
from typing import Any

import click
import waitress
from gunicorn.app.base import BaseApplication

from gateway.app import create_app
from gateway.cli.metering import count_together, forget_at_exit, worker_ended
from gateway.cli.start import first_coordinators, is_loopback, ready_runtime, self_made_runtime
from gateway.jobs import Jobs
from gateway.plumbing.logs import configure_logs
from gateway.plumbing.settings import load_settings
from gateway.runtime import Runtime
from gateway.terms.refusals import Refused

_BACKLOG = 1024
SERVER: Mapping[str, Any] = {
    "backlog": _BACKLOG,
    "connection_limit": 1000,
    "ident": None,
    "max_request_body_size": 1 << 20,
}


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
def run(host: str, port: int) -> None:
    """Everything in one process: pages, webhooks and the background jobs."""
    configure_logs()
    settings = load_settings()
    runtime = self_made_runtime(settings, loopback=is_loopback(host))
    first_coordinators(runtime)
    server = _waitress(runtime, host, port)
    jobs = Jobs(runtime)
    _on_stop(lambda: server.close())
    jobs.start()
    click.echo(f"The gateway is on http://{host}:{server.effective_port}  (Ctrl-C stops it)")
    if settings.only_simulated:
        click.echo(f"Simulated phones: http://{host}:{server.effective_port}/phones")
    try:
        server.run()
    except OSError:
        if not _stopping.is_set():  # the server's socket was closed under it: we asked for that
            raise
    finally:
        jobs.stop()
        runtime.database.close()


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
def web(host: str, port: int) -> None:
    """Pages and webhooks alone, in several processes (gunicorn)."""
    count_together()
    forget_at_exit()
    configure_logs()
    settings = load_settings()
    runtime = ready_runtime()
    runtime.database.close()  # each process opens its own
    # SQLite has one writer: more processes would only fight over its file.
    workers = 1 if runtime.database.is_sqlite else settings.web.workers or _cores()
    _Gunicorn(
        {
            "bind": f"{host}:{port}",
            "workers": workers,
            "threads": settings.web.threads,
            "worker_class": "gthread",
            "timeout": 60,
            "keepalive": 15,
            "backlog": _BACKLOG,
            "accesslog": None,
            "loglevel": "warning",
            "control_socket_disable": True,
            "child_exit": worker_ended,
        }
    ).run()


@click.command()
def worker() -> None:
    """More hands: reads messages and sends SMS, beside a scheduler."""
    _background(ready_runtime(), worker=True, scheduler=False)


@click.command()
def scheduler() -> None:
    """All background jobs; several may run, one at a time leads."""
    _background(ready_runtime(), worker=True, scheduler=True)


def _waitress(runtime: Runtime, host: str, port: int) -> Any:
    try:
        return waitress.create_server(
            create_app(runtime),
            host=host,
            port=port,
            threads=runtime.settings.web.threads,
            **SERVER,
        )
    except OSError as error:
        raise Refused(f"{host}:{port}: {error.strerror}; choose another --port or --host") from None


_stopping = threading.Event()


def _on_stop(stop: Any) -> None:
    def handle(_number: int, _frame: Any) -> None:
        _stopping.set()
        stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)


def _background(runtime: Runtime, *, worker: bool, scheduler: bool) -> None:
    jobs = Jobs(runtime, worker=worker, scheduler=scheduler)
    _on_stop(lambda: None)
    jobs.start()
    _stopping.wait()
    jobs.stop()
    runtime.database.close()


def _cores() -> int:
    return max(2, multiprocessing.cpu_count())


class _Gunicorn(BaseApplication):  # type: ignore[misc]
    """gunicorn with our own settings instead of its command line."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        return create_app()
