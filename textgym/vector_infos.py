"""Infos of a vector environment: arrays over all rows, each with a mask, as Gymnasium has them.

Masks are shared between keys, so none is ever written to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

Infos = dict[str, Any]
TERM_KEYS = ("reward_terms", "reward_terms_raw")


def column(num_rows: int, rows: NDArray[np.intp], values: Any, nothing: Any) -> NDArray[Any]:
    """`values` (n,) at `rows` of an array (N,), `nothing` elsewhere: None, or the zero of its type."""
    # numpy begins arrays of objects with None, and of numbers with zero pages, sooner than it fills either.
    found = np.empty(num_rows, dtype=object) if nothing is None else np.zeros(num_rows, dtype=type(nothing))
    found[rows] = values
    return found


def term_infos(parts: Sequence[Mapping[str, NDArray[np.float64]]], mask: NDArray[np.bool_]) -> Infos:
    """What a step says of the terms: their weighted shares, and the same before weights."""
    infos: Infos = {}
    for key, columns in zip(TERM_KEYS, parts, strict=True):
        infos[key], infos["_" + key] = {}, mask
        for name, values in columns.items():
            infos[key][name], infos[key]["_" + name] = values, mask
    return infos


def split_final(infos: Infos, rows: NDArray[np.intp], ended: NDArray[np.bool_]) -> Infos:
    """Take what `infos` say of `rows`, whose episodes `ended`, out of them: that is the beginning of `final_info`."""
    kept = ~ended
    final: Infos = {}
    for key in TERM_KEYS:
        terms, last = infos[key], cast("Infos", {})
        for name in [name for name in terms if "_" + name in terms]:
            last[name], last["_" + name] = column(len(ended), rows, terms[name][rows], 0.0), ended
            terms[name][rows], terms["_" + name] = 0.0, kept
        final[key], final["_" + key], infos["_" + key] = last, ended, kept
    if "turn" in infos:
        for key, nothing in (("turn_text", None), ("turn", 0)):
            values, mask = infos.pop(key), infos.pop("_" + key)
            for place, part in ((final, mask & ended), (infos, mask & ~ended)):
                if part.any():
                    place[key], place["_" + key] = np.where(part, values, nothing), part
    return final


def outcome_infos(found: Infos, num_rows: int, rows: NDArray[np.intp], ended: NDArray[np.bool_]) -> Infos:
    """What the last steps of `rows` (n,) say of their texts, each a column (n,), as arrays over all rows."""
    metrics = {name: column(num_rows, rows, values, 0.0) for name, values in found.pop("metrics").items()}
    outcome: Infos = {}
    for key, values in found.items():
        outcome[key] = column(num_rows, rows, values, False if key == "success" else None)
        outcome["_" + key] = ended
    outcome["metrics"] = {**metrics, **{"_" + name: ended for name in metrics}}
    outcome["_metrics"] = ended
    return outcome


def final_observations(
    num_rows: int,
    rows: NDArray[np.intp],
    sources: NDArray[Any],
    generated: NDArray[Any],
    steps: NDArray[Any],
    extra: Mapping[str, NDArray[Any]],
) -> NDArray[np.object_]:
    """One observation for each of `rows` (n,), out of their arrays (n, ...), in an array over all rows."""
    parts = zip(sources, generated, steps, strict=True)
    observations = [{"source": source, "generated": ids, "step": step} for source, ids, step in parts]
    for key, values in extra.items():
        for observation, value in zip(observations, values, strict=True):
            observation[key] = value
    return column(num_rows, rows, observations, None)


def merge(infos: Infos, more: Infos, rows: NDArray[np.intp]) -> None:
    """Put the rows' part of `more` into `infos`."""
    for key, value in more.items():
        if key in infos and isinstance(value, np.ndarray):
            infos[key] = infos[key].copy()
            infos[key][rows] = value[rows]
        else:
            infos[key] = value
