"""The whole walk as its users do it: simulated phones, two coordinators, a real browser."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.stage import picture
from tests.chromium import needs_chromium

pytestmark = needs_chromium
MOBILE, LAPTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 800}


@dataclass
class Running:
    """A gateway of `gateway run` in a folder of its own."""

    url: str
    passwords: dict[str, str]
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("run")
    environ = {name: value for name, value in os.environ.items() if "GATEWAY" not in name}
    environ |= {"GATEWAY_VAR": str(folder), "GATEWAY_DATABASE__URL": f"sqlite:///{folder}/g.db"}
    said = folder / "said"
    command = [str(Path(sys.executable).with_name("gateway")), "run", "--port", str(_free_port())]
    with said.open("w") as out, (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=out, stderr=log, env=environ, cwd=folder)
    try:
        text = _until_it_says(process, said, "The gateway is on")
        found = re.search(r"on (http://\S+)", text)
        assert found
        yield Running(found[1], dict(re.findall(r"^  (\S+)  (\S+)$", text, re.M)))
    finally:
        process.terminate()
        process.wait(30)


def test_the_whole_walk_from_a_villagers_sms_to_the_warning_on_the_phones(
    running: Running, browser: Browser
) -> None:
    phone = _page(running, browser, MOBILE)
    for number, place in ((1, "Moa"), (2, "Moa"), (3, "Malindi")):
        _text(running, phone, number, f"JOIN {place}")
        expect(phone.locator(".talk")).to_contain_text(place)
    first = _sign_in(running, browser, "coordinator1", LAPTOP)
    _text(running, phone, 1, "Watu wenye silaha wanakuja Moa, ni wengi sana")
    expect(first.get_by_text("Armed group").first).to_be_visible(timeout=15_000)  # without reload
    picture(first, "queue")

    first.get_by_role("link", name=re.compile("Armed group")).first.click()
    expect(first.get_by_role("heading", level=1)).to_contain_text("Armed group")
    expect(first.locator("body")).to_contain_text("wenye silaha")
    first.locator("#act-verify summary").click()
    first.locator("#act-verify textarea, #act-verify input[name=reason]").first.fill(
        "The chief confirms"
    )
    first.locator("#act-verify button").click()
    expect(first.locator(".lead")).to_contain_text("verified")
    picture(first, "incident")
    first.get_by_role("button", name="Draft a warning").click()
    expect(first.get_by_role("textbox", name="English")).to_have_value(re.compile("Moa"))
    picture(first, "draft")
    first.get_by_role("button", name="Keep and submit").click()
    expect(first.locator(".lead")).to_contain_text("submitted")
    expect(first.get_by_role("button", name=re.compile("Approve"))).to_have_count(0)
    alert = first.url

    second = _sign_in(running, browser, "coordinator2", MOBILE)
    second.goto(alert)
    picture(second, "approve")
    second.get_by_role("button", name=re.compile("Approve and send to 2 people")).click()
    expect(second.locator("progress").first).to_be_visible()
    expect(second.locator("[data-refresh]").first).to_contain_text("2", timeout=15_000)
    for number in (1, 2):
        phone.goto(f"{running.url}/phones?phone=%2B25470000010{number}")
        expect(phone.locator(".talk")).to_contain_text("delivered", timeout=15_000)
        expect(phone.locator(".talk")).to_contain_text("Community Alert")
    picture(phone, "phone")
    phone.goto(f"{running.url}/phones?phone=%2B254700000103")
    expect(phone.locator(".talk")).not_to_contain_text("silaha")
    expect(phone.locator(".talk")).not_to_contain_text("Armed")
    picture(second, "reach")
    first.goto(f"{running.url}/guide")  # which saw all of it
    expect(first.locator(".flash.good")).to_contain_text("A warning has reached a phone")
    for step in ("places", "team", "report", "verify", "draft", "approve", "arrive"):
        expect(first.locator(f"#step-{step}.done")).to_be_visible()
    assert running.complaints == []


def test_every_page_of_the_menu_answers_without_a_complaint_in_the_console(
    running: Running, browser: Browser
) -> None:
    page = _sign_in(running, browser, "coordinator1", MOBILE)
    for path in ("/", "/incidents", "/alerts", "/subscribers", "/places", "/audit", "/messages",
                 "/map", "/risk", "/phones"):  # fmt: skip
        answer = page.goto(running.url + path)
        assert answer is not None
        assert answer.status == 200, path
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= MOBILE["width"], f"{path} is {wide} px wide"
        picture(page, f"page{path.replace('/', '-')}")
    assert running.complaints == []


def _text(running: Running, page: Page, number: int, text: str) -> None:
    page.goto(f"{running.url}/phones?phone=%2B25470000010{number}")
    page.get_by_label(re.compile("SMS to")).fill(text)
    page.get_by_role("button", name="Send").click()


def _sign_in(running: Running, browser: Browser, name: str, size: dict[str, int]) -> Page:
    """Signs in, and on the first time chooses a password as the page asks."""
    page = _page(running, browser, size)
    chosen = f"{name} likes mangoes"
    page.goto(running.url + "/")
    once = running.passwords.pop(name, None)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(once or chosen)
    page.get_by_role("button", name="Sign in").click()
    if once:
        page.get_by_label("The password you got").fill(once)
        page.get_by_label("New password", exact=True).fill(chosen)
        page.get_by_label("New password again").fill(chosen)
        page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("link", name=re.compile("Situation")).first).to_be_visible()
    page.goto(running.url + "/")
    return page


def _page(running: Running, browser: Browser, size: dict[str, int]) -> Page:
    """A page of its own context; what its console complains of is kept."""
    page = browser.new_context(viewport=size).new_page()  # type: ignore[arg-type]
    page.on(
        "console",
        lambda said: running.complaints.append(said.text) if said.type == "error" else None,
    )
    page.on(
        "request",
        lambda asked: (
            None if asked.url.startswith(running.url) else running.complaints.append(asked.url)
        ),
    )
    return page


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _until_it_says(process: subprocess.Popen[bytes], said: Path, words: str) -> str:
    deadline = time.monotonic() + 60
    while words not in (text := said.read_text()):
        assert process.poll() is None, "the gateway ended"
        assert time.monotonic() < deadline, "the gateway never answered"
        time.sleep(0.1)
    return text
