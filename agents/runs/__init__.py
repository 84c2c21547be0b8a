"""Runs: what `textgym train` does, and the folder in which it leaves everything."""
