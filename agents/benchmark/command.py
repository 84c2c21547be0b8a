"""`textgym benchmark` and `textgym leaderboard`: what they take, and what they call."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from agents.console import bad_input

leaderboard = typer.Typer(help="Published results that anyone can check.", no_args_is_help=True)
FAILED = 1

File = Annotated[Path, typer.Option("--file", help="The leaderboard.")]
LEADERBOARD = Path("docs/leaderboard.json")


def benchmark(
    suite: Annotated[str, typer.Option(help="quick, probes, core or full.")] = "quick",
    algo: Annotated[
        str, typer.Option(help="Names of `list --algos`, package.module:Class or file.py:Class, by commas.")
    ] = "a2c,ppo,reinforce",
    seeds: Annotated[str, typer.Option(help="How many (from 0), or from:to, the last left out.")] = "3",
    out: Annotated[Path, typer.Option(help="The folder; what is finished there is not run again.")] = Path(
        "runs/benchmark"
    ),
    task: Annotated[list[str] | None, typer.Option(help="Only this task of the suite. Repeatable.")] = None,
    condition: Annotated[list[str] | None, typer.Option(help="Only this condition. Repeatable.")] = None,
    changes: Annotated[list[str] | None, typer.Option("--set", help="algo.argument=value of a constructor.")] = None,
    processes: Annotated[int, typer.Option(help="Side by side, one thread each.")] = 2,
    ray: Annotated[str | None, typer.Option(help="Address of a Ray cluster: auto, ray://host:port, local.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would run, and how many tokens that is.")
    ] = False,
    report: Annotated[bool, typer.Option(help="Write the report at the end.")] = True,
) -> None:
    """Compare algorithms: every cell is a run of its own, and a killed benchmark goes on where it was."""
    from agents.benchmark.cells import BenchFolder, plan
    from agents.benchmark.request import changes_of, seeds_of, show_plan
    from agents.benchmark.suites import find_suite

    console = Console()
    with bad_input():
        chosen = find_suite(suite)
        names = [name.strip() for name in algo.split(",") if name.strip()]
        cells = plan(chosen, names, seeds_of(seeds), task, condition, changes_of(changes))
        folder = BenchFolder(out)
        if dry_run:
            show_plan(folder, cells, console)
            return
        from agents.algorithms.catalogue import find_algorithm

        for name in names:
            find_algorithm(name)
        folder.save(chosen, cells)
    _run(folder, cells, processes, ray, report, console)


def _run(folder: Any, cells: Any, processes: int, ray: str | None, report: bool, console: Console) -> None:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from agents.benchmark.runner import run_cells

    columns = (TextColumn("cells"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with bad_input(), Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("cells", total=len(cells))

        def told(cell: Any, done: int, total: int, well: bool) -> None:
            progress.update(bar, completed=done)
            console.print(f"{done}/{total}  {cell.id}{'' if well else '  failed'}", highlight=False)

        command = " ".join(["textgym", *sys.argv[1:]])
        failed = run_cells(folder, cells, command, processes, ray, told)
    if report:
        from agents.benchmark.page import write_page

        console.print(str(write_page(folder.path)), highlight=False)
    if failed:
        console.print(f"{len(failed)} cells failed; see error.txt in {folder.cell(failed[0])}", style="red")
        raise typer.Exit(FAILED)


def report(
    folder: Annotated[Path, typer.Argument(help="The folder of a run or of a benchmark.")],
    docs: Annotated[
        Path | None, typer.Option(help="Also put a benchmark's tables into this Markdown file, between its markers.")
    ] = None,
) -> None:
    """Write the report of a run or a benchmark anew; works while it is still going."""
    from agents.benchmark.cells import BenchFolder

    with bad_input():
        if BenchFolder(folder).request.is_file():
            from agents.benchmark.page import write_docs, write_page

            page = write_page(folder)
            if docs is not None:
                write_docs(folder, docs)
        else:
            if docs is not None:
                raise ValueError(f"--docs: {folder} holds no benchmark; allowed is --docs with the folder of one")
            from agents.runs.folder import RunFolder
            from agents.runs.report import write_report

            write_report(RunFolder(folder))
            page = RunFolder(folder).report
    Console().print(str(page), highlight=False)


@leaderboard.command("show")
def show(file: File = LEADERBOARD) -> None:
    """The entries and their scores."""
    from agents.benchmark.leaderboard import read_entries, table

    with bad_input():
        Console().print(table(read_entries(file)))


@leaderboard.command("add")
def add(
    folder: Annotated[Path, typer.Argument(help="The folder of a finished benchmark.")],
    algo: Annotated[str, typer.Option(help="Which of its algorithms.")],
    name: Annotated[str, typer.Option(help="What the entry is called.")],
    link: Annotated[str, typer.Option(help="Where the code or a paper is.")] = "",
    file: File = LEADERBOARD,
) -> None:
    """Add an entry from a benchmark, to be sent as a pull request."""
    from agents.benchmark.leaderboard import add_entry

    with bad_input():
        add_entry(file, folder, algo, name, link)
    Console().print(f"{name} -> {file}", highlight=False)


@leaderboard.command("verify")
def verify(
    name: Annotated[str, typer.Argument(help="The entry.")],
    seed: Annotated[int, typer.Option(help="Which of its seeds is run again.")] = 0,
    task: Annotated[list[str] | None, typer.Option(help="Only this task. Repeatable.")] = None,
    algo: Annotated[str | None, typer.Option(help="Where its class is, if that is outside of the project.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where the runs go [a temporary folder].")] = None,
    processes: Annotated[int, typer.Option(help="Side by side.")] = 2,
    file: File = LEADERBOARD,
) -> None:
    """Run a seed of an entry again and compare; exit code 1 where it differs."""
    from agents.benchmark.leaderboard import comparison_table, verify_entry

    console = Console()
    with bad_input():
        comparisons = verify_entry(file, name, seed, task, algo, out, processes)
    console.print(comparison_table(comparisons))
    if not all(comparison.agrees for comparison in comparisons):
        raise typer.Exit(FAILED)
