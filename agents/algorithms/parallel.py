"""Data-parallel training through `accelerate`: several processes, one model, each its own episodes.

    accelerate launch --multi_gpu --num_processes 2 train.py      # GPUs
    torchrun --standalone --nproc_per_node 2 train.py             # processes on a CPU

On a machine without GPUs the first line starts processes on the CPU, too; `accelerate launch --cpu` always starts one.

In every process the script makes the same environment and model, with the same seed, and calls `learn`; each process
then takes the main one's weights, plays and reads its own part, and gradients are averaged over all tokens of all
processes before each step, so that the weights stay the same everywhere. Only the main process logs and saves.
`total_timesteps` counts the tokens of all processes. Callbacks must decide alike in every process, for one that stops
alone leaves the others waiting: ask `any_of`.

`textgym train` trains together, too: put `-m agents.cli train ...` in the place of `train.py`. The folder of the run
is that of the main process. `--resume` is for one process.

`REINFORCE` and `BehaviorCloning` train so. Started as usual there is one process, and nothing happens here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

import torch
from torch import Tensor, distributed


def count() -> int:
    """The number of processes that train together."""
    _join()
    return distributed.get_world_size() if _together() else 1


def rank() -> int:
    """The number of this process, from 0: the main one."""
    _join()
    return distributed.get_rank() if _together() else 0


def total(number: float, device: torch.device) -> float:
    """The sum of a number over the processes."""
    if count() == 1:
        return number
    value = torch.tensor([number], dtype=torch.float64, device=device)
    distributed.all_reduce(value)
    return float(value)


def mean(number: float, device: torch.device) -> float:
    """The mean of a number over the processes."""
    return total(number, device) / count()


def any_of(flag: bool, device: torch.device) -> bool:
    """Whether it is so in any of the processes; each of them must ask."""
    return total(float(flag), device) > 0


def share(weights: Iterable[Tensor]) -> None:
    """Makes the weights those of the main process, in place."""
    if count() > 1:
        for weight in weights:
            distributed.broadcast(weight, 0)


def average_gradients(weights: Iterable[Tensor], share: float) -> None:
    """Makes the gradients of all processes their mean, in place.

    Args:
        weights: the same ones in every process; one without a gradient counts as 0.
        share: what this process's gradients weigh, its number of tokens.
    """
    if count() == 1:
        return
    chosen = list(weights)
    parts = [torch.zeros_like(w).flatten() if w.grad is None else w.grad.flatten() for w in chosen]
    flat = torch.cat([*parts, torch.ones_like(parts[0][:1])]) * share  # the last place adds up the shares
    distributed.all_reduce(flat)
    flat /= flat[-1].clone()
    pieces = flat.split([w.numel() for w in chosen] + [1])  # type: ignore[no-untyped-call]
    for weight, part in zip(chosen, pieces, strict=False):
        weight.grad = part.view_as(weight).clone()


def _together() -> bool:
    return distributed.is_available() and distributed.is_initialized()


def _join() -> None:
    """Joins the processes of `accelerate launch` or `torchrun`, which say so in the environment of each."""
    if not _together() and int(os.environ.get("WORLD_SIZE", "1")) > 1:
        try:
            from accelerate import PartialState
        except ImportError as error:
            raise ImportError("several processes need accelerate: pip install 'textgym[distributed]'") from error
        PartialState()
