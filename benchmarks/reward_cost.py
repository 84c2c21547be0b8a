"""What a dense reward costs per token: one text, 1,024 texts at once, and the official library at each step.

    python -m benchmarks.reward_cost [--rows 1024] [--repeats 5]

Times are processor time, the best of several runs in this process; the official library is called on the decoded
text of the last step, which is what a dense reward without increments would do at each. Batches of more than ten
seconds are left out.
"""

from __future__ import annotations

import argparse
import dataclasses
import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import sacrebleu
from rouge_score.rouge_scorer import RougeScorer

from benchmarks.exactness import exact_match, token_f1
from textgym.rewards.base import Reward, RewardContext
from textgym.rewards.bleu import Bleu
from textgym.rewards.chrf import ChrF
from textgym.rewards.match import ExactMatch, TokenF1
from textgym.rewards.rouge import Rouge
from textgym.rewards.ter import Ter
from textgym.text.codec import Codec
from textgym.text.detokenize import Detokenizer, TextRows
from textgym.types import Example

LENGTHS = (32, 128, 1024)
WORDS = ["the", "a", "cat", "dog", "sat", "ran", "on", "under", "over", "mat", "house", "tree",
         "and", "then", "again", "quickly,", "slowly.", "while", "it", "was", "raining"]  # fmt: skip


class WordTokenizer:
    """Words and halves of words, with their leading space."""

    pad_token_id, bos_token_id, eos_token_id = 0, None, 1
    all_special_ids = (0, 1)

    def __init__(self) -> None:
        halves = [word[3:] for word in WORDS if len(word) > 3]
        self.pieces = ["", "", *(f" {word}" for word in WORDS), *(f" {word[:3]}" for word in WORDS), *halves, ".", ","]

    def __len__(self) -> int:
        return len(self.pieces)

    def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
        return [self.pieces.index(f" {word}") for word in text.split()]

    def decode(self, token_ids: list[int], skip_special_tokens: bool = False) -> str:
        return "".join(self.pieces[token] for token in token_ids)

    def convert_ids_to_tokens(self, ids: list[int]) -> list[str]:
        return [self.pieces[token] for token in ids]


def best_of(repeats: int, prepare: Callable[[], None], work: Callable[[], None]) -> float:
    best = float("inf")
    for _ in range(repeats):
        prepare()
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best * 1e6


def measure(
    reward: Reward, official: Callable[[str, list[str]], object], codec: Codec, length: int, rows: int, repeats: int
) -> tuple[float, float, float, float]:
    """Microseconds: a token of one text, a step of all rows, a reset, an official call at full length."""
    context = RewardContext(codec, None, TextRows(Detokenizer(codec), 1), length)  # type: ignore[arg-type]
    rng = np.random.default_rng(0)
    tokens = rng.integers(2, codec.size, size=(length, rows)).astype(np.int32)
    references = [" ".join(rng.choice(WORDS, size=40)) for _ in range(40)]
    examples = [Example(str(i), "", (references[i],)) for i in range(40)]
    one = reward.scorer(context, 1)
    many = reward.scorer(dataclasses.replace(context, texts=TextRows(Detokenizer(codec), rows)), rows)
    column, texts = tokens[:, 0].tolist(), context.texts if one.needs_text else None

    def begin() -> None:
        context.texts.reset(0)
        one.reset(0, examples[0])

    def single() -> None:
        for token in column:
            if texts is not None:
                texts.push(0, token)
            one.step(0, token)

    def batch() -> None:
        for row in tokens:
            many.step_all(row)

    def reset_many() -> None:
        for row in range(rows):
            many.reset(row, examples[row % 40])

    text = codec.decode(column)
    per_token = best_of(4 * repeats, begin, single) / length
    measured = texts is None and per_token * length * rows < 1e7
    per_step = best_of(repeats, reset_many, batch) / length if measured else float("nan")
    per_reset = best_of(repeats, lambda: None, reset_many) / rows
    per_call = best_of(repeats, lambda: None, lambda: official(text, [references[0]]))  # type: ignore[arg-type, return-value]
    return per_token, per_step, per_reset, per_call


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1024)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    codec = Codec(WordTokenizer())  # type: ignore[arg-type]
    rouge, chrf = RougeScorer(["rouge1", "rouge2", "rougeL"]), sacrebleu.CHRF()
    cases: list[tuple[str, Reward, Callable[[str, list[str]], object]]] = [
        ("rouge", Rouge(), lambda text, refs: rouge.score_multi(refs, text)),
        ("bleu", Bleu(), lambda text, refs: sacrebleu.sentence_bleu(text, refs)),
        ("chrf", ChrF(), chrf.sentence_score),
        ("chrf++", ChrF(word_order=2), sacrebleu.CHRF(word_order=2).sentence_score),
        ("token_f1", TokenF1(), token_f1),
        ("exact", ExactMatch(), exact_match),
        ("ter", Ter(), sacrebleu.TER().sentence_score),
    ]
    print(f"{'':8}{'T':>6}{'one, us/token':>15}{f'{options.rows} rows, us/step':>20}{'us/row':>8}{'reset, us':>11}"
          f"{'official, us':>14}{'times':>7}")  # fmt: skip
    for name, reward, official in cases:
        costs = []
        for length in LENGTHS:
            token, step, reset, call = measure(reward, official, codec, length, options.rows, options.repeats)
            costs.append(token)
            print(f"{name:8}{length:6}{token:15.2f}{step:20.0f}{step / options.rows:8.3f}{reset:11.2f}"
                  f"{call:14.0f}{call / token:7.0f}")  # fmt: skip
        ratios = ", ".join(f"{after / before:.2f}" for before, after in pairwise(costs))
        print(f"{'':8}growth of us/token from one T to the next: {ratios}")


if __name__ == "__main__":
    main()
