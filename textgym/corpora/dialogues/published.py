"""Readers for published dialogue data: PersonaChat (ParlAI's text, and JSON) and DailyDialog (text).

Every reply becomes an example of its own: persona and history in the source, the reply as the reference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from textgym.corpora.base import Corpus
from textgym.corpora.table import TableCorpus
from textgym.errors import unknown

END_OF_TURN = "__eou__"
_PARLAI = re.compile(r"^(\d+) (.*)$")
_PERSONA = re.compile(r"^(your persona|partner's persona): (.*)$")
_JSON_SPLITS = {"train": ("train",), "validation": ("valid", "validation", "dev"), "test": ("test",)}
Sample = tuple[Sequence[str], Sequence[str], str]
"""Persona sentences, the turns before (the user's last), the reply."""


def read_published(path: Path, split: str) -> Corpus | None:
    """The file as dialogues, or None where it is in none of these formats.

    Raises:
        ValueError: it is, but a line is not as it should be; with its place.
    """
    if not path.is_file() or path.suffix not in (".txt", ".json"):
        return None
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        samples = _persona_json(path, text, split)
    elif _PARLAI.match(text.partition("\n")[0].rstrip()):
        samples = list(_parlai(path, text))
    elif END_OF_TURN in text:
        samples = list(_daily(text))
    else:
        return None
    if samples is None:
        return None
    if not samples:
        raise ValueError(f"dataset: {path} has no replies")
    metas = [{"persona": tuple(persona)} for persona, _, _ in samples]
    sources = [source_of(persona, history) for persona, history, _ in samples]
    return TableCorpus(path.stem, sources, [(reply,) for _, _, reply in samples], None, metas)


def read_row(row: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """The replies of a row of the hub's PersonaChat or DailyDialog, in our columns; another row as it is."""
    if "utterances" in row:
        samples = _persona_samples(row)
    elif isinstance(row.get("dialog"), (list, tuple)):
        samples = _turn_samples([turn.strip() for turn in row["dialog"] if turn.strip()])
    else:
        return (row,)
    return [
        {"source": source_of(persona, history), "references": [reply], "persona": list(persona)}
        for persona, history, reply in samples
    ]


def source_of(persona: Sequence[str], history: Sequence[str]) -> str:
    """Persona and history in the form of the task's prompts; the user has the last word.

    >>> print(source_of(["I ski."], ["Hi!", "Hello.", "What do you do?"]))
    Persona: I ski.
    User: Hi!
    You: Hello.
    User: What do you do?
    """
    lines = [f"Persona: {' '.join(persona)}"] if persona else []
    for place, turn in enumerate(history):
        lines.append(f"{'User' if (len(history) - place) % 2 else 'You'}: {turn}")
    return "\n".join(lines)


def _parlai(path: Path, text: str) -> Iterator[Sample]:
    persona: list[str] = []
    history: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        match = _PARLAI.match(line)
        if match is None:
            raise ValueError(f"{path}, line {number}: it does not begin with a number, as '1 your persona: ...' does")
        if match[1] == "1":
            persona, history = [], []
        fact = _PERSONA.match(match[2])
        if fact is not None:
            if fact[1] == "your persona":
                persona.append(fact[2])
            continue
        said, *answers = match[2].split("\t")
        if not answers or not said.strip() or not answers[0].strip():
            raise ValueError(f"{path}, line {number}: allowed is 'number words<tab>reply'")
        history.append(said)
        yield tuple(persona), tuple(history), answers[0]
        history.append(answers[0])


def _persona_json(path: Path, text: str, split: str) -> list[Sample] | None:
    try:
        content: Any = json.loads(text)
    except ValueError:
        return None
    if isinstance(content, dict):
        found = next((name for name in _JSON_SPLITS[split] if name in content), None)
        if found is None:
            if not any(isinstance(value, list) for value in content.values()):
                return None
            raise unknown("split", split, content)
        content = content[found]
    if not isinstance(content, list) or not content or "utterances" not in content[0]:
        return None
    samples: list[Sample] = []
    for number, dialogue in enumerate(content):
        try:
            samples += _persona_samples(dialogue)
        except ValueError as error:
            raise ValueError(f"{path}, item {number}: {error}") from error
    return samples


def _persona_samples(dialogue: Mapping[str, Any]) -> Iterator[Sample]:
    """The last candidate is what was said; on the hub the utterances may lie by column."""
    utterances = dialogue["utterances"]
    if isinstance(utterances, Mapping):
        utterances = [dict(zip(utterances, cells, strict=True)) for cells in zip(*utterances.values(), strict=True)]
    for turn in utterances:
        if not turn.get("history") or not turn.get("candidates"):
            raise ValueError("an utterance needs 'history' and 'candidates'")
        yield tuple(dialogue.get("personality") or ()), turn["history"], turn["candidates"][-1]


def _daily(text: str) -> Iterator[Sample]:
    for line in text.splitlines():
        yield from _turn_samples([turn.strip() for turn in line.split(END_OF_TURN) if turn.strip()])


def _turn_samples(turns: Sequence[str]) -> Iterator[Sample]:
    for place in range(1, len(turns)):
        yield (), tuple(turns[:place]), turns[place]
