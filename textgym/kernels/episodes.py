# mypy: disable-error-code="no-untyped-def,no-untyped-call"
"""What a step does to the episodes of many rows, beside their rewards."""

from __future__ import annotations

from textgym.kernels.compiler import jit


@jit
def advance(tokens, top, active, generated, steps, budgets, eos, terminated):
    """Write the token of each active row behind its text; `terminated` (N,) becomes whether that ends the episode.

    Returns -1, or the first row whose token is not in 0..top; then nothing is changed.
    """
    for row in range(tokens.shape[0]):
        if tokens[row] < 0 or tokens[row] > top:
            return row
    for row in range(tokens.shape[0]):
        terminated[row] = False
        if active[row]:
            generated[row, steps[row]] = tokens[row]
            steps[row] += 1
            terminated[row] = tokens[row] == eos or steps[row] == budgets[row]
    return -1
