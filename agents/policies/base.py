"""The five hooks of a Stable-Baselines3 policy, over token sequences."""

from __future__ import annotations

import contextlib
import copy
from abc import abstractmethod
from collections.abc import Mapping
from functools import partial
from typing import Any, cast

import numpy as np
import torch
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.policies import ActorCriticPolicy, BasePolicy
from stable_baselines3.common.type_aliases import Schedule
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from agents.policies.distribution import Sampling, TokenDistribution, combine, log_prob_and_entropy, warp
from agents.policies.pending import PendingValues
from agents.policies.repetition import History
from agents.policies.rollout_cache import RolloutCache, stamp_of
from agents.policies.sequences import Observations, SequenceBatch, history_of, pack_bits, packed_masks, reading_of
from agents.policies.tokens import MASK_KEY, OBSERVATION_KEYS, TokenSpec, check_spaces, token_spec
from agents.policies.trunk import Trunk
from textgym.errors import check_choice

Masks = Tensor | NDArray[Any] | None


class TokenPolicy(ActorCriticPolicy):
    """Actor and critic over the next token; subclasses say what network reads the text.

    Every hook takes plain observations (a mapping of ``source`` (n, S), ``generated`` (n, T) and ``step`` (n, 1), and
    perhaps ``action_mask``, uint8 (n, ceil(V / 8)), the packed bits of the allowed actions) or a `SequenceBatch`, and
    answers the same with and without its cache, which serves plain observations outside of training.

    Args:
        observation_space, action_space, lr_schedule: as Stable-Baselines3 passes them.
        tokens: the ids; None takes those that `agents.make_vec_env` put into the observation space.
        temperature, top_k, top_p, repetition_penalty, no_repeat_ngram_size: see `Sampling`.
        value_network: ``"shared"`` reads the value off the actor's state, ``"separate"`` gives it a network of its own.
        detach_value: the value loss does not reach the shared network.
        dropout: lets the network drop out while it is trained. Off, so that the first ratio of PPO is 1.
        cache: keeps keys and values from step to step.
        use_sde: of Stable-Baselines3; only False makes sense for tokens.
        optimizer_class, optimizer_kwargs: as in Stable-Baselines3.
    """

    optimizer: torch.optim.Optimizer
    allowed: Tensor | None  # bool (V,)

    def __init__(
        self,
        observation_space: spaces.Space[Any],
        action_space: spaces.Space[Any],
        lr_schedule: Schedule,
        *,
        tokens: TokenSpec | None = None,
        temperature: float = 1.0,
        top_k: int = 0,
        top_p: float = 1.0,
        repetition_penalty: float = 1.0,
        no_repeat_ngram_size: int = 0,
        value_network: str = "shared",
        detach_value: bool = False,
        dropout: bool = False,
        cache: bool = True,
        use_sde: bool = False,
        optimizer_class: type[torch.optim.Optimizer] = torch.optim.Adam,
        optimizer_kwargs: dict[str, Any] | None = None,
        **network: Any,
    ) -> None:
        if optimizer_kwargs is None:
            optimizer_kwargs = {"eps": 1e-5} if optimizer_class is torch.optim.Adam else {}
        if use_sde:
            raise ValueError("use_sde: got True; allowed is False, tokens are discrete")
        check_choice("value_network", value_network, ("shared", "separate"))
        check_spaces(observation_space, action_space)
        # ActorCriticPolicy's own constructor would build one-hot features and re-draw weights orthogonally.
        BasePolicy.__init__(
            self, observation_space, action_space, optimizer_class=optimizer_class, optimizer_kwargs=optimizer_kwargs
        )
        self.tokens = tokens if tokens is not None else token_spec(observation_space, action_space)
        if self.tokens.size != cast("spaces.Discrete", action_space).n:
            raise ValueError(f"tokens: got {self.tokens.size} ids; allowed is V of the action space {action_space}")
        self.sampling = Sampling(temperature, top_k, top_p, repetition_penalty, no_repeat_ngram_size)
        self.detach_value = detach_value
        self.dropout = dropout
        self.use_sde = False
        self.ortho_init = False
        self.share_features_extractor = True
        self._network = network
        allowed = None if self.tokens.allowed is None else torch.as_tensor(self.tokens.allowed)
        self.register_buffer("allowed", allowed, persistent=False)
        self.trunk = self._make_trunk(cache=cache, **network)
        self.value_trunk = copy.deepcopy(self.trunk) if value_network == "separate" else None
        self.value_head = nn.Linear((self.value_trunk or self.trunk).width, 1)
        nn.init.normal_(self.value_head.weight, std=0.1 / self.value_head.in_features**0.5)
        nn.init.zeros_(self.value_head.bias)
        self._cache = RolloutCache([t for t in (self.trunk, self.value_trunk) if t is not None], self.tokens.pad)
        self._settings = {
            "tokens": self.tokens, "temperature": temperature, "top_k": top_k, "top_p": top_p,
            "repetition_penalty": repetition_penalty, "no_repeat_ngram_size": no_repeat_ngram_size,
            "value_network": value_network, "detach_value": detach_value, "dropout": dropout, "cache": cache,
        }  # fmt: skip
        self._build_optimizer(lr_schedule)

    @abstractmethod
    def _make_trunk(self, cache: bool, **network: Any) -> Trunk:
        """The network, from the keyword arguments that `TokenPolicy` does not know."""

    def _lengths(self) -> tuple[int, int]:
        """S and T."""
        parts = cast("spaces.Dict", self.observation_space).spaces
        return int(parts["source"].shape[0]), int(parts["generated"].shape[0])  # type: ignore[index]

    def _build_optimizer(self, lr_schedule: Schedule) -> None:
        learned = [weight for weight in self.parameters() if weight.requires_grad]
        self.optimizer = self.optimizer_class(learned, lr=lr_schedule(1), **self.optimizer_kwargs)  # type: ignore[call-arg]

    # --- Stable-Baselines3's five hooks -------------------------------------------------------------------------

    def forward(  # type: ignore[override]
        self, obs: Observations, deterministic: bool = False, action_masks: Masks = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Actions (m,), values (m, 1) and log-probabilities (m,)."""
        states, value_states = self._states(obs)
        distribution = self._distribution(states, obs, action_masks)
        actions = distribution.get_actions(deterministic=deterministic)
        return actions, self._values(value_states), distribution.log_prob(actions)

    def _predict(  # type: ignore[override]
        self, observation: Observations, deterministic: bool = False, action_masks: Masks = None
    ) -> Tensor:
        return self.get_distribution(observation, action_masks).get_actions(deterministic=deterministic)

    def evaluate_actions(  # type: ignore[override]
        self, obs: Observations, actions: Tensor, action_masks: Masks = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Values (m, 1), log-probabilities (m,) and entropies (m,) of actions (m,), by one teacher-forced pass.

        For a `SequenceBatch` the m actions are ``obs.tokens[obs.valid]``.
        """
        states, value_states = self._read(obs)
        log_prob, entropy = log_prob_and_entropy(
            states,
            self.trunk.head(),
            actions.reshape(-1),
            sampling=self.sampling,
            allowed=self.allowed,
            masks=self._masks(obs, action_masks),
            history=self.history(obs),
        )
        return self._values(value_states), log_prob, entropy

    def get_distribution(self, obs: Observations, action_masks: Masks = None) -> TokenDistribution:  # type: ignore[override]
        """The distribution over the next token. Its gradients have gradients, which TRPO asks for."""
        with sdpa_kernel(SDPBackend.MATH) if torch.is_grad_enabled() else contextlib.nullcontext():
            return self._distribution(self._states(obs)[0], obs, action_masks)

    def predict_values(self, obs: Observations) -> Tensor:  # type: ignore[override]
        """Values (m, 1); those of rows that have just begun another text are `PendingValues`."""
        if isinstance(obs, SequenceBatch) or not self._uses_cache() or not self._cache.begins_anew(obs):
            return self._values(self._states(obs)[1])
        # A copy: the environment may write its next observation into the same memory.
        known, stamp = {key: part.clone() for key, part in obs.items()}, stamp_of(self.parameters())
        return PendingValues(partial(self._pending, known, stamp), len(obs["source"]), self.value_head.weight)

    @torch.no_grad()
    def _pending(self, obs: Mapping[str, Tensor], stamp: tuple[int, ...], needed: Tensor) -> Tensor:
        if self.training or stamp != stamp_of(self.parameters()):
            raise RuntimeError(
                "predict_values: these values were not used before the update, and cannot be read after it; allowed "
                "is to use them before, or to keep their clone()"
            )
        states = self._cache.states(obs, needed)
        return self._values((self._read(obs) if states is None else states)[-1])

    def critic_states(self, obs: Observations) -> Tensor:
        """The hidden states (m, D) that the value head reads, by one teacher-forced pass."""
        return self._read(obs)[1]

    # --- states, logits, values ---------------------------------------------------------------------------------

    def _states(self, obs: Observations) -> tuple[Tensor, Tensor]:
        """The actor's and the critic's states (m, D), by the cache where there is one."""
        if not isinstance(obs, SequenceBatch) and self._uses_cache():
            states = self._cache.states(obs)
            if states is not None:
                return states[0], states[-1]
        return self._read(obs)

    def _uses_cache(self) -> bool:
        return not (self.training or torch.is_grad_enabled())

    def _read(self, obs: Observations) -> tuple[Tensor, Tensor]:
        reading = reading_of(obs, self.tokens.pad)
        states = self.trunk.read(reading)
        return states, states if self.value_trunk is None else self.value_trunk.read(reading)

    def _distribution(self, states: Tensor, obs: Observations, action_masks: Masks) -> TokenDistribution:
        logits = self.trunk.head()(states)
        allowed = combine(self.allowed, self._masks(obs, action_masks), self.tokens.size)
        return TokenDistribution(warp(logits, self.sampling, allowed, history=self.history(obs)))

    def history(self, obs: Observations) -> History | None:
        """The texts before the places at which `obs` asks for a token, where the distribution depends on them."""
        return history_of(obs) if self.sampling.looks_back else None

    def _values(self, states: Tensor) -> Tensor:
        if self.detach_value and self.value_trunk is None:
            states = states.detach()
        values: Tensor = self.value_head(states.to(self.value_head.weight.dtype))
        return values

    def _masks(self, obs: Observations, action_masks: Masks) -> Tensor | None:
        if action_masks is None:
            return packed_masks(obs)
        mask = torch.as_tensor(action_masks, device=self.device).reshape(-1, self.tokens.size)
        return pack_bits(mask.bool())

    # --- the rest of Stable-Baselines3's interface --------------------------------------------------------------

    def train(self, mode: bool = True) -> TokenPolicy:
        """Training mode ends the cache; the network itself only trains with dropout where asked."""
        super().train(mode)
        if mode:
            self._cache.drop()
            if not self.dropout:
                self.trunk.eval()
                if self.value_trunk is not None:
                    self.value_trunk.eval()
        return self

    def set_training_mode(self, mode: bool) -> None:
        """Switches between training and inference; does nothing where the mode is already that."""
        if mode or self.training:
            self.train(mode)

    def predict(  # type: ignore[override]
        self,
        observation: Any,
        state: Any = None,
        episode_start: Any = None,
        deterministic: bool = False,
        action_masks: NDArray[Any] | None = None,
    ) -> tuple[NDArray[Any], Any]:
        """As in Stable-Baselines3; with bool `action_masks` (n, V), as sb3-contrib hands them over."""
        if action_masks is not None:
            observation = {**observation, MASK_KEY: np.packbits(np.asarray(action_masks, dtype=bool), axis=-1)}
        return super().predict(observation, state, episode_start, deterministic)

    def obs_to_tensor(self, observation: Any) -> tuple[dict[str, Tensor], bool]:
        """Integer tensors with a batch dimension, and whether the observation had one."""
        if not isinstance(observation, Mapping):
            raise ValueError(
                f"observation: got {type(observation).__name__}; allowed is a dict with source, generated, step"
            )
        missing = sorted(set(OBSERVATION_KEYS) - set(observation))
        if missing:
            raise ValueError(f"observation: got {sorted(observation)} without {', '.join(missing)}")
        batched = np.ndim(observation["source"]) == 2
        tensors = {key: torch.as_tensor(np.asarray(part), device=self.device) for key, part in observation.items()}
        return (tensors if batched else {key: part.unsqueeze(0) for key, part in tensors.items()}), batched

    def _get_constructor_parameters(self) -> dict[str, Any]:
        return {
            "observation_space": self.observation_space,
            "action_space": self.action_space,
            "lr_schedule": self._dummy_schedule,
            "optimizer_class": self.optimizer_class,
            "optimizer_kwargs": self.optimizer_kwargs,
            **self._settings,
            **self._network,
        }
