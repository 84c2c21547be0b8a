"""Neural scores that do not depend on the batch: double precision, rounded far above its noise.

The kernels of matrix products add up in an order that depends on the shape of the batch, so the last bits of a score
do too. In double precision that noise is about 1e-14; scores rounded to multiples of 2**-20, about 1e-6, are the same
whatever else was in the batch. In single precision the noise itself is about 1e-6.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

_STEPS = 2.0**20


def in_double(model: Any) -> Any:
    """The model in double precision and evaluation mode: itself if it is so already, else a copy.

    >>> import torch
    >>> layer = torch.nn.Linear(2, 2)
    >>> in_double(layer).weight.dtype, layer.weight.dtype
    (torch.float64, torch.float32)
    """
    import torch

    tensors = [tensor for tensor in (*model.parameters(), *model.buffers()) if tensor.is_floating_point()]
    if all(tensor.dtype is torch.float64 for tensor in tensors):
        return model.eval()
    return copy.deepcopy(model).double().eval().requires_grad_(False)


def settled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The values rounded to multiples of 2**-20.

    >>> settled(np.array([0.1])).tolist()
    [0.10000038146972656]
    """
    return np.round(values * _STEPS) / _STEPS
