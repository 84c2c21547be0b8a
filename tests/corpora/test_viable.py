"""The grammars of the built-in corpora: every beginning of every reference is viable, and mistakes are found."""

from __future__ import annotations

import copy
import pickle
import random
import re
from typing import Any

import gymnasium as gym
import pytest

import textgym
from envs_registry import CATALOGUE
from tests.conftest import oracle_tokens
from textgym.corpora.automaton import WordAutomaton
from textgym.corpora.base import grammar_of
from textgym.types import DIFFICULTIES, SPLITS

TASKS = [row.id for row in CATALOGUE]
FEWEST_FOUND = {"TokenTranslate-v0": 0.6, "TokenMix-v0": 0.8}  # of texts with two words changed over; 0.97 elsewhere


def corpora(env_id: str, **kwargs: Any) -> list[Any]:
    """Each split and difficulty."""
    return [
        gym.make(env_id, split=split, difficulty=difficulty, **kwargs).unwrapped.mdp.corpus
        for split in SPLITS[:2]
        for difficulty in DIFFICULTIES
    ]


@pytest.mark.parametrize("env_id", [*TASKS, "TokenTranslate-v0 de en"])
def test_every_beginning_of_a_reference_is_viable(env_id: str) -> None:
    env_id, *languages = env_id.split()
    options = dict(zip(("source_lang", "target_lang"), languages, strict=True)) if languages else {}
    for corpus in corpora(env_id, **options):
        for index in range(40):
            example = corpus[index]
            grammar = grammar_of(corpus, example)
            assert grammar is not None
            for reference in example.references:
                assert grammar.accepts(reference), reference
                if index < 5:
                    for end in range(len(reference) + 1):
                        assert grammar.viable(reference[:end]), reference[:end]


@pytest.mark.parametrize("env_id", TASKS)
def test_words_changed_over_are_found(env_id: str) -> None:
    chance, tried, found = random.Random(0), 0, 0
    if env_id in ("TokenCopy-v0", "TokenDelay-v0", "TokenNeedle-v0", "TokenNoise-v0", "TokenClassify-v0"):
        pytest.skip("any order of the letters is in the language")
    for corpus in corpora(env_id):
        for index in range(40):
            example = corpus[index]
            grammar = grammar_of(corpus, example)
            words = example.references[0].split()
            if len(words) < 4 or grammar is None:
                continue
            place = chance.randrange(len(words) - 1)
            changed = [*words[:place], words[place + 1], words[place], *words[place + 2 :]]
            if changed != words:
                tried, found = tried + 1, found + (not grammar.accepts(" ".join(changed)))
    assert env_id == "TokenQA-v0" or tried > 100
    assert found >= FEWEST_FOUND.get(env_id, 0.97) * tried


@pytest.mark.parametrize("env_id", TASKS)
def test_the_oracle_stays_viable_and_what_follows_the_end_is_not(env_id: str) -> None:
    env: Any = gym.make(env_id, reward="grammar", disable_env_checker=True).unwrapped
    for index in range(3):
        env.reset(options={"example": index})
        scores = [0.0]
        for token in oracle_tokens(env):
            scores.append(scores[-1] + env.step(token)[1])
            assert scores[-1] == 1.0 or (scores[-1] == 0.0 and not env.text.strip())
        grammar = grammar_of(env.mdp.corpus, env.example)
        assert not grammar.viable(env.example.references[0] + " storm storm")


def of_translations(source: str, target: str) -> WordAutomaton:
    corpus = gym.make("TokenTranslate-v0", source_lang=source, target_lang=target).unwrapped.mdp.corpus  # type: ignore[attr-defined]
    grammar = grammar_of(corpus, corpus[0])
    assert grammar is not None
    return grammar


def test_what_german_and_english_agree_on() -> None:
    german, english = of_translations("en", "de"), of_translations("de", "en")
    for text in ("Der alte Lehrer", "Die alte Schwester", "Im", "In der", "Den", "Ein kleiner Hund"):
        assert german.viable(text), text
    for text in ("Das alte Lehrer", "Der alter Lehrer", "Im Küche", "In den Küche", "Einen kleiner", "der", "Der der"):
        assert not german.viable(f"{text} "), text
    for text in ("An old teacher", "A teacher", "The teacher's old car", "These dogs", "This dog"):
        assert english.viable(text), text
    for text in ("A old", "An teacher", "These dog ", "This dogs", "the teacher", "The the"):
        assert not english.viable(f"{text} "), text


def test_the_automaton_is_the_set_of_its_texts() -> None:
    grammar = WordAutomaton()
    head = grammar.say(
        grammar.start, ["{who} a(n) [old |]{thing}"], {"who": ["I saw", "we met"], "thing": ["owl", "cat"]}
    )
    more = grammar.say(head, [", and"])
    grammar.say(more, ["{n} {thing}s"], {"n": ["2", "17"], "thing": ["owl", "cat"]}, to=head)
    grammar.finish(grammar.say(head, ["."]))
    heads = ["I saw an old owl", "I saw an owl", "I saw an old cat", "I saw a cat"]
    heads += [head.replace("I saw", "we met") for head in heads]
    texts = [head + "." for head in heads]
    texts += [f"{head}, and 5 {thing}s." for head in heads for thing in ("owl", "cat")]
    cut = {tuple(re.findall(r"\w+|[^\w\s]", text)) for text in texts}
    for text in texts:
        assert grammar.accepts(text)
        words = re.findall(r"\w+|[^\w\s]", text)
        for place in range(len(words)):
            for other in ("owl", "a", "an", ",", ".", "saw", "5", "nothing"):
                changed = [*words[:place], other, *words[place + 1 :]]
                # Texts with one loop are listed; longer ones are of the language too, and none is as short.
                assert grammar.accepts(" ".join(changed)) == (tuple(changed) in cut)


def test_a_grammar_pickles_as_the_call_that_makes_it() -> None:
    corpus = gym.make("TokenSummarize-v0").unwrapped.mdp.corpus  # type: ignore[attr-defined]
    grammar = grammar_of(corpus, corpus[0])
    assert pickle.loads(pickle.dumps(grammar)) is grammar is copy.deepcopy(grammar)
    assert len(pickle.dumps(grammar)) < 200


def test_free_text_is_judged_by_rules_of_its_language() -> None:
    rows = [{"source": "a dog", "reference": "Ein Hund liegt an der Wand."}] * 2
    env: Any = gym.make("TokenTranslate-v0", dataset=rows, reward="grammar", tokenizer="char").unwrapped
    env.reset(options={"example": 0})
    assert sum(env.step(token)[1] for token in oracle_tokens(env)) == 1.0, "'an der' is no English article"
    strict: Any = gym.make("TokenTranslate-v0", dataset=rows, reward=textgym.make_reward("grammar", by="corpus"))
    with pytest.raises(ValueError, match="'corpus', but the data has no grammar"):
        strict.reset(seed=0)
