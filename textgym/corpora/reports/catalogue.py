"""All domains, each with its kinds of event."""

from __future__ import annotations

from textgym.corpora.reports import company, council, expedition, launch, match, rescue, traffic, weather
from textgym.corpora.reports.story import Story

DOMAINS: tuple[tuple[Story, ...], ...] = (
    weather.STORIES,
    match.STORIES,
    company.STORIES,
    traffic.STORIES,
    council.STORIES,
    expedition.STORIES,
    rescue.STORIES,
    launch.STORIES,
)
"""Drawn with equal chances, first the domain and then the kind."""
