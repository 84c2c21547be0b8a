"""Tokens a second of an A2C update, over a maximum-likelihood step of plain transformers on the same tokens.

    python -m benchmarks.update [--pairs 5]

Ours is Stable-Baselines3's own `A2C.train` on a rollout: one teacher-forced pass over its sequences, log-probabilities,
entropies, values, backward, clipping, RMSprop. The peer is the supervised step of the documentation of `transformers`
on the same model and the same texts: `model(input_ids, attention_mask, labels=...).loss`, backward, clipping, AdamW.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from agents.policies.sequences import Reading, SequenceBatch, reading_of
from benchmarks.figures import arguments, now, paired, parse, show, synchronize
from benchmarks.rollout import build, collect


def update(model: Any) -> float:
    """Tokens a second of `A2C.train`."""
    start = now()
    model.train()
    synchronize(model.device)
    return float(model.n_envs * model.n_steps / (now() - start))


def supervised(model: Any) -> Callable[[], float]:
    """A maximum-likelihood step on the texts of the last rollout, as tokens a second."""
    network = model.policy.trunk.model
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-5)
    ids, mask, labels = texts(model)

    def step() -> float:
        network.train()
        start = now()
        loss = network(input_ids=ids, attention_mask=mask, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 0.5)
        optimizer.step()
        synchronize(model.device)
        return float(model.n_envs * model.n_steps / (now() - start))

    return step


def texts(model: Any) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Ids, mask and labels (-100 on prompt and padding) of the sequences in the rollout buffer."""
    batch: SequenceBatch = next(model.rollout_buffer.get()).observations
    reading = reading_of(batch, model.policy.tokens.pad)
    last = batch.valid.shape[1] - batch.valid.flip(1).int().argmax(dim=1)  # tokens up to the last valid one
    whole = Reading(reading.source, reading.source_length, batch.tokens.long(), torch.arange(len(last)), last)
    ids, prompt = model.policy.trunk.join(whole)
    places = torch.arange(ids.shape[1])
    mask = (places < (prompt + last).unsqueeze(1)).long()
    scored = (places >= prompt.unsqueeze(1)) & mask.bool()
    if int(scored.sum()) != model.n_envs * model.n_steps:
        raise RuntimeError(f"texts: got {int(scored.sum())} tokens, expected {model.n_envs * model.n_steps}")
    return ids, mask, ids.masked_fill(~scored, -100)


def main() -> None:
    """Prints the row of the table."""
    args = parse(arguments(__doc__))
    model, callback = build(args, "generate")
    collect(model, callback)
    figure = paired(lambda: update(model), supervised(model), args.pairs)
    show("A2C update over a maximum-likelihood step", figure, "tokens/s", "0.6", "1.0")


if __name__ == "__main__":
    main()
