"""A whole A2C iteration, over a transformer policy as one writes it for Stable-Baselines3 without this package.

    python -m benchmarks.plain_sb3 [--pairs 5] [--peer defaults|careful] [--peer-rows 16]

The peer: `MultiInputPolicy` with a features extractor that reads source and text with a GPT-2 of the same shape and
takes the state at the last token, Stable-Baselines3's own `DictRolloutBuffer`, the same environment and episodes. It
reads the text so far again for each token, and its update reads it again for each transition, all in one batch as
Stable-Baselines3's A2C has it. What differs is the configuration:

* defaults: `GPT2Config` with the shape alone, as its documentation gives it: GELU in its tanh form, dropout of 0.1;
* careful: the settings of our presets, the exact GELU and no dropout, which take half the time and memory.

The peer gets 16 rows, about 14 GB (careful: 7.5 GB); our 64 would take four times that. Its tokens a second fall with
its rows, since a batch that large lives in fresh memory. An iteration of it takes half a minute: only ours warms up.
"""

from __future__ import annotations

import argparse
from typing import Any

import torch
from gymnasium import spaces
from stable_baselines3 import A2C
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import Tensor
from transformers import GPT2Config, GPT2Model

from agents import make_vec_env
from benchmarks.figures import arguments, now, of_pairs, parse, show, synchronize
from benchmarks.rollout import build, collect

PEERS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "careful": {"activation_function": "gelu", "resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0},
}


class GPT2Extractor(BaseFeaturesExtractor):
    """The state of a GPT-2 after ``source`` and ``generated``; pads have the id 0."""

    def __init__(self, observation_space: spaces.Dict, **shape: Any) -> None:
        super().__init__(observation_space, features_dim=shape["n_embd"])
        places = sum(spaces.flatdim(observation_space[key]) for key in ("source", "generated"))
        self.transformer = GPT2Model(GPT2Config(n_positions=places, use_cache=False, **shape))

    def forward(self, observations: dict[str, Tensor]) -> Tensor:
        """The features (n, width)."""
        ids = torch.cat((observations["source"], observations["generated"]), dim=1).long()
        mask = ids != 0
        last = (mask * torch.arange(ids.shape[1], device=ids.device)).argmax(dim=1)
        width = int(last.max()) + 1
        states = self.transformer(input_ids=ids[:, :width], attention_mask=mask[:, :width].long()).last_hidden_state
        features: Tensor = states[torch.arange(len(ids), device=ids.device), last]
        return features


def plain(args: argparse.Namespace, ours: Any) -> tuple[Any, Any]:
    """Stable-Baselines3's A2C with the extractor, on a network of the shape of our model's."""
    venv = make_vec_env(
        "TokenSummarize-v0", n_envs=args.peer_rows, seed=0, max_source_tokens=args.prompt - 1, max_new_tokens=args.new
    )
    config = ours.policy.trunk.model.config
    shape = {name: getattr(config, name) for name in ("vocab_size", "n_layer", "n_embd", "n_head")}
    extractor = shape | PEERS[args.peer]
    policy_kwargs = {"features_extractor_class": GPT2Extractor, "features_extractor_kwargs": extractor, "net_arch": []}
    model = A2C("MultiInputPolicy", venv, n_steps=args.new, policy_kwargs=policy_kwargs, device=args.device, seed=0)
    return model, model._setup_learn(10**9, None)[1]


def iteration(model: Any, callback: Any) -> float:
    """Tokens a second of a rollout and its update."""
    tokens = model.n_envs * model.n_steps
    seconds = tokens / collect(model, callback)
    start = now()
    model.train()
    synchronize(model.device)
    return float(tokens / (seconds + now() - start))


def main() -> None:
    """Prints the row of the table."""
    parser = arguments(__doc__)
    parser.add_argument("--peer", choices=PEERS, default="defaults", help="the configuration of its GPT-2")
    parser.add_argument("--peer-rows", type=int, default=16, help="environments of the peer")
    args = parse(parser)
    ours, callback = build(args, "generate")
    theirs, their_callback = plain(args, ours)
    iteration(ours, callback)
    figure = of_pairs([(iteration(ours, callback), iteration(theirs, their_callback)) for _ in range(args.pairs)])
    peer = {"defaults": "", "careful": ", careful"}[args.peer]
    show(f"A2C iteration over a plain policy of Stable-Baselines3{peer}", figure, "tokens/s", "100", "150")


if __name__ == "__main__":
    main()
