"""A served gateway with a small situation, and signed-in pages that notice every complaint."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import Browser, ConsoleMessage, Error, Locator, Page, Request, Route

from gateway.store.tables import User
from tests.served import served

SHOTS = Path(__file__).parent / "shots"
_PICTURES = "PICTURES" in os.environ
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
_TALLEST = 8_000  # pixels of a picture; a browser without a graphics card paints no more at once
_axe = Axe()


@dataclass
class Stage:
    """Pages of one served app; `complaints` gathers errors of the console and foreign requests."""

    app: Flask
    url: str
    browser: Browser
    complaints: list[str] = field(default_factory=list)

    def page(
        self, user: User | None, size: Any = DESK, language: str = "en", path: str = "/",
        **options: Any,
    ) -> Page:  # fmt: skip
        """A page of somebody who reads that language: signed in, or not when there is no user."""
        context = self.browser.new_context(
            viewport=size, base_url=self.url, locale=language, **options
        )
        if user is not None:
            context.add_cookies([{"name": "session", "value": self._cookie(user, language),
                                  "url": self.url}])  # fmt: skip
        page = context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", self._asked)
        page.goto(path)
        return page

    def check(self, page: Page, name: str) -> None:
        """No serious fault for a screen reader's user, nothing wider than the screen; a picture."""
        assert self.faults(page, name) == []

    def faults(self, page: Page, name: str) -> list[str]:
        """What `check` would say."""
        page.wait_for_load_state()  # after a press the browser may have left one page only
        picture(page, name)
        assert page.viewport_size is not None
        wide = page.evaluate("document.documentElement.scrollWidth")
        faults = []
        if wide > page.viewport_size["width"]:
            faults.append(f"{name} is {wide} px wide")
        for one in _axe.run(page).response["violations"]:
            if one["impact"] in ("serious", "critical"):
                faults.append(f"{name}: {one['id']}: {one['nodes'][0]['html'][:200]}")
        return faults

    def _cookie(self, user: User, language: str) -> str:
        serializer = SecureCookieSessionInterface().get_signing_serializer(self.app)
        assert serializer is not None
        kept = {"_user_id": f"{user.id}:{user.epoch}", "_fresh": True, "_permanent": True}
        return str(serializer.dumps({**kept, "language": language}))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.complaints.append(f"a request to {request.url}")


def picture(page: Page | Locator, name: str) -> None:
    """`tests/browser/shots/<name>.png` for whoever looks, if PICTURES is set: they take a while."""
    if not _PICTURES:
        return
    SHOTS.mkdir(exist_ok=True)
    with suppress(Error):  # a picture that could not be painted is no fault of the page
        if isinstance(page, Locator):
            page.screenshot(path=SHOTS / f"{name}.png")
            return
        wide, tall = page.evaluate("[innerWidth, document.documentElement.scrollHeight]")
        shown = {"x": 0, "y": 0, "width": wide, "height": min(tall, _TALLEST)}
        page.screenshot(path=SHOTS / f"{name}.png", full_page=True, clip=shown)


def hold(page: Page, address: str) -> list[Route]:
    """What the page asks of the address waits in the list that is returned."""
    held: list[Route] = []
    page.route(address, lambda route: held.append(route))
    return held


@contextmanager
def stage(app: Flask, browser: Browser) -> Iterator[Stage]:
    """Serves the app until the end; whoever complained fails the test that asks for it."""
    with served(app, browser) as url:
        yield Stage(app, url, browser)
