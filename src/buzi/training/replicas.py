"""Replicas: networks that share their weights, a thread each, draw the parts of one batch.

On a CPU several threads with a part of the batch each train faster than one
operation spread over several cores: its small maps leave the cores waiting for
each other (two cores: see docs/experiments.md).
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm  # pyright: ignore[reportPrivateUsage] (the base of all kinds)

Part = TypeVar("Part")
Result = TypeVar("Result")


class Replicas:
    """Drawer and discriminator, and copies of both with the same weights and own gradients.

    Args:
        drawer: the generator, with or without its encoder.
        critic: the discriminator; in evaluation mode, so that no part changes it.
        most: copies of each, the originals included, 1 or more. Batch
            normalisation sums over the batch: then there is only the original.
    """

    def __init__(self, drawer: nn.Module, critic: nn.Module, most: int) -> None:
        if most < 1:
            raise ValueError(f"replicas must be 1 or more, got {most}")
        if any(isinstance(module, _BatchNorm) for module in drawer.modules()):
            most = 1
        self._copies = [(_sharing(drawer), _sharing(critic)) for _ in range(most - 1)]
        self._originals = (drawer, critic)
        self._pool = ThreadPoolExecutor(most, initializer=one_core_a_thread) if most > 1 else None
        self.most = most
        self.active = most

    def draw_by(self, drawer: nn.Module) -> None:
        """Use the original drawer as accelerate wrapped it."""
        self._originals = (drawer, self._originals[1])

    def run(
        self, job: Callable[[nn.Module, nn.Module, Part], Result], parts: Sequence[Part]
    ) -> list[Result]:
        """``job(drawer, critic, part)`` of every part, in their order.

        Part i goes to replica ``i % active``, so the sums of gradients depend on
        ``active`` alone. Gradients lie with the replicas until :meth:`gather`.
        """
        members = [self._originals, *self._copies][: self.active]
        turns = [(members[i % len(members)], part) for i, part in enumerate(parts)]
        return self.draw(lambda turn: job(*turn[0], turn[1]), turns)

    def draw(self, job: Callable[[Part], Result], parts: Sequence[Part]) -> list[Result]:
        """``job(part)`` of every part, in their order, by as many threads as there are replicas."""
        if self._pool is None or self.active == 1:
            return [job(part) for part in parts]

        def share(index: int) -> list[Result]:
            return [job(part) for part in parts[index :: self.active]]

        shares = list(self._pool.map(share, range(self.active)))
        return [shares[i % self.active][i // self.active] for i in range(len(parts))]

    def gather(self) -> None:
        """Add the copies' gradients to the originals', and clear them."""
        for which, original in enumerate(self._originals):
            for pair in self._copies[: self.active - 1]:
                for own, other in zip(original.parameters(), pair[which].parameters(), strict=True):
                    if other.grad is not None:
                        own.grad = other.grad if own.grad is None else own.grad.add_(other.grad)
                        other.grad = None

    def judge_only(self, *, judging: bool) -> None:
        """Whether gradients pass through the discriminators without staying in them."""
        for _, critic in (self._originals, *self._copies):
            critic.requires_grad_(requires_grad=not judging)

    def choose(self, step: Callable[[], None]) -> int:
        """Use as many replicas as make ``step`` fastest, measured.

        Args:
            step: one pass forward and back.

        Returns:
            The number chosen, also kept as ``active``.
        """
        if self.most == 1:
            return 1
        seconds: dict[int, float] = {}
        for count in sorted({1, (self.most + 1) // 2, self.most}):
            self.active = count
            times: list[float] = []
            for _ in range(3):
                start = time.perf_counter()
                step()
                times.append(time.perf_counter() - start)
            seconds[count] = min(times)
        self.active = min(seconds, key=lambda n: seconds[n])
        return self.active


@contextmanager
def one_core_an_operation() -> Generator[None]:
    """No operation of this thread is spread over cores; afterwards it is as before.

    On a busy machine such threads, whose barriers spin, can be 15 times slower than one.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def one_core_a_thread() -> None:
    """A thread of the pool: one core, denormals flushed; both are a thread's own matter."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)


def _sharing(module: nn.Module) -> nn.Module:
    """A copy whose parameters and buffers are the module's own storage."""
    twin = copy.deepcopy(module)
    tensors: list[tuple[Tensor, Tensor]] = [
        *zip(twin.parameters(), module.parameters(), strict=True),
        *zip(twin.buffers(), module.buffers(), strict=True),
    ]
    for own, shared in tensors:
        own.data = shared.data
    return twin
