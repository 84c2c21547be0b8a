"""Built-in tokenizers encode ASCII text word by word; the ids are those of the `tokenizers` library."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textgym.text.builtin import train_tokenizer
from textgym.text.tokenizers import shipped_tokenizer

TOKENIZERS = [shipped_tokenizer("summarize"), train_tokenizer("bpe", 300, ["the cat's hat, isn't it 12 3"] * 3)]


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=["word", "bpe"])
@settings(max_examples=400, deadline=None)
@given(text=st.text(alphabet=st.characters(max_codepoint=127)) | st.text(alphabet=" \n\t\x0b\x1c'stredlvm a1.<eos>"))
def test_words_encode_as_the_whole_text(tokenizer, text):
    assert tokenizer._by_words
    assert tokenizer.encode(text) == tokenizer._fast.encode(text, add_special_tokens=False).ids
