"""The training loop: one for every generator, loss and device, and for the base."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import broadcast
from PIL import Image
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.utils.parametrize import is_parametrized

from buzi.errors import CheckpointError, OutputError, SettingsError, TrainingError
from buzi.glyphs.canvas import Canvas
from buzi.networks import (
    REMEDY,
    STYLE_WIDTH,
    Architecture,
    CheckpointInfo,
    PatchDiscriminator,
    StyleEncoder,
    discriminator_loss,
    flushed_denormals,
    generator_adversarial_loss,
    narrow_gaps,
    read_info,
    reconstruction_loss,
    write_checkpoint,
)
from buzi.training.data import Batch, BatchSource
from buzi.training.keeping import (
    best_checkpoint,
    last_checkpoint,
    restore_scaler,
    restore_tensors,
    resume_tensors,
    scaler_state,
    tidy,
)
from buzi.training.machine import clear_memory_errors, cores, precision
from buzi.training.muon import Muon
from buzi.training.replicas import Replicas, one_core_an_operation
from buzi.training.settings import TrainSettings

_ASLEEP = 60.0
"""A step that takes longer, and twenty times as long as others, slept, seconds."""

MAX_BAD_STEPS = 10
"""Consecutive non-finite steps after which the training stops."""

PAUSE = "pause"
"""File of the training's folder that asks for a pause; whoever starts a training removes it."""

CRITIC_NORM = 10.0
"""The discriminator's gradient is shortened to this, far above what it has in good health."""


class Drawer(nn.Module):
    """The generator, and where it draws several fonts, what their styles come from.

    Args:
        generator: draws.
        encoder: reads a style off exemplars, for a base; None where the generator has its own.
        fonts: F, those of a family that are learnt together: each has a style code of its
            own in ``styles`` (F, S); 0 where the generator has the only one.
    """

    styles: nn.Parameter | None

    def __init__(self, generator: nn.Module, encoder: StyleEncoder | None, fonts: int = 0) -> None:
        super().__init__()
        self.generator = generator
        self.encoder = encoder
        styles = nn.Parameter(0.1 * torch.randn(fonts, STYLE_WIDTH)) if fonts else None
        self.register_parameter("styles", styles)
        if encoder is not None or fonts:  # the generator's own style takes no part
            generator.get_parameter("style").requires_grad = False

    def forward(
        self,
        content_B1HW: Tensor,
        exemplar_content: Tensor | None = None,
        exemplar_target: Tensor | None = None,
        fonts_B: Tensor | None = None,
        beside_BKhw: Tensor | None = None,
    ) -> Tensor:
        """(B, 1, H, W); exemplars (fonts, N, 1, H, W) or each one's font → logits (B, 1, H, W).

        ``beside_BKhw``: siblings, for a generator that looks at them.
        """
        given = {} if beside_BKhw is None else {"beside_BKhw": beside_BKhw}
        if self.styles is not None and fonts_B is not None:
            return self.generator(content_B1HW, self.styles[fonts_B], **given)
        if self.encoder is None or exemplar_content is None or exemplar_target is None:
            return self.generator(content_B1HW, **given)
        style = self.encoder(exemplar_content, exemplar_target)
        style = style.repeat_interleave(len(content_B1HW) // len(style), dim=0)
        return self.generator(content_B1HW, style, **given)


@dataclass(frozen=True, slots=True)
class TrainProgress:
    """Where the training stands; what a progress line shows.

    Attributes:
        epoch: finished epochs.
        step: optimiser steps made.
        fraction: of the budget, 0..1.
        glyphs_per_second: over the last steps.
        seconds_left: estimate; None at the start.
        losses: running means by name.
        figures: last validation figures.
    """

    epoch: int
    step: int
    fraction: float
    glyphs_per_second: float
    seconds_left: float | None
    losses: dict[str, float]
    figures: dict[str, float]


@dataclass(frozen=True, slots=True)
class TrainResult:
    """What a training left behind.

    Attributes:
        checkpoint: folder of the last checkpoint.
        best: folder of the checkpoint with the best validation figure.
        epoch: finished epochs.
        step: optimiser steps.
        seconds: spent training, over all sessions.
        figures: last validation figures.
        dropped_steps: non-finite steps that were left out.
        paused: whether it was asked to pause before its budget was spent.
    """

    checkpoint: Path
    best: Path
    epoch: int
    step: int
    seconds: float
    figures: dict[str, float]
    dropped_steps: int
    paused: bool = False


@flushed_denormals()
@one_core_an_operation()
def run_training(
    source: Callable[[Accelerator], BatchSource],
    folder: Path,
    settings: TrainSettings,
    architecture: Architecture,
    canvas: Canvas,
    *,
    initialise: Callable[[Drawer], str] | None = None,
    with_encoder: bool = False,
    fonts: int = 0,
    compile_model: bool = False,
    session_minutes: float | None = None,
    progress: Callable[[TrainProgress], None] | None = None,
) -> TrainResult:
    """Train until the budget is spent; goes on from the last checkpoint in the folder.

    Writes into ``folder``: ``checkpoints/step-NNNNNNNN`` (see
    :mod:`buzi.networks.checkpoint`), ``metrics.jsonl`` (a row an epoch),
    ``sheets/step-NNNNNNNN.png`` (validation glyphs: content, drawn, target) and
    ``tensorboard/``.

    Args:
        source: makes the batches, once the device is known.
        folder: of the training.
        settings: budgets, losses, rates.
        architecture: of the generator.
        canvas: of the pictures, stored with every checkpoint.
        initialise: sets the weights before the first step, and says from where.
        with_encoder: train a style encoder too, on the batches' exemplars.
        fonts: of a family that is learnt together, a style code each; batches say whose
            each glyph is. 0 for a font alone.
        compile_model: compile the network (CUDA).
        session_minutes: end this session after so long, with a checkpoint.
        progress: called a few times a second at most.

    A file named ``pause`` in the folder ends this session after the step at hand, with
    a checkpoint and nothing else, so that going on from there is as if it had not ended.

    Started as several processes (`accelerate launch`, `torchrun`), each computes its
    share of every batch, and the first one writes.

    Raises:
        SettingsError: settings that the network or the processes cannot serve.
        TrainingError: ten non-finite steps in a row, or out of memory.
        CheckpointError: the folder's checkpoints are of another architecture.
        OutputError: the disk is full or not writable.
    """
    AcceleratorState._reset_state()  # noqa: SLF001 (another precision may have been used in this process)  # pyright: ignore[reportPrivateUsage]
    accelerator = Accelerator(mixed_precision=precision(settings))
    device = accelerator.device
    _refuse_uneven_parts(settings, accelerator.num_processes)
    torch.manual_seed(settings.seed)
    batches = source(accelerator)

    def drawer_of_its_kind() -> Drawer:
        encoder = StyleEncoder() if with_encoder else None
        return Drawer(architecture.build(), encoder, fonts).to(device)

    try:
        raw = drawer_of_its_kind()
    except ValueError as error:
        raise SettingsError(f"train.generator={architecture.name}: {error}") from error
    critic = PatchDiscriminator(spectral=settings.spectral_norm).to(device)
    note = "from scratch"
    previous = last_checkpoint(folder, architecture)
    if previous is None and initialise is not None:
        note = initialise(raw)
    if previous is not None:
        note = read_info(previous).note
    average = drawer_of_its_kind()
    average.load_state_dict(raw.state_dict())
    average.eval().requires_grad_(requires_grad=False)
    critic.eval()  # its spectral norms move by one step a batch: _refresh_spectral_norms
    for module in (raw, critic):
        module.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] (torch's own overloads lack it)
    alone_on_cpu = device.type == "cpu" and accelerator.num_processes == 1
    threads = (settings.threads or cores()) if alone_on_cpu else 1
    optimiser = _optimiser(
        settings, raw, _rate(settings, from_base=note != "from scratch"), threads
    )
    critic_optimiser = torch.optim.Adam(
        critic.parameters(), lr=settings.discriminator_rate, betas=(settings.beta1, 0.999)
    )
    peak = optimiser.param_groups[0]["lr"]

    state = _State()
    if previous is not None:
        info = read_info(previous)
        try:
            state = _State(**info.training["state"], epoch=info.epoch, step=info.step,
                           seconds=info.seconds)  # fmt: skip
        except (KeyError, TypeError) as error:
            raise CheckpointError(
                f"{previous}: of another version of Buzi, or damaged ({error}); {REMEDY}"
            ) from error
        restore_tensors(
            previous,
            {"raw": raw, "critic": critic, "average": average},
            {"optimiser": optimiser, "critic_optimiser": critic_optimiser},
        )
        restore_scaler(accelerator.scaler, info.training.get("scaler"))
    replicas = Replicas(raw, critic, threads)
    drawer, judge, optimiser, critic_optimiser = accelerator.prepare(
        raw, critic, optimiser, critic_optimiser
    )
    replicas.draw_by(drawer)
    if compile_model:
        drawer.compile()
    if settings.threads == 0:
        _choose_replicas(accelerator, replicas, batches)

    writer = _MetricsLog(folder, accelerator.is_main_process, state.step)
    figures: dict[str, float] = read_info(previous).figures if previous else {}
    measured_at = state.step  # a checkpoint between two measurements has no figures
    running: dict[str, float] = {}
    last_saved = last_report = session_start = time.monotonic()
    rate = _Speed()
    fastest = 0.0
    saved = previous
    pause = folder / PAUSE

    def fraction() -> float:
        shares = [0.0]
        if settings.minutes is not None:
            shares.append(state.seconds / (60 * settings.minutes))
        if settings.epochs is not None:
            shares.append(state.step / (settings.epochs * batches.steps_per_epoch))
        if settings.steps is not None:
            shares.append(state.step / settings.steps if settings.steps else 1.0)
        return min(1.0, max(shares))

    def save() -> Path:
        info = CheckpointInfo(
            architecture=architecture, canvas=canvas, epoch=state.epoch, step=state.step,
            seconds=state.seconds, figures=figures if measured_at == state.step else {},
            version=version("buzi"), note=note,
            training={"settings": settings.model_dump(mode="json"), "state": state.stored(),
                      "scaler": scaler_state(accelerator.scaler)},
        )  # fmt: skip
        path = folder / "checkpoints" / f"step-{state.step:08d}"
        if accelerator.is_main_process:
            write_checkpoint(
                path,
                info,
                average.generator.state_dict(),
                encoder=average.encoder.state_dict() if average.encoder is not None else None,
                styles=average.styles,
                resume=resume_tensors(
                    {"raw": raw, "critic": critic, "average": average},
                    {"optimiser": optimiser, "critic_optimiser": critic_optimiser},
                ),
            )
            tidy(folder, settings, batches.steps_per_epoch)
        accelerator.wait_for_everyone()
        return path

    def over() -> bool:
        if settings.early_stop and state.stale >= settings.early_stop:
            return True
        return fraction() >= 1 or (
            session_minutes is not None and session_seconds >= 60 * session_minutes
        )

    def sample(parts: int) -> None:
        part = _parts(batch, parts)[0].batch
        with accelerator.autocast():
            logits = raw(part.content_B1HW, **part.looked_at())
        reconstruction_loss("l1", logits, part.target_B1HW).backward()
        raw.zero_grad(set_to_none=True)

    session_seconds = asked_to_pause = asleep = 0.0
    if settings.steps == 0 and state.step:
        raise SettingsError(
            f"{folder}: trained for {state.step:,} steps already, so train.steps=0 cannot draw "
            f"with the base as it is; use another --run folder"
        )
    if settings.steps == 0 and saved is None:
        figures, sheet = _validate(average, replicas, batches.validation())
        state.best_l1, measured_at = figures["l1"], state.step
        writer.row(state, rate, {}, figures)
        writer.sheet(0, sheet)
        saved = save()
    while not over() and not asked_to_pause:
        # One step: the generator's, then the discriminator's when it takes part.
        started = time.monotonic()
        at = fraction()
        for group in optimiser.param_groups:
            group["lr"] = peak * _schedule(state.step, at, settings)
        weight = _adversarial_weight(at, settings)
        batch = batches.batch(*divmod(state.step, batches.steps_per_epoch))
        with clear_memory_errors(settings, batch, accelerator.num_processes, sample):
            losses, drawn = _generator_step(
                accelerator, replicas, drawer, optimiser, batch, settings, weight
            )
            if weight > 0 and losses is not None:
                judged = _discriminator_step(
                    accelerator, replicas, judge, critic_optimiser, drawn, settings, state
                )
                losses = None if judged is None else losses | judged
        state.step += 1
        if losses is None:
            state.dropped += 1
            state.bad_in_a_row += 1
            if state.bad_in_a_row >= MAX_BAD_STEPS:
                raise TrainingError(
                    f"{folder}: {MAX_BAD_STEPS} steps in a row gave a loss or gradient that is "
                    f"not finite. The last checkpoint is intact. Lower train.learning_rate "
                    f"(now {peak:g}) or, once the discriminator takes part, "
                    f"train.discriminator_rate (now {settings.discriminator_rate:g}), or set "
                    f"train.precision=fp32, and run again."
                )
        else:
            state.bad_in_a_row = 0
            _update_average(average, raw, min(settings.ema_decay, (1 + state.step) /
                                              (10 + state.step)))  # fmt: skip
            for name, value in losses.items():
                running[name] = (
                    value if name not in running else 0.98 * running[name] + 0.02 * value
                )
        now = time.monotonic()
        spent, session_seconds, unsaved, asked_to_pause = _told_by_first(
            accelerator,
            [now - started, now - session_start, now - last_saved, float(pause.exists())],
        )
        # A laptop that was closed, or a program that was stopped, has not trained meanwhile.
        # Two such steps in a row were no sleep: the machine has become slow.
        usual = state.seconds / max(state.step - 1, 1)
        is_long = usual > 0 and spent > max(_ASLEEP, 20 * usual)
        if is_long and not asleep:
            asleep, spent = spent - usual, usual
        else:
            spent, asleep = spent + (asleep if is_long else 0.0), 0.0
        state.seconds += spent
        rate.count(len(batch.content_B1HW) * accelerator.num_processes)
        fastest = max(fastest, rate.per_second())

        # After an epoch, or when the budget is spent: measure, draw the sheet, save.
        better = False
        epoch_done = state.step % batches.steps_per_epoch == 0
        if epoch_done:
            state.epoch = state.step // batches.steps_per_epoch
        if epoch_done or over():
            figures, sheet = _validate(average, replicas, batches.validation())
            told = _told_by_first(accelerator, list(figures.values()))
            figures = dict(zip(figures, told, strict=True))
            measured_at = state.step
            better = figures["l1"] < state.best_l1
            state.stale = 0 if better else state.stale + 1
            state.best_l1 = min(state.best_l1, figures["l1"])
            writer.row(state, rate, running, figures)
            writer.sheet(state.step, sheet)
        due = epoch_done and state.epoch % settings.checkpoint_epochs == 0
        due |= bool(settings.early_stop) and better  # which may turn out to be the one that draws
        if due or over() or asked_to_pause or unsaved > 60 * settings.checkpoint_minutes:
            saved = save()
            last_saved = time.monotonic()
        # Another program has come or gone: a step waits for the thread without a core.
        slow = state.step % 50 == 0 and rate.per_second() < 0.6 * fastest
        if settings.threads == 0 and (epoch_done or slow):
            _choose_replicas(accelerator, replicas, batches)
            rate, fastest = _Speed(), 0.0
        if progress and accelerator.is_main_process and (
            time.monotonic() - last_report > 0.3 or epoch_done or over()
        ):  # fmt: skip
            last_report = time.monotonic()
            share = fraction()
            left = state.seconds / share * (1 - share) if share > 0.002 else None
            progress(TrainProgress(state.epoch, state.step, share, rate.per_second(), left,
                                   dict(running), figures))  # fmt: skip
    writer.close()
    if saved is None:
        raise TrainingError(f"{folder}: the budget leaves no room for a single step")
    return TrainResult(saved, best_checkpoint(folder) or saved, state.epoch, state.step,
                       state.seconds, figures, state.dropped,
                       paused=bool(asked_to_pause) and not over())  # fmt: skip


@dataclass(slots=True)
class _State:
    """What the loop counts."""

    epoch: int = 0
    step: int = 0
    seconds: float = 0.0
    dropped: int = 0
    bad_in_a_row: int = 0
    critic_accuracy: float = 0.5
    best_l1: float = 1.0
    stale: int = 0

    def stored(self) -> dict[str, Any]:
        return {
            "dropped": self.dropped,
            "bad_in_a_row": self.bad_in_a_row,
            "critic_accuracy": self.critic_accuracy,
            "best_l1": self.best_l1,
            "stale": self.stale,
        }


def _refuse_uneven_parts(settings: TrainSettings, processes: int) -> None:
    """Parts of a batch must be of one size, or their mean is not the batch's."""
    if settings.batch_size % (settings.accumulation * processes):
        raise SettingsError(
            f"train.batch_size {settings.batch_size} must be a multiple of {processes} processes "
            f"times train.accumulation {settings.accumulation}"
        )
    if processes > 1 and settings.generator == "unet" and settings.norm == "batch":
        raise SettingsError(
            "train.norm=batch would normalise each process's part by itself; with several "
            "processes set train.norm=instance"
        )


def _told_by_first(accelerator: Accelerator, values: list[float]) -> list[float]:
    """The first process's values on all, whose clocks differ; one process's own."""
    if accelerator.num_processes == 1:
        return values
    told = torch.tensor(values, dtype=torch.float64, device=accelerator.device)
    return broadcast(told).tolist()


def _mean_over_processes(accelerator: Accelerator, values: dict[str, float]) -> dict[str, float]:
    """Means over the processes; not finite where one of them is not."""
    if accelerator.num_processes == 1:
        return values
    own = torch.tensor(list(values.values()), dtype=torch.float64, device=accelerator.device)
    means: list[float] = cast("Tensor", accelerator.reduce(own, reduction="mean")).tolist()
    return dict(zip(values, means, strict=True))


def _gradient_norm(
    accelerator: Accelerator, module: nn.Module, optimiser: Any, limit: float
) -> float:
    """Norm of a module's gradient, which is then no longer than the limit."""
    accelerator.unscale_gradients(optimiser)
    return float(nn.utils.clip_grad_norm_(module.parameters(), limit))


def _drop_step(accelerator: Accelerator, optimiser: Any) -> None:
    if accelerator.scaler is not None:
        optimiser.step()  # fp16: skips the step by itself, and lowers the scale
    optimiser.zero_grad(set_to_none=True)


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a batch.

    Attributes:
        batch: its pairs.
        share: of the whole batch, 0..1.
        last: whether it is the last, with whose gradient processes are brought together.
        drawn_B1HW: what the generator made of it, once it has.
    """

    batch: Batch
    share: float
    last: bool
    drawn_B1HW: Tensor | None = None


def _parts(batch: Batch, count: int) -> list[_Part]:
    """A batch in up to ``count`` parts of nearly equal size; a font's glyphs stay together."""
    glyphs = len(batch.content_B1HW)
    fonts = glyphs if batch.exemplars is None else len(batch.exemplars[0])
    each = glyphs // fonts
    parts: list[_Part] = []
    for rows in np.array_split(np.arange(fonts), min(count, fonts)):
        first, last = int(rows[0]), int(rows[-1]) + 1
        exemplars = batch.exemplars
        if exemplars is not None:
            exemplars = (exemplars[0][first:last], exemplars[1][first:last])
        span = slice(first * each, last * each)
        part = Batch(
            batch.content_B1HW[span],
            batch.target_B1HW[span],
            exemplars,
            None if batch.fonts_B is None else batch.fonts_B[span],
            None if batch.beside_BKhw is None else batch.beside_BKhw[span],
        )
        parts.append(_Part(part, (last - first) / fonts, last == fonts))
    return parts


def _generator_step(
    accelerator: Accelerator,
    replicas: Replicas,
    drawer: nn.Module,
    optimiser: Any,
    batch: Batch,
    settings: TrainSettings,
    adversarial_weight: float,
) -> tuple[dict[str, float] | None, list[_Part]]:
    """One step of the generator: its losses, or None when not finite, and what it drew."""
    optimiser.zero_grad(set_to_none=True)

    def backward(
        drawer: nn.Module, critic: nn.Module, part: _Part
    ) -> tuple[dict[str, float], _Part]:
        content = part.batch.content_B1HW
        with nullcontext() if part.last else accelerator.no_sync(drawer):
            with accelerator.autocast():
                logits = drawer(content, **part.batch.looked_at())
            terms: dict[str, Tensor] = {}
            target, weights = part.batch.target_B1HW, None
            if settings.gap_weight > 0:
                weights = 1 + settings.gap_weight * narrow_gaps(target)
            for name in ("l1", "l2", "smooth_l1", "bce"):
                if getattr(settings, name) > 0:
                    terms[name] = reconstruction_loss(name, logits, target, weights)
            loss = torch.stack([getattr(settings, n) * t for n, t in terms.items()]).sum()
            drawn = logits.float().sigmoid()
            if adversarial_weight > 0:
                with accelerator.autocast():
                    judged = critic(content, drawn)
                terms["adversarial"] = generator_adversarial_loss(
                    settings.adversarial, _headed(judged, settings)
                )
                loss = loss + adversarial_weight * terms["adversarial"]
            accelerator.backward(loss * part.share)
        losses = {name: part.share * float(term.detach()) for name, term in terms.items()}
        return losses, replace(part, drawn_B1HW=drawn.detach())

    replicas.judge_only(judging=True)
    done = replicas.run(backward, _parts(batch, settings.accumulation * replicas.active))
    replicas.judge_only(judging=False)
    replicas.gather()
    drawn = [part for _, part in done]
    norm = _gradient_norm(accelerator, drawer, optimiser, 1.0)
    totals = _mean_over_processes(accelerator, _summed([losses for losses, _ in done]))
    if not all(math.isfinite(v) for v in (norm, *totals.values())):
        _drop_step(accelerator, optimiser)
        return None, drawn
    optimiser.step()
    return totals, drawn


def _discriminator_step(
    accelerator: Accelerator,
    replicas: Replicas,
    judge: nn.Module,
    optimiser: Any,
    drawn: list[_Part],
    settings: TrainSettings,
    state: _State,
) -> dict[str, float] | None:
    """One step of the discriminator, held while it is too far ahead; None when not finite.

    ``judge`` is the discriminator as accelerate wrapped it, which brings together the
    gradients of several processes.
    """
    optimiser.zero_grad(set_to_none=True)
    _refresh_spectral_norms(judge)

    def backward(_: nn.Module, critic: nn.Module, part: _Part) -> dict[str, float]:
        content, target = part.batch.content_B1HW, part.batch.target_B1HW
        if part.drawn_B1HW is None:
            raise ValueError("a part is judged after it was drawn")
        if settings.r1 > 0:
            target = target.detach().requires_grad_()
        judging = critic if accelerator.num_processes == 1 else judge
        with nullcontext() if part.last else accelerator.no_sync(judging):
            with accelerator.autocast():
                pictures = torch.cat([target, part.drawn_B1HW])
                judged = judging(torch.cat([content, content]), pictures)
            real, fake = judged.float().chunk(2)
            accuracy = (float((real > 0).float().mean()) + float((fake < 0).float().mean())) / 2
            loss = discriminator_loss(
                settings.adversarial, _headed(real, settings), _headed(fake, settings)
            )
            total = loss
            if settings.r1 > 0:
                (slope,) = torch.autograd.grad(real.sum(), target, create_graph=True)
                total = loss + settings.r1 / 2 * slope.square().sum(dim=(1, 2, 3)).mean()
            accelerator.backward(total * part.share)
        own = {"discriminator": float(loss.detach()), "critic_accuracy": accuracy,
               "total": float(total.detach())}  # fmt: skip
        return {name: part.share * value for name, value in own.items()}

    # R1 needs second derivatives, which the fused attention has not.
    with sdpa_kernel(SDPBackend.MATH) if settings.r1 > 0 else nullcontext():
        done = replicas.run(backward, drawn)
    replicas.gather()
    told = _mean_over_processes(accelerator, _summed(done))
    norm = _gradient_norm(accelerator, judge, optimiser, CRITIC_NORM)
    if not math.isfinite(norm) or not math.isfinite(told.pop("total")):
        _drop_step(accelerator, optimiser)
        return None
    state.critic_accuracy = 0.95 * state.critic_accuracy + 0.05 * told["critic_accuracy"]
    held = state.critic_accuracy > settings.discriminator_limit
    if not held:
        optimiser.step()
    return told | {"critic_held": float(held)}


def _summed(parts: list[dict[str, float]]) -> dict[str, float]:
    return {name: sum(part[name] for part in parts) for name in parts[0]}


def _refresh_spectral_norms(critic: nn.Module) -> None:
    """One power iteration of every spectral norm, by looking at the weight in training mode.

    Source: Miyato et al., "Spectral Normalization", 2018, algorithm 1.
    """
    critic.train()
    with torch.no_grad():
        for module in critic.modules():
            if is_parametrized(module, "weight"):
                _ = module.weight
    critic.eval()


def _headed(logits: Tensor, settings: TrainSettings) -> Tensor:
    """What the discriminator's head gives: logits, or probabilities by a sigmoid."""
    logits = logits.float()
    return logits.sigmoid() if settings.head == "probabilities" else logits


def _choose_replicas(accelerator: Accelerator, replicas: Replicas, batches: BatchSource) -> None:
    """As many replicas as draw a batch fastest; no gradient is left behind."""
    batch = batches.batch(0, 0)

    def backward(drawer: nn.Module, _: nn.Module, part: _Part) -> None:
        with accelerator.autocast():
            logits = drawer(part.batch.content_B1HW, **part.batch.looked_at())
        logits.float().mean().backward()
        drawer.zero_grad(set_to_none=True)

    def step() -> None:
        replicas.run(backward, _parts(batch, replicas.active))

    replicas.choose(step)


def _validate(average: Drawer, replicas: Replicas, batch: Batch) -> tuple[dict[str, float], Tensor]:
    """L1 and IoU of the averaged weights on the validation pairs; their pictures.

    Of a family the figures of all its pairs, and of font i alone under ``name/i``.
    """
    parts = len(batch.exemplars[0]) if batch.exemplars else math.ceil(len(batch.content_B1HW) / 25)

    def draw(part: _Part) -> Tensor:
        with torch.inference_mode():
            logits = average(part.batch.content_B1HW, **part.batch.looked_at())
            return logits.float().sigmoid()

    drawn = torch.cat(replicas.draw(draw, _parts(batch, parts)))
    true = batch.target_B1HW
    figures = _figures(batch.content_B1HW, drawn, true)
    fonts = [] if batch.fonts_B is None else batch.fonts_B.unique().tolist()
    for font in fonts:
        own = batch.fonts_B == font
        found = _figures(batch.content_B1HW[own], drawn[own], true[own])
        figures |= {f"{name}/{font}": value for name, value in found.items()}
    shown = slice(0, 12) if batch.exemplars is None else slice(0, None, max(1, len(drawn) // 24))
    rows = [torch.cat([p[0] for p in stack[shown]], dim=1) for stack in
            (batch.content_B1HW, drawn, true)]  # fmt: skip
    return figures, torch.cat(rows, dim=0)


def _figures(content_B1HW: Tensor, drawn_B1HW: Tensor, true_B1HW: Tensor) -> dict[str, float]:
    ink, true_ink = drawn_B1HW >= 0.5, true_B1HW >= 0.5
    union = (ink | true_ink).sum(dim=(1, 2, 3)).clamp(min=1)
    iou = (ink & true_ink).sum(dim=(1, 2, 3)) / union
    grey, true_grey = ((4 * p * (1 - p)).mean() for p in (drawn_B1HW, true_B1HW))
    l1 = (drawn_B1HW - true_B1HW).abs().mean()
    return {
        "l1": float(l1),
        "n_l1": float(l1 / true_B1HW.mean()),
        "copy_l1": float((content_B1HW - true_B1HW).abs().mean()),
        "iou": float(iou.mean()),
        "grey": float(grey / true_grey.clamp(min=1e-6)),
    }


class _MetricsLog:
    """``metrics.jsonl``, the sheets and TensorBoard."""

    def __init__(self, folder: Path, active: bool, step: int) -> None:
        self._folder = folder
        self._board: Any = None
        self._active = active
        if active:
            from torch.utils.tensorboard import SummaryWriter

            (folder / "sheets").mkdir(parents=True, exist_ok=True)
            self._board = SummaryWriter(str(folder / "tensorboard"))
            self._board.flush()
            _drop_rows_after(folder / "metrics.jsonl", step)

    def row(
        self, state: _State, rate: _Speed, losses: dict[str, float], figures: dict[str, float]
    ) -> None:
        if not self._active:
            return
        row = {
            "epoch": state.epoch, "step": state.step, "seconds": round(state.seconds, 1),
            "glyphs_per_second": round(rate.per_second(), 1), "dropped_steps": state.dropped,
            **{f"train_{k}": round(v, 6) for k, v in losses.items()},
            **{f"validation_{k}": round(v, 6) for k, v in figures.items()},
        }  # fmt: skip
        with _clear_disk_errors(self._folder):
            with (self._folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            for name, value in row.items():
                self._board.add_scalar(name, value, state.step)
            # Its thread must not write on where the training has ended by an error.
            self._board.flush()

    def sheet(self, step: int, picture_HW: Tensor) -> None:
        if self._active:
            pixels = (255 - 255 * picture_HW.cpu().numpy()).round().astype(np.uint8)
            with _clear_disk_errors(self._folder):
                Image.fromarray(pixels).save(self._folder / "sheets" / f"step-{step:08d}.png")

    def close(self) -> None:
        if self._board is not None:
            self._board.close()


@contextmanager
def _clear_disk_errors(folder: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{folder}: cannot be written ({error.strerror}). Make room and run the same command "
            f"again: it goes on from the last checkpoint."
        ) from error


def _drop_rows_after(path: Path, step: int) -> None:
    """Drop rows that a killed training wrote past its last checkpoint, a torn one among them."""
    if not path.is_file():
        return
    kept: list[str] = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            whole = json.loads(line)["step"] <= step
        except (ValueError, KeyError, TypeError):  # torn by a kill, or of a damaged disk
            whole = False
        if whole:
            kept.append(line + "\n")
    partial = path.with_name(path.name + ".partial")
    partial.write_text("".join(kept), encoding="utf-8")
    partial.replace(path)


class _Speed:
    """Glyphs a second over the last ten seconds or so."""

    def __init__(self) -> None:
        self._marks: list[tuple[float, int]] = [(time.monotonic(), 0)]

    def count(self, glyphs: int) -> None:
        self._marks.append((time.monotonic(), self._marks[-1][1] + glyphs))
        while len(self._marks) > 2 and self._marks[-1][0] - self._marks[1][0] > 10:
            self._marks.pop(0)

    def per_second(self) -> float:
        (start, before), (end, after) = self._marks[0], self._marks[-1]
        return (after - before) / max(end - start, 1e-6)


def _schedule(step: int, fraction: float, settings: TrainSettings) -> float:
    """Linear warm-up, then a half cosine over the budget down to 2 %."""
    warm = min(1.0, (step + 1) / max(1, settings.warmup_steps))
    return warm * (0.02 + 0.98 * (1 + math.cos(math.pi * fraction)) / 2)


def _adversarial_weight(fraction: float, settings: TrainSettings) -> float:
    weight = settings.adversarial_weight
    if weight is None:
        weight = 0.02 if settings.generator == "unet" else 0.0
    if weight == 0 or fraction < settings.adversarial_start:
        return 0.0
    ramp = max(settings.adversarial_ramp, 1e-9)
    return weight * min(1.0, (fraction - settings.adversarial_start) / ramp + 1e-3)


def _optimiser(
    settings: TrainSettings, drawer: nn.Module, rate: float, threads: int
) -> torch.optim.Optimizer:
    chosen = settings.optimiser
    if chosen == "auto":
        chosen = "muon" if settings.generator == "folded" else "adam"
    betas = (settings.beta1, 0.999)
    if chosen == "muon":
        return Muon(drawer, rate, betas, threads)
    return torch.optim.Adam(drawer.parameters(), lr=rate, betas=betas)


def _rate(settings: TrainSettings, *, from_base: bool) -> float:
    if settings.learning_rate is not None:
        return settings.learning_rate
    if settings.generator == "unet":
        return 2e-4
    return 2e-4 if from_base else 1e-3


@torch.no_grad()
def _update_average(average: nn.Module, raw: nn.Module, decay: float) -> None:
    pairs = list(zip(average.parameters(), raw.parameters(), strict=True))
    torch._foreach_lerp_([a for a, _ in pairs], [r for _, r in pairs], 1 - decay)  # pyright: ignore[reportPrivateUsage, reportPrivateImportUsage] (what torch.optim uses)
    for mean, now in zip(average.buffers(), raw.buffers(), strict=True):
        mean.copy_(now)
