"""Does the sum of an episode's rewards equal the official score of its text? Many random episodes say.

    python -m benchmarks.exactness [--episodes 5000] [--seed 0]

Each episode runs in an environment over hostile text, with one term for each metric and set of options, in one of the
four densities and with one of five kinds of tokenizer. Its tokens are drawn at random, copied or shuffled from a
reference, or a mixture. Printed is the largest difference for each metric; the exit status is 1 if one is above 1e-9.
"""

from __future__ import annotations

import argparse
import collections
import itertools
import logging
import re
import string
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import gymnasium as gym
import numpy as np
import sacrebleu
from rouge_score.rouge_scorer import RougeScorer
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

import textgym
from textgym.rewards.terms import Term
from textgym.types import DENSITIES, Example

BAR = 1e-9
Official = Callable[[str, list[str]], float]

PLAIN = (
    "The committee said on Monday that 1,200 homes were without power, and that repairs would cost $3.5 million.",
    "the cat sat on the mat because the mat was warm and the cat was running late again",
    "Zwei Männer stehen am Herd und bereiten Essen zu; der größere fragt: „Wie spät ist es?“",
    "Relational operators are running operations, happily operating on hopeful conditional relations.",
)
HOSTILE = (
    "", " ", "\n\n", "-", "a-\nb", "<skipped>text", "&quot;x&quot; &amp;lt; &amp;amp;", "1,000.5-10 .5 5. 3-4",
    "\u3000\u00a0\u2028x\u200by", "\u0130stanbul \u212a\u03a3 \u0391\u03a3 \u00df\u1e9e \ufb01n", "e\u0301 caf\u00e9",
    "\u65e5\u672c\u8a9e\u306e\u30c6\u30ad\u30b9\u30c8\u3002\u6f22\u5b57\uff0cABC\uff11\uff12",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f3f4 :-)", "they're isn't 'quoted' ''x'' ``y``",
    "\u0627\u0644\u0639\u0631\u0628\u064a\u0629 \u05e2\u05d1\u05e8\u05d9\u05ea \u0660\u0967\u00b2",
    "...,,,!?;:/\\()[]{}_@#%^*+=~|", "x" * 40, "a a a a a a a a a a", "\ufeff\x85\x1c\ufffd\U0001d400",
    "the a an THE An a.",
)  # fmt: skip


def rouge(*types: str, stemmer: bool) -> Official:
    scorer = RougeScorer(list(types), use_stemmer=stemmer)
    return lambda text, refs: float(np.mean([s.fmeasure for s in scorer.score_multi(refs, text).values()]))


def squad(text: str) -> list[str]:
    """The normalisation of SQuAD's evaluation script."""
    text = "".join(char for char in text.lower() if char not in set(string.punctuation))
    return re.sub(r"\b(a|an|the)\b", " ", text).split()


def exact_match(text: str, refs: list[str]) -> float:
    return max(float(squad(text) == squad(ref)) for ref in refs)


def token_f1(text: str, refs: list[str]) -> float:
    def one(ref: str) -> float:
        mine, theirs = squad(text), squad(ref)
        same = sum((collections.Counter(mine) & collections.Counter(theirs)).values())
        return 2 * same / (len(mine) + len(theirs)) if same else 0.0

    return max(map(one, refs))


def sentence(metric: Any) -> Official:
    return lambda text, refs: metric.sentence_score(text, refs).score / 100


def without_errors(score: Official) -> Official:
    """An error rate as a score."""
    return lambda text, refs: 1.0 - score(text, refs)


def cases() -> dict[str, tuple[str, dict[str, Any], Official]]:
    """Title -> (reward, its arguments, the official score in [0, 1] units)."""
    found: dict[str, tuple[str, dict[str, Any], Official]] = {}
    for stemmer in (False, True):
        for name in ("rouge1", "rouge2", "rougeL"):
            found[f"{name} stemmer={stemmer}"] = (name, {"stemmer": stemmer}, rouge(name, stemmer=stemmer))
        every = rouge("rouge1", "rouge2", "rougeL", stemmer=stemmer)
        found[f"rouge stemmer={stemmer}"] = ("rouge", {"stemmer": stemmer}, every)
    smoothing: list[dict[str, Any]] = [
        {"smooth_method": "exp"}, {"smooth_method": "floor"}, {"smooth_method": "floor", "smooth_value": 0.02},
        {"smooth_method": "add-k"}, {"smooth_method": "add-k", "smooth_value": 0.5}, {"smooth_method": "none"},
    ]  # fmt: skip
    flags = list(itertools.product((False, True), (False, True)))
    for tokenize, smooth, (lower, effective) in itertools.product(
        ("13a", "intl", "char", "zh", "none"), smoothing, flags
    ):
        options = {"tokenize": tokenize, **smooth, "lowercase": lower, "effective_order": effective}
        official = sacrebleu.BLEU(tokenize=tokenize, lowercase=lower, effective_order=effective, **smooth)
        title = "bleu " + " ".join(f"{key}={value}" for key, value in options.items())
        found[title] = ("bleu", options, sentence(official))
    for lower, white, words in itertools.product((False, True), (False, True), (0, 2)):
        options = {"lowercase": lower, "whitespace": white, "word_order": words}
        title = "chrf " + " ".join(f"{key}={value}" for key, value in options.items())
        found[title] = ("chrf", options, sentence(sacrebleu.CHRF(**options)))
    for settings in ({}, {"normalized": True}, {"no_punct": True}, {"asian_support": True, "normalized": True},
                     {"case_sensitive": True}):  # fmt: skip
        found[f"ter {settings}"] = ("ter", settings, without_errors(sentence(sacrebleu.TER(**settings))))
    found["exact_match"] = ("exact_match", {}, exact_match)
    found["token_f1"] = ("token_f1", {}, token_f1)
    return found


def sentence_piece(texts: list[str]) -> Any:
    """Unigram pieces behind the mark for spaces, as SentencePiece has them."""
    from transformers import PreTrainedTokenizerFast

    model = Tokenizer(models.Unigram())
    model.pre_tokenizer, model.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    marks = ["<pad>", "<s>", "</s>", "<unk>"]
    model.train_from_iterator(
        texts, trainers.UnigramTrainer(vocab_size=600, special_tokens=marks, unk_token="<unk>", show_progress=False)
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=model, pad_token="<pad>", bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )


class Examples:
    """Examples as a corpus, empty references among them, which a file could not bring."""

    def __init__(self, examples: Iterable[Example]) -> None:
        self.examples = list(examples)

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: int) -> Example:
        return self.examples[index]


def draw_examples(rng: np.random.Generator, count: int = 200) -> Examples:
    """Examples whose references are cut and joined from plain and hostile text."""

    def text() -> str:
        parts = [str(rng.choice(HOSTILE if rng.random() < 0.4 else PLAIN)) for _ in range(rng.integers(1, 4))]
        words = " ".join(parts).split(" ")
        start = int(rng.integers(len(words)))
        return " ".join(words[start : start + int(rng.integers(1, 20))])

    return Examples(
        Example(f"e{number}", "source", tuple(text() for _ in range(rng.integers(1, 4)))) for number in range(count)
    )


def draw_tokens(env: Any, rng: np.random.Generator) -> list[int]:
    """Random ids, a reference copied or shuffled, or some of each."""
    codec, budget = env.mdp.codec, env.mdp.num_new
    random = rng.integers(codec.size, size=int(rng.integers(1, budget + 1))).tolist()
    copied = codec.encode(str(rng.choice(env.example.references)))
    kind = int(rng.integers(5))
    if kind == 0:
        return [*random]
    if kind == 1:
        return [*copied, codec.eos_id]
    if kind == 2:
        return [*rng.permutation(copied).astype(int).tolist(), codec.eos_id]
    if kind == 3:
        return [*copied[: len(copied) // 2], *random[:3], *copied, codec.eos_id]
    few = [*copied[:6], *random[:4]]
    return [int(token) for token in rng.choice(few, size=budget)] if few else list(random)


def run_episode(env: Any, rng: np.random.Generator) -> tuple[str, list[str], dict[str, float]]:
    """The text, its references, and the sum of each term's rewards."""
    env.reset(options={"example": int(rng.integers(len(env.mdp.corpus)))})
    tokens = draw_tokens(env, rng)
    sums: dict[str, float] = collections.defaultdict(float)
    done, place = False, 0
    while not done:
        token = tokens[place] if place < len(tokens) else env.mdp.codec.eos_id
        _, _, done, _, info = env.step(int(token))
        for name, share in info["reward_terms"].items():
            sums[name] += share
        place += 1
    return info["text"], list(env.example.references), sums


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--episodes", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    logging.getLogger("sacrebleu").setLevel(logging.ERROR)  # that effective_order is off is meant
    rng, table = np.random.default_rng(options.seed), cases()
    worst: Mapping[str, list[Any]] = {title: [0.0, ""] for title in table}
    data = draw_examples(rng)
    texts = [*PLAIN, *HOSTILE, *(reference for example in data.examples for reference in example.references)]
    kinds = {"word": "word", "bytes": "byte", "byte-level BPE": "bpe-500", "characters": "char",
             "SentencePiece-style": sentence_piece(texts)}  # fmt: skip
    places = list(itertools.product(kinds, DENSITIES))
    each = max(1, options.episodes // len(places))
    total = 0
    for kind, density in places:
        terms = [Term(title, textgym.make_reward(name, **args)) for title, (name, args, _) in table.items()]
        env: Any = gym.make("TokenSummarize-v0", dataset=data, tokenizer=kinds[kind], reward=terms,
                            reward_density=density, max_new_tokens=48, disable_env_checker=True).unwrapped  # fmt: skip
        for _ in range(each):
            text, references, sums = run_episode(env, rng)
            total += 1
            for title, (_, _, official) in table.items():
                gap = abs(sums[title] - official(text, references))
                if gap > worst[title][0]:
                    worst[title][:] = [gap, f"{kind}, {density}: {text!r} against {references!r}"]
        print(f"{kind:20} {density:9} {total:6} episodes, largest difference so far "
              f"{max(gap for gap, _ in worst.values()):.1e}", flush=True)  # fmt: skip
    above = {title: found for title, found in worst.items() if found[0] > BAR}
    for name in ("rouge", "bleu", "chrf", "ter", "exact_match", "token_f1"):
        gaps = [gap for title, (gap, _) in worst.items() if title.startswith(name)]
        print(f"{name:12} {len(gaps):4} sets of options, largest difference {max(gaps):.1e}")
    for title, (gap, where) in above.items():
        print(f"ABOVE {BAR}: {title}: {gap:.3e} ({where})")
    print(f"{total} episodes, {total * len(table)} sums compared, {len(above)} sets of options above {BAR}")
    sys.exit(bool(above))


if __name__ == "__main__":
    main()
