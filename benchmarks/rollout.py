"""Tokens a second of a rollout through the environment, over plain generation with the same model.

    python -m benchmarks.rollout [--only generate,samples,encoder-decoder,lstm] [--pairs 5]

A rollout is Stable-Baselines3's own `A2C.collect_rollouts`: policy, environment, dense ROUGE, buffer, and the values
of the last observations, where these count: most episodes are as long as the rollout, and the value of the next one's
start is multiplied by 0. Both have the same weights, prompts and threads, and run in turn; each rollout begins with
fresh episodes and an empty cache. The peers:

* generate: `model.generate` of a GPT-2 (4 layers, width 256), sampling as many tokens;
* samples: the same with `num_return_sequences`, over rows that share examples (`samples_per_example`);
* encoder-decoder: `model.generate` of a BART (2 + 2 layers, width 256);
* lstm: the loop that one writes for an LSTM with attention: encode once, then a step, a softmax and a draw a token.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import torch
from stable_baselines3 import A2C
from transformers import BartConfig

from agents import LSTMPolicy, SequenceRolloutBuffer, TransformerPolicy, make_vec_env
from agents.policies.lstm import LSTMTrunk
from agents.policies.sequences import Reading, reading_of
from benchmarks.figures import arguments, now, paired, parse, show, synchronize

CASES = ("generate", "samples", "encoder-decoder", "lstm")


def build(args: argparse.Namespace, case: str) -> tuple[Any, Any]:
    """The algorithm and its callback, ready to collect."""
    separator = int(case in ("generate", "samples"))  # one place of a decoder-only model's prompt
    venv = make_vec_env(
        "TokenSummarize-v0",
        n_envs=args.rows,
        seed=0,
        samples_per_example=args.samples if case == "samples" else 1,
        max_source_tokens=args.prompt - separator,
        max_new_tokens=args.new,
    )
    network: dict[str, Any] = {"model": args.model}
    if case == "encoder-decoder":
        network = {"model": bart(len(venv.get_attr("tokenizer")[0]))}
    model = A2C(
        LSTMPolicy if case == "lstm" else TransformerPolicy,
        venv,
        n_steps=args.new,
        rollout_buffer_class=SequenceRolloutBuffer,
        policy_kwargs={} if case == "lstm" else network,
        device=args.device,
        seed=0,
    )
    return model, model._setup_learn(10**9, None)[1]


def bart(size: int) -> BartConfig:
    """2 + 2 layers of width 256 over `size` tokens."""
    return BartConfig(
        vocab_size=size, d_model=256, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4,
        decoder_attention_heads=4, encoder_ffn_dim=1024, decoder_ffn_dim=1024, max_position_embeddings=256,
        dropout=0.0, pad_token_id=0, bos_token_id=1, decoder_start_token_id=1, eos_token_id=None,
        forced_eos_token_id=None,
    )  # fmt: skip


def collect(model: Any, callback: Any) -> float:
    """Tokens a second of one rollout that begins with fresh episodes and without a cache."""
    model._last_obs = model.env.reset()
    model.policy.set_training_mode(True)  # what an update does: it ends the cache
    start = now()
    model.collect_rollouts(model.env, callback, model.rollout_buffer, model.n_steps)
    synchronize(model.device)
    return float(model.n_envs * model.n_steps / (now() - start))


def prompts(model: Any, samples: int) -> Reading:
    """The sources of fresh episodes, one for each example that is played."""
    model.policy.set_training_mode(False)
    obs = model.policy.obs_to_tensor(model.env.reset())[0]
    return reading_of({key: part[::samples] for key, part in obs.items()}, model.policy.tokens.pad)


@torch.no_grad()
def generate(model: Any, samples: int = 1) -> float:
    """Tokens a second of `generate` on as many prompts and tokens."""
    policy = model.policy
    reading = prompts(model, samples)
    if policy.trunk.model.config.is_encoder_decoder:
        ids, length = policy.trunk.frame.around(reading)
        inputs = {"input_ids": ids, "attention_mask": (torch.arange(ids.shape[1]) < length.unsqueeze(1)).long()}
    else:
        inputs = left_padded(*policy.trunk.join(reading))
    start = now()
    out = policy.trunk.model.generate(
        **{name: tensor.to(model.device) for name, tensor in inputs.items()},
        do_sample=True,
        top_k=0,
        min_new_tokens=model.n_steps,
        max_new_tokens=model.n_steps,
        num_return_sequences=samples,
        pad_token_id=policy.tokens.pad,
    )
    synchronize(model.device)
    seconds = now() - start
    if len(out) != model.n_envs:
        raise RuntimeError(f"generate: got {len(out)} texts, expected {model.n_envs}")
    return float(model.n_steps * len(out) / seconds)


def left_padded(ids: torch.Tensor, length: torch.Tensor) -> dict[str, torch.Tensor]:
    """The inputs of `generate` out of prompts padded on the right."""
    width = ids.shape[1]
    mask = (torch.arange(width, device=ids.device) >= width - length.unsqueeze(1)).long()
    return {
        "input_ids": torch.stack([row.roll(width - int(n)) for row, n in zip(ids, length, strict=True)]),
        "attention_mask": mask,
    }


@torch.no_grad()
def sample_lstm(model: Any) -> float:
    """Tokens a second of a plain sampling loop over the network of `LSTMPolicy`."""
    trunk: LSTMTrunk = model.policy.trunk
    reading = prompts(model, 1)
    start = now()
    memory, length, state = trunk.encode(reading)
    token = torch.full((len(memory), 1), trunk.start, device=memory.device)
    drawn = []
    for _ in range(model.n_steps):
        states, state = trunk.decoder(trunk.embedding(token), state)
        probs = trunk.out(trunk.attend(states, memory, length)[:, 0]).softmax(dim=1)
        token = torch.multinomial(probs, 1)
        drawn.append(token)
    tokens = torch.cat(drawn, dim=1)
    synchronize(model.device)
    return float(tokens.numel() / (now() - start))


def main() -> None:
    """Prints a row of the table for each case."""
    parser = arguments(__doc__)
    parser.add_argument("--only", default=",".join(CASES), help="cases, separated by commas")
    parser.add_argument("--samples", type=int, default=8, help="texts of one prompt in the case `samples`")
    args = parse(parser)
    peers: dict[str, tuple[str, Callable[[Any], float], str, str]] = {
        "generate": ("rollout over `generate`, GPT-2 4 x 256", generate, "1.0", "1.5"),
        "samples": (
            f"the same, {args.samples} samples a prompt", lambda model: generate(model, args.samples), "1.2", "2.0",
        ),
        "encoder-decoder": ("rollout over `generate`, BART 2 + 2 x 256", generate, "1.0", "1.3"),
        "lstm": ("rollout over a sampling loop, LSTM 256", sample_lstm, "1.0", "1.3"),
    }  # fmt: skip
    for case in args.only.split(","):
        what, peer, bar, goal = peers[case]
        model, callback = build(args, case)
        figure = paired(lambda: collect(model, callback), lambda: peer(model), args.pairs)  # noqa: B023
        show(what, figure, "tokens/s", bar, goal)


if __name__ == "__main__":
    main()
