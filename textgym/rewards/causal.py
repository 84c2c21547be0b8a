"""A Hugging Face causal model that follows many growing texts with its key/value cache."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from textgym.rewards.base import RewardContext, Scorer, read_with_text
from textgym.rewards.precision import in_double, settled
from textgym.types import Example

if TYPE_CHECKING:
    from textgym.rewards.lm import LanguageModel

_SLACK = 64  # columns of the cache that may lie waste before it is trimmed
_KNOWN_PIECES = 1 << 16
_PIECE = re.compile(r"\s*\S{1,64}|\s+")


def load_causal(model: Any, tokenizer: Any, device: str | None) -> tuple[Any, Any]:
    """(model, its tokenizer or None) from a name, a path or the objects; in evaluation mode, without gradients."""
    if isinstance(model, str):
        from transformers import AutoModelForCausalLM, AutoTokenizer

        name = model
        try:
            model = AutoModelForCausalLM.from_pretrained(name)
            tokenizer = AutoTokenizer.from_pretrained(name) if tokenizer is None else tokenizer
        except (OSError, ValueError) as error:
            raise ValueError(
                f"model: got {name!r}, allowed is 'ngram', the name or path of a causal model, or one; {error}"
            ) from error
        if device is not None:
            model = model.to(device)
    if not hasattr(model, "config") or not callable(model):
        raise ValueError(f"model: got {model!r}, allowed is 'ngram', a NgramModel, or a Hugging Face causal model")
    return model.eval(), tokenizer


class CausalRows:
    """One sequence of ids for each row; the cache holds all of each but its last id.

    Every call feeds the rows' new ids as one block of columns, shorter rows padded on the left. What a row does
    not use of the common columns is masked, so rows start, grow and shrink on their own.
    """

    def __init__(self, model: Any, num_rows: int, exact: bool = True) -> None:
        self.model, self.num_rows, self.exact = in_double(model) if exact else model, num_rows, exact
        self.ids: list[list[int]] = [[] for _ in range(num_rows)]
        self._cached = [0] * num_rows  # ids of the row that are in the cache
        self._cache: Any = None
        self._mask: NDArray[np.int64] = np.zeros((num_rows, 0), dtype=np.int64)

    def clear(self, row: int, ids: Sequence[int]) -> None:
        """Row `row` starts afresh with `ids`, at least one."""
        self.ids[row], self._cached[row] = list(ids), 0
        self._mask[row] = 0

    def shrink(self, row: int, length: int) -> None:
        """Row `row` keeps its first `length` ids, at least one."""
        del self.ids[row][length:]
        drop = self._cached[row] - (length - 1)
        if drop > 0:
            self._mask[row, np.flatnonzero(self._mask[row])[-drop:]] = 0
            self._cached[row] = length - 1

    def extend(self, new: dict[int, Sequence[int]]) -> dict[int, NDArray[np.float64]]:
        """Append ids to rows; for each row, the log-probability of each of its new ids."""
        import torch

        found = {row: np.zeros(0) for row in new}
        fed: dict[int, Sequence[int]] = {
            row: [*self.ids[row][self._cached[row] :], *ids][:-1] for row, ids in new.items() if len(ids)
        }
        # A long beginning is read apart from the rows that go on by a token.
        fresh = [row for row, ids in fed.items() if not self._cached[row] and len(ids) > 1]
        with torch.inference_mode():
            if fresh:
                logits = self._prefill({row: fed[row] for row in fresh})
                found.update(self._chosen(logits, [(i, row, new[row]) for i, row in enumerate(fresh)]))
            going_on = {row: ids for row, ids in fed.items() if row not in set(fresh)}
            if going_on:
                logits = self._append(going_on)
                found.update(self._chosen(logits, [(row, row, new[row]) for row in going_on]))
        for row, ids in fed.items():
            self.ids[row].extend(new[row])
            self._cached[row] += len(ids)
        return found

    def _prefill(self, fed: dict[int, Sequence[int]]) -> Any:
        """Read the beginnings of rows in a batch of their own, and put them at the end of the common cache."""
        import torch

        from textgym.rewards.kv_cache import roomy_cache

        places = dict.fromkeys(range(len(fed)), 0)
        tokens, positions, mask = _block(dict(enumerate(fed.values())), places, len(fed))
        cache = roomy_cache()
        logits = self._run(tokens, positions, mask, cache)
        width, columns = mask.shape[1], self._mask.shape[1]
        missing = max(0, width - columns)
        if self._cache is None:
            self._cache = roomy_cache()
            for k, layer in enumerate(cache.layers):
                shape = (self.num_rows, *layer.keys.shape[1:])
                self._cache.update(layer.keys.new_zeros(shape), layer.values.new_zeros(shape), k)
        elif missing:
            for layer in self._cache.layers:
                layer.keys = torch.nn.functional.pad(layer.keys, (0, 0, missing, 0))
                layer.values = torch.nn.functional.pad(layer.values, (0, 0, missing, 0))
        self._mask = np.pad(self._mask, ((0, 0), (missing, 0)))
        rows = list(fed)
        for layer, read in zip(self._cache.layers, cache.layers, strict=True):
            layer.keys[rows, :, -width:] = read.keys
            layer.values[rows, :, -width:] = read.values
        self._mask[rows] = 0
        self._mask[rows, -width:] = mask
        return logits

    def _append(self, fed: dict[int, Sequence[int]]) -> Any:
        """Read a block of new columns with all rows."""
        from textgym.rewards.kv_cache import roomy_cache

        self._trim()
        if self._cache is None:
            self._cache = roomy_cache()
        tokens, positions, block = _block(fed, dict(enumerate(self._cached)), self.num_rows)
        mask = np.concatenate((self._mask, block), axis=1)
        logits = self._run(tokens, positions, mask, self._cache)
        self._mask = mask
        return logits

    def _run(self, tokens: NDArray[np.int64], positions: NDArray[np.int64], mask: NDArray[np.int64], cache: Any) -> Any:
        import torch

        inputs = {"input_ids": tokens, "attention_mask": mask, "position_ids": positions}
        placed = {name: torch.from_numpy(array).to(self.model.device) for name, array in inputs.items()}
        return self.model(**placed, past_key_values=cache, use_cache=True).logits

    def _chosen(self, logits: Any, wanted: Sequence[tuple[int, int, Sequence[int]]]) -> dict[int, NDArray[np.float64]]:
        """For (row of `logits`, row, ids): the log-probabilities of the ids at the last places, by row."""
        import torch

        most = max(len(ids) for _, _, ids in wanted)
        at = torch.tensor([i for i, _, _ in wanted], device=logits.device)
        targets = torch.zeros((len(wanted), most), dtype=torch.long)
        for k, (_, _, ids) in enumerate(wanted):
            targets[k, most - len(ids) :] = torch.tensor(list(ids))
        last = logits[at, -most:]
        log_probs = torch.log_softmax(last if self.exact else last.float(), dim=-1)
        chosen = log_probs.gather(-1, targets.to(logits.device)[:, :, None])[:, :, 0].double().cpu().numpy()
        if self.exact:
            chosen = settled(chosen)
        return {row: chosen[k, most - len(ids) :] for k, (_, row, ids) in enumerate(wanted)}

    def _trim(self) -> None:
        """Drop the leading columns that no row uses, once they are many."""
        used = np.flatnonzero(self._mask.any(axis=0))
        if not len(used):
            self._cache, self._mask = None, self._mask[:, :0]
            return
        waste = int(used[0])
        if waste >= _SLACK:
            for layer in self._cache.layers:
                layer.keys = layer.keys[:, :, waste:].contiguous()
                layer.values = layer.values[:, :, waste:].contiguous()
            self._mask = self._mask[:, waste:]


def _block(
    fed: dict[int, Sequence[int]], starts: dict[int, int], num_rows: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Ids, positions and mask of new columns (num_rows, W), each row's ids at the right."""
    width = max(len(ids) for ids in fed.values())
    tokens = np.zeros((num_rows, width), dtype=np.int64)
    positions, mask = np.zeros_like(tokens), np.zeros_like(tokens)
    for row, ids in fed.items():
        tokens[row, width - len(ids) :] = ids
        positions[row, width - len(ids) :] = np.arange(starts[row], starts[row] + len(ids))
        mask[row, width - len(ids) :] = 1
    return tokens, positions, mask


class TextIds:
    """The ids of a row for the model: the environment's own, or those of the text's pieces."""

    def __init__(self, context: RewardContext, model: Any, tokenizer: Any) -> None:
        self.codec, self.tokenizer = context.codec, tokenizer
        self.by_text = tokenizer is not None and not _same(tokenizer, context.codec.tokenizer)
        rows = int(model.get_input_embeddings().weight.shape[0])
        if not self.by_text and context.codec.size > rows:
            raise ValueError(
                f"model: it has {rows} ids and the environment's tokenizer {context.codec.size}; give the model's own, "
                "tokenizer=..."
            )
        end = getattr(tokenizer, "eos_token_id", None) if self.by_text else context.codec.eos_id
        begin = getattr(tokenizer, "bos_token_id", None) if self.by_text else context.codec.bos_id
        self.end: int | None = end
        self._known: dict[str, list[int]] = {}
        self.begin = int(next((mark for mark in (begin, end) if mark is not None), 0))

    def encode(self, text: str) -> list[int]:
        """The model's ids of a text of its own."""
        if self.by_text:
            return list(self.tokenizer.encode(text, add_special_tokens=False))
        return self.codec.encode(text)

    def of_text(self, text: str, ended: bool, start: int = 0) -> tuple[list[int], int, int]:
        """The model's ids of the generated text from character `start` on: those of its pieces, cut before each white
        space. Then where the last piece, which may still grow, begins: among the ids and in the text."""
        known, settled_ids = self._known, 0
        ids: list[int] = []
        for found in _PIECE.finditer(text, start):
            piece, settled_ids, start = found[0], len(ids), found.start()
            if piece not in known:
                if len(known) >= _KNOWN_PIECES:
                    known.clear()
                known[piece] = self.encode(piece)
            ids.extend(known[piece])
        if ended and self.end is not None:
            ids.append(self.end)
        return ids, settled_ids, start


class CausalScorer(Scorer):
    """`lm` with a neural model: tokens are collected, and read by the model when a score is asked for."""

    def __init__(self, reward: LanguageModel, context: RewardContext, num_rows: int) -> None:
        super().__init__(num_rows)
        self.form, self.source = reward.form, reward.source
        model, tokenizer = load_causal(reward.model.value, reward.tokenizer.value, reward.device)
        self.encoder = TextIds(context, model, tokenizer)
        self.needs_text = self.encoder.by_text
        self.texts, self.codec = context.texts, context.codec
        self.rows = CausalRows(model, num_rows, reward.exact)
        self._limit = getattr(model.config, "max_position_embeddings", None)
        self._budget = context.max_new_tokens
        if self._limit is not None and self._limit <= self._budget:
            raise ValueError(f"model: it reads {self._limit} ids at most, max_new_tokens={self._budget} is too many")
        self._prompt = [1] * num_rows
        self._tokens: list[list[int]] = [[] for _ in range(num_rows)]
        self._ended = [False] * num_rows
        self._sums: list[list[float]] = [[0.0] for _ in range(num_rows)]  # of log-probabilities, to each id of the text
        self._settled = [("", 0)] * num_rows  # text that will not be cut otherwise any more, and its number of ids

    def reset(self, row: int, example: Example) -> None:
        prompt = [self.encoder.begin]
        if self.source:
            source = self.encoder.encode(example.source)
            room = len(source) if self._limit is None else max(0, self._limit - 2 * self._budget - 1)
            prompt += source[:room]
        self.rows.clear(row, prompt)
        self._prompt[row], self._ended[row] = len(prompt), False
        self._tokens[row], self._sums[row], self._settled[row] = [], [0.0], ("", 0)

    def push(self, row: int, token: int) -> None:
        end = token == self.codec.eos_id
        self._ended[row] |= end
        if end or not self.codec.silent[token]:
            self._tokens[row].append(token)

    def read(self, row: int, example: Example, tokens: NDArray[np.int32]) -> None:
        read_with_text(self, self.texts, row, example, tokens)

    def score(self, row: int) -> float:
        return float(self.score_rows(np.array([row]))[0])

    def score_rows(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        new: dict[int, Sequence[int]] = {}
        for row in rows.tolist():
            kept, new[row] = self._wanted(row)
            self.rows.shrink(row, self._prompt[row] + kept)
            del self._sums[row][kept + 1 :]
        for row, log_probs in self.rows.extend(new).items():
            sums = self._sums[row]
            for log_prob in log_probs.tolist():
                sums.append(sums[-1] + log_prob)
        return np.array([self._form(row) for row in rows.tolist()])

    def _wanted(self, row: int) -> tuple[int, list[int]]:
        """How many of the ids that the model has read of the row's text stay, and those that come after them."""
        if self.encoder.by_text:
            return self._wanted_of_text(row, self._ended[row])
        kept = len(self.rows.ids[row]) - self._prompt[row]
        return kept, self._tokens[row][kept:]

    def _wanted_of_text(self, row: int, ended: bool) -> tuple[int, list[int]]:
        text = self.texts.text(row)
        settled_text, kept = self._settled[row]
        if not text.startswith(settled_text):  # the detokenizer took something back
            settled_text, kept = "", 0
        ids, settled_ids, start = self.encoder.of_text(text, ended, len(settled_text))
        self._settled[row] = text[:start], kept + settled_ids
        read = self.rows.ids[row][self._prompt[row] + kept :]
        same = next((i for i, (a, b) in enumerate(zip(read, ids, strict=False)) if a != b), min(len(read), len(ids)))
        return kept + same, ids[same:]

    def _form(self, row: int) -> float:
        from textgym.rewards.lm import in_form

        sums = self._sums[row]
        return in_form(self.form, sums[-1], len(sums) - 1)

    def get_state(self, row: int) -> Any:
        return (
            list(self._tokens[row]),
            self._ended[row],
            list(self.rows.ids[row]),
            list(self._sums[row]),
            self._prompt[row],
        )

    def set_state(self, row: int, example: Example, state: Any) -> None:
        tokens, self._ended[row], ids, sums, self._prompt[row] = state
        self._tokens[row], self._sums[row], self._settled[row] = list(tokens), list(sums), ("", 0)
        # The model reads the ids again at the next score; what was scored stays as it was.
        self.rows.clear(row, ids)


def _same(one: Any, other: Any) -> bool:
    """Whether two tokenizers give the same ids."""
    if one is other:
        return True
    if hasattr(one, "get_vocab") and hasattr(other, "get_vocab"):
        return bool(one.get_vocab() == other.get_vocab())
    return False
