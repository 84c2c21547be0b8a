"""Loading: each published format by hand-made files, and each way a file can be wrong."""

from __future__ import annotations

import csv
import gzip
import json
import pickle
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from textgym.corpora.base import Corpus
from textgym.corpora.load import load_corpus
from textgym.tasks.base import Task
from textgym.tasks.summarize import Summarize
from textgym.tasks.translate import Translate
from textgym.types import Example

ROWS = [
    {"source": "one two", "reference": "one", "id": "a", "score": 3},
    {"source": "three – vier", "reference": "drei", "id": "b", "score": 4},
]


def write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]] = ROWS) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def examples(corpus: Corpus) -> list[Example]:
    return [corpus[i] for i in range(len(corpus))]


def sources(corpus: Corpus) -> list[str]:
    return [example.source for example in examples(corpus)]


@pytest.fixture
def lines(tmp_path: Path) -> Callable[..., str]:
    def write(name: str, *texts: str) -> str:
        data = "".join(f"{text}\n" for text in texts).encode()
        (tmp_path / name).write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)
        return str(tmp_path / name)

    return write


class TestTables:
    expected: ClassVar = [
        Example("a", "one two", ("one",), {"score": 3}),
        Example("b", "three – vier", ("drei",), {"score": 4}),
    ]

    def test_jsonl(self, tmp_path: Path) -> None:
        assert examples(load_corpus(Summarize(), write_jsonl(tmp_path / "x.jsonl"))) == self.expected

    def test_path_object_blank_lines_bom_and_crlf(self, tmp_path: Path) -> None:
        text = "\ufeff" + "\r\n\r\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS)
        (tmp_path / "x.json").write_bytes(text.encode())
        assert examples(load_corpus(Summarize(), tmp_path / "x.json")) == self.expected

    def test_json_array(self, tmp_path: Path) -> None:
        (tmp_path / "x.json").write_text(json.dumps(ROWS, indent=2))
        assert examples(load_corpus(Summarize(), tmp_path / "x.json")) == self.expected

    def test_gzipped_jsonl(self, tmp_path: Path) -> None:
        with gzip.open(tmp_path / "x.jsonl.gz", "wt") as file:
            file.writelines(json.dumps(row) + "\n" for row in ROWS)
        assert examples(load_corpus(Summarize(), tmp_path / "x.jsonl.gz")) == self.expected

    @pytest.mark.parametrize("name", ["x.csv", "x.csv.gz", "x.tsv"])
    def test_csv(self, tmp_path: Path, name: str) -> None:
        rows = [{**ROWS[0], "source": 'say "one",\ntwo'}, ROWS[1]]
        opened = gzip.open if name.endswith(".gz") else open
        with opened(tmp_path / name, "wt", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(ROWS[0]), delimiter="\t" if "tsv" in name else ",")
            writer.writeheader()
            writer.writerows(rows)
        found = examples(load_corpus(Summarize(), tmp_path / name))
        assert [(e.id, e.source, e.references) for e in found] == [
            (str(row["id"]), row["source"], (row["reference"],)) for row in rows
        ]
        assert found[1].meta == {"score": "4"}

    def test_csv_with_a_very_long_cell(self, tmp_path: Path) -> None:
        before = csv.field_size_limit()
        (tmp_path / "x.csv").write_text(f"source,reference\n{'word ' * 60_000},short\n")
        assert len(load_corpus(Summarize(), tmp_path / "x.csv")[0].source) == 300_000
        assert csv.field_size_limit() == before

    def test_parquet(self, tmp_path: Path) -> None:
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(ROWS), tmp_path / "x.parquet")
        assert examples(load_corpus(Summarize(), tmp_path / "x.parquet")) == self.expected

    def test_several_references(self, tmp_path: Path) -> None:
        path = write_jsonl(tmp_path / "x.jsonl", [{"source": "s", "references": ["a", "b"]}])
        (tmp_path / "x.csv").write_text('source,references\ns,"[""a"", ""b""]"\n')
        spread = write_jsonl(tmp_path / "y.jsonl", [{"dialogue": "s", "summary1": "a", "summary2": "b"}])
        named = {"source": "dialogue", "references": ["summary1", "summary2"]}
        assert load_corpus(Summarize(), path)[0].references == ("a", "b")
        assert load_corpus(Summarize(), tmp_path / "x.csv")[0].references == ("a", "b")
        assert load_corpus(Summarize(), spread)[0].references == ("a", "b")
        assert load_corpus(Summarize(), spread, fields=named)[0].references == ("a", "b")

    def test_fields_aliases_and_nested_columns(self, tmp_path: Path) -> None:
        dialogue = write_jsonl(tmp_path / "d.jsonl", [{"dialogue": "hi", "summary": "x", "topic": "t"}])
        assert load_corpus(Summarize(), dialogue)[0] == Example("d-0", "hi", ("x",), {"topic": "t"})
        swapped = load_corpus(Summarize(), dialogue, fields={"source": "summary", "reference": "topic"})
        assert swapped[0] == Example("d-0", "x", ("t",), {"dialogue": "hi"})
        nested = write_jsonl(tmp_path / "n.jsonl", [{"translation": {"de": "ja", "en": "yes"}}])
        assert load_corpus(Translate(), nested)[0] == Example("n-0", "yes", ("ja",), {})
        assert load_corpus(Translate("de", "en"), nested)[0] == Example("n-0", "ja", ("yes",), {})

    def test_ids(self, tmp_path: Path) -> None:
        twice = write_jsonl(tmp_path / "x.jsonl", [{**row, "id": 7} for row in ROWS])
        assert [e.id for e in examples(load_corpus(Summarize(), twice))] == ["x-0", "x-1"]
        with pytest.raises(ValueError, match=r"x\.jsonl, line 2: the id '7' also stands in row 0"):
            load_corpus(Summarize(), twice, fields={"id": "id"})

    def test_corpora_pickle_and_refuse_other_indices(self, tmp_path: Path) -> None:
        corpus = load_corpus(Summarize(), write_jsonl(tmp_path / "x.jsonl"))
        assert examples(pickle.loads(pickle.dumps(corpus))) == self.expected
        for index in (-1, 2):
            with pytest.raises(IndexError, match=r"0\.\.1"):
                corpus[index]

    def test_one_example_cannot_spoil_the_next(self, tmp_path: Path) -> None:
        corpus = load_corpus(Summarize(), write_jsonl(tmp_path / "x.jsonl"))
        corpus[0].meta.clear()  # type: ignore[attr-defined]
        assert corpus[0] == self.expected[0]


class TestParallel:
    @pytest.mark.parametrize("ending", ["", ".gz"])
    def test_string_tuple_and_either_order(self, lines: Callable[..., str], ending: str) -> None:
        en, de = lines(f"a.en{ending}", "one", "two\u2028too"), lines(f"a.de{ending}", "eins", "zwei")
        wanted = [Example("a-0", "one", ("eins",)), Example("a-1", "two\u2028too", ("zwei",))]
        for pair in (f"{en},{de}", (en, de), [Path(en), Path(de)], f"{de}, {en}"):
            assert examples(load_corpus(Translate(), pair)) == wanted
        assert load_corpus(Translate("de", "en"), f"{en},{de}")[0].source == "eins"

    def test_tasks_without_languages_take_the_given_order(self, lines: Callable[..., str]) -> None:
        pair = (lines("long.txt", "long text"), lines("short.txt", "short"))
        assert load_corpus(Summarize(), pair)[0] == Example("long-0", "long text", ("short",))

    def test_different_lengths(self, lines: Callable[..., str]) -> None:
        with pytest.raises(ValueError, match=r"a\.en has 2 lines and .*a\.de has 3"):
            load_corpus(Translate(), (lines("a.en", "1", "2"), lines("a.de", "1", "2", "3")))

    def test_empty_line_and_bad_bytes(self, lines: Callable[..., str], tmp_path: Path) -> None:
        good = lines("a.en", "1", "2")
        with pytest.raises(ValueError, match=r"a\.de, line 2: it is empty"):
            load_corpus(Translate(), (good, lines("a.de", "1", " ")))
        (tmp_path / "a.de").write_bytes(b"1\nz\xfcrich\n")
        with pytest.raises(ValueError, match=r"a\.de, line 2: byte 2 is not valid UTF-8"):
            load_corpus(Translate(), f"{good},{tmp_path / 'a.de'}")


class TestSplits:
    def test_directory(self, tmp_path: Path) -> None:
        for name in ("train.jsonl", "valid.csv.x", "corpus.dev.jsonl", "test-hard.jsonl", "notes.txt"):
            write_jsonl(tmp_path / name, [{"source": name, "reference": "r"}])
        assert sources(load_corpus(Summarize(), tmp_path, "train")) == ["train.jsonl"]
        assert sources(load_corpus(Summarize(), tmp_path, "validation")) == ["corpus.dev.jsonl"]
        assert sources(load_corpus(Summarize(), tmp_path, "test")) == ["test-hard.jsonl"]

    def test_parallel_directory(self, tmp_path: Path, lines: Callable[..., str]) -> None:
        for stem in ("train", "val", "test_2016_flickr"):
            for code in ("en", "de"):
                lines(f"{stem}.{code}.gz", f"{stem} {code}")
        for split, stem in (("train", "train"), ("validation", "val"), ("test", "test_2016_flickr")):
            assert load_corpus(Translate(), tmp_path, split)[0] == Example(f"{stem}-0", f"{stem} en", (f"{stem} de",))
        (tmp_path / "val.de.gz").unlink()
        with pytest.raises(ValueError, match=r"val\.en\.gz, but no val\.de beside it"):
            load_corpus(Translate(), tmp_path, "validation")

    def test_ambiguous_and_missing_splits(self, tmp_path: Path) -> None:
        for name in ("test_a.jsonl", "test_b.jsonl", "train_test.jsonl"):
            write_jsonl(tmp_path / name)
        with pytest.raises(ValueError, match=r"several files for 'test': test_a\.jsonl, test_b\.jsonl"):
            load_corpus(Summarize(), tmp_path, "test")
        with pytest.raises(ValueError, match=r"no file for 'validation'.*'dev'.*test_a\.jsonl"):
            load_corpus(Summarize(), tmp_path, "validation")
        write_jsonl(tmp_path / "test.jsonl", ROWS[:1])
        assert len(load_corpus(Summarize(), tmp_path, "test")) == 1

    def test_shards(self, tmp_path: Path) -> None:
        for index in range(2):
            write_jsonl(tmp_path / f"train-0000{index}-of-00002.jsonl", [ROWS[index]])
        assert sources(load_corpus(Summarize(), tmp_path)) == [row["source"] for row in ROWS]
        (tmp_path / "train-00000-of-00002.jsonl").unlink()
        with pytest.raises(ValueError, match="1 of the 2 shards"):
            load_corpus(Summarize(), tmp_path)

    def test_a_mistake_in_a_shard_is_told_with_its_own_name(self, tmp_path: Path) -> None:
        write_jsonl(tmp_path / "train-00000-of-00002.jsonl")
        write_jsonl(tmp_path / "train-00001-of-00002.jsonl", [{"source": "", "reference": "r"}])
        with pytest.raises(ValueError, match=r"train-00001-of-00002\.jsonl, line 1: source is empty"):
            load_corpus(Summarize(), tmp_path)

    def test_mapping(self, tmp_path: Path) -> None:
        path = write_jsonl(tmp_path / "x.jsonl")
        mapping = {"train": f"{path}[:1]", "dev": [{"source": "s", "reference": "r"}]}
        assert len(load_corpus(Summarize(), mapping, "train")) == 1
        assert sources(load_corpus(Summarize(), mapping, "validation")) == ["s"]
        with pytest.raises(ValueError, match="split: got 'test', the data set has 'train', 'validation'"):
            load_corpus(Summarize(), mapping, "test")
        with pytest.raises(ValueError, match="did you mean 'train'"):
            load_corpus(Summarize(), {"trian": path})
        with pytest.raises(ValueError, match="'validation' twice"):
            load_corpus(Summarize(), {"val": path, "dev": path}, "validation")

    @pytest.mark.parametrize(
        ("part", "wanted"),
        [
            ("[:80%]", range(8)),
            ("[80%:]", range(8, 10)),
            ("[2:5]", range(2, 5)),
            ("[-3:]", range(7, 10)),
            ("[-20%:]", range(8, 10)),
            ("[5:100]", range(5, 10)),
        ],
    )
    def test_slices(self, tmp_path: Path, part: str, wanted: range) -> None:
        path = write_jsonl(tmp_path / "x.jsonl", [{"source": f"s{i}", "reference": "r"} for i in range(10)])
        found = examples(load_corpus(Summarize(), path + part))
        assert [(e.id, e.source) for e in found] == [(f"x-{i}", f"s{i}") for i in wanted]

    def test_slices_agree_with_hugging_face(self, tmp_path: Path) -> None:
        import datasets

        data = datasets.Dataset.from_dict({"n": list(range(37))})
        path = write_jsonl(tmp_path / "x.jsonl", [{"source": str(i), "reference": "r"} for i in range(37)])
        for part in ("[:33%]", "[33%:]", "[-7%:]", "[10:20]", "[:-5]", "[50%:75%]"):
            instruction = datasets.ReadInstruction.from_spec(f"all{part}").to_absolute({"all": len(data)})[0]
            wanted = list(range(instruction.from_ or 0, instruction.to if instruction.to is not None else 37))
            assert [int(source) for source in sources(load_corpus(Summarize(), path + part))] == wanted

    def test_slices_of_pairs(self, lines: Callable[..., str]) -> None:
        en, de = lines("a.en", *"123456"), lines("a.de", *"abcdef")
        for pair in (f"{en},{de}[2:4]", f"{en}[2:4],{de}[2:4]", (f"{en}[2:4]", f"{de}[2:4]")):
            assert [e.references for e in examples(load_corpus(Translate(), pair))] == [("c",), ("d",)]
        with pytest.raises(ValueError, match="different slices"):
            load_corpus(Translate(), (f"{en}[:2]", f"{de}[:3]"))

    @pytest.mark.parametrize("part", ["[x]", "[:120%]", "[1:50%]", "[3]", "[2:2]", "[50:]"])
    def test_bad_slices(self, tmp_path: Path, part: str) -> None:
        with pytest.raises(ValueError, match="slice"):
            load_corpus(Summarize(), write_jsonl(tmp_path / "x.jsonl") + part)


class TestObjects:
    def test_builtin(self) -> None:
        assert load_corpus(Summarize(), split="test", difficulty="easy")[0].id == "report-easy-test-0"
        assert len(load_corpus(Summarize(), "builtin[:7]")) == 7

    def test_lists(self) -> None:
        given = [Example("x", "s", ("r",), {"k": 1})]
        assert examples(load_corpus(Summarize(), given)) == given
        assert load_corpus(Summarize(), [{"source": "s", "reference": "r"}])[0] == Example("item-0", "s", ("r",))
        with pytest.raises(ValueError, match="item 1 is dict"):
            load_corpus(Summarize(), [*given, {"source": "s", "reference": "r"}])

    def test_a_corpus_serves_as_it_is(self) -> None:
        corpus = Summarize().builtin("test", "easy")
        assert load_corpus(Summarize(), corpus, "train") is corpus

    def test_hugging_face_objects(self) -> None:
        import datasets

        data = datasets.Dataset.from_list([{"document": "d", "summary": "s", "id": 5}])
        assert load_corpus(Summarize(), data)[0] == Example("5", "d", ("s",))
        assert load_corpus(Summarize(), datasets.DatasetDict(test=data), "test")[0].source == "d"

    def test_extra_fields_of_a_task_go_to_meta(self) -> None:
        class Questions(Summarize):
            aliases: ClassVar[Mapping[str, tuple[str, ...]]] = {**Task.aliases, "context": ("context", "passage")}

        example = load_corpus(Questions(), [{"source": "q", "reference": "a", "passage": "p"}])[0]
        assert example.meta == {"context": "p"}

    @pytest.mark.parametrize("given", [3, None, [], set(), [1], [[]], {"train": []}])
    def test_other_objects(self, given: Any) -> None:
        with pytest.raises(ValueError, match="dataset"):
            load_corpus(Summarize(), given)


class TestMistakes:
    """A wrong file is a ValueError that says where, what and what instead."""

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ("{", r"line 3: it is not JSON"),
            ("[1]", r"line 3: it is a JSON list"),
            ("[" * 100_000, r"line 3: it is not JSON"),
            ('{"source": "s"}', r"line 3: no 'reference'; it has 'source'"),
            ('{"source": "", "reference": "r"}', r"line 3: source is empty"),
            ('{"source": "s", "reference": " "}', r"line 3: reference is empty"),
            ('{"source": 5, "reference": "r"}', r"line 3: source is 5 \(int\), allowed is a string"),
            ('{"source": "s", "reference": null}', r"line 3: reference is None"),
            ('{"source": "s", "reference": []}', r"line 3: reference is an empty list"),
            ('{"source": "s", "reference": ["r", 1]}', r"line 3: reference is 1 \(int\)"),
            ('{"source": "\\ud800", "reference": "r"}', r"line 3: source is not valid Unicode"),
            ('{"source": "s", "reference": "r", "id": 1.5}', r"line 3: id is 1.5 \(float\)"),
        ],
    )
    def test_jsonl(self, tmp_path: Path, line: str, message: str) -> None:
        path = Path(write_jsonl(tmp_path / "x.jsonl"))
        path.write_text(path.read_text() + line + "\n")
        with pytest.raises(ValueError, match=r"x\.jsonl, " + message):
            load_corpus(Summarize(), path)

    @pytest.mark.parametrize(
        ("name", "content", "message"),
        [
            ("x.jsonl", b'{"source": "s", "reference": "r"}\n\xff\n', r"line 2: byte 1 is not valid UTF-8"),
            ("x.jsonl", b"", "has no rows"),
            ("x.csv", b"", "has no rows"),
            ("x.csv", b"source,reference\n", "has no rows"),
            ("x.csv", b'source,reference\n"a\nb",r\ns,r,t\n', r"line 4: it has 3 cells, the header has 2"),
            ("x.csv", b"source,reference\ns\n", r"line 2: it has 1 cells"),
            ("x.csv", b'source,reference\n"s,r\n', r"line 2: it is not CSV"),
            ("x.csv", b"source,source\ns,r\n", r"line 1: the column 'source' stands there twice"),
            ("x.csv", b'source,references\ns,"[a, b]"\n', r"line 2: references begins with '\[' but is no JSON list"),
            ("x.csv", b"sauce,reference\ns,r\n", r"source: .* has no column for it .*it has 'sauce', 'reference'"),
            ("x.parquet", b"nothing", "cannot be read as Parquet"),
            ("x.jsonl.gz", b"nothing", "cannot be read"),
            ("x.jsonl.gz", gzip.compress(b"x" * 9_000, mtime=0)[:-12], "cannot be read"),
            ("x.json", b'[{"source": "s"},\n 3', r"line 2: it is not JSON"),
            ("x.json", b"[3]", r"item 0: it is a int"),
            ("x.txt", b"s", r"unknown format; allowed are \.jsonl"),
            ("x.pkl", b"s", "unknown format"),
        ],
    )
    def test_files(self, tmp_path: Path, name: str, content: bytes, message: str) -> None:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=message):
            load_corpus(Summarize(), tmp_path / name)

    def test_missing_files(self, tmp_path: Path) -> None:
        write_jsonl(tmp_path / "data.jsonl")
        with pytest.raises(ValueError, match=r"there is no file .*dat\.jsonl; did you mean '.*data\.jsonl'"):
            load_corpus(Summarize(), tmp_path / "dat.jsonl")
        with pytest.raises(ValueError, match=r"there is no file a\.en"):
            load_corpus(Translate(), "a.en,a.de")
        with pytest.raises(ValueError, match="a pair of parallel text files is"):
            load_corpus(Translate(), "a.en,a.de,a.fr")

    def test_fields(self, tmp_path: Path) -> None:
        path = write_jsonl(tmp_path / "x.jsonl", [{"dialogue": "d", "summary": "s"}])
        with pytest.raises(
            ValueError, match=r"no column 'dialog'; it has 'dialogue', 'summary'; did you mean 'dialogue'"
        ):
            load_corpus(Summarize(), path, fields={"source": "dialog"})
        with pytest.raises(ValueError, match=r"fields: got 'refrence'.*did you mean 'reference'"):
            load_corpus(Summarize(), path, fields={"refrence": "summary"})
        with pytest.raises(ValueError, match="both 'reference' and 'references'"):
            load_corpus(Summarize(), path, fields={"reference": "summary", "references": "summary"})
        with pytest.raises(ValueError, match="built-in data has no columns"):
            load_corpus(Summarize(), fields={"source": "dialogue"})

    def test_names(self) -> None:
        with pytest.raises(ValueError, match=r"did you mean 'builtin'.*or a \.jsonl"):
            load_corpus(Summarize(), "bultin")
        with pytest.raises(ValueError, match="did you mean 'cnn_dailymail'"):
            load_corpus(Summarize(), "cnn_dailmail")
        with pytest.raises(ValueError, match="did you mean 'train'"):
            load_corpus(Summarize(), split="tran")


class TestRealData:
    def test_multi30k(self, real_data: Path) -> None:
        started = time.perf_counter()
        corpus = load_corpus(Translate(), real_data / "multi30k")
        assert time.perf_counter() - started < 1.0
        with gzip.open(real_data / "multi30k" / "train.de.gz", "rt", encoding="utf-8", newline="\n") as file:
            german = [line.rstrip("\n") for line in file]
        assert [e.references for e in examples(corpus)] == [(line,) for line in german]
        assert len(corpus) == 29_000
        assert [len(load_corpus(Translate(), real_data / "multi30k", s)) for s in ("validation", "test")] == [
            1014,
            1000,
        ]

    def test_dialogsum(self, real_data: Path) -> None:
        corpus = load_corpus(Summarize(), real_data / "dialogsum", "validation")
        first = json.loads((real_data / "dialogsum" / "dialogsum.dev.jsonl").read_text().partition("\n")[0])
        assert len(corpus) == 500
        assert corpus[0].source == first["dialogue"]
        assert corpus[0].references == (first["summary"],)
        assert corpus[0].meta == {"fname": "dev_0", "topic": first["topic"]}
