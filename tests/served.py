"""An app served over HTTP in the test's own process, for a real browser."""

import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from playwright.sync_api import Browser
from werkzeug.serving import make_server

_LOOK_S = 0.02  # how often the server looks whether it should end
_SLOW_S = float(os.environ.get("SLOW", "0"))  # before the work for an answer and before its body


@contextmanager
def served(app: Flask, browser: Browser) -> Iterator[str]:
    """The address, until the end; then the browser's pages are closed first."""
    server = make_server("127.0.0.1", 0, _at_once(app), threaded=True)
    server.daemon_threads = False  # so that its end waits for what it still answers
    thread = threading.Thread(target=server.serve_forever, args=(_LOOK_S,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        for context in browser.contexts:
            context.close()
        server.shutdown()
        thread.join()
        server.server_close()


def _at_once(app: Flask) -> Any:
    """Answers whole: Werkzeug's server forgets to close what it sends when a page goes away."""

    def answer(environ: Any, start_response: Any) -> Iterable[bytes]:
        time.sleep(_SLOW_S)
        parts = app(environ, start_response)
        try:
            whole = b"".join(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()
        return _slowly(whole) if _SLOW_S else [whole]

    return answer


def _slowly(whole: bytes) -> Iterator[bytes]:
    """A slow line, which shows every test that wins only because this machine is fast."""
    yield b""  # the head goes out: the browser leaves the old page and has nothing of the new
    time.sleep(_SLOW_S)
    yield whole
