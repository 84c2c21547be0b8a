"""QActorCritic: targets and gradients against loops, the replay, learning, resuming."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import GPT2Config

import agents
from agents import QActorCritic, TransformerPolicy, evaluate, make_vec_env
from agents.algorithms.episodes import Episodes, join
from agents.algorithms.replay import EpisodeReplay, split
from agents.policies.distribution import TokenDistribution
from agents.policies.sequences import reading_of
from agents.vec_env import TokenVecEnv
from tests.agents.helpers import COPY, assert_same, copy_env, small, weights


def prepared(**settings: Any) -> tuple[QActorCritic, Episodes]:
    model: QActorCritic = small(QActorCritic, **settings)
    model._setup_learn(1)
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for module in (model.policy, model.critic, model._target):
            for weight in module.parameters():
                weight += 0.2 * torch.randn(weight.shape, generator=generator)
    with model.stream:
        episodes = model._play(None, list(range(8)), seed=1)
    assert episodes is not None
    return model, episodes


@pytest.mark.parametrize("q_lambda", [0.0, 0.6])
@pytest.mark.parametrize("target", ["max", "expected", "soft"])
def test_critic_loss_against_loops(target: str, q_lambda: float) -> None:
    gamma, ent_coef = 0.9, 0.05
    model, episodes = prepared(target=target, gamma=gamma, q_lambda=q_lambda, ent_coef=ent_coef)
    allowed = model.env.get_attr("mdp")[0].codec.allowed
    found = model._losses(episodes)
    loss, steps = 0.0, 0
    for i, segment in enumerate(sorted(episodes.segments, key=lambda part: part.row)):
        length = int(episodes.lengths[i])
        q, after, pi = [], [], []
        for t in range(length):
            generated = np.zeros((1, 9), dtype=np.int32)
            generated[0, :t] = episodes.tokens[i, :t]
            obs = {"source": segment.source[None], "generated": generated, "step": np.array([[t]])}
            tensors = {key: torch.as_tensor(part) for key, part in obs.items()}
            reading = reading_of(tensors, 0)
            with torch.no_grad():
                q.append(model.critic(reading)[:, 0].numpy())
                after.append(model._target(reading)[:, 0].amin(dim=0).numpy())
                pi.append(model.policy.get_distribution(tensors).log_probs[0].exp().numpy())
        y = 0.0
        for t in reversed(range(length)):
            value = 0.0
            if t + 1 < length:
                now, p = after[t + 1][allowed], pi[t + 1][allowed]
                value = {
                    "max": now.max(),
                    "expected": (p * now).sum(),
                    "soft": (p * (now - ent_coef * np.log(p))).sum(),
                }[target]
            y = episodes.rewards[i, t] + gamma * ((1 - q_lambda) * value + q_lambda * y)
            loss += sum((heads[episodes.tokens[i, t]] - y) ** 2 for heads in q[t])
            steps += 1
    assert float(found.critic.detach()) == pytest.approx(loss / steps, rel=1e-4)


def test_both_actors_follow_the_same_gradient() -> None:
    """sum_a pi A grad log pi, by the exact form, and by the sampled one over every token with its probability."""
    model, _ = prepared(normalize_advantage=False)
    logits = torch.tensor([[0.5, -0.3, 0.1], [0.0, 1.0, -1.0]], requires_grad=True)
    q = torch.tensor([[1.0, 0.0, -2.0], [0.3, 0.2, 0.1]])
    loss, scale = model._actor_loss(TokenDistribution(logits), q)
    (exact,) = torch.autograd.grad(loss, logits)
    log_pi = logits.log_softmax(dim=1)
    pi = log_pi.detach().exp()
    advantage = q - (pi * q).sum(dim=1, keepdim=True)
    (expected,) = torch.autograd.grad(-(pi * advantage * log_pi).sum(dim=1).mean(), logits)
    torch.testing.assert_close(exact, expected)
    assert float(scale) == pytest.approx(float((pi * advantage**2).sum(dim=1).mean().sqrt()))


@pytest.mark.parametrize("signal", ["advantage", "q"])
def test_actor_gradient_on_two_steps_by_hand(signal: str) -> None:
    """Two states with two tokens, pi = (1/2, 1/2) and (3/4, 1/4): the gradient of a logit is pi_a (Q_a - V)."""
    model, _ = prepared(normalize_advantage=False, signal=signal)
    logits = torch.tensor([[0.0, 0.0], [math.log(3.0), 0.0]], requires_grad=True)
    q = torch.tensor([[1.0, 0.0], [0.0, 2.0]])  # V = 1/2 in both
    loss, _ = model._actor_loss(TokenDistribution(logits), q)
    (found,) = torch.autograd.grad(loss, logits)
    ascent = torch.tensor([[0.5 * 0.5, 0.5 * -0.5], [0.75 * -0.5, 0.25 * 1.5]])
    torch.testing.assert_close(found, -ascent / 2)  # the mean of two states


@pytest.mark.parametrize("signal", ["advantage", "q"])
def test_sampled_actor_weighs_what_it_drew_by_its_signal(signal: str) -> None:
    model, _ = prepared(normalize_advantage=False, signal=signal, actor="sampled")
    logits = torch.tensor([[0.0, 0.0], [math.log(3.0), 0.0]], requires_grad=True)
    q = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    by_hand = q if signal == "q" else q - 0.5
    torch.manual_seed(0)
    loss, _ = model._actor_loss(TokenDistribution(logits), q)
    torch.manual_seed(0)
    drawn = TokenDistribution(logits).sample()
    pi = torch.tensor([[0.5, 0.5], [0.75, 0.25]])
    (found,) = torch.autograd.grad(loss, logits)
    for state in range(2):
        score = torch.nn.functional.one_hot(drawn[state], 2) - pi[state]  # grad log pi
        torch.testing.assert_close(found[state], -by_hand[state, drawn[state]] * score / 2)


def test_targets_on_two_steps_by_hand() -> None:
    """y = r + gamma V', beyond the end 0; soft V' = sum pi (Q' - alpha log pi)."""
    model, _ = prepared(target="soft", gamma=0.5, ent_coef=0.1)
    pi, q = torch.tensor([[0.75, 0.25]]), torch.tensor([[0.0, 2.0]])
    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    soft = model._state_values(q, TokenDistribution(pi.log()), None)
    assert float(soft) == pytest.approx(0.5 + 0.1 * entropy)
    model.target = "max"
    assert float(model._state_values(q, TokenDistribution(pi.log()), None)) == 2.0
    model.target = "expected"
    assert float(model._state_values(q, TokenDistribution(pi.log()), None)) == pytest.approx(0.5)


@pytest.mark.parametrize(("target_entropy", "rises"), [(5.0, True), (0.01, False)])
def test_the_temperature_goes_to_its_target(target_entropy: float, rises: bool, tmp_path: Path) -> None:
    """alpha <- alpha exp(rate (target - H)); it is kept in a saved model."""
    model, episodes = prepared(target="soft", ent_coef=0.1, target_entropy=target_entropy, ent_coef_rate=0.5)
    model._replay.add(episodes)
    batch = model._replay.sample(8, model.rng)
    entropy = float(model._losses(batch).entropy.detach())
    model._train(batch)
    assert model._ent_coef == pytest.approx(0.1 * math.exp(0.5 * (target_entropy - entropy)))
    assert (model._ent_coef > 0.1) is rises
    again = agents.load(model.save(tmp_path / "m"), device="cpu")
    assert (again._ent_coef, again.ent_coef) == (model._ent_coef, 0.1)


def test_the_target_network_follows_slowly() -> None:
    model, episodes = prepared(tau=0.25)
    before = {name: weight.clone() for name, weight in model._target.named_parameters()}
    model._replay.add(episodes)
    model._train(model._replay.sample(8, model.rng))
    online = dict(model.critic.named_parameters())
    for name, weight in model._target.named_parameters():
        torch.testing.assert_close(weight, 0.75 * before[name] + 0.25 * online[name])
        assert not weight.requires_grad


def test_replay_keeps_the_latest_and_survives_a_round_trip() -> None:
    _, episodes = prepared()
    replay = EpisodeReplay(capacity=int(episodes.lengths[2:].sum()))
    replay.add(episodes)
    assert len(replay) == 6
    assert replay.tokens == episodes.lengths[2:].sum()
    assert [one.lengths[0] for one in replay.episodes] == episodes.lengths[2:].tolist()
    again = EpisodeReplay(replay.capacity)
    again.from_tensors(replay.to_tensors())
    whole, restored = join(list(replay.episodes)), join(list(again.episodes))
    for name in ("tokens", "rewards", "valid"):
        assert np.array_equal(getattr(whole, name), getattr(restored, name))
    for one, other in zip(whole.segments, restored.segments, strict=True):
        assert one[:3] == other[:3]
        assert np.array_equal(one.source, other.source)
        assert np.array_equal(one.prefix, other.prefix)
    assert np.array_equal(join(split(episodes)).tokens, episodes.tokens)


def test_learns_copy() -> None:
    """Well above 0.05, what texts that do not look at the source earn; 40,000 tokens solve it."""
    config = GPT2Config(
        vocab_size=13, n_layer=2, n_embd=64, n_head=2, n_positions=18, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0
    )
    model = QActorCritic(
        TransformerPolicy, copy_env(64), 2e-3, policy_kwargs={"model": config}, seed=0, device="cpu", ent_coef=0.2
    )
    for _ in range(6):
        model.learn(6_000, reset_num_timesteps=model.num_timesteps == 0)
        score = evaluate(model, COPY, n_examples=128, anchors=(0.0, 1.0)).mean_return
        if score >= 0.2:
            break
    assert score >= 0.2


def test_every_parameter_moves() -> None:
    model = small(QActorCritic, learning_rate=1e-2)
    named = [(f"{kind}.{name}", weight) for kind, module in (("policy", model.policy), ("critic", model.critic))
             for name, weight in module.named_parameters()]  # fmt: skip
    before = {name: weight.detach().clone() for name, weight in named}
    model.learn(600)
    for name, weight in named:
        unused = name.startswith(("policy.value_head", "critic.trunk.out"))  # V of A2C; logits of the critic's copy
        assert torch.equal(weight, before[name]) is unused, name


@pytest.mark.parametrize("critic_network", ["separate", "shared"])
def test_resumed_equals_uninterrupted(critic_network: str, tmp_path: Path) -> None:
    path = tmp_path / "middle.zip"
    from tests.agents.test_saving import SaveAt

    settings = {"learning_rate": 1e-2, "critic_network": critic_network, "buffer_size": 300}
    whole = small(QActorCritic, **settings).learn(900, callback=SaveAt(path, call=40))
    resumed = agents.load(path, copy_env(), device="cpu")
    resumed.learn(900 - resumed.num_timesteps, reset_num_timesteps=False)
    assert_same(weights(whole.policy), weights(resumed.policy))
    assert_same(whole.critic.state_dict(), resumed.critic.state_dict())
    assert_same(whole._target.state_dict(), resumed._target.state_dict())


def test_resumed_on_pictures_equals_uninterrupted(tmp_path: Path) -> None:
    path = tmp_path / "middle.zip"
    from tests.agents.test_saving import SaveAt

    def env() -> TokenVecEnv:
        return make_vec_env("TokenCaption-v0", n_envs=4, seed=0, difficulty="easy", image_size=16, max_new_tokens=8)

    whole = small(QActorCritic, env(), learning_rate=1e-2, buffer_size=200).learn(400, callback=SaveAt(path, call=30))
    resumed = agents.load(path, env(), device="cpu")
    images = [part.image for one in resumed._replay.episodes for part in one.segments]
    assert {image.shape for image in images} == {(3, 16, 16)}
    assert len(images) == len(resumed._replay.episodes) > 4
    resumed.learn(400 - resumed.num_timesteps, reset_num_timesteps=False)
    assert_same(weights(whole.policy), weights(resumed.policy))
    assert_same(whole.critic.state_dict(), resumed.critic.state_dict())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"target": "maxx"}, "target: got 'maxx', allowed are .*did you mean 'max'"),
        ({"actor": "greedy"}, "actor: got 'greedy'"),
        ({"signal": "v"}, "signal: got 'v'"),
        ({"target_entropy": 1.0, "ent_coef": 0.0}, r"target_entropy: got 1\.0"),
        ({"tau": 2.0}, r"tau: got 2\.0"),
        ({"target": "soft", "normalize_advantage": True}, "normalize_advantage: got True"),
    ],
)
def test_refuses(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small(QActorCritic, **settings)
