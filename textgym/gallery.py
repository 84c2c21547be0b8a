"""The gallery: `python -m textgym.gallery` writes docs/gallery.md and its pictures from the catalogue.

    python -m textgym.gallery [--check]

With `--check` nothing is written; the status is 1 if the page is out of date.
"""

from __future__ import annotations

import struct
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

import textgym  # noqa: F401  (registers the ids)
from envs_registry import CATALOGUE, Row
from textgym.env import TokenEnv

DOCS = Path(__file__).resolve().parent.parent / "docs"
EXAMPLES = 2
ZOOM = 4
HEAD = """# Gallery

Every environment of the catalogue with examples of its test split, as the agent reads them, and the returns of the
uniformly random policy, of simple baselines and of the oracle, which gives the first reference. Written by
`python -m textgym.gallery`; the returns are measured by `python -m benchmarks.catalogue_returns`.
"""


def page() -> tuple[str, dict[str, NDArray[np.uint8]]]:
    """The text of the page, and its pictures by their path beside it."""
    parts = [HEAD, *_table()]
    pictures: dict[str, NDArray[np.uint8]] = {}
    for row in CATALOGUE:
        made = gym.make(row.id, split="test").unwrapped
        if not isinstance(made, TokenEnv):
            raise TypeError(f"{row.id}: got {type(made).__name__}, allowed is a TokenEnv")
        parts += [f"\n## {row.id}\n", f"{row.summary[0].upper()}{row.summary[1:]}.\n", *_facts(row, made)]
        for index in range(EXAMPLES):
            parts += _example(row, made, index, pictures)
    return "\n".join(parts).rstrip() + "\n", pictures


def _table() -> Iterator[str]:
    yield "| id | random | baselines | oracle |"
    yield "|---|---|---|---|"
    for row in CATALOGUE:
        baselines = ", ".join(f"{name} {value:.3f}" for name, value in row.baselines.items())
        link = f"[{row.id}](#{row.id.lower()})"
        yield f"| {link} | {row.random_return:.3f} | {baselines or '-'} | {row.oracle_return:.3f} |"


def _facts(row: Row, env: TokenEnv) -> Iterator[str]:
    mdp = env.mdp
    names = " + ".join(f"{term.weight:g} {term.name}" for term in mdp.terms)
    turns = f", at most {mdp.task.max_turns} turns" if mdp.task.max_turns > 1 else ""
    yield f"* reward: {names}; metrics: {', '.join(mdp.metric_names)}"
    yield f"* V = {mdp.codec.size}, S = {mdp.num_source}, T = {mdp.num_new}{turns}"
    for key in mdp.task.extra_spaces():
        space = mdp.observation_space[key]
        yield f"* in the observation too: `{key}`, {space.dtype} {space.shape}"


def _example(row: Row, env: TokenEnv, index: int, pictures: dict[str, NDArray[np.uint8]]) -> Iterator[str]:
    observation, info = env.reset(seed=index, options={"example": index})
    example, task = env.example, env.mdp.task
    yield f"\n`{info['example_id']}`\n"
    if "image" in observation:
        path = f"images/{row.id.lower()}-{index}.png"
        pictures[path] = observation["image"].repeat(ZOOM, axis=0).repeat(ZOOM, axis=1)
        yield f"![the picture of {info['example_id']}]({path})\n"
    yield _block(task.prompt(example))
    lines: Sequence[str] = example.meta.get("lines", ())
    turns: Sequence[str] = example.meta.get("turns", ())
    if turns:
        spoken = [f"You:  {turns[0]}"]
        for line, turn in zip(lines[1:], turns[1:], strict=True):
            spoken += [f"User: {line}", f"You:  {turn}"]
        yield "The best course:\n"
        yield _block("\n".join(spoken))
        return
    yield "References:\n" if len(example.references) > 1 else "Reference:\n"
    yield _block("\n".join(example.references))


def _block(text: str) -> str:
    return f"```text\n{text}\n```\n"


def to_png(image: NDArray[np.uint8]) -> bytes:
    """An image uint8 (H, W, 3) as a PNG file."""
    height, width, _ = image.shape
    rows = b"".join(b"\0" + row.tobytes() for row in image)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    framed = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def pixels(png: bytes) -> bytes:
    """What a file of `to_png` shows, whatever packed it; b"" for any other file."""
    start, end = png.find(b"IDAT"), png.find(b"IEND")
    if start < 0 or end < 0:
        return b""
    return zlib.decompress(png[start + 4 : end - 8])


def stale(folder: Path = DOCS) -> list[str]:
    """The files of the gallery that are not as the catalogue would have them."""
    text, pictures = page()
    found = folder / "gallery.md"
    late = [] if found.is_file() and found.read_text(encoding="utf-8") == text else ["gallery.md"]
    for path, image in pictures.items():
        file = folder / path
        if not file.is_file() or pixels(file.read_bytes()) != pixels(to_png(image)):
            late.append(path)
    return late


def write(folder: Path = DOCS) -> None:
    """Write the page and its pictures."""
    text, pictures = page()
    (folder / "images").mkdir(parents=True, exist_ok=True)
    (folder / "gallery.md").write_text(text, encoding="utf-8")
    for path, image in pictures.items():
        (folder / path).write_bytes(to_png(image))


def main(arguments: Sequence[str]) -> int:
    """Write the gallery; with `--check` only say what is out of date."""
    if list(arguments) not in ([], ["--check"]):
        raise SystemExit(f"gallery: got {' '.join(arguments)!r}, allowed is --check or nothing")
    if not arguments:
        write()
        return 0
    late: Any = stale()
    for path in late:
        print(f"{path}: out of date")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
