"""The report in a real browser: on a desk, on a phone, in print."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.benchmark.page import write_page

CHROMIUM = Path("/usr/bin/chromium")
ARGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", "--no-first-run")  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium without a window."""
    api = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}")
    with api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGS))
        yield found
        found.close()


@pytest.fixture(scope="module")
def url(finished_bench: Path) -> str:
    """The page."""
    return write_page(finished_bench).resolve().as_uri()


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_errors_no_requests_no_overflow(browser: Any, url: str, width: int, scheme: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    problems: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(url)
    assert problems == []
    assert requests == [url]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("figure svg").count() >= 2
    page.close()


def test_terms_and_tokens(browser: Any, url: str) -> None:
    page = browser.new_page()
    page.goto(url)
    task = page.locator('.task[data-task="translate"]')
    names = task.locator("button[data-term]").all_text_contents()
    assert {"reward", "bleu", "chrf"} <= set(names)
    task.locator('button[data-term="chrf"]').click()
    assert task.locator('button[data-term="chrf"]').get_attribute("aria-pressed") == "true"
    assert "chrf" in task.locator(".token").first.get_attribute("title")
    task.locator(".token").first.click()
    assert "chrf" in page.locator("#readout").text_content()
    page.locator('button[data-panel="curves-constant"]').click()
    assert page.locator("#curves-constant").is_visible()
    assert not page.locator("#curves-dense").is_visible()
    page.close()


def test_print_shows_all_panels_and_no_buttons(browser: Any, url: str) -> None:
    page = browser.new_page()
    page.goto(url)
    page.emulate_media(media="print")
    assert page.locator("#curves-constant").is_visible()
    assert not page.locator("nav").is_visible()
    assert not page.locator(".tabs").first.is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.close()


def test_structure_for_those_who_do_not_see(browser: Any, url: str) -> None:
    page = browser.new_page()
    page.goto(url)
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("h1").count() == 1
    assert page.locator("table:not(:has(caption))").count() == 0
    assert page.locator("figure:not([aria-label])").count() == 0
    page.close()
