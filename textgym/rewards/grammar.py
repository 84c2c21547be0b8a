"""Grammar: that of the built-in corpus where there is one, rules for free text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textgym.corpora.base import Corpus, grammar_of
from textgym.errors import check_choice
from textgym.rewards.base import Reward, RewardContext, TokenStep
from textgym.rewards.rules import LANGUAGES, Rules
from textgym.rewards.shared import Shared
from textgym.rewards.viability import Viability
from textgym.rewards.words import WordReward
from textgym.types import Example

BY = ("auto", "corpus", "rules")


class Grammar(Reward):
    """How much of the text is grammatical, by the grammar of the built-in corpus or, for free text, by rules.

        corpus: score = words of the longest viable beginning / words
        rules:  score = max(0, 1 - violations / words)

    Range [0, 1]; 0 for a text without words.

    Built-in corpora are made from templates, and their references are a language with a recogniser, an automaton
    over words: 1 says that the text so far can go on to be one of its texts, less than 1 that from some word on it no
    longer can (`textgym.rewards.viability.Viability`; each corpus has its own in a module `viable`). For other data,
    simple rules count violations: articles, doubled words, brackets and quotes, capitals, end marks, agreement
    (`textgym.rewards.rules.Rules`). Both cost the same at each token. Sources: Knuth (1965) for viable prefixes; for
    the rules, checkers such as LanguageTool, written anew.

    Args:
        language: of the rules: "en", "de", or "any" for those that hold for all; by default the task's.
        rules: those that apply, see `Rules`; None for all.
        by: "corpus", "rules", or "auto": the corpus's grammar if it has one and neither language nor rules are given.

    >>> from textgym.rewards.evaluate import score_text
    >>> score_text(Grammar(), "He are a old man man.")      # he are, a old, man man: 3 of 6 words
    0.5
    >>> import textgym, gymnasium as gym
    >>> env = gym.make("TokenCopy-v0", reward="grammar").unwrapped      # its texts are of five letters
    >>> observation, info = env.reset(seed=0)
    >>> [env.step(token)[1] for token in env.tokenizer.encode("h a b e f d", add_special_tokens=False)]
    [1.0, 0.0, 0.0, 0.0, 0.0, -0.166...]
    """

    name: ClassVar[str] = "grammar"
    stepwise: ClassVar[bool] = False

    def __init__(self, language: str | None = None, rules: Iterable[str] | None = None, by: str = "auto") -> None:
        check_choice("by", by, BY)
        if language is not None:
            check_choice("language", language, LANGUAGES)
        self.by = "rules" if by == "auto" and (language, rules) != (None, None) else by
        self._given = language is not None
        self._rules, self._viability = Rules(language or "en", rules), Viability()
        self._now: WordReward = self._rules
        self._corpus: Shared[Corpus | None] = Shared(None)

    def bind(self, context: RewardContext) -> None:
        self._corpus = Shared(context.corpus)
        if not self._given:
            self._rules.language = context.language if context.language in LANGUAGES else "any"

    def reset(self, example: Example) -> None:
        corpus = self._corpus.value
        found = None if self.by == "rules" or corpus is None else grammar_of(corpus, example)
        if found is None and self.by == "corpus":
            raise ValueError("by: got 'corpus', but the data has no grammar; allowed are 'auto' and 'rules'")
        self._viability.language = found
        self._now = self._rules if found is None else self._viability
        self._now.reset(example)

    def push(self, step: TokenStep) -> None:
        self._now.push(step)

    def score(self) -> float:
        return self._now.score()
