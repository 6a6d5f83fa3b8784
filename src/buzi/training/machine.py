"""What the machine can do: precision, cores, and how many glyphs its memory holds."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager

import torch

from buzi.errors import SettingsError, TrainingError
from buzi.training.data import Batch
from buzi.training.settings import TrainSettings


def precision(settings: TrainSettings) -> str:
    """What ``train.precision`` means here, by Accelerate's names.

    Raises:
        SettingsError: fp16 without a GPU.
    """
    names = {"fp32": "no", "bf16": "bf16", "fp16": "fp16"}
    if settings.precision == "fp16" and not torch.cuda.is_available():
        raise SettingsError("train.precision=fp16 needs a GPU; set train.precision=bf16 or fp32")
    if settings.precision != "auto":
        return names[settings.precision]
    if torch.cuda.is_available():
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return "bf16" if native else "fp16"
    return "bf16" if torch.cpu._is_avx512_bf16_supported() else "no"  # noqa: SLF001 (no public name)  # pyright: ignore[reportPrivateUsage]


def cores() -> int:
    """Cores that this process may use, or fewer where the user says so."""
    limit = os.environ.get("OMP_NUM_THREADS", "")
    if limit.isdecimal() and int(limit) > 0:
        return int(limit)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def clear_memory_errors(
    settings: TrainSettings, batch: Batch, processes: int, step: Callable[[int], None]
) -> Generator[None]:
    """Turn running out of memory into a sentence with the number of glyphs that fits.

    Args:
        settings: batch size and accumulation.
        batch: of the step that did not fit.
        processes: how many train together.
        step: computes the first of so many parts of the batch, forward and backward.

    Raises:
        TrainingError: out of memory, on the GPU or the CPU.
    """
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        if not _out_of_memory(error):
            raise
        cause = error
    else:
        return
    # What the failed step held is let go before smaller ones are tried.
    traceback.clear_frames(cause.__traceback__)
    own = len(batch.content_B1HW)
    units = own if batch.exemplars is None else len(batch.exemplars[0])
    parts = _parts_that_fit((n for n in _divisors(units) if n > settings.accumulation), step)
    tried = own // settings.accumulation
    if parts is None:
        raise TrainingError(
            f"the memory is too small for {tried} glyphs at once, and for one as well; lower "
            f"train.width (now {settings.width:g}) or prepare.image_side "
            f"(now {batch.content_B1HW.shape[-1]})"
        ) from cause
    fits = own // parts
    raise TrainingError(
        f"the memory is too small for {tried} glyphs at once; {fits} fit. Set "
        f"train.accumulation={parts} (the same steps, {fits} glyphs at once) or "
        f"train.batch_size={fits * processes}"
    ) from cause


def _out_of_memory(error: Exception) -> bool:
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return "DefaultCPUAllocator" in str(error)


def _divisors(number: int) -> list[int]:
    return [n for n in range(1, number + 1) if number % n == 0]


def _parts_that_fit(candidates: Iterable[int], step: Callable[[int], None]) -> int | None:
    for parts in candidates:
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        try:
            step(parts)
        except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
            if not _out_of_memory(error):
                raise
            traceback.clear_frames(error.__traceback__)
        else:
            return parts
    return None
