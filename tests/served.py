"""An app served over HTTP in the test's own process, for a real browser."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from playwright.sync_api import Browser
from werkzeug.serving import make_server

_LOOK_S = 0.02  # how often the server looks whether it should end


@contextmanager
def served(app: Flask, browser: Browser) -> Iterator[str]:
    """The address, until the end; then the browser's pages are closed first."""
    server = make_server("127.0.0.1", 0, _at_once(app), threaded=True)
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
        parts = app(environ, start_response)
        try:
            return [b"".join(parts)]
        finally:
            if hasattr(parts, "close"):
                parts.close()

    return answer
