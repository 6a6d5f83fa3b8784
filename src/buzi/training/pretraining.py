"""The stage `pretrain`: a corpus pack → a base that reads a style off a few pairs, or a finisher.

Shapes: B batch, F fonts in a batch, N exemplar pairs, K pictures of siblings, H height, W width.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from buzi.errors import SettingsError
from buzi.glyphs.canvas import Canvas
from buzi.networks import Architecture, load_weights, read_info, read_tensors
from buzi.pairs.pack import CorpusPack, open_pack
from buzi.pairs.siblings import FEWEST, KNOWN, PartIndex, chosen, halved, sketches
from buzi.pairs.splitting import hash_order
from buzi.rasters.store import write_json
from buzi.training.data import Batch, BatchesAhead, BatchSource, Changes, rolled, share_of
from buzi.training.degrading import FinishingBatches
from buzi.training.keeping import checkpoints
from buzi.training.loop import Drawer, TrainProgress, TrainResult, run_training
from buzi.training.settings import TrainSettings

CLASS_WEIGHT = {"rounded": 2.0, "kai": 2.0, "brush": 0.5, "display": 0.5, "handwriting": 0.7}
"""How often a design of a class is drawn from, against 1 for the text classes."""

FEW = 64
"""Glyphs among which a font's siblings are found when it passes for one that has few."""

VALIDATION_GLYPHS = 48
"""Glyphs of each design that is measured on, if it has as many."""


class PretrainSettings(BaseModel):
    """How the base learns."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    learns: Literal["base", "finisher"] = "base"
    """What is learnt: a base that draws fonts it has never seen, or a finisher that makes up the
    mind of drawings that cannot decide. [choice; base, finisher; default base]

    學什麼：能畫沒見過的字型的基底，或把猶豫不定的圖畫定的收尾網路。
    """

    base: Path | None = None
    """Checkpoint folder of a base or finisher, of the same kind, that this one starts from; `none`
    starts from nothing. [folder; a folder; default none]

    從哪個同類的基底或收尾網路檢查點資料夾接著學；`none` 表示從零開始。
    """

    image_side: Literal[128, 256, 384, 512] = 256
    """Side of the network's picture. [pixels; 128, 256, 384, 512; default 256]

    網路所見圖片的邊長。
    """

    width: float = Field(default=1.0, ge=0.25, le=4)
    """Factor of the generator's channels. [factor; 0.25 to 4; default 1]

    生成網路通道數的倍數。
    """

    fonts: int = Field(default=48, ge=1, le=512)
    """Fonts in a batch. [fonts; 1 to 512; default 48]

    一批裡的字型數。
    """

    glyphs: int = Field(default=16, ge=1, le=512)
    """Glyphs of each font in a batch. [glyphs; 1 to 512; default 16]

    一批裡每個字型的字符數。
    """

    exemplars: int = Field(default=12, ge=1, le=256)
    """Pairs that a style is read from. [pairs; 1 to 256; default 12]

    讀取風格所用的字對數。
    """

    steps_per_epoch: int = Field(default=500, ge=1, le=100000)
    """Steps between two measurements. [steps; 1 to 100,000; default 500]

    兩次量測之間的步數。
    """

    max_glyphs: int = Field(default=100000, ge=16, le=100000)
    """Most glyphs of a font to hold in memory (80 kB each at 256 pixels, the half
    beside it). [glyphs; 16 to 100,000; default 100,000]

    每個字型最多放進記憶體的字符數（256 像素時連同縮小的圖每個 80 kB）。
    """

    validation_designs: int = Field(default=6, ge=1, le=64)
    """Designs kept apart to measure on; one a class first, chosen by hash. [designs; 1 to 64;
    default 6]

    留作量測的設計數；每類先取一個，以雜湊選定。
    """

    shift_px: int = Field(default=4, ge=0, le=8)
    """As in training. [pixels; 0 to 8; default 4]

    同訓練。
    """

    few: float = Field(default=0.2, ge=0, le=1)
    """Share of fonts in a batch that pass for fonts of 64 glyphs: their siblings are less alike.
    [share; 0 to 1; default 0.2]

    一批裡當成只有 64 個字符的字型的比例：這些字型可供對照的字符沒那麼像。
    """

    restyle: float = Field(default=0.5, ge=0, le=1)
    """Share of fonts in a batch that are made into other ones: rescaled, bolder, rounder. [share;
    0 to 1; default 0.5]

    一批裡改造成其他字型的比例：縮放、加粗、磨圓。
    """

    minutes: float = Field(default=18.0, gt=0, le=100000)
    """Budget over all sessions. [minutes; above 0 to 100,000; default 18]

    各次合計的時間預算。
    """

    steps: int | None = Field(default=None, ge=1, le=100000000)
    """Budget in optimiser steps, besides that in minutes; `none` for no limit. [steps; 1 to
    100,000,000; default none]

    除了分鐘數之外，以最佳化步數計的預算；`none` 表示不限。
    """

    learning_rate: float = Field(default=1.5e-3, gt=0, le=0.1)
    """The optimiser's peak rate. [rate; above 0 to 0.1; default 0.0015]

    最佳化器的最高學習率。
    """

    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    """As in training. [choice; auto, fp32, bf16, fp16; default auto]

    同訓練。
    """

    threads: int = Field(default=0, ge=0, le=1024)
    """As in training. [threads; 0 to 1,024; default 0]

    同訓練。
    """

    compile: bool = False
    """Compile the network; pays on a GPU. [switch; true or false; default false]

    編譯網路；在 GPU 上划算。
    """

    seed: int = Field(default=0, ge=0, lt=2**31)
    """Seed of weights and of the order of batches. [number; 0 to below 2,147,483,648; default 0]

    權重與批次順序的亂數種子。
    """


class PackBatches:
    """Batches of a corpus pack: several fonts at once, each with exemplars of its own.

    Beside each glyph stand its siblings (:mod:`buzi.pairs.siblings`) of the same font,
    if a base is to learn from them.

    Args:
        pack: the corpus.
        settings: sizes of a batch.
        device: where the rasters stay.
        workers: processes that draw the pack.
        rank: this process.
        world: number of processes; each takes its stretch of a batch's fonts.
    """

    def __init__(
        self,
        pack: CorpusPack,
        settings: PretrainSettings,
        device: torch.device,
        workers: int,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        if settings.fonts % world:
            raise SettingsError(
                f"fonts={settings.fonts} cannot be shared evenly by {world} processes; "
                f"make it a multiple of {world}"
            )
        canvas = Canvas.for_side(settings.image_side)
        pack = pack.at_most(settings.max_glyphs, settings.seed)
        self._settings = settings
        self._device = device
        self._rank, self._world = rank, world
        rng = np.random.default_rng(settings.seed)
        starts = pack.starts
        self._content_of = pack.content_of_targets().astype(np.int64)
        content = pack.draw_content(canvas, workers=workers)
        target = pack.draw_targets(canvas, workers=workers)
        self._pictures = tuple(torch.from_numpy(r).to(device) for r in (content, target))
        self._known: npt.NDArray[np.int64] | None = None
        self._halves: tuple[Tensor, ...] = ()
        if settings.learns == "base":
            self._known = _known_siblings(
                pack, sketches(content), self._content_of, settings.seed, workers
            )
            self._halves = tuple(_halved(rasters) for rasters in self._pictures)
        held = _validation_designs(pack, settings.validation_designs)
        self._rows: list[npt.NDArray[np.int64]] = []
        self._designs: dict[str, list[int]] = {}
        weights: dict[str, float] = {}
        self._held_rows: list[npt.NDArray[np.int64]] = []
        needed = settings.exemplars + settings.glyphs
        for index, font in enumerate(pack.fonts):
            rows = rng.permutation(np.arange(starts[index], starts[index + 1]))
            if len(rows) < needed:
                continue
            if font.design in held:
                if held[font.design] == font.font_id:
                    self._held_rows.append(rows)
                continue
            self._designs.setdefault(font.design, []).append(len(self._rows))
            weights[font.design] = CLASS_WEIGHT.get(font.style_class, 1.0)
            self._rows.append(rows)
        if not self._rows or not self._held_rows:
            raise SettingsError(
                f"{pack.path}: {len(pack.fonts)} fonts are too few to train on some and measure "
                f"on {settings.validation_designs} designs of at least {needed} glyphs"
            )
        self._names = list(self._designs)
        chances = np.array([weights[name] for name in self._names])
        self._chances = chances / chances.sum()

    @property
    def steps_per_epoch(self) -> int:
        """As the settings say: fonts and glyphs are drawn at random without end."""
        return self._settings.steps_per_epoch

    def batch(self, epoch: int, index: int) -> Batch:
        """Fonts at random, evenly over designs; glyphs of each at random."""
        s = self._settings
        rng = np.random.default_rng([s.seed, epoch, index])
        rows: list[npt.NDArray[np.int64]] = []
        for design in rng.choice(len(self._names), size=s.fonts, p=self._chances):
            font = rng.choice(self._designs[self._names[design]])
            rows.append(rng.choice(self._rows[font], s.glyphs + s.exemplars, replace=False))
        few = (rng.random(s.fonts) < s.few).astype(np.int64)
        restyling = Restyling.by_chance(s.fonts, s.restyle, rng)
        changes = Changes.of_step([s.seed, epoch, index, 3], s.fonts * s.glyphs, s.shift_px)
        mine = np.zeros(s.fonts, np.bool_)
        mine[share_of(self._rank, self._world, s.fonts)] = True
        return self._drawn(
            np.stack(rows)[mine], few[mine], changes.of(np.repeat(mine, s.glyphs)),
            restyling.of(mine),
        )  # fmt: skip

    def validation(self) -> Batch:
        """Glyphs of designs that are never trained on, not restyled."""
        most = min(map(len, self._held_rows)) - self._settings.exemplars
        fonts, glyphs = len(self._held_rows), min(VALIDATION_GLYPHS, most)
        rows = np.stack([rows[: glyphs + self._settings.exemplars] for rows in self._held_rows])
        few = np.zeros(fonts, np.int64)
        return self._drawn(rows, few, Changes.none(fonts * glyphs), Restyling.none(fonts))

    def _drawn(
        self,
        rows_FK: npt.NDArray[np.int64],
        few_F: npt.NDArray[np.int64],
        changes: Changes,
        restyling: Restyling,
    ) -> Batch:
        """The first rows of each font, as many as there are changes; the others as exemplars."""
        fonts, drawn = len(rows_FK), len(changes.shifts_B2)
        each = drawn // fonts
        content, target = self._taken(self._pictures, rows_FK)
        target = restyling.applied(target)
        content_B1HW, target_B1HW = (
            rolled(p[:, :each].flatten(0, 1), changes.shifts_B2).contiguous()
            for p in (content, target)
        )
        beside: Tensor | None = None
        if self._known is not None:
            known = self._known[few_F[:, None], rows_FK[:, :each]].reshape(drawn, KNOWN, 2)
            shown = chosen(known, changes.keys_BC2).reshape(fonts, -1)
            near_content, near_target = self._taken(self._halves, shown)
            # Content and target of each sibling in turn, as everywhere.
            near = torch.cat([near_content, restyling.applied(near_target)], dim=2)
            near = near.reshape(drawn, -1, *near.shape[-2:])
            beside = rolled(near, changes.shifts_B2 // 2)
        return Batch(
            content_B1HW,
            target_B1HW,
            (content[:, each:].contiguous(), target[:, each:].contiguous()),
            beside_BKhw=beside,
        )

    def _taken(
        self, stores: tuple[Tensor, ...], rows_FN: npt.NDArray[np.int64]
    ) -> tuple[Tensor, Tensor]:
        """Content and target of some rows of each font, (F, N, 1, H, W) in 0..1."""
        content, target = (
            store[torch.from_numpy(at).to(self._device)][:, :, None].float().div_(255)
            for store, at in zip(stores, (self._content_of[rows_FN], rows_FN), strict=True)
        )
        return content, target


def _halved(rasters_NHW: Tensor) -> Tensor:
    """As :func:`buzi.pairs.siblings.halved`, where the rasters are."""
    if rasters_NHW.device.type == "cpu":
        return torch.from_numpy(halved(rasters_NHW.numpy()))
    return _halved_by_torch(rasters_NHW)


def _halved_by_torch(rasters_NHW: Tensor) -> Tensor:
    half = torch.empty_like(rasters_NHW[:, ::2, ::2])
    for own, some in zip(half.split(4096), rasters_NHW.split(4096), strict=True):
        quads = some.unflatten(2, (-1, 2)).unflatten(1, (-1, 2))
        own.copy_((quads.sum(dim=(2, 4), dtype=torch.int32) + 2) >> 2)
    return half


def _known_siblings(
    pack: CorpusPack,
    content_sketches: npt.NDArray[np.float32],
    content_of: npt.NDArray[np.int64],
    seed: int,
    workers: int,
) -> npt.NDArray[np.int64]:
    """The siblings of every target row: int64 (2, rows, C, 2), rows of targets of its font.

    First among all glyphs of the font, then among :data:`FEW` of them.
    """
    rng = np.random.default_rng([seed, 2])
    known = np.empty((2, pack.pair_count, KNOWN, 2), np.int64)
    few = [np.sort(rng.permutation(len(f))[:FEW]) if len(f) >= FEWEST else None for f in pack.fonts]

    def search(index: int) -> None:
        font, among_few = pack.fonts[index], few[index]
        start, end = pack.starts[index : index + 2]
        if among_few is None:
            known[:, start:end] = start  # a font of so few glyphs is never drawn from
            return
        own = content_sketches[content_of[start:end]]
        codepoints = np.array(font.codepoints, np.int64)
        for which, among in enumerate((np.arange(len(font)), among_few)):
            found, _ = PartIndex(own[among], codepoints[among]).nearest(own, codepoints)
            known[which, start:end] = start + among[found]

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(search, range(len(pack.fonts))))
    return known


def _validation_designs(pack: CorpusPack, count: int) -> dict[str, str]:
    """Designs to measure on → the font of each that is measured; one a class, then more."""
    by_class: dict[str, list[str]] = {}
    members: dict[str, list[tuple[int, str]]] = {}
    for font in pack.fonts:
        members.setdefault(font.design, []).append((abs(font.weight - 400), font.font_id))
        designs = by_class.setdefault(font.style_class, [])
        if font.design not in designs:
            designs.append(font.design)
    # A design of many weights is too good to lose: the one with fewest fonts goes first.
    for designs in by_class.values():
        order = {n: i for i, n in enumerate(hash_order(range(len(designs))))}
        rank = {name: (len(members[name]), order[i]) for i, name in enumerate(designs)}
        designs.sort(key=lambda name: rank[name])
    chosen: list[str] = []
    for turn in range(max(len(d) for d in by_class.values())):
        for style_class in sorted(by_class):
            if turn < len(by_class[style_class]) and len(chosen) < count:
                chosen.append(by_class[style_class][turn])
    return {design: min(members[design])[1] for design in chosen}


@dataclass(frozen=True)
class Restyling:
    """What makes other typefaces of some fonts of a batch: all glyphs of one alike.

    Rescaled and shifted (placement has to be read off exemplars and siblings), and blurred
    and cut at another level, which rounds corners and changes the weight.

    Attributes:
        theta_F23: where each font's pictures are taken from, as ``affine_grid`` wants it.
        moved_F: whether it is.
        level_F: coverage at which blurred pictures are cut.
        cut_F: whether they are.
        sigma: of the blur, as a share of the picture's side; one for the whole batch.
    """

    theta_F23: npt.NDArray[np.float32]
    moved_F: npt.NDArray[np.bool_]
    level_F: npt.NDArray[np.float32]
    cut_F: npt.NDArray[np.bool_]
    sigma: float

    @classmethod
    def none(cls, fonts: int) -> Restyling:
        """Nothing is changed."""
        theta = np.tile(np.array([[1, 0, 0], [0, 1, 0]], np.float32), (fonts, 1, 1))
        still = np.zeros(fonts, np.bool_)
        return cls(theta, still, np.full(fonts, 0.5, np.float32), still, 0.01)

    @classmethod
    def by_chance(cls, fonts: int, share: float, rng: np.random.Generator) -> Restyling:
        """Of a share of the fonts; half of that is blurred and cut."""
        theta = cls.none(fonts).theta_F23
        for row in theta:
            size = math.exp(rng.normal(0, 0.05))
            row[0, 0] = size * math.exp(rng.normal(0, 0.03))
            row[1, 1] = size * math.exp(rng.normal(0, 0.03))
            row[0, 1] = rng.normal(0, 0.02)
            row[:, 2] = rng.normal(0, 0.02, 2)
        level = rng.uniform(0.35, 0.62, fonts).astype(np.float32)
        moved, cut = rng.random(fonts) < share, rng.random(fonts) < share / 2
        return cls(theta, moved, level, cut, float(rng.uniform(1.0, 3.0)) / 256)

    def of(self, fonts: npt.NDArray[np.bool_]) -> Restyling:
        """That of some of the fonts."""
        return Restyling(self.theta_F23[fonts], self.moved_F[fonts], self.level_F[fonts],
                         self.cut_F[fonts], self.sigma)  # fmt: skip

    def applied(self, target_FN1HW: Tensor) -> Tensor:
        """The fonts' pictures, of any size: (F, N, 1, H, W), coverage in [0, 1]."""
        device, side = target_FN1HW.device, target_FN1HW.shape[-1]
        target = target_FN1HW.clone()
        moved = np.flatnonzero(self.moved_F)
        if len(moved):
            which = torch.from_numpy(moved).to(device)
            still = target[which].flatten(0, 1)
            theta = torch.from_numpy(self.theta_F23[moved]).to(device)
            each = theta.repeat_interleave(target.shape[1], dim=0)
            grid = F.affine_grid(each, list(still.shape), align_corners=False)
            done = F.grid_sample(still, grid, mode="bilinear", align_corners=False)
            target[which] = done.unflatten(0, (len(moved), -1))
        cut = np.flatnonzero(self.cut_F)
        if len(cut):
            sigma = self.sigma * side
            radius = math.ceil(2.5 * sigma)
            line = torch.arange(-radius, radius + 1, device=device) / sigma
            line = torch.exp(-0.5 * line**2)
            line = (line / line.sum()).float()
            which = torch.from_numpy(cut).to(device)
            blurred = target[which].flatten(0, 1)
            blurred = F.conv2d(blurred, line[None, None, None, :], padding=(0, radius))
            blurred = F.conv2d(blurred, line[None, None, :, None], padding=(radius, 0))
            blurred = blurred.unflatten(0, (len(cut), -1))
            level = torch.from_numpy(self.level_F[cut]).to(device)
            # A blurred edge rises by 1 / (sigma sqrt(2 pi)) a pixel: make it one pixel wide.
            slope = sigma * math.sqrt(2 * math.pi)
            made = 0.5 + (blurred - level[:, None, None, None, None]) * slope
            target[which] = made.clamp(0, 1)
        return target


_FREE = {"minutes", "steps", "threads", "compile", "precision"}
"""Settings that may change while a pre-training goes on."""


def _refuse_other_settings(folder: Path, settings: PretrainSettings, pack: CorpusPack) -> None:
    """Go on with what was begun, and with nothing else.

    Raises:
        SettingsError: the folder was begun with another pack or other settings.
    """
    told = [[font.font_id, *font.codepoints] for font in pack.fonts]
    now = settings.model_dump(mode="json", exclude=_FREE) | {
        "pairs of the pack": pack.pair_count,
        "fonts of the pack": hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16],
    }
    stamp = folder / "made-from.json"
    if stamp.is_file() and checkpoints(folder):
        try:
            before: dict[str, Any] = json.loads(stamp.read_text(encoding="utf-8"))
        except ValueError as error:
            raise SettingsError(f"{stamp}: damaged ({error}); use another --output") from error
        # A setting that did not exist then had the effect of its default.
        before = PretrainSettings().model_dump(mode="json", exclude=_FREE) | before
        before.setdefault("fonts of the pack", now["fonts of the pack"])  # of an older version
        changed = [
            f"{key} was {before.get(key)!r} and is {value!r}"
            for key, value in now.items()
            if before.get(key) != value
        ]
        if changed:
            raise SettingsError(
                f"{folder}: begun with other settings: {'; '.join(changed)}. Use another --output, "
                f"or those settings"
            )
    if int(os.environ.get("RANK", "0")) == 0:  # of several processes the first one writes
        write_json(stamp, now)


def _from(drawer: Drawer, folder: Path) -> str:
    """Weights of another pre-training, encoder and all."""
    info = read_info(folder)
    for name in ("generator", "encoder"):
        load_weights(
            drawer.get_submodule(name), read_tensors(folder / f"{name}.safetensors"), folder
        )
    return f"from {folder.name} ({info.step} steps)"


def pretrain(
    pack_path: Path,
    folder: Path,
    settings: PretrainSettings | None = None,
    *,
    session_minutes: float | None = None,
    workers: int = 1,
    progress: Callable[[TrainProgress], None] | None = None,
) -> TrainResult:
    """Train a base on a corpus pack; goes on from the folder's last checkpoint.

    Args:
        pack_path: what `buzi corpus` wrote.
        folder: where checkpoints, metrics and sheets go.
        settings: sizes of a batch, budget.
        session_minutes: stop with a checkpoint after so long; the next call goes on.
        workers: processes that draw the pack at the start.
        progress: called while it runs.

    Raises:
        PairsError: the pack is damaged.
        SettingsError: too few fonts, or the folder was begun with other settings.
        CheckpointError: the base to start from is damaged, or of another kind.
    """
    settings = settings or PretrainSettings()
    pack = open_pack(pack_path)
    _refuse_other_settings(folder, settings, pack)
    loop = TrainSettings(
        base=None,
        minutes=settings.minutes,
        steps=settings.steps,
        batch_size=settings.fonts * settings.glyphs,
        learning_rate=settings.learning_rate,
        beta1=0.9,
        warmup_steps=300,
        adversarial_weight=0.0,
        ema_decay=0.999,
        seed=settings.seed,
        precision=settings.precision,
        threads=settings.threads,
    )
    finishing, base = settings.learns == "finisher", settings.base

    def source(accelerator: Accelerator) -> BatchSource:
        rank, world = accelerator.process_index, accelerator.num_processes
        batches = PackBatches(pack, settings, accelerator.device, workers, rank, world)
        return BatchesAhead(
            FinishingBatches(batches, settings.seed, rank) if finishing else batches
        )

    options = (
        {"width": settings.width} if finishing else {"width": settings.width, "siblings": True}
    )
    return run_training(
        source,
        folder,
        loop,
        Architecture("finisher" if finishing else "folded", settings.image_side, options),
        Canvas.for_side(settings.image_side),
        initialise=None if base is None else lambda drawer: _from(drawer, base),
        with_encoder=True,
        compile_model=settings.compile,
        session_minutes=session_minutes,
        progress=progress,
    )
