"""The load-bearing invariant: whatever way a policy reads a text, its numbers are the same."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gymnasium import spaces
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM, BloomConfig

from agents import TransformerPolicy
from agents.policies import shared_prompt
from agents.policies.sequences import SequenceBatch, pack_bits, unpack_bits
from agents.policies.tokens import TokenSpec
from agents.policies.trunk import GROUP_TOKENS
from tests.agents.typing_pool import NETWORKS, Rows, S, T, V, make_policy, observation_space, token_spec

TOLERANCE = {"atol": 1e-4, "rtol": 0.0}


@pytest.mark.parametrize("value_network", ["shared", "separate"])
@pytest.mark.parametrize("network", NETWORKS)
@torch.no_grad()
def test_cached_equals_teacher_forced(network: str, value_network: str) -> None:
    policy = make_policy(network, value_network=value_network, temperature=0.7)
    rows = Rows(9)
    for _ in range(20):
        obs = rows.observe()
        actions, values, log_prob = policy(obs)
        again, log_prob_again, entropy = policy.evaluate_actions(obs, actions)
        torch.testing.assert_close(values, again, **TOLERANCE)
        torch.testing.assert_close(log_prob, log_prob_again, **TOLERANCE)
        torch.testing.assert_close(policy.predict_values(obs), again, **TOLERANCE)
        torch.testing.assert_close(policy.get_distribution(obs).entropy(), entropy, **TOLERANCE)
        rows.emit(actions)
    assert policy._cache._followers, "the cache was not used"


GOES_ON, BEGINS, BEGINS_LIKE_THE_ONE_BEFORE, IS_ANSWERED = range(4)


@pytest.mark.parametrize("network", NETWORKS)
@settings(max_examples=6, deadline=None)
@given(st.data())
def test_rows_reset_as_they_please(network: str, data: st.DataObject) -> None:
    policy = make_policy(network)
    n = data.draw(st.integers(1, 6))
    events = st.lists(st.integers(0, 3) | st.just(GOES_ON), min_size=n, max_size=n)
    rows = Rows(n, data.draw(st.integers(0, 99)))
    for pattern in data.draw(st.lists(events, min_size=1, max_size=8)):
        obs = rows.observe()
        with torch.no_grad():
            actions, values, log_prob = policy(obs)
        again, scored, _ = policy.evaluate_actions(obs, actions)  # with gradients: one pass, no cache
        torch.testing.assert_close(values, again.detach(), **TOLERANCE)
        torch.testing.assert_close(log_prob, scored.detach(), **TOLERANCE)
        rows.emit(actions, end=0.0)
        for row, event in enumerate(pattern):
            text, step = rows.generated[row].copy(), rows.step[row].copy()
            if event != GOES_ON:
                rows.begin(row)
            if event == BEGINS_LIKE_THE_ONE_BEFORE:
                rows.source[row] = rows.source[row - 1]
            if event == IS_ANSWERED:  # the source changes, the text stays
                rows.generated[row], rows.step[row] = text, step


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("widest", [20, 512])
def test_sources_that_rows_share_are_read_once_with_the_same_numbers_and_gradients(
    network: str, widest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_prompt, "WIDEST", widest)
    policy, rows = make_policy(network, temperature=0.7), Rows(3)
    with torch.no_grad():
        policy(rows.observe())  # tries the cache, on which the causal ones rely
    generator = torch.Generator().manual_seed(0)
    source = torch.as_tensor(rows.source).repeat_interleave(4, 0)[torch.randperm(12, generator=generator)]
    tokens = torch.randint(2, V, (12, T), generator=generator)
    valid = torch.rand(12, T, generator=generator) < 0.6
    weights = torch.randn(3, int(valid.sum()), generator=generator)

    def answers(parts: list[slice]) -> tuple[torch.Tensor, list[torch.Tensor]]:
        policy.zero_grad()
        found = [
            torch.stack([column.flatten() for column in policy.evaluate_actions(
                SequenceBatch(source[part], tokens[part], valid[part]), tokens[part][valid[part]])])
            for part in parts
        ]  # fmt: skip
        joined = torch.cat(found, dim=1)
        (joined * weights).sum().backward()
        return joined.detach(), [w.grad.clone() for w in policy.parameters() if w.grad is not None]

    together, gradients = answers([slice(0, 12)])
    alone, wanted = answers([slice(row, row + 1) for row in range(12)])
    torch.testing.assert_close(together, alone, **TOLERANCE)
    torch.testing.assert_close(gradients, wanted, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("network", NETWORKS)
@torch.no_grad()
def test_whole_sequences_equal_single_observations(network: str) -> None:
    policy = make_policy(network, temperature=0.7, top_k=9)
    rows, actions = Rows(8), torch.randint(2, V, (8, T))
    expected: list[list[torch.Tensor]] = [[] for _ in range(8)]
    for step in range(T):
        obs = rows.observe()
        for row, columns in enumerate(zip(*policy.evaluate_actions(obs, actions[:, step]), strict=True)):
            expected[row].append(torch.cat([column.reshape(1) for column in columns]))
        if step + 1 < T:
            rows.emit(actions[:, step], end=0.0)
    valid = torch.rand(8, T, generator=torch.Generator().manual_seed(1)) < 0.7
    batch = SequenceBatch(torch.as_tensor(rows.source), actions, valid)
    found = torch.stack([column.flatten() for column in policy.evaluate_actions(batch, actions[valid])], dim=1)
    wanted = torch.stack([expected[row][step] for row, step in valid.nonzero().tolist()])
    torch.testing.assert_close(found, wanted, **TOLERANCE)


@pytest.mark.parametrize("network", ["gpt2", "llama", "bart", "lstm"])
def test_rows_read_in_groups_of_like_length_keep_their_order(network: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(GROUP_TOKENS, "cpu", 20)
    test_cached_equals_teacher_forced(network, "shared")
    test_whole_sequences_equal_single_observations(network)


@pytest.mark.parametrize("network", ["gpt2", "bart", "lstm"])
@torch.no_grad()
def test_an_observation_that_is_no_continuation_is_read_afresh(network: str) -> None:
    policy = make_policy(network)
    rows = Rows(6)
    for _ in range(3):
        rows.emit(policy(rows.observe())[0], end=0.0)
    honest = {key: part.clone() for key, part in rows.observe().items()}
    lies: list[dict[str, Any]] = [
        {"generated": _with(honest["generated"], (0, 0), 5)},  # another first token, the step as expected
        {"source": _with(honest["source"], (1, 0), 5)},  # another source
        {"step": honest["step"] - 1},  # a step back
        {key: part.flip(0) for key, part in honest.items()},  # rows exchanged
    ]
    for lie in lies:
        policy(honest)
        obs = {**honest, **lie}
        actions, values, log_prob = policy(obs)
        again, log_prob_again, _ = policy.evaluate_actions(obs, actions)
        torch.testing.assert_close(values, again, **TOLERANCE)
        torch.testing.assert_close(log_prob, log_prob_again, **TOLERANCE)


def _with(tensor: torch.Tensor, place: tuple[int, int], value: int) -> torch.Tensor:
    changed = tensor.clone()
    changed[place] = value if int(changed[place]) != value else value + 1
    return changed


@pytest.mark.parametrize("network", ["gpt2", "llama", "bart", "lstm"])
def test_a_weight_that_changes_ends_the_cache(network: str) -> None:
    policy = make_policy(network)
    rows = Rows(5)
    with torch.no_grad():
        rows.emit(policy(rows.observe())[0], end=0.0)
    weight = next(w for name, w in policy.trunk.named_parameters() if w.ndim == 2 and "embed" not in name)
    obs = rows.observe()
    for change in (lambda: weight.add_(1.0), lambda: policy.load_state_dict(make_policy(network).state_dict())):
        with torch.no_grad():
            policy(obs)
            change()
            torch.testing.assert_close(policy.predict_values(obs), policy.evaluate_actions(obs, torch.zeros(5))[0])
    with torch.no_grad():
        policy(obs)
    policy.set_training_mode(True)
    assert not policy._cache._followers, "training keeps no cache"


def test_an_optimizer_step_ends_the_cache_even_in_inference_mode() -> None:
    policy = make_policy()
    rows = Rows(5)
    obs = rows.observe()
    with torch.no_grad():
        before = policy.predict_values(obs)
    policy.optimizer = torch.optim.Adam(policy.parameters(), lr=0.1, foreach=True)
    values, log_prob, _ = policy.evaluate_actions(obs, torch.full((5,), 3))
    (values.sum() + log_prob.sum()).backward()
    policy.optimizer.step()
    with torch.no_grad():
        after = policy.predict_values(obs)
        torch.testing.assert_close(after, policy.evaluate_actions(obs, torch.full((5,), 3))[0], **TOLERANCE)
    assert (after - before).abs().max() > 1e-3


@torch.no_grad()
def test_caches_of_several_batch_sizes_live_side_by_side_and_are_bounded() -> None:
    policy = make_policy()
    rows = Rows(4)
    policy(rows.observe())
    single = {key: part[:1] for key, part in rows.observe().items()}
    policy.predict_values(single)
    assert set(policy._cache._followers) == {4, 1}
    policy.predict_values({key: part[:2] for key, part in rows.observe().items()})
    assert len(policy._cache._followers) == 2


@torch.no_grad()
def test_the_cache_is_neither_pickled_nor_copied() -> None:
    policy = make_policy()
    obs = Rows(4).observe()
    values = policy(obs)[1]
    for twin in (copy.deepcopy(policy), pickle.loads(pickle.dumps(policy))):
        assert not twin._cache._followers
        assert twin._cache.trunks[0] is twin.trunk
        torch.testing.assert_close(twin.predict_values(obs), values, **TOLERANCE)


def test_a_network_that_cannot_be_cached_is_read_afresh_with_a_warning() -> None:
    torch.manual_seed(0)
    config = BloomConfig(vocab_size=V, hidden_size=32, n_layer=1, n_head=4)
    policy = TransformerPolicy(observation_space(), spaces.Discrete(V), lambda _: 1e-3, model=config)
    policy.set_training_mode(False)
    rows = Rows(3)
    with torch.no_grad(), pytest.warns(UserWarning, match="no cache"):
        actions, values, _ = policy(rows.observe())
    torch.testing.assert_close(policy.evaluate_actions(rows.observe(), actions)[0], values)


@pytest.mark.parametrize("network", ["gpt2", "lstm"])
def test_predict_is_greedy_and_takes_one_observation_or_many(network: str) -> None:
    policy = make_policy(network)
    rows = Rows(5)
    obs = {key: part.numpy() for key, part in rows.observe().items()}
    actions, state = policy.predict(obs, deterministic=True)
    assert state is None
    assert actions.shape == (5,)
    with torch.no_grad():
        assert actions.tolist() == policy.get_distribution(rows.observe()).mode().tolist()
    single, _ = policy.predict({key: part[2] for key, part in obs.items()}, deterministic=True)
    assert single.shape == ()
    assert int(single) == actions[2]


@pytest.mark.parametrize("network", ["gpt2", "lstm"])
@torch.no_grad()
def test_masks_of_rows_are_part_of_sampling_and_scoring(network: str) -> None:
    policy = make_policy(network)
    rows = Rows(400)
    mask = torch.rand(400, V) < 0.3
    mask[:, 5] = True
    obs = {**rows.observe(), "action_mask": pack_bits(mask)}
    actions, _, log_prob = policy(obs)
    assert mask[torch.arange(400), actions].all()
    torch.testing.assert_close(policy.evaluate_actions(obs, actions)[1], log_prob, **TOLERANCE)
    plain = rows.observe()
    torch.testing.assert_close(
        policy.evaluate_actions(plain, actions, action_masks=mask.numpy())[1], log_prob, **TOLERANCE
    )
    assert bool((policy(plain)[0] > 1).all()), "ids that are never allowed were drawn"
    assert torch.equal(unpack_bits(pack_bits(mask), V), mask)
    assert torch.equal(pack_bits(mask), torch.as_tensor(np.packbits(mask.numpy(), axis=1)))


@pytest.mark.parametrize("network", ["gpt2", "t5"])
def test_save_pretrained_is_read_by_transformers_and_by_the_policy(network: str, tmp_path: Path) -> None:
    policy = make_policy(network, temperature=0.8, value_network="separate")
    assert isinstance(policy, TransformerPolicy)
    policy.save_pretrained(tmp_path)
    if network == "gpt2":
        plain = AutoModelForCausalLM.from_pretrained(tmp_path)
        torch.testing.assert_close(plain.lm_head.weight, policy.trunk.head().weight)
    spaces_ = observation_space(), spaces.Discrete(V)
    for twin in (
        TransformerPolicy.from_pretrained(tmp_path, *spaces_),
        TransformerPolicy(*spaces_, lambda _: 1e-3, model=str(tmp_path), temperature=0.8, value_network="separate"),
    ):
        twin.set_training_mode(False)
        obs = Rows(4).observe()
        with torch.no_grad():
            for found, wanted in zip(
                twin.evaluate_actions(obs, torch.full((4,), 7)),
                policy.evaluate_actions(obs, torch.full((4,), 7)),
                strict=True,
            ):
                torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("network", ["bart", "lstm"])
def test_policy_save_and_load_of_stable_baselines(network: str, tmp_path: Path) -> None:
    policy = make_policy(network)
    policy.save(str(tmp_path / "policy"))
    twin = type(policy).load(str(tmp_path / "policy"), device="cpu")
    twin.set_training_mode(False)
    obs = Rows(4).observe()
    with torch.no_grad():
        torch.testing.assert_close(twin.predict_values(obs), policy.predict_values(obs))


def test_frozen_layers_and_a_detached_value_get_no_gradient() -> None:
    policy = make_policy(frozen_layers=1, detach_value=True)
    obs = Rows(4).observe()
    values, _, _ = policy.evaluate_actions(obs, torch.full((4,), 7))
    values.sum().backward()
    assert all(weight.grad is None for weight in policy.trunk.parameters())
    blocks = policy.trunk.model.transformer.h  # type: ignore[union-attr]
    assert not any(weight.requires_grad for weight in blocks[0].parameters())
    assert all(weight.requires_grad for weight in blocks[1].parameters())


@pytest.mark.parametrize("value_network", ["shared", "separate"])
def test_frozen_parts_of_the_recurrent_policy_stay_and_the_others_move(value_network: str) -> None:
    policy = make_policy("lstm", freeze=["embedding.*", "encoder.*_l0"], value_network=value_network)
    before = {name: weight.detach().clone() for name, weight in policy.named_parameters()}
    policy.set_training_mode(True)
    values, log_prob, _ = policy.evaluate_actions(Rows(8).observe(), torch.full((8,), 7))
    (values.sum() + log_prob.sum()).backward()
    policy.optimizer.step()
    for name, weight in policy.named_parameters():
        frozen = "embedding" in name or (name.endswith("_l0") and "encoder" in name)
        unused = name.startswith("value_trunk.out")  # the critic's own map to logits is never read
        assert torch.equal(weight, before[name]) is (frozen or unused), name


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"model": 5}, "model: got int"),
        ({"model": "smal"}, "did you mean 'small'"),
        ({"temperature": 0.0}, "temperature: got 0.0"),
        ({"top_k": -1}, "top_k: got -1"),
        ({"top_p": 0.0}, "top_p: got 0.0"),
        ({"value_network": "shard"}, "did you mean 'shared'"),
        ({"frozen_layers": 3}, "frozen_layers: got 3"),
        ({"prompt": "plane"}, "did you mean 'plain'"),
        ({"use_sde": True}, "use_sde: got True"),
    ],
)
def test_bad_arguments_are_named(kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TransformerPolicy(observation_space(), spaces.Discrete(V), lambda _: 1e-3, **{"model": "tiny", **kwargs})


def test_bad_spaces_are_named() -> None:
    bare = spaces.Dict(observation_space().spaces)
    with pytest.raises(ValueError, match="without token ids"):
        TransformerPolicy(bare, spaces.Discrete(V), lambda _: 1e-3, model="tiny")
    with pytest.raises(ValueError, match="Discrete"):
        TransformerPolicy(bare, spaces.Box(0, 1, (2,)), lambda _: 1e-3, model="tiny")
    with pytest.raises(ValueError, match="without generated, step"):
        TransformerPolicy(spaces.Dict(source=bare["source"]), spaces.Discrete(V), lambda _: 1e-3, model="tiny")
    with pytest.raises(ValueError, match="tokens: got 23 ids"):
        TransformerPolicy(observation_space(), spaces.Discrete(V - 1), lambda _: 1e-3, model="tiny")
    given = TransformerPolicy(bare, spaces.Discrete(V), lambda _: 1e-3, model="tiny", tokens=token_spec())
    assert given.tokens.size == V
    short = NETWORKS["llama"].__class__(**{**NETWORKS["llama"].to_dict(), "max_position_embeddings": S + T})
    with pytest.raises(ValueError, match="reads at most"):
        TransformerPolicy(bare, spaces.Discrete(V), lambda _: 1e-3, model=short, tokens=token_spec())


def test_token_spec_goes_through_json() -> None:
    spec = token_spec()
    twin = TokenSpec.from_json(spec.to_json())
    assert (twin.size, twin.pad, twin.bos, twin.opening, twin.closing) == (V, 0, 1, (1,), (2,))
    assert twin.allowed is not None
    assert (twin.allowed == spec.allowed).all()
