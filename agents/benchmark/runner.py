"""Many cells at once: over processes, or over a Ray cluster. Cells that are finished are left alone.

Maximum likelihood comes first, as agents start from it. A folder can be shared by two commands only one after the
other; with Ray, every machine must see it under the same path.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from agents.benchmark.cells import BenchFolder, Cell, cell_of
from agents.benchmark.suites import CLONING
from agents.runs.folder import write_atomically

Outcome = tuple[Cell, BaseException | None]


def run_cells(
    folder: BenchFolder,
    cells: Sequence[Cell],
    command: str,
    processes: int,
    ray_address: str | None,
    told: Callable[[Cell, int, int, bool], None],
) -> list[Cell]:
    """Run what is not finished yet.

    Args:
        folder: where everything goes.
        cells: what is wanted.
        command: for the manifests.
        processes: on this machine.
        ray_address: of a cluster to use instead: "auto", "ray://host:port", or "local" for one on this machine.
        told: called after each cell with it, how many are done, how many there are, and whether it went well.

    Returns:
        The cells that failed, each with an error.txt.
    """
    left = [cell for cell in cells if not folder.finished(cell)]
    done, failed = len(cells) - len(left), []
    first = [cell for cell in left if cell.algo == CLONING]
    for wave in (first, [cell for cell in left if cell.algo != CLONING]):
        if not wave:
            continue
        outcomes = (
            _on_ray(folder, wave, command, ray_address) if ray_address else _here(folder, wave, command, processes)
        )
        for cell, error in outcomes:
            done += 1
            if error is not None:
                failed.append(cell)
                _note_error(folder.cell(cell), error)
            told(cell, done, len(cells), error is None)
    return failed


def _here(folder: BenchFolder, cells: Sequence[Cell], command: str, processes: int) -> Iterator[Outcome]:
    context = multiprocessing.get_context("spawn")
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when the processes start
    with ProcessPoolExecutor(min(processes, len(cells)), context, _prepare, (os.getpid(),)) as pool:
        waiting = {pool.submit(_run, str(folder.path.resolve()), cell.entry(), command): cell for cell in cells}
        try:
            for future in as_completed(waiting):
                yield waiting[future], future.exception()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _on_ray(folder: BenchFolder, cells: Sequence[Cell], command: str, address: str) -> Iterator[Outcome]:
    try:
        import ray
    except ImportError as error:
        raise ImportError("--ray: it needs the package ray: pip install 'textgym[ray]'") from error
    owned = not ray.is_initialized()
    if owned:
        ray.init(address=address, log_to_driver=False, include_dashboard=False, configure_logging=False)
    remote = ray.remote(num_cpus=1, max_retries=0)(_run_prepared)
    waiting = {remote.remote(str(folder.path.resolve()), cell.entry(), command): cell for cell in cells}
    try:
        while waiting:
            ready, _ = ray.wait(list(waiting), num_returns=1)
            cell = waiting.pop(ready[0])
            try:
                ray.get(ready[0])
            except ray.exceptions.RayError as error:
                yield cell, error
            else:
                yield cell, None
    finally:
        if owned:
            ray.shutdown()


def _run(folder: str, entry: dict[str, Any], command: str) -> None:
    from agents.benchmark.worker import run_cell

    run_cell(folder, cell_of(entry), command)


def _run_prepared(folder: str, entry: dict[str, Any], command: str) -> None:
    from agents.benchmark.worker import prepare_process

    prepare_process()
    _run(folder, entry, command)


def _prepare(parent: int) -> None:
    """In a new process: one thread, and an end when the command that started it ends, killed or not."""
    from agents.benchmark.worker import prepare_process

    def follow() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
    prepare_process()


def _note_error(path: Path, error: BaseException) -> None:
    path.mkdir(parents=True, exist_ok=True)
    write_atomically(path / "error.txt", "".join(traceback.format_exception(error)))
