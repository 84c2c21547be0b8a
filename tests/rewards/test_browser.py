"""The rating page in a real browser, in the middle of an episode."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Any

import gymnasium as gym
import pytest

from tests.conftest import oracle_tokens
from textgym.rewards import ratings
from textgym.rewards.human import Human
from textgym.rewards.webpage import WebRater

playwright = pytest.importorskip("playwright.sync_api")


def test_a_person_rates_in_a_browser(tmp_path: Path) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed")
    rater, log = WebRater(points=5, timeout=60), tmp_path / "ratings.jsonl"
    env: Any = gym.make("TokenCopy-v0", reward=Human(rater, log=log)).unwrapped
    env.reset(options={"example": 0})
    tokens = oracle_tokens(env)
    paid: list[float] = []
    playing = threading.Thread(target=lambda: paid.extend(env.step(token)[1] for token in tokens))
    try:
        with playwright.sync_playwright() as tools:
            browser = tools.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page()
            page.goto(rater.url)
            assert "Waiting" in page.inner_text("h1")
            playing.start()
            page.wait_for_selector("button[value='4']", timeout=30_000)  # the page reloads by itself
            assert env.example.source in page.inner_text("body")
            page.click("button[value='4']")
            playing.join(30)
            browser.close()
    finally:
        rater.close()
    assert sum(paid) == paid[-1] == 0.75
    (entry,) = ratings.read(log)
    assert entry == ratings.Rating(env.example.id, env.example.source, env.text, 0.75)
