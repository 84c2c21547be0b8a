"""A whole REINFORCE (leave-one-out) iteration, over TRL's `GRPOTrainer` on the same job.

    python -m benchmarks.grpo [--pairs 5]

Both sample 8 texts for each of 8 prompts from a GPT-2 of the same shape (4 layers, width 256), score them with the
same ROUGE, and do one update on all of them; the figure counts the tokens sampled. TRL (the extra `bench`) runs as its
documentation says, with the Hugging Face form of the environment's tokenizer; gradient checkpointing, its default, is
off, since it trades speed for memory. Ours pays the reward at each token, TRL's at the end of the text, through the
same reward object. One of our iterations runs after each of TRL's steps.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from typing import Any

import numpy as np

from agents import REINFORCE, TransformerPolicy, make_vec_env
from benchmarks.figures import arguments, now, of_pairs, parse, show, synchronize
from textgym.text.builtin import BuiltinTokenizer


def reinforce(args: argparse.Namespace) -> tuple[Any, Callable[[], float]]:
    """Our algorithm, and an iteration of it as tokens a second."""
    venv = make_vec_env(
        "TokenSummarize-v0", n_envs=args.rows, seed=0, samples_per_example=args.samples,
        max_source_tokens=args.prompt - 1, max_new_tokens=args.new,
    )  # fmt: skip
    model = REINFORCE(
        TransformerPolicy, venv, baseline="leave_one_out", samples_per_example=args.samples, ent_coef=0.0,
        learning_rate=1e-6, policy_kwargs={"model": args.model}, device=args.device, seed=0,
    )  # fmt: skip
    callback = model._setup_learn(10**9, None)[1]
    model._begin_learning()

    def iterate() -> float:
        before, start = model.num_timesteps, now()
        model._iterate(callback)
        synchronize(model.device)
        return sampled(model, before) / (now() - start)

    return model, iterate


def sampled(model: Any, before: int) -> float:
    """The tokens of the texts of the last iteration: those of rows that wait for the longest do not count."""
    return float(sum(info["l"] for info in list(model.ep_info_buffer)[-model.env.num_envs :]))


def fast_tokenizer(tokenizer: BuiltinTokenizer) -> Any:
    """The same tokenizer as a class of `transformers`."""
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    names = ("pad_token", "bos_token", "eos_token", "unk_token")
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(tokenizer.definition),
        padding_side="left",
        **{name: getattr(tokenizer, name) for name in names},
    )


def rouge_of(mdp: Any) -> Callable[..., list[float]]:
    """TRL's form of the reward: one score a completion, by the environment's own metrics."""

    def rouge(completion_ids: list[list[int]], index: list[int], **_: Any) -> list[float]:
        scores = []
        for ids, i in zip(completion_ids, index, strict=True):
            metrics = mdp.metrics.of_text(mdp.corpus[i], np.asarray(ids, dtype=np.int32))
            scores.append(sum(metrics[name] for name in ("rouge1", "rouge2", "rougeL")) / 3)
        return scores

    return rouge


def run(args: argparse.Namespace) -> list[tuple[float, float]]:
    """Pairs of tokens a second, ours and TRL's, the first left out."""
    import torch
    from datasets import Dataset
    from transformers import GPT2Config, GPT2LMHeadModel, PrinterCallback, TrainerCallback
    from trl import GRPOConfig, GRPOTrainer

    ours, iterate = reinforce(args)
    mdp = ours.env.get_attr("mdp")[0]
    tokenizer = fast_tokenizer(mdp.codec.tokenizer)
    prompts = []
    for index in range((args.pairs + 1) * args.rows):
        source = mdp.example(index)[1]
        prompts.append({"prompt": tokenizer.decode(source[source != mdp.codec.pad_id]), "index": index})
    shape: GPT2Config = ours.policy.trunk.model.config
    config = GPT2Config(**{**shape.to_dict(), "n_positions": args.prompt + args.new + 8, "eos_token_id": 2})
    lengths: list[int] = []
    pairs: list[tuple[float, float]] = []

    class Pairing(TrainerCallback):  # type: ignore[misc]
        def on_step_begin(self, *_: Any, **__: Any) -> None:
            self.start = now()

        def on_step_end(self, *_: Any, **__: Any) -> None:
            synchronize(torch.device(args.device))
            seconds = now() - self.start
            pairs.append((iterate(), sum(lengths) / seconds))
            lengths.clear()

    score = rouge_of(mdp)

    def rouge(completion_ids: list[list[int]], **columns: Any) -> list[float]:
        lengths.extend(map(len, completion_ids))
        return score(completion_ids, **columns)

    with tempfile.TemporaryDirectory() as folder:
        settings = GRPOConfig(
            output_dir=folder, per_device_train_batch_size=args.rows, num_generations=args.samples,
            max_completion_length=args.new, max_steps=args.pairs + 1, gradient_checkpointing=False,
            use_cpu=args.device == "cpu", bf16=False, report_to=[], save_strategy="no", disable_tqdm=True,
            logging_strategy="no",
        )  # fmt: skip
        trainer = GRPOTrainer(
            GPT2LMHeadModel(config), reward_funcs=rouge, args=settings, train_dataset=Dataset.from_list(prompts),
            processing_class=tokenizer, callbacks=[Pairing()],
        )  # fmt: skip
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    return pairs[1:]


def main() -> None:
    """Prints the row of the table."""
    parser = arguments(__doc__)
    parser.add_argument("--samples", type=int, default=8, help="texts a prompt")
    figure = of_pairs(run(parse(parser)))
    show("REINFORCE iteration over TRL's GRPOTrainer", figure, "tokens/s", "1.5", "2.5")


if __name__ == "__main__":
    main()
