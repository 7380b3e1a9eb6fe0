"""A hand on a page: at a desk it works by keys alone, on a phone by touch."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

FIRST = "[data-digit='1']"


class Hand:
    """Does the same things in either way; never reads a word of the page."""

    def __init__(self, page: Page, *, keys: bool) -> None:
        self.page, self.keys = page, keys

    def press(self, what: Locator) -> None:
        """A button, a link, a box or the head of something closed."""
        if not self.keys:
            what.tap()
            return
        what.focus()
        expect(what).to_be_focused()
        is_box = what.get_attribute("type") == "checkbox"
        what.press("Space" if is_box else "Enter")

    def open(self, key: str) -> Locator:
        """An act of the queue's card, opened."""
        act = self.page.locator(f"#card details[data-key='{key}']")
        if self.keys:
            self.page.keyboard.press(key)
        else:
            act.locator("summary").tap()
        expect(act).to_have_attribute("open", "")
        return act

    def choose(self, act: Locator, what: str = FIRST) -> None:
        """One of the ready choices of an opened act, until the card shows what came of it."""
        self.sent(lambda: self.click(act, what))

    def click(self, act: Locator, what: str = FIRST) -> None:
        """The same, without waiting for what comes of it."""
        choice = act.locator(what)
        expect(choice).to_be_visible()
        digit = choice.get_attribute("data-digit")
        assert digit is not None
        if self.keys:
            self.page.keyboard.press(digit)
        else:
            choice.tap()

    def take(self) -> None:
        """The act that is one press."""
        if self.keys:
            self.sent(lambda: self.page.keyboard.press("t"))
        else:
            self.sent(self.page.locator("#card form[data-key='t'] button").tap)

    def turn(self, step: int) -> None:
        """To the next card (1) or the one before (-1)."""
        if self.keys:
            self.page.keyboard.press("j" if step > 0 else "k")
        else:
            self.page.locator(f"[data-turn='{step}']").tap()

    def sort(self) -> None:
        """From the card to the reports of the whole incident."""
        if self.keys:
            self.page.keyboard.press("s")
        else:
            self.page.locator("#card a[data-key='s']").tap()

    def undo(self) -> None:
        """What the queue did last."""
        if self.keys:
            self.sent(lambda: self.page.keyboard.press("z"))
        else:
            self.sent(self.page.locator("#toast button").tap)

    def sent(self, act: Callable[[], None]) -> None:
        """Waits for the answer, and for the card that follows it."""
        self.page.evaluate("document.querySelector('#card article').dataset.old = ''")
        with self.page.expect_response(lambda answer: _is_decision(answer.request.method,
                                                                   answer.url)):  # fmt: skip
            act()
        expect(self.page.locator("#card article:not([data-old])")).to_be_visible()
        expect(self.page.locator("#card:not([aria-busy])")).to_be_attached()


def _is_decision(method: str, url: str) -> bool:
    return method == "POST" and not url.endswith(("/here", "/seen"))
