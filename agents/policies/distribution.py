"""The distribution over the next token: what is sampled is what is scored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from stable_baselines3.common.distributions import Distribution
from torch import Tensor, nn
from torch.distributions import Categorical
from torch.nn import functional as F

from agents.policies.repetition import History, limit, slope
from agents.policies.sequences import unpack_bits
from textgym.errors import check_int

MASKED = -1e8  # finite, so that 0 * MASKED stays 0 in entropies and a loss over a forbidden action stays a number
CHUNK_ELEMENTS = 1 << 23  # logits alive at once in a scoring pass: 32 MiB of float32 a tensor


@dataclass(frozen=True, slots=True)
class Sampling:
    """How logits become a distribution; part of the policy, in sampling and in scoring alike.

    Attributes:
        temperature: divides the logits; above 0.
        top_k: keeps the k likeliest tokens and ties; 0 keeps all.
        top_p: keeps the smallest set of likeliest tokens of at least this probability; 1 keeps all.
        repetition_penalty: divides the positive logits of tokens that the text already has, and multiplies the
            negative ones; 1 leaves them. The source does not count.
        no_repeat_ngram_size: no token with which an n-gram of this size would occur twice in the text; 0 allows all.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    repetition_penalty: float = 1.0
    no_repeat_ngram_size: int = 0

    def __post_init__(self) -> None:
        if not self.temperature > 0:
            raise ValueError(f"temperature: got {self.temperature}; allowed is any number above 0")
        if isinstance(self.top_k, bool) or not isinstance(self.top_k, int) or self.top_k < 0:
            raise ValueError(f"top_k: got {self.top_k!r}; allowed is an integer of at least 0 (0 keeps all tokens)")
        if not 0 < self.top_p <= 1:
            raise ValueError(f"top_p: got {self.top_p}; allowed is a number above 0 and at most 1 (1 keeps all tokens)")
        if not self.repetition_penalty > 0:
            raise ValueError(f"repetition_penalty: got {self.repetition_penalty}; allowed is any number above 0")
        check_int("no_repeat_ngram_size", self.no_repeat_ngram_size, 0)

    @property
    def looks_back(self) -> bool:
        """Whether the distribution depends on what the text already has."""
        return self.repetition_penalty != 1.0 or self.no_repeat_ngram_size > 0


@dataclass(frozen=True, slots=True)
class Head:
    """The map from a hidden state (D,) to logits (V,): ``softcap(weight @ (scale * h) + bias)``."""

    weight: Tensor
    bias: Tensor | None = None
    scale: float = 1.0
    softcap: float | None = None

    def __call__(self, hidden: Tensor) -> Tensor:
        """Float32 logits (m, V) of ``hidden`` (m, D)."""
        if self.scale != 1.0:
            hidden = hidden * self.scale
        logits = F.linear(hidden, self.weight, self.bias).float()
        return logits if self.softcap is None else self.softcap * torch.tanh(logits / self.softcap)


def warp(
    logits: Tensor,
    sampling: Sampling,
    allowed: Tensor | None = None,
    kept: Tensor | None = None,
    history: History | None = None,
) -> Tensor:
    """The logits (m, V) of the distribution that is sampled from.

    Args:
        logits: (m, V).
        sampling: repetition penalty, temperature, masks, repeated n-grams, top-k and top-p, applied in this order.
        allowed: bool (V,) or (m, V); other actions have no probability.
        kept: int (m,), actions that top-k and top-p must not remove. An action that was once drawn was in the set;
            after an update it may have left it, and its probability ratio would be 0/0 without this.
        history: the texts before; needed for repetition limits.

    Raises:
        ValueError: there are repetition limits and no history.
    """
    repeated = None
    if sampling.looks_back:
        if history is None:
            raise ValueError("no_repeat_ngram_size, repetition_penalty: allowed are 0 and 1 where no text is given")
        logits, repeated = limit(logits, history, sampling.repetition_penalty, sampling.no_repeat_ngram_size)
    if sampling.temperature != 1.0:
        logits = logits / sampling.temperature
    if allowed is not None:
        logits = logits.where(allowed, MASKED)
    if repeated is not None:
        left = (logits > MASKED) & ~repeated
        logits = logits.masked_fill(repeated & left.any(dim=1, keepdim=True), MASKED)  # one token must remain
    if sampling.top_k and sampling.top_k < logits.shape[1]:
        least = logits.topk(sampling.top_k, dim=1).values[:, -1:]
        logits = logits.masked_fill(_except(logits < least, kept), MASKED)
    if sampling.top_p < 1.0:
        ranked, order = logits.sort(dim=1, descending=True)
        share = ranked.softmax(dim=1)
        beyond = share.cumsum(dim=1) - share >= sampling.top_p  # the mass before this token is already enough
        removed = torch.zeros_like(beyond).scatter(1, order, beyond)
        logits = logits.masked_fill(_except(removed, kept), MASKED)
    return logits


def _except(removed: Tensor, kept: Tensor | None) -> Tensor:
    return removed if kept is None else removed.scatter(1, kept.unsqueeze(1), False)


class TokenDistribution(Distribution):
    """A categorical distribution over the vocabulary, given warped logits (m, V)."""

    def __init__(self, logits: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.log_probs = logits.log_softmax(dim=1)

    @property
    def distribution(self) -> Categorical:  # type: ignore[override]
        """The same as torch knows it, for Stable-Baselines3's `kl_divergence`."""
        return Categorical(logits=self.log_probs, validate_args=False)  # type: ignore[no-untyped-call]

    def log_prob(self, actions: Tensor) -> Tensor:
        """(m,) of actions (m,)."""
        return self.log_probs.gather(1, actions.long().reshape(-1, 1)).squeeze(1)

    def entropy(self) -> Tensor:
        """(m,), in nats."""
        return -(self.log_probs.exp() * self.log_probs).sum(dim=1)

    def sample(self) -> Tensor:
        """(m,), by inversion: one uniform number a row; a token without probability is never drawn."""
        cumulative = self.log_probs.exp().cumsum(dim=1)
        total = cumulative[:, -1:]
        draw = (torch.rand_like(total) * total).clamp(max=torch.nextafter(total, torch.zeros_like(total)))
        return torch.searchsorted(cumulative, draw, right=True).squeeze(1)

    def mode(self) -> Tensor:
        """(m,), the likeliest tokens."""
        return self.log_probs.argmax(dim=1)

    def proba_distribution_net(self, latent_dim: int) -> nn.Module:
        """The plain head of such a distribution (of Stable-Baselines3's interface; the policies have their own)."""
        return nn.Linear(latent_dim, self.log_probs.shape[1])

    def proba_distribution(self, action_logits: Tensor) -> TokenDistribution:
        """Sets the warped logits (m, V)."""
        self.log_probs = action_logits.log_softmax(dim=1)
        return self

    def actions_from_params(self, action_logits: Tensor, deterministic: bool = False) -> Tensor:
        """Actions (m,) under warped logits (m, V)."""
        return self.proba_distribution(action_logits).get_actions(deterministic=deterministic)

    def log_prob_from_params(self, action_logits: Tensor) -> tuple[Tensor, Tensor]:
        """Actions (m,) under warped logits (m, V), and their log-probabilities (m,)."""
        actions = self.actions_from_params(action_logits)
        return actions, self.log_prob(actions)


def log_prob_and_entropy(
    hidden: Tensor,
    head: Head,
    actions: Tensor,
    sampling: Sampling | None = None,
    allowed: Tensor | None = None,
    masks: Tensor | None = None,
    chunk: int | None = None,
    history: History | None = None,
) -> tuple[Tensor, Tensor]:
    """Log-probabilities of actions and entropies, without ever holding all logits.

    At 64 x 128 positions and V = 50,257 the logits alone are 1.6 GiB of float32, and a plain loss keeps several such
    tensors. Here a chunk of positions is scored at a time and scored again in the backward pass.

    Args:
        hidden: (m, D), the states before each action.
        head: the map to logits (m, V).
        actions: int (m,).
        sampling: see `warp`.
        allowed: bool (V,), the actions ever allowed, or None.
        masks: uint8 (m, ceil(V / 8)), the bits of the actions allowed at each position, or None.
        chunk: positions scored at a time; None: as many as fill 32 MiB.
        history: the texts before the positions; see `warp`.

    Returns:
        log-probabilities (m,), entropies (m,) in nats; float32.
    """
    sampling = sampling or Sampling()
    chunk = chunk or max(1, CHUNK_ELEMENTS // head.weight.shape[0])
    rule = _Rule(sampling, head.scale, head.softcap, allowed, masks, actions.long(), chunk, history)
    log_prob, entropy = _Scores.apply(hidden, head.weight, head.bias, rule)  # type: ignore[no-untyped-call]
    return log_prob, entropy


@dataclass(frozen=True, slots=True, eq=False)
class _Rule:
    """What `_Scores` needs beside its differentiable inputs."""

    sampling: Sampling
    scale: float
    softcap: float | None
    allowed: Tensor | None
    masks: Tensor | None
    actions: Tensor
    chunk: int
    history: History | None

    def before(self, piece: slice) -> History | None:
        return None if self.history is None else self.history[piece]

    def pieces(self) -> list[slice]:
        return [slice(start, start + self.chunk) for start in range(0, len(self.actions), self.chunk)]

    def logits(self, states: Tensor, weight: Tensor, bias: Tensor | None, piece: slice) -> tuple[Tensor, Tensor]:
        """The logits (c, V) of a piece, as the head gives them and warped."""
        raw = Head(weight, bias, self.scale, self.softcap)(states[piece])
        masks = None if self.masks is None else self.masks[piece]
        allowed = combine(self.allowed, masks, weight.shape[0])
        return raw, warp(raw, self.sampling, allowed, self.actions[piece], self.before(piece))


class _Scores(torch.autograd.Function):
    """`log_prob_and_entropy`, whose backward pass computes the logits of each piece again."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, bias: Tensor | None, rule: _Rule) -> tuple[Tensor, Tensor]:
        log_prob = torch.empty(len(hidden), device=hidden.device)
        entropy = torch.empty_like(log_prob)
        for piece in rule.pieces():
            distribution = TokenDistribution(rule.logits(hidden, weight, bias, piece)[1])
            log_prob[piece] = distribution.log_prob(rule.actions[piece])
            entropy[piece] = distribution.entropy()
        ctx.save_for_backward(hidden, weight, bias, entropy)
        ctx.rule = rule
        return log_prob, entropy

    @staticmethod
    @torch.autograd.function.once_differentiable  # type: ignore[untyped-decorator]
    def backward(ctx: Any, log_prob_grad: Tensor, entropy_grad: Tensor) -> tuple[Tensor | None, ...]:
        hidden, weight, bias, entropy = ctx.saved_tensors
        wanted = ctx.needs_input_grad
        rule: _Rule = ctx.rule
        hidden_grad = torch.zeros_like(hidden) if wanted[0] else None
        weight_grad = torch.zeros_like(weight) if wanted[1] else None
        bias_grad = torch.zeros_like(bias) if bias is not None and wanted[2] else None
        for piece in rule.pieces():
            raw, warped = rule.logits(hidden, weight, bias, piece)
            taken = rule.actions[piece].unsqueeze(1)
            upon_log_prob, upon_entropy = log_prob_grad[piece, None], entropy_grad[piece, None]
            forbidden = warped.gather(1, taken) == MASKED
            # With p the distribution and H its entropy: d log p_a / dz = 1_a - p, and dH / dz = -p (log p + H).
            log_probs = warped.log_softmax(dim=1)
            del warped
            probs = log_probs.exp()
            grad = log_probs.add_(entropy[piece, None]).mul_(upon_entropy).add_(upon_log_prob).mul_(probs).neg_()
            del probs
            grad.scatter_add_(1, taken, upon_log_prob.masked_fill(forbidden, 0.0))
            grad.div_(rule.sampling.temperature)
            before, penalty = rule.before(piece), rule.sampling.repetition_penalty
            if before is not None and penalty != 1.0:
                grad.mul_(slope(raw, before, penalty))
            if rule.softcap is not None:
                grad *= 1 - (raw / rule.softcap) ** 2
            del raw
            grad = grad.to(weight.dtype)
            if hidden_grad is not None:
                hidden_grad[piece] = grad @ weight * rule.scale
            if weight_grad is not None:
                weight_grad.addmm_(grad.t(), hidden[piece], alpha=rule.scale)
            if bias_grad is not None:
                bias_grad += grad.sum(dim=0)
        return hidden_grad, weight_grad, bias_grad, None


def combine(allowed: Tensor | None, bits: Tensor | None, size: int) -> Tensor | None:
    """The static and the per-row mask as one: bool (V,), bool (m, V) or None."""
    if bits is None:
        return allowed
    rows = unpack_bits(bits, size)
    return rows if allowed is None else rows & allowed
