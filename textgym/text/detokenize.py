"""Text from token ids, one token at a time, equal at every step to decoding the whole prefix."""
