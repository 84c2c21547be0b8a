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


@jit
def pay(scores, gamma, paid, weights, raw, shares, total):
    """Dense pay of all rows for new scores: raw values, and weighted shares, which are added to the total (N,)."""
    for row in range(scores.shape[0]):
        raw[row] = gamma * scores[row] - paid[row]
        paid[row] = scores[row]
        shares[row] = weights[row] * raw[row]
        total[row] += shares[row]


@jit
def follow(turns, source, generated, step, seen, sources, texts, lengths):
    """Bring what was shown of all rows, `sources` (N, S), `texts` (N, T) and `lengths` (N, 1), up to what is now.

    Where a row's turn is not the one `seen` (N,), all of it is written, else what is new of its text.
    """
    for row in range(turns.shape[0]):
        if seen[row] == turns[row]:
            for k in range(lengths[row, 0], step[row, 0]):
                texts[row, k] = generated[row, k]
        else:
            seen[row] = turns[row]
            for k in range(source.shape[1]):
                sources[row, k] = source[row, k]
            for k in range(generated.shape[1]):
                texts[row, k] = generated[row, k]
        lengths[row, 0] = step[row, 0]


@jit
def begin(rows, places, shelf, turns, source, generated, steps, budgets, elapsed, pad, budget):
    """Each of `rows` (n,) starts an episode of `budget` tokens on the prompt `shelf[places[i]]`, with no text yet."""
    for i in range(rows.shape[0]):
        row = rows[i]
        for k in range(source.shape[1]):
            source[row, k] = shelf[places[i], k]
        for k in range(generated.shape[1]):
            generated[row, k] = pad
        steps[row], budgets[row], elapsed[row] = 0, budget, 0
        turns[row] += 1


@jit
def observe(rows, source, generated, steps, sources, texts, lengths, last):
    """What each of `rows` (n,) observes: prompts (n, S), texts (n, T) and their lengths (n, 1); `last` tokens (n,)."""
    for i in range(rows.shape[0]):
        row = rows[i]
        for k in range(source.shape[1]):
            sources[i, k] = source[row, k]
        for k in range(generated.shape[1]):
            texts[i, k] = generated[row, k]
        lengths[i, 0], last[i] = steps[row], generated[row, steps[row] - 1]
