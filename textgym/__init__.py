"""Text generation as Gymnasium environments: each step emits one token and pays an immediate reward."""

from __future__ import annotations

from envs_registry import register_all
from textgym.registration import register_env
from textgym.rewards.registry import list_rewards, make_reward, register_reward
from textgym.types import Example

__all__ = ["Example", "list_rewards", "make_reward", "register_env", "register_reward"]
__version__ = "0.1.0"

register_all()
