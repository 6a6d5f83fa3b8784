"""Progress in the terminal: a bar with the time left for every long stage."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)


class TerminalObserver:
    """Shows stages on a terminal, and plain lines where there is none.

    Args:
        console: where to; standard error by default, so that output can be piped.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True)
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._said = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def stage_started(self, name: str) -> None:
        """Open a bar."""
        self._close()
        if self.console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.fields[stage]:<9}", style="bold"),
                BarColumn(bar_width=24),
                TaskProgressColumn(),
                TimeRemainingColumn(compact=True, elapsed_when_finished=True),
                TextColumn("{task.description}"),
                console=self.console,
                transient=True,
            )
            self._bar.start()
            self._task = self._bar.add_task("", total=None, stage=name)
        else:
            self.console.print(f"{name} …", highlight=False)
            self._said = time.monotonic()

    def stage_progress(self, done: float, total: float, text: str) -> None:
        """Move the bar; without a terminal, a line every half minute."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total, description=text)
        elif time.monotonic() - self._said > 30:
            self._said = time.monotonic()
            self.console.print(f"  {100 * done / max(total, 1e-9):.0f} %  {text}", highlight=False)

    def stage_finished(self, name: str, seconds: float, *, skipped: bool) -> None:
        """Close the bar and leave one line."""
        self._close()
        how = "done before" if skipped else _duration(seconds)
        self.console.print(f"[green]✓[/] {name:<9} [dim]{how}[/]", highlight=False)

    def note(self, text: str) -> None:
        """A line above the bar."""
        from rich.markup import escape

        self.console.print(f"[yellow]•[/] {escape(text)}", highlight=False)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"
