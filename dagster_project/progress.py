"""What a person at a terminal sees while a run goes on; silent everywhere else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from rich.console import Console


class Reporter(Protocol):
    """Hears which step runs and what it is doing."""

    def step(self, name: str) -> None:
        """A step begins."""

    def detail(self, text: str) -> None:
        """The running step reports what it is doing."""

    def done(self, summary: str) -> None:
        """The running step is finished."""


class Silent:
    """Reports nothing: tests, schedules, pipes."""

    def step(self, name: str) -> None:
        """Nothing is shown."""

    def detail(self, text: str) -> None:
        """Nothing is shown."""

    def done(self, summary: str) -> None:
        """Nothing is shown."""


class Terminal:
    """One line per step: a spinner with the current detail while it runs, a tick and the seconds when it is done."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._name = ""
        self._started = 0.0
        self._status = console.status("")

    def step(self, name: str) -> None:
        """Show the step with a spinner."""
        self._name, self._started = name, time.perf_counter()
        self._status.update(f"[bold]{name}[/]")
        self._status.start()

    def detail(self, text: str) -> None:
        """Replace the text behind the step's name."""
        self._status.update(f"[bold]{self._name}[/] [dim]{text}[/]")

    def done(self, summary: str) -> None:
        """Replace the spinner by a line that stays."""
        self._status.stop()
        seconds = time.perf_counter() - self._started
        self._console.print(f"[green]✓[/] [bold]{self._name:<10}[/] {summary} [dim]{seconds:.1f} s[/]", highlight=False)

    def close(self) -> None:
        """Stop the spinner, whatever happened."""
        self._status.stop()


_reporter: ContextVar[Reporter | None] = ContextVar("reporter", default=None)


def reporter() -> Reporter:
    """The reporter of the command that runs, silent unless `reporting` set one."""
    return _reporter.get() or Silent()


@contextmanager
def reporting(console: Console | None) -> Iterator[None]:
    """Show progress on `console` while the block runs; None, or a console that is no terminal, shows nothing."""
    if console is None or not console.is_terminal:
        yield
        return
    terminal = Terminal(console)
    token = _reporter.set(terminal)
    try:
        yield
    finally:
        terminal.close()
        _reporter.reset(token)
