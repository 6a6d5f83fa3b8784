"""The stage `generate`: checkpoint + content rasters → rasters, with a confidence each."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from buzi.errors import CheckpointError, OutputError
from buzi.generation.confidence import SIGNS, plain_confidence, read_signs
from buzi.generation.finishing import Finishing, crisp
from buzi.generation.judging import Judge
from buzi.generation.specks import without_specks
from buzi.glyphs import Canvas
from buzi.networks import flushed_denormals, load_generator
from buzi.pairs import Shown, Siblings
from buzi.rasters.store import RasterStore, open_store, write_store

_CHUNK = 128
"""Glyphs that are drawn, and saved, at a time."""


VANISHED = 0.3
"""A drawing with less than this share of its content's ink has vanished, not got thin."""


_BELIEVED = 0.75
"""A drawing with so much of the ink that it was shown of itself is drawn from once more. Of Zen
Maru Gothic's bopomofo all keep 0.86 and more, but for the dot above, which keeps 0.57."""

_TORN = 1.4
"""How much greyer than its tries a mean of contradictions is; of 4,291 drawings in 22 fonts the
greyest was 1.29 times as grey as its clearest try, half of them 1.03 times."""


class GenerateSettings(BaseModel):
    """How the missing glyphs are drawn."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    shifts: int = Field(default=2, ge=1, le=16)
    """Each glyph is drawn this often, its content shifted by a few pixels, and averaged. From 2
    on, the disagreement of the drawings tells how sure the network is. [drawings; 1 to 16;
    default 2]

    每個字符平移幾像素重畫的次數，結果取平均。2 以上時，各次之間的差異顯示網路有多少把握。
    """

    batch_size: int = Field(default=16, ge=1, le=4096)
    """Glyphs drawn at once. [glyphs; 1 to 4,096; default 16]

    一次畫的字符數。
    """

    finish: bool = True
    """Let the finisher decide where a drawing cannot: grey bands become strokes, wavering ones
    straight. Works on pictures of 256 pixels. [switch; true or false; default true]

    由收尾網路把猶豫不定的地方畫定：灰影畫成筆畫，抖動的筆畫拉直。只用於 256 像素的圖片。
    """

    finisher_steps: int = Field(default=120, ge=0, le=100000)
    """Steps of 16 glyphs in which the finisher is tuned to the font before it draws; 0 takes it as
    it comes with Buzi. [steps; 0 to 100,000; default 120]

    收尾網路在畫字之前先用這套字型調整的步數，每步 16 個字符；0 表示直接用 Buzi 附的。
    """

    rescue: float = Field(default=0.1, ge=0, le=1)
    """Share of the glyphs, least sure first, that are drawn again by other means (with other
    siblings; where there are none, more shifts and another checkpoint), the surest drawing being
    kept; 0 for none. [share; 0 to 1; default 0.1]

    最沒把握的字符中，有多少比例改用其他方法重畫（換別的相像字來看；沒有相像字時，用更多平移與別的檢查點），留下最有把
    握的一張；0 表示不重畫。
    """


_SHIFTS = (
    (0, 0), (2, -2), (-2, 4), (4, 2), (-4, -2), (2, 4), (0, -4), (-2, 2),
    (4, -2), (-4, -4), (2, -6), (6, 2), (-6, 4), (4, 6), (-2, 0), (0, 4),
)  # fmt: skip
"""(dy, dx) in pixels: off the network's grid of 8 x 8, but even, as siblings have half the side."""


@flushed_denormals()
def generate(
    checkpoint: Path,
    content: Path,
    folder: Path,
    settings: GenerateSettings | None = None,
    codepoints: Collection[int] | None = None,
    progress: Callable[[int, int], None] | None = None,
    judge: Judge | None = None,
    siblings: Siblings | None = None,
    finishing: Finishing | None = None,
    *,
    keep_parts: bool = False,
) -> None:
    """Draw glyphs from their content rasters.

    Args:
        checkpoint: folder of a checkpoint.
        content: raster store of content glyphs on the checkpoint's canvas.
        folder: raster store to be written, with the columns ``confidence``
            (0..1, larger is surer) and ``stand_in`` (True where the drawing
            vanished and the content glyph stands in for it, with confidence 0).
            An interrupted drawing goes on from its parts.
        settings: how.
        codepoints: draw only these of the content store; None for all.
        progress: called with (glyphs drawn, glyphs in all).
        judge: what confidence is by; None for the plain one.
        siblings: of the pairs that the checkpoint was taught, where it looks at them.
        finishing: of the typeface; None leaves the drawings as they are.
        keep_parts: until :func:`drop_parts`, so that the same call draws nothing again.

    Raises:
        CheckpointError: damaged, trained on another canvas, or in want of siblings.
    """
    settings = settings or GenerateSettings()
    generator, info = load_generator(checkpoint)
    store = open_store(content)
    if store.canvas != info.canvas:
        raise CheckpointError(
            f"{checkpoint}: trained on a canvas of {info.canvas.side_px} pixels, but "
            f"{content} has {store.canvas.side_px}; prepare and train with one image size"
        )
    rows = [row for row, c in enumerate(store.codepoints) if codepoints is None or c in codepoints]
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    generator.to(device)
    parts = folder / f"parts-{_made_from(checkpoint, store, rows, settings, finishing)}"
    for other in folder.glob("parts-*"):
        if other != parts:
            shutil.rmtree(other)
    try:
        parts.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError.of(folder, error) from error
    side = store.canvas.side_px
    drawings = np.empty((len(rows), side, side), np.uint8)
    signs: list[npt.NDArray[np.float32]] = [np.empty((0, len(SIGNS)), np.float32)]
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        part = parts / f"{start:06d}-{len(chunk)}.npz"
        saved = _read_part(part)
        if saved is None:
            content_NHW = store.rasters[chunk]
            beside = shown_beside(
                generator, siblings, content_NHW, [store.codepoints[row] for row in chunk]
            )
            drawn, read = draw_batches(
                generator, store.canvas, content_NHW, settings, device, beside, finishing=finishing
            )
            partial = part.with_suffix(".partial")
            with partial.open("wb") as file:
                np.savez(file, drawn=drawn, signs=read)
            partial.replace(part)
            saved = drawn, read
        drawings[start : start + len(chunk)] = saved[0]
        signs.append(saved[1])
        if progress:
            progress(start + len(chunk), len(rows))
    confidences = confidences_of(np.concatenate(signs), judge)
    vanished = vanished_rows(drawings, store.rasters[rows])
    for i in vanished:
        drawings[i] = store.rasters[rows[i]]
        confidences[i] = 0.0
    write_store(
        folder,
        store.canvas,
        [store.codepoints[row] for row in rows],
        drawings,
        {"confidence": confidences, "stand_in": [i in vanished for i in range(len(rows))]},
    )
    if not keep_parts:
        drop_parts(folder)


def drop_parts(folder: Path) -> None:
    """Delete the parts that a store was drawn in."""
    for parts in folder.glob("parts-*"):
        shutil.rmtree(parts)


def _read_part(
    part: Path,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]] | None:
    """Drawings and signs of a part; None where there is none, or a power cut tore it."""
    try:
        with part.open("rb") as file, np.load(file, allow_pickle=False) as saved:
            return saved["drawn"], saved["signs"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def confidences_of(signs_NK: npt.NDArray[np.float32], judge: Judge | None) -> list[float]:
    """Confidences of N drawings, 0..1, by the judge or by the plain measure."""
    sure = plain_confidence(signs_NK) if judge is None else judge.confidences(signs_NK)
    return [float(value) for value in sure]


def vanished_rows(drawn_NHW: npt.NDArray[np.uint8], content_NHW: npt.NDArray[np.uint8]) -> set[int]:
    """Which of N drawings lost their ink: small marks, above all, that resemble nothing learnt."""
    return {
        i
        for i, (drawn, content) in enumerate(zip(drawn_NHW, content_NHW, strict=True))
        if np.count_nonzero(drawn > 127) < VANISHED * np.count_nonzero(content > 127)
    }


def _made_from(
    checkpoint: Path,
    store: RasterStore,
    rows: list[int],
    settings: GenerateSettings,
    finishing: Finishing | None,
) -> str:
    """Names what is drawn from what, so that parts of another drawing are never taken up."""
    digest = hashlib.sha256((checkpoint / "generator.safetensors").read_bytes())
    finished = "" if finishing is None else finishing.name
    codepoints = [store.codepoints[row] for row in rows]
    digest.update(repr([SIGNS, settings.shifts, finished, codepoints]).encode())
    for row in rows:
        digest.update(store.rasters[row].tobytes())
    return digest.hexdigest()[:16]


def shown_beside(
    generator: nn.Module,
    siblings: Siblings | None,
    content_NHW: npt.NDArray[np.uint8],
    codepoints: Sequence[int],
) -> Shown | None:
    """What N glyphs have beside them, for a generator that looks at it; else None.

    Raises:
        CheckpointError: it looks at siblings, and there are none to choose from.
    """
    if not getattr(generator, "siblings", False):
        return None
    if siblings is None:
        raise CheckpointError(
            "this checkpoint draws a glyph with the font's own glyphs beside it, so it needs the "
            "pairs of its run: draw with `buzi generate RUN`, or train with train.siblings=false"
        )
    return siblings.beside(content_NHW, codepoints)


def _on(device: torch.device, pictures: npt.NDArray[np.uint8]) -> Tensor:
    """Coverage in [0, 1], on the device."""
    return torch.from_numpy(np.array(pictures)).to(device).float() / 255


def _of_one_opinion(tries_BTHW: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The tries of each glyph as one drawing for the finisher, (B, H, W).

    Their mean, weighed as 1 to 1/2 to 1/3 and so on: where they differ a finisher takes the
    heavier. Where the mean is much greyer than one of them, they do not waver but contradict each
    other, and it would hold two glyphs: then the try that is least grey.
    """
    weights = 1 / np.arange(1, tries_BTHW.shape[1] + 1, dtype=np.float32)
    mean_BHW = np.einsum("bthw,t->bhw", tries_BTHW, weights / weights.sum())
    grey_BT = (tries_BTHW * (1 - tries_BTHW)).sum(axis=(2, 3))
    least_B = grey_BT.argmin(axis=1)
    each_B = np.arange(len(mean_BHW))
    torn_B = (mean_BHW * (1 - mean_BHW)).sum(axis=(1, 2)) > _TORN * grey_BT[each_B, least_B]
    return np.where(torn_B[:, None, None], tries_BTHW[each_B, least_B], mean_BHW)


def draw_batches(
    generator: nn.Module,
    canvas: Canvas,
    content_NHW: npt.NDArray[np.uint8],
    settings: GenerateSettings,
    device: torch.device,
    shown: Shown | None = None,
    turn: int = 0,
    finishing: Finishing | None = None,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """Rasters uint8 (N, H, W), means of their tries, and signs float32 (N, K) of each.

    Each try is shifted by some pixels, and shows other siblings beside the glyph, from
    ``turn`` on. If there is a finishing, weighed means are finished instead, or one try
    where the tries contradict each other.

    A glyph of a script that the font lacks, which is shown itself, is drawn once more with its
    drawing in that place: as drawn it has more of the font's hand than its content has. Not so
    what shrank, which would shrink again. What was written by its strokes is drawn once, and
    stays as it was written where the drawing shrank.
    """
    drawn, signs = _drawn_once(
        generator, canvas, content_NHW, settings, device, shown, turn, finishing
    )
    if shown is None:
        return drawn, signs
    for number, written in shown.written.items():
        if np.count_nonzero(drawn[number] > 127) < _BELIEVED * np.count_nonzero(written > 127):
            drawn[number] = written
    lacking = [
        number
        for number, (_, own) in sorted(shown.own.items())
        if number not in shown.written
        and np.count_nonzero(drawn[number] > 127) > _BELIEVED * 4 * np.count_nonzero(own > 127)
    ]
    if lacking:
        seen = drawn[lacking] if finishing is None else crisp(drawn[lacking])
        drawn[lacking], signs[lacking] = _drawn_once(
            generator, canvas, content_NHW[lacking], settings, device,
            shown.seeing(lacking, seen), turn, finishing,
        )  # fmt: skip
    return drawn, signs


def _drawn_once(
    generator: nn.Module,
    canvas: Canvas,
    content_NHW: npt.NDArray[np.uint8],
    settings: GenerateSettings,
    device: torch.device,
    shown: Shown | None,
    turn: int,
    finishing: Finishing | None,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """As :func:`draw_batches`, every glyph once."""
    drawn: list[npt.NDArray[np.uint8]] = []
    signs: list[npt.NDArray[np.float32]] = []
    with torch.inference_mode():
        for start in range(0, len(content_NHW), settings.batch_size):
            span = slice(start, start + settings.batch_size)
            batch = content_NHW[span]
            content = _on(device, batch[:, None])
            tries: list[Tensor] = []
            for n, (dy, dx) in enumerate(_SHIFTS[: settings.shifts]):
                # Rolling round the edge is a shift: the canvas' margin is blank and wider.
                given = [content.roll((dy, dx), dims=(2, 3))]
                if shown is not None:
                    beside = _on(device, shown.pictures(span, turn + n))
                    given += [None, beside.roll((dy // 2, dx // 2), dims=(2, 3))]
                moved = generator(*given).sigmoid()
                tries.append(moved.roll((-dy, -dx), dims=(2, 3)))
            stack_BTHW = torch.cat(tries, dim=1).float().cpu().numpy()
            if finishing is None:
                drawn.append((stack_BTHW.mean(axis=1) * 255).round().astype(np.uint8))
            else:
                one_BHW = (_of_one_opinion(stack_BTHW) * 255).round().astype(np.uint8)
                finished = zip(finishing.of(one_BHW, batch), batch, strict=True)
                drawn.append(np.stack([without_specks(*pair) for pair in finished]))
            likeness = [1.0] * len(batch) if shown is None else shown.likeness_N[span]
            signs.extend(
                read_signs(tries_THW, picture, canvas, float(alike), finished)
                for tries_THW, picture, alike, finished in zip(
                    stack_BTHW, batch, likeness, drawn[-1], strict=True
                )
            )
    return np.concatenate(drawn), np.stack(signs)
