"""Search at decoding time, with the `predict` of any model: best-of-n, beam search, Monte-Carlo tree search."""
