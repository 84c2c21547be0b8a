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
                weight.add_(0.2 * torch.randn(weight.shape, generator=generator))
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
                probs = model.policy.get_distribution(tensors).log_probs.exp()
                q.append(model.critic(reading, probs)[:, 0].numpy())
                after.append(model._target(reading, probs)[:, 0].amin(dim=0).numpy())
                pi.append(probs[0].numpy())
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


def test_q_is_the_value_and_what_a_token_is_better_than_the_policys_mean() -> None:
    model, episodes = prepared(dueling=True)
    (part,) = episodes.passes(model.device)
    reading = reading_of(part.batch, 0)
    probs = torch.rand(len(part.rows), model.policy.tokens.size).softmax(dim=1)
    with torch.no_grad():
        q, states = model.critic(reading, probs), model.critic.trunk.read(reading)
        for head, found in zip(model.critic.heads, q, strict=True):
            *advantages, value = head(states).T
            mean = sum(p * a for p, a in zip(probs.T, advantages, strict=True))
            torch.testing.assert_close((probs * found).sum(dim=1), value)
            torch.testing.assert_close(found[:, 3], value + advantages[3] - mean)


def test_the_critic_begins_with_the_weights_that_the_policy_was_given() -> None:
    model = small(QActorCritic)
    model.policy.load_state_dict(small(QActorCritic, seed=5).policy.state_dict())
    model._setup_learn(1)
    model._begin_learning()
    for network in (model.critic.trunk, model._target.trunk):
        assert_same(network.state_dict(), model.policy.trunk.state_dict())


def test_the_critic_learns_alone_and_at_once_before_the_actor_moves() -> None:
    model = small(QActorCritic, actor_delay=5, gradient_steps=1, kl_coef=0.5, learning_starts=1)
    before = weights(model.policy)
    model.learn(1)
    assert model._n_updates == 6  # all of them after the first round of texts
    changed = [name for name, weight in model.policy.state_dict().items() if not torch.equal(weight, before[name])]
    assert changed
    again = small(QActorCritic, actor_delay=5, gradient_steps=1, kl_coef=0.5, learning_starts=1)
    again._setup_learn(1)
    again._begin_learning()
    with again.stream:
        again._replay.add(again._play(None, list(range(8)), seed=1))
    for _ in range(5):
        again._train(again._replay.sample(64, again.rng))
    assert_same(weights(again.policy), before)
    assert any(bool(weight.any()) for weight in again.critic.heads.parameters())


def test_the_critic_has_a_learning_rate_of_its_own() -> None:
    model = small(QActorCritic, learning_rate=1e-3, critic_learning_rate=lambda left: 1e-2 * left)
    model.learn(300)
    actor, critic = model.policy.optimizer.param_groups
    assert actor["lr"] == 1e-3
    assert critic["lr"] == pytest.approx(1e-2 * model._current_progress_remaining)


def test_divergence_from_the_start_policy_against_torch() -> None:
    model, episodes = prepared(kl_coef=0.1)
    model._n_updates = 0
    model._begin_learning()
    assert model._start is not None
    assert float(model._losses(episodes).kl.detach()) == pytest.approx(0.0, abs=1e-6)
    generator = torch.Generator().manual_seed(4)
    with torch.no_grad():
        for weight in model.policy.parameters():
            weight.add_(0.1 * torch.randn(weight.shape, generator=generator))
    (part,) = episodes.passes(model.device)
    reading, allowed = reading_of(part.batch, 0), model.policy.allowed
    with torch.no_grad():
        pi, start = (
            torch.distributions.Categorical(logits=trunk.head()(trunk.read(reading))[:, allowed])
            for trunk in (model.policy.trunk, model._start)
        )
    found = float(model._losses(episodes).kl.detach())
    assert found == pytest.approx(float(torch.distributions.kl_divergence(pi, start).mean()), rel=1e-4)
    model.actor_delay = 0
    for _ in range(20):  # nothing to gain, but back to the start
        model._kl_coef, model._ent_coef = 1e4, 0.0
        model._train(episodes)
    assert float(model._losses(episodes).kl.detach()) < found


@pytest.mark.parametrize(("kl_target", "rises"), [(1e-3, True), (1e3, False)])
def test_the_penalty_adapts_and_is_kept(kl_target: float, rises: bool, tmp_path: Path) -> None:
    model = small(QActorCritic, learning_rate=1e-2, kl_coef=0.1, kl_target=kl_target).learn(300)
    assert (model._kl_coef > 0.1) is rises
    again = agents.load(model.save(tmp_path / "m"), device="cpu")
    assert again._kl_coef == model._kl_coef
    assert_same(again._start.state_dict(), model._start.state_dict())


def test_the_entropy_that_it_starts_with_can_be_the_target(tmp_path: Path) -> None:
    model, episodes = prepared(ent_coef=0.1, target_entropy="start")
    model._replay.add(episodes)
    batch = model._replay.sample(8, model.rng)
    entropy = float(model._losses(batch).entropy.detach())
    model._train(batch)
    assert model._ent_coef == 0.1  # it is there
    for _ in range(3):
        model._train(batch)
    assert model._entropy_aim == entropy
    assert agents.load(model.save(tmp_path / "m"), device="cpu")._entropy_aim == entropy


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

    settings = {"learning_rate": 1e-2, "critic_network": critic_network, "buffer_size": 300, "kl_coef": 0.1}
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
        ({"target_entropy": "begin"}, "target_entropy: got 'begin', allowed are 'start' and numbers above 0"),
        ({"kl_coef": -1.0}, r"kl_coef: got -1\.0"),
        ({"kl_target": 1.0}, r"kl_target: got 1\.0 with kl_coef=0\.0"),
        ({"tau": 2.0}, r"tau: got 2\.0"),
        ({"target": "soft", "normalize_advantage": True}, "normalize_advantage: got True"),
    ],
)
def test_refuses(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small(QActorCritic, **settings)
