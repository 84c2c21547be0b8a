"""The page and the Markdown of a benchmark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from agents.benchmark import charts
from agents.benchmark.results import Results, read_results
from agents.benchmark.suites import CLONED, CLONING, CONDITIONS, REWARDED
from agents.benchmark.tables import all_tables, conditions_note, status
from agents.runs.folder import write_atomically
from textgym.rewards.alarms import Alarms

BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
SHOWN = 2  # examples a task
LOWER_IS_BETTER = ("ter",)


def write_page(path: Path) -> Path:
    """Write report.html and report.md into a benchmark's folder, from what is finished.

    Raises:
        ValueError: the folder holds no benchmark.
    """
    from jinja2 import Environment

    results = read_results(path)
    files = resources.files("agents.benchmark")
    page = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
        files.joinpath("page.html").read_text(encoding="utf-8")
    )
    write_atomically(path / "report.html", page.render(**content(results)))
    write_atomically(path / "report.md", markdown(results))
    return path / "report.html"


def write_docs(path: Path, docs: Path) -> None:
    """Put the tables between the markers of a Markdown file, and the picture of the gains into images/ beside it.

    Raises:
        ValueError: the folder holds no benchmark, or the file no markers.
    """
    text = docs.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"--docs: {docs} has no place for the tables; allowed is a file with {BEGIN} and {END}")
    head, _, rest = text.partition(BEGIN)
    tail = rest.partition(END)[2]
    results = read_results(path)
    picture = charts.gains(results, results.text_tasks)
    shown = ""
    if picture is not None:
        image = docs.parent / "images" / "benchmark_gains.svg"
        image.parent.mkdir(exist_ok=True)
        write_atomically(image, picture.svg.replace("currentColor", "#666666") + "\n")
        shown = f"![{picture.title}](images/{image.name})\n\n"
    write_atomically(docs, f"{head}{BEGIN}\n\n{shown}{markdown(results)}\n{END}{tail}")


def markdown(results: Results) -> str:
    """All tables, and where they come from."""
    parts = [status(results), *(table.markdown() for table in all_tables(results))]
    parts.append(f"Rewards: {conditions_note()}\n")
    made = "\n".join(f"* {name}: {value}" for name, value in made_by(results).items())
    return "\n\n".join(part.strip() for part in (*parts, f"### How it was made\n\n{made}", alarm_text(results))) + "\n"


def content(results: Results) -> dict[str, Any]:
    """What the template shows."""
    tasks = results.text_tasks
    tables = all_tables(results)
    return {
        "results": results,
        "title": f"Benchmark: {results.suite}",
        "status": status(results),
        "tables": [(table, [[cell_html(cell) for cell in row] for row in table.rows]) for table in tables],
        "conditions": CONDITIONS,
        "curves": {c: found for c in CONDITIONS if (found := charts.learning_curves(results, c))},
        "rewarded": REWARDED,
        "gains": charts.gains(results, tasks) if tasks else None,
        "profiles": [picture for title, group in (("text", tasks), ("probes", results.probes))
                     if (picture := charts.profiles(results, group, (*REWARDED, CLONED)))],
        "samples": samples(results),
        "alarms": alarms(results),
        "made": made_by(results),
        "settings": settings_of(results),
        "failed": results.failed,
    }  # fmt: skip


def cell_html(text: str) -> Markup:
    """A cell with its interval on a quieter line."""
    value, sign, rest = text.partition(" [")
    return Markup('{}<span class="range"> [{}</span>').format(value, rest) if sign else Markup(escape(text))


def alarms(results: Results) -> list[dict[str, str]]:
    """The alarms of learning curves on text, training reward against held-out metrics; probes have none to give."""
    found = []
    for (task, label, condition, seed), result in results.found.items():
        if label == CLONING or not results.tasks[task].warm:
            continue
        watcher = Alarms(window=max(3, results.tasks[task].looks), on_alarm=lambda alarm: None)
        for p in result["curve"]:
            given = watcher.update(
                p["tokens"], reward=p["reward"], held_out=held_out(p), length=p["length"], repetition=p["repetition"],
                copying=p["copying"],
            )  # fmt: skip
            found += [{"task": task, "algo": label, "condition": condition, "seed": str(seed), "kind": alarm.kind,
                       "message": f"at {alarm.step:,} tokens: {alarm.message}"} for alarm in given]  # fmt: skip
    return found


def held_out(point: Mapping[str, Any]) -> dict[str, float]:
    """The score and the metrics of a point of a learning curve in which a fall is bad news.

    >>> held_out({"score": 0.4, "metrics": {"bleu": 0.4, "ter": 61.0, "chrf": None}})
    {'score': 0.4, 'bleu': 0.4}
    """
    kept = {
        name: value for name, value in point["metrics"].items() if value is not None and name not in LOWER_IS_BETTER
    }
    return {"score": point["score"], **kept}


def alarm_text(results: Results) -> str:
    """In how many runs each alarm was given, for Markdown."""
    runs = {(a["kind"], a["algo"], a["condition"], a["task"], a["seed"]) for a in alarms(results)}
    counts = Counter(run[:3] for run in runs)
    if not counts:
        return "### Alarms\n\nNone."
    lines = [
        f"* {kind}: {algo}, {condition} ({n} run{'s' * (n > 1)})"
        for (kind, algo, condition), n in sorted(counts.items())
    ]
    return "### Alarms\n\n" + "\n".join(lines)


def samples(results: Results) -> list[dict[str, Any]]:
    """For each task some test examples, and what the rows with the first seed wrote for them."""
    found = []
    for task in results.tasks:
        seed = min((key[3] for key in results.found if key[0] == task), default=0)
        texts = {(key[1], key[2]): result["samples"] for key, result in results.found.items()
                 if key[0] == task and key[3] == seed}  # fmt: skip
        shown = [row for row in results.rows([task]) if row in texts]
        examples = []
        for place in range(min(SHOWN, min((len(texts[row]) for row in shown), default=0))):
            first = texts[shown[0]][place]
            written = [{"row": row[0] if row[0] == CLONING else f"{row[0]}, {row[1]}", **_spans(texts[row][place])}
                       for row in shown]  # fmt: skip
            examples.append({"source": first["source"], "references": first["references"], "written": written})
        terms = dict.fromkeys(term for row in shown for entry in texts[row] for term in entry["terms"])
        if examples:
            found.append({"task": task, "seed": seed, "terms": list(terms), "examples": examples})
    return found


def _spans(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A text in pieces, each with its reward by term."""
    pieces = entry["pieces"]
    values = [
        {term: round(rewards[place], 4) for term, rewards in entry["terms"].items()} for place in range(len(pieces))
    ]
    return {"return": entry["return"], "spans": list(zip(pieces, values, strict=True))}


def made_by(results: Results) -> dict[str, str]:
    """Command, commit, versions, budgets and time."""
    manifests = list(results.manifests.values())
    tokens = sum(r["tokens"] for key, r in results.found.items() if key[1] != CLONING)
    found = {
        "suite": f"`{results.suite}`, version `{results.digest}`",
        "command": _listed(f"`{m['command']}`" for m in manifests),
        "commit": _listed(str(m["commit"]) for m in manifests),
        "versions": _listed(", ".join(f"{k} {v}" for k, v in m["versions"].items()) for m in manifests),
        "Python": _listed(m["python"] for m in manifests),
        "tokens of agents": f"{tokens:,}",
        "core-minutes": f"{sum(m.get('seconds', 0.0) for m in manifests) / 60:.0f}",
    }
    return {name: value for name, value in found.items() if value}


def settings_of(results: Results) -> list[tuple[str, str, str]]:
    """(task, algorithm, constructor arguments) of what was asked for."""
    found = {
        (cell.task.name, cell.label): ", ".join(f"{k}={v}" for k, v in cell.settings.items()) for cell in results.cells
    }
    return [(task, label, text or "its own defaults") for (task, label), text in found.items()]


def _listed(items: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(items))
