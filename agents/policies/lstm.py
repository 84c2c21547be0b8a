"""The recurrent baseline: an LSTM encoder-decoder with attention."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from agents.policies.adapters import freeze as freeze_parameters
from agents.policies.base import TokenPolicy
from agents.policies.distribution import Head
from agents.policies.key_values import length_mask
from agents.policies.product import Product, product
from agents.policies.sequences import Reading, once_a_source
from agents.policies.trunk import Frame, Trunk, TrunkCache
from agents.policies.vision import ImagePrefix, image_prefix
from textgym.errors import check_int

State = tuple[Tensor, Tensor]  # of an LSTM: hidden and cell, each (layers, n, D)


class LSTMPolicy(TokenPolicy):
    """An LSTM that reads the source in both directions, and one that emits tokens with attention over it.

    Global attention with the "general" score and no input feeding (Luong, Pham and Manning 2015), so that a whole
    text is one pass. Beside the keyword arguments of `TokenPolicy`:

    Args:
        width: D, of the embeddings and the states; even.
        layers: of the encoder and of the decoder.
        image_encoder: how the pictures of an observation are read, see `ImagePrefix`; None leaves them out. The
            encoder reads a picture's features before the source. Of no effect where observations have no `image`.
        freeze: names of parameters of the network that stay as they are, or patterns ("encoder.*", "embedding.*").
    """

    def _make_trunk(  # type: ignore[override]
        self,
        cache: bool,
        width: int = 256,
        layers: int = 1,
        image_encoder: Any = "auto",
        freeze: Sequence[str] = (),
    ) -> Trunk:
        if check_int("width", width, 2) % 2:
            raise ValueError(f"width: got {width}; allowed is an even number, half of it for each direction")
        check_int("layers", layers, 1)
        vision = image_prefix(self.observation_space, image_encoder)
        trunk = LSTMTrunk(self.tokens.size, self.tokens.bos, *self._lengths(), width, layers, cache, vision)
        freeze_parameters(trunk, 0, freeze)
        return trunk


class LSTMTrunk(Trunk):
    """The network of `LSTMPolicy`.

    Args:
        size: V.
        start: the id that opens every text, and stands for an empty source.
        source, generated: S and T.
        width: D.
        layers: of the encoder and of the decoder.
        cached: False reads every observation from its first token.
        vision: what reads pictures, still without its map to D, or None.
    """

    def __init__(
        self,
        size: int,
        start: int,
        source: int,
        generated: int,
        width: int,
        layers: int,
        cached: bool = True,
        vision: ImagePrefix | None = None,
    ) -> None:
        super().__init__(source, generated, cached)
        self.width = width
        self.start = start
        self.vision = None if vision is None else vision.connect(width)
        self.frame = Frame((start,) * (0 if vision is None else vision.places), (), empty=start)
        self.embedding = nn.Embedding(size, width)
        self.encoder = nn.LSTM(width, width // 2, layers, batch_first=True, bidirectional=True)
        self.decoder = nn.LSTM(width, width, layers, batch_first=True)
        self.score = nn.Linear(width, width, bias=False)
        self.mix = nn.Linear(2 * width, width)
        self.out = nn.Linear(width, size)
        nn.init.normal_(self.embedding.weight, std=0.1)
        nn.init.normal_(self.out.weight, std=0.02)  # near-uniform first choices
        nn.init.zeros_(self.out.bias)

    def encode(self, reading: Reading) -> tuple[Tensor, Tensor, State]:
        """The states of picture and source (n, W, D), their lengths (n,), and the decoder's first state."""
        ids, length = self.frame.around(reading)
        packed = _pack(self.embed(ids[:, : int(length.max())], reading, self.embedding), length)
        states, final = self.encoder(packed)
        memory, _ = pad_packed_sequence(states, batch_first=True)
        hidden, cell = (_both_directions(part) for part in final)
        return memory, length, (hidden, cell)

    def _encode_by_row(self, reading: Reading) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """`encode`, with the rows in front: hidden and cell are (n, layers, D)."""
        memory, length, (hidden, cell) = self.encode(reading)
        return memory, length, hidden.transpose(0, 1), cell.transpose(0, 1)

    def shift(self, tokens: Tensor) -> Tensor:
        """What the decoder reads, (n, 1 + L, D): the start, then the tokens (n, L)."""
        embedded: Tensor = self.embedding(F.pad(tokens, (1, 0), value=self.start))
        return embedded

    def attend(self, states: Tensor, memory: Tensor, length: Tensor) -> Tensor:
        """The decoder's states (n, L, D), each with what it finds in the source."""
        beyond = torch.arange(memory.shape[1], device=length.device) >= length.unsqueeze(1)
        scores = self.score(states) @ memory.transpose(1, 2)
        weights = scores.masked_fill(beyond.unsqueeze(1), torch.finfo(scores.dtype).min).softmax(dim=2)
        mixed: Tensor = self.mix(torch.cat((states, weights @ memory), dim=2))
        return mixed.tanh()

    def read_together(self, reading: Reading) -> Tensor:
        """See `Trunk.read_together`."""
        memory, length, hidden, cell = once_a_source(reading, self._encode_by_row)
        state = hidden.transpose(0, 1).contiguous(), cell.transpose(0, 1).contiguous()
        states, _ = self.decoder(self.shift(reading.tokens), state)
        return self.attend(states, memory, length)[reading.rows, reading.columns]

    def head(self) -> Head:
        """See `Trunk.head`."""
        return Head(self.out.weight, self.out.bias)

    def new_cache(self, rows: int) -> TrunkCache:
        """See `Trunk.new_cache`."""
        return LSTMCache(self, rows)


class LSTMCache(TrunkCache):
    """The recurrent state of n rows, and the states of their sources.

    A step is taken from the weights: the gates of a layer are one product, where a whole `nn.LSTM` sets up for longer.
    """

    def __init__(self, trunk: LSTMTrunk, rows: int) -> None:
        self.trunk = trunk
        self.gates = [_gates(weights) for weights in trunk.decoder.all_weights]
        self.score, self.mix = trunk.score.weight.detach().t().contiguous(), product(trunk.mix)
        weight = trunk.out.weight
        capacity = trunk.source_size + trunk.frame.width
        self.memory = weight.new_zeros(rows, capacity, trunk.width)
        self.length = torch.ones(rows, dtype=torch.long, device=weight.device)
        self.hidden = weight.new_zeros(trunk.decoder.num_layers, rows, trunk.width)
        self.cell = torch.zeros_like(self.hidden)

    def fill(self, rows: Tensor, reading: Reading) -> Tensor:
        """See `TrunkCache.fill`."""
        memory, length, state = self.trunk.encode(reading)
        packed = _pack(self.trunk.shift(reading.tokens), reading.columns + 1)
        _, (hidden, cell) = self.trunk.decoder(packed, state)
        self.memory[rows, : memory.shape[1]] = memory
        self.length[rows] = length
        self.hidden[:, rows] = hidden
        self.cell[:, rows] = cell
        return self.trunk.attend(hidden[-1].unsqueeze(1), memory, length)[:, 0]

    def copy(self, origins: Tensor, rows: Tensor) -> None:
        """See `TrunkCache.copy`."""
        self.memory[rows], self.length[rows] = self.memory[origins], self.length[origins]
        self.hidden[:, rows], self.cell[:, rows] = self.hidden[:, origins], self.cell[:, origins]

    def step(self, tokens: Tensor, active: Tensor) -> Tensor:
        """See `TrunkCache.step`."""
        state, moves = self.trunk.embedding(tokens), active.unsqueeze(1)
        for layer, gates in enumerate(self.gates):
            enter, keep, new, show = gates(torch.cat((state, self.hidden[layer]), dim=1)).chunk(4, dim=1)
            cell = (keep.sigmoid() * self.cell[layer]).addcmul_(enter.sigmoid(), new.tanh())
            state = cell.tanh().mul_(show.sigmoid())
            self.hidden[layer] = torch.where(moves, state, self.hidden[layer])
            self.cell[layer] = torch.where(moves, cell, self.cell[layer])
        return self._attend(state)

    def _attend(self, state: Tensor) -> Tensor:
        """`LSTMTrunk.attend` for one state (n, D) a row."""
        memory = self.memory[:, : int(self.length.max())]
        mask = length_mask(self.length, memory.shape[1], memory.dtype).squeeze(1)
        scores = torch.baddbmm(mask, (state @ self.score).unsqueeze(1), memory.transpose(1, 2))
        found = torch.bmm(scores.softmax(dim=2), memory).squeeze(1)
        return self.mix(torch.cat((state, found), dim=1)).tanh_()


def _gates(weights: Sequence[Tensor]) -> Product:
    """The four gates of a layer of an LSTM from input and hidden state (m, 2 D), side by side."""
    of_input, of_hidden, input_bias, hidden_bias = (weight.detach() for weight in weights)
    return Product(input_bias + hidden_bias, torch.cat((of_input, of_hidden), dim=1).t().contiguous())


def _pack(inputs: Tensor, length: Tensor) -> torch.nn.utils.rnn.PackedSequence:
    return pack_padded_sequence(inputs, length.cpu(), batch_first=True, enforce_sorted=False)


def _both_directions(final: Tensor) -> Tensor:
    """(layers, n, D) out of a bidirectional LSTM's (layers * 2, n, D / 2)."""
    _, rows, half = final.shape
    return final.view(-1, 2, rows, half).transpose(1, 2).reshape(-1, rows, 2 * half)
