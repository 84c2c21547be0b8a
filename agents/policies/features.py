"""Token observations as features, for algorithms that bring a policy of their own.

Stable-Baselines3's DQN and sb3-contrib's QR-DQN and RecurrentPPO build their networks themselves, on top of a features
extractor. With this one their "MultiInputPolicy" (RecurrentPPO: "MultiInputLstmPolicy") reads a text:

    DQN("MultiInputPolicy", make_vec_env("TokenCopy-v0"), policy_kwargs=dict(features_extractor_class=TokenFeatures))

It reads the whole text anew at each step; A2C, PPO, TRPO, MaskablePPO and the algorithms of this package are better
served by `TransformerPolicy`, which does not. Actions are not masked, and pictures are left out.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import Tensor, nn

from agents.policies.tokens import token_spec


class TokenFeatures(BaseFeaturesExtractor):
    """A GRU that ends on the token before the one to be chosen, beside the source's token at that place.

    Args:
        observation_space: of a token environment made by `agents.make_vec_env`.
        width: of embeddings and state.

    Returns of `forward`: (n, 3 * width): the source's reading, the text's reading, and the embedding of
    source[step], which makes copying easy and hurts nothing else.
    """

    def __init__(self, observation_space: spaces.Space[Any], width: int = 64) -> None:
        super().__init__(cast("spaces.Dict", observation_space), features_dim=3 * width)
        parts = cast("spaces.Dict", observation_space).spaces
        size = int(cast("spaces.Box", parts["source"]).high.max()) + 1
        self.pad = token_spec(observation_space, spaces.Discrete(size)).pad
        self.embedding = nn.Embedding(size, width)
        self.source_reader = nn.GRU(width, width, batch_first=True)
        self.text_reader = nn.GRU(width, width, batch_first=True)

    def forward(self, observations: dict[str, Tensor]) -> Tensor:
        """Features (n, 3 * width) of `source` (n, S), `generated` (n, T) and `step` (n, 1)."""
        source, text = observations["source"].long(), observations["generated"].long()
        step = observations["step"].reshape(-1).long()
        rows = torch.arange(len(source), device=source.device)
        length = (source != self.pad).sum(dim=1).clamp(min=1)
        known = self.embedding(source)
        reading = self.source_reader(known)[0][rows, length - 1]
        states = self.text_reader(self.embedding(text))[0]
        before = torch.where((step > 0).unsqueeze(1), states[rows, (step - 1).clamp(min=0)], torch.zeros_like(reading))
        here = known[rows, step.clamp(max=source.shape[1] - 1)]
        return torch.cat([reading, before, here], dim=1)
