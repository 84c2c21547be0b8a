"""Compile every kernel into numba's cache: `python -m textgym.kernels`."""

from __future__ import annotations

import time

from textgym.kernels import COMPILED
from textgym.rewards.warm import warm_up

if __name__ == "__main__":
    start = time.perf_counter()
    warm_up()
    print(f"kernels {'compiled' if COMPILED else 'interpreted'}, ready in {time.perf_counter() - start:.1f} s")
