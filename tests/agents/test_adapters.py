"""LoRA and frozen parameters: what is frozen stays, what is trained moves, what is saved is read by others."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from gymnasium import spaces
from stable_baselines3 import A2C
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

import agents
from agents import SequenceRolloutBuffer, TransformerPolicy
from tests.agents import test_policies
from tests.agents.helpers import assert_same, copy_env, weights
from tests.agents.test_saving import SCRIPT
from tests.agents.typing_pool import Rows, V, make_policy, observation_space

pytest.importorskip("peft")
TARGETS = {"t5": ["q", "v"], "bart": ["q_proj", "v_proj"], "llama": ["q_proj", "v_proj"], "gpt2": ["c_attn"]}
FAMILIES = list(TARGETS)


def with_lora(network: str, **kwargs: Any) -> TransformerPolicy:
    policy = make_policy(network, lora={"r": 4, "target_modules": TARGETS[network]}, **kwargs)
    assert isinstance(policy, TransformerPolicy)
    return policy


def step(policy: Any) -> None:
    """One update that reaches everything."""
    policy.set_training_mode(True)
    policy.optimizer = torch.optim.SGD([w for w in policy.parameters() if w.requires_grad], lr=1e-2)
    rows = Rows(24)
    for _ in range(3):
        rows.emit(torch.randint(2, V, (24,)), end=0.0)
    obs = rows.observe()
    values, log_prob, _ = policy.evaluate_actions(obs, torch.randint(2, V, (24,)))
    (values.square().sum() - log_prob.sum()).backward()
    policy.optimizer.step()
    policy.set_training_mode(False)


def assert_moved(policy: Any, before: dict[str, torch.Tensor]) -> None:
    for name, weight in policy.named_parameters():
        # A position or token that no text has gets no gradient; whole tables do.
        assert torch.equal(weight, before[name]) is not weight.requires_grad, name


@pytest.mark.parametrize("network", FAMILIES)
def test_lora_trains_adapters_and_value_head_alone(network: str) -> None:
    policy = with_lora(network)
    trained = [name for name, weight in policy.named_parameters() if weight.requires_grad]
    assert all("lora_" in name or name.startswith("value_head") for name in trained)
    before = weights(policy)
    step(policy)
    assert_moved(policy, before)


@pytest.mark.parametrize("network", ["gpt2", "llama", "t5", "bart"])
@pytest.mark.parametrize(
    "frozen", [{"frozen_layers": 1}, {"freeze": ["*shared*", "*embed*", "*wte*", "*lm_head*"]}, {}]
)
def test_what_is_frozen_stays_and_the_rest_moves(network: str, frozen: dict[str, Any]) -> None:
    if "freeze" in frozen:
        names = [name for name, _ in make_policy(network).trunk.model.named_parameters()]  # type: ignore[union-attr,operator]
        patterns = [p for p in frozen["freeze"] if any(p.strip("*") in name for name in names)]
        frozen = {"freeze": patterns}
    policy = make_policy(network, **frozen)
    assert all(weight.requires_grad for weight in policy.parameters()) is not bool(frozen)
    before = weights(policy)
    step(policy)
    assert_moved(policy, before)


@pytest.mark.parametrize("network", FAMILIES)
def test_with_lora_the_cache_is_exact(network: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_policies, "make_policy", with_lora)
    test_policies.test_cached_equals_teacher_forced(network, "shared")
    test_policies.test_cached_equals_teacher_forced(network, "separate")
    test_policies.test_whole_sequences_equal_single_observations(network)


@torch.no_grad()
def test_an_adapter_that_changes_ends_the_cache() -> None:
    policy = with_lora("gpt2")
    obs = Rows(4).observe()
    before = policy.predict_values(obs)
    next(w for name, w in policy.named_parameters() if "lora_B" in name).add_(0.5)
    after = policy.predict_values(obs)
    assert (after - before).abs().max() > 1e-4
    torch.testing.assert_close(after, policy.evaluate_actions(obs, torch.full((4,), 3))[0], atol=1e-4, rtol=0)
    torch.testing.assert_close(copy.deepcopy(policy).predict_values(obs), after)


@pytest.mark.parametrize("network", FAMILIES)
@torch.no_grad()
def test_saved_lora_is_read_by_transformers_peft_and_the_policy(network: str, tmp_path: Path) -> None:
    from peft import PeftModel

    policy = with_lora(network, value_network="separate")
    policy.save_pretrained(tmp_path / "all")
    kind = AutoModelForSeq2SeqLM if network in ("t5", "bart") else AutoModelForCausalLM
    own = policy.trunk.model
    inputs = {"input_ids": torch.tensor([[3, 4, 5]])}
    if network in ("t5", "bart"):
        inputs["decoder_input_ids"] = torch.tensor([[0, 6, 7]])
    expected = own(**inputs).logits  # type: ignore[operator]
    plain = kind.from_pretrained(tmp_path / "all").eval()
    assert not hasattr(plain, "peft_config")
    torch.testing.assert_close(plain(**inputs).logits, expected, atol=1e-5, rtol=1e-4)

    base = make_policy(network).trunk.model
    base.load_state_dict(  # type: ignore[union-attr]
        {n.replace(".base_layer", ""): w for n, w in own.state_dict().items() if ".lora_" not in n}  # type: ignore[union-attr,operator]
    )
    adapted = PeftModel.from_pretrained(base, tmp_path / "all" / "adapter").eval()
    torch.testing.assert_close(adapted(**inputs).logits, expected, atol=1e-5, rtol=1e-4)

    obs, actions = Rows(4).observe(), torch.full((4,), 7)
    for again in ({}, {"lora": {"r": 2, "target_modules": TARGETS[network]}}):
        twin = TransformerPolicy.from_pretrained(tmp_path / "all", observation_space(), spaces.Discrete(V), **again)
        twin.set_training_mode(False)
        for found, wanted in zip(
            twin.evaluate_actions(obs, actions), policy.evaluate_actions(obs, actions), strict=True
        ):
            torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)


def test_a2c_with_lora_on_a_local_model_goes_on_in_another_process(tmp_path: Path) -> None:
    env = copy_env(4)
    start = TransformerPolicy(env.observation_space, env.action_space, lambda _: 1e-3, model="tiny")
    start.save_pretrained(tmp_path / "base")
    model = A2C(
        TransformerPolicy, env, n_steps=8, rollout_buffer_class=SequenceRolloutBuffer, device="cpu",
        policy_kwargs={"model": str(tmp_path / "base"), "lora": {"r": 2}, "freeze": ["*.wpe.*"]},
    ).learn(64)  # fmt: skip
    base = {n: w for n, w in start.trunk.named_parameters() if "c_attn" not in n}
    trained = dict(model.policy.trunk.named_parameters())
    assert all(torch.equal(weight, trained[name]) for name, weight in base.items())
    path = agents.save(model, tmp_path / "m.zip")
    assert_same(weights(model.policy), weights(agents.load(path, device="cpu").policy))
    obs = env.reset()
    listed = json.dumps({key: part.tolist() for key, part in obs.items()})
    answer = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path), listed], capture_output=True, text=True, check=True
    ).stdout
    assert json.loads(answer)[0] == model.predict(obs, deterministic=True)[0].tolist()


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"lora": {"rank": 4}}, "lora: got 'rank'"),
        ({"lora": {"r": 4, "target_modules": ["nothing"]}}, "which peft refuses"),
        ({"lora": {"r": 4, "target_modules": ["wte"]}}, "names the embeddings or the head"),
        ({"freeze": ["transformer.wtf.weight"]}, "freeze: got 'transformer.wtf.weight'"),
    ],
)
def test_bad_arguments_are_named(kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TransformerPolicy(observation_space(), spaces.Discrete(V), lambda _: 1e-3, **{"model": "tiny", **kwargs})
