"""Captions: true to the scene, as an independent reading of them says; pictures from files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

import textgym  # noqa: F401
from tests.conftest import oracle_tokens, play
from textgym.corpora.scenes.scene import COLOURS, GROUNDS, SIZES, Thing
from textgym.tasks.caption import Caption
from textgym.types import DIFFICULTIES, SPLITS

THING = r"(?:an?|the) (?:(small|large) )?(\w+) (circle|square|triangle|star|ring|cross|diamond|heart)"
HOLDS = {
    "left of": lambda a, b: a.x < b.x,
    "right of": lambda a, b: a.x > b.x,
    "above": lambda a, b: a.y < b.y,
    "below": lambda a, b: a.y > b.y,
}


def check(sentence: str, things: dict[str, Thing]) -> None:
    named = []
    for size, colour, shape in re.findall(THING, sentence.lower()):
        assert things[shape].colour == colour
        assert size in ("", things[shape].size)
        named.append(things[shape])
    relations = re.findall(r"left of|right of|above|below", sentence.lower())
    assert len(relations) <= 1
    if relations:
        fronted = re.match(r"(to the )?(left of|right of|above|below)", sentence.lower().strip())
        first, second = named[::-1] if fronted else named
        assert HOLDS[relations[0]](first, second), sentence


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_captions_are_true(difficulty: str) -> None:
    corpus = Caption().builtin("train", difficulty)
    for index in range(500):
        example = corpus[index]
        scene = example.meta["scene"]
        things = {thing.shape: thing for thing in scene.things}
        assert len(set(example.references)) == len(example.references) >= 3
        for caption in example.references:
            assert scene.ground in caption
            sentences = [part for part in caption.split(".") if part.strip()]
            for sentence in sentences:
                check(sentence, things)
            assert len({shape for _, _, shape in re.findall(THING, caption.lower())}) == len(things)
            if len(things) == 1:
                place = scene.things[0].place
                words = ("middle", "centre") if place == "middle" else (place,)
                assert any(word in caption.lower() for word in words)


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_splits_are_disjoint_and_large(difficulty: str) -> None:
    found = []
    for split in SPLITS:
        corpus = Caption().builtin(split, difficulty)
        found.append({corpus[i].source for i in range(5200)})
    assert all(len(sources) >= 5000 for sources in found)
    assert not found[0] & found[1]
    assert not found[0] & found[2]
    assert not found[1] & found[2]


def test_the_picture_shows_the_scene() -> None:
    env = gym.make("TokenCaption-v0", image_size=96, difficulty="hard")
    for seed in range(20):
        obs, _ = env.reset(seed=seed)
        scene = env.unwrapped.example.meta["scene"]
        image = obs["image"]
        assert image.dtype == np.uint8
        assert image.shape == (96, 96, 3)
        assert tuple(image[0, 0]) == GROUNDS[scene.ground]
        for thing in scene.things:
            x, y, half = round(thing.x * 96), round(thing.y * 96), round(SIZES[thing.size] * 96)
            patch = image[y - half : y + half, x - half : x + half].reshape(-1, 3)
            assert (patch == COLOURS[thing.colour]).all(axis=1).mean() > 0.2


def test_observations_are_fresh_and_the_vector_has_them() -> None:
    env = gym.make("TokenCaption-v0")
    first, _ = env.reset(seed=0)
    kept = first["image"].copy()
    second, *_ = env.step(100)
    second["image"][:] = 0
    third, *_ = env.step(100)
    assert np.array_equal(third["image"], kept)
    envs = gym.make_vec("TokenCaption-v0", num_envs=2)
    obs, _ = envs.reset(seed=0)
    assert obs["image"].shape == (2, 64, 64, 3)
    assert np.array_equal(obs["image"][0], kept)


def test_attribute_f1_knows_true_from_false() -> None:
    def score(text: str) -> float:
        _, info = play(env, [*env.unwrapped.tokenizer.encode(text), 2], seed=1)
        return float(info["metrics"]["attribute_f1"])

    env = gym.make("TokenCaption-v0", max_new_tokens=200)
    env.reset(seed=1)
    first, second = env.unwrapped.example.meta["scene"].things
    for reference in env.unwrapped.example.references:
        assert score(reference) == 1.0
    assert score(f"A {first.shape}.") == pytest.approx(2 * 1 * (1 / 7) / (1 + 1 / 7))
    other = next(colour for colour in COLOURS if colour not in (first.colour, second.colour))
    assert score(f"A {other} {first.shape}.") < score(f"A {first.colour} {first.shape}.")
    assert score("") == 0.0
    rewards, _ = play(gym.make("TokenCaption-v0", reward="attribute_f1"), oracle_tokens(env), seed=1)
    assert sum(rewards) == pytest.approx(1.0)


LISTS = {
    "captions.txt": 'image,caption\na.png,A cat.\na.png,"A cat, asleep."\nb.png,A dog.\n',
    "results.csv": (
        "image_name| comment_number| comment\na.png| 0| A cat.\na.png| 1| A cat, asleep.\nb.png| 0| A dog.\n"
    ),
    "Flickr8k.token": "a.png#0\tA cat.\na.png#1\tA cat, asleep.\nb.png#0\tA dog.\n",
    "captions.jsonl": "\n".join(
        json.dumps(row)
        for row in (
            {"image": "a.png", "captions": ["A cat.", "A cat, asleep."]},
            {"image": "b.png", "captions": ["A dog."]},
        )
    ),
}


@pytest.mark.parametrize("name", LISTS)
def test_folders_of_pictures(tmp_path: Path, name: str) -> None:
    image = pytest.importorskip("PIL.Image")
    (tmp_path / "Images").mkdir()
    for file, colour in (("a.png", (255, 0, 0)), ("b.png", (0, 0, 255))):
        image.new("RGB", (40, 30), colour).save(tmp_path / "Images" / file)
    (tmp_path / name).write_text(LISTS[name], encoding="utf-8")
    env = gym.make("TokenCaption-v0", dataset=str(tmp_path), tokenizer="byte")
    obs, _ = env.reset(options={"example": 0})
    assert env.unwrapped.example.references == ("A cat.", "A cat, asleep.")
    assert obs["image"].shape == (64, 64, 3)
    assert obs["image"][5, 5].tolist() == [255, 0, 0]
    (tmp_path / "Images" / "b.png").unlink()
    with pytest.raises(ValueError, match=r"b\.png"):
        gym.make("TokenCaption-v0", dataset=str(tmp_path / name), tokenizer="byte")
