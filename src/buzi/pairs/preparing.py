"""The stage `prepare`: two fonts → pairs, their split, and content rasters of what is missing."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from buzi.errors import PairsError, RunFolderError
from buzi.fonts.font import Font
from buzi.fonts.reference import Reference
from buzi.glyphs.canvas import Canvas
from buzi.glyphs.codepoints import format_codepoints, is_learnable
from buzi.pairs.matching import Match, home_region, match_pairs
from buzi.pairs.siblings import Siblings, scripts
from buzi.pairs.splitting import Split, hash_order, split_as_held, split_pairs, without_twins
from buzi.pairs.writing import can_write, strokes_end, write
from buzi.rasters.rendering import Renderer
from buzi.rasters.store import RasterStore, open_store, write_json, write_store


class PrepareSettings(BaseModel):
    """How pairs are chosen and drawn."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    image_side: Literal[128, 256, 384, 512] = 256
    """Side of the network's picture; the em takes 7/8 of it. [pixels; 128, 256, 384, 512; default
    256]

    網路所見圖片的邊長；字身占其 7/8。
    """

    region: Literal["TC", "HK", "JP", "SC", "KR"] = "TC"
    """Regional form in which missing glyphs are drawn; ignored by a reference without regions.
    [choice; TC, HK, JP, SC, KR; default TC]

    缺字以哪個地區的字形畫；參考字型不分地區時不起作用。
    """

    hidden: int = Field(default=200, ge=0, le=5000)
    """Glyphs of the target font to hide and measure against. [glyphs; 0 to 5,000; default 200]

    目標字型中藏起來用於評量的字符數。
    """

    validation: int = Field(default=300, ge=1, le=5000)
    """Glyphs that the training is watched by (early stop, best), and that confidence is learnt
    on; never taught. [glyphs; 1 to 5,000; default 300]

    用來監看訓練（提早停止、選最佳）並學習把握度的字符數；不拿來教。
    """

    min_pairs: int = Field(default=50, ge=10, le=10000)
    """Fewest pairs to train with. [pairs; 10 to 10,000; default 50]

    訓練最少需要的字對數。
    """

    max_pairs: int = Field(default=100000, ge=10, le=100000)
    """Most pairs to train with; chosen by hash. [pairs; 10 to 100,000; default 100,000]

    訓練最多使用的字對數；以雜湊選定。
    """


@dataclass(frozen=True, slots=True)
class Wanted:
    """A missing character that will be drawn.

    Attributes:
        codepoint: of the character.
        region: the reference's face.
        gid: its content glyph in that face.
    """

    codepoint: int
    region: str
    gid: int


@dataclass(frozen=True, slots=True)
class Pairs:
    """What `prepare` wrote, opened.

    On disk, the folder holds ``pairs.json`` and three raster stores: ``content``
    and ``target`` (of the pairs, same order) and ``wanted`` (content glyphs of
    the missing characters).

    Attributes:
        folder: where it is.
        canvas: the run's.
        matches: one a pair kept or dropped. What is taught is in the regional form that fits the
            target's glyph best; what validates or is hidden in that which most of the taught
            are in, as its own glyph must not be looked at.
        split: of the kept pairs.
        wanted: what will be drawn.
        not_in_reference: requested, missing, and not in the reference either.
        upem: of the target font.
    """

    folder: Path
    canvas: Canvas
    matches: tuple[Match, ...]
    split: Split
    wanted: tuple[Wanted, ...]
    not_in_reference: tuple[int, ...]
    upem: int

    @property
    def dropped(self) -> tuple[Match, ...]:
        """Pairs left out because no regional form fits."""
        return tuple(m for m in self.matches if not m.kept)

    def content(self) -> RasterStore:
        """Content rasters of the kept pairs."""
        return open_store(self.folder / "content")

    def target(self) -> RasterStore:
        """Target rasters of the kept pairs, in the same order."""
        return open_store(self.folder / "target")

    def siblings(self) -> Siblings:
        """What the generator is shown beside a content glyph: pairs that are taught, alone."""
        return Siblings(self.content(), self.target(), self.split.training)

    def exemplars(self, count: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
        """Content and target of up to ``count`` taught pairs, spread over the font.

        Returns:
            uint8 (N, H, W) twice, coverage times 255.
        """
        content, target = self.content(), self.target()
        row_of = {codepoint: row for row, codepoint in enumerate(content.codepoints)}
        taught = self.split.training
        rows = [row_of[c] for c in taught[:: max(1, len(taught) // count)][:count]]
        return np.array(content.rasters[rows]), np.array(target.rasters[rows])

    def wanted_content(self) -> RasterStore:
        """Content rasters of the missing characters."""
        return open_store(self.folder / "wanted")


def prepare(
    target: Font,
    reference: Reference,
    codepoints: Sequence[int],
    folder: Path,
    settings: PrepareSettings | None = None,
    progress: Callable[[int, int], None] | None = None,
    held: Split | None = None,
) -> Pairs:
    """Choose and draw the pairs, split them, and draw the content of what is missing.

    Args:
        target: the incomplete font.
        reference: the content font's faces.
        codepoints: requested characters; those that the target has are left alone.
        folder: where the stage writes; see :class:`Pairs` for the format.
        settings: how pairs are chosen.
        progress: called with (glyphs drawn, glyphs in all).
        held: what is hidden and validates, where other fonts are learnt with this one
            (:func:`buzi.pairs.hold_together`); None chooses by the settings.

    Raises:
        PairsError: too few pairs to learn from.
        FontError: the reference lacks the region asked for.
    """
    settings = settings or PrepareSettings()
    canvas = Canvas.for_side(settings.image_side)
    shared = shared_characters(target, reference)
    matches = match_pairs(target, reference, shared)
    kept = [m for m in matches if m.kept]
    if len(kept) < settings.min_pairs:
        raise PairsError(
            f"{target.path}: only {len(kept)} characters of {target.name} can be paired with the "
            f"reference; training needs at least {settings.min_pairs} (prepare.min_pairs). "
            f"Is the reference a complete CJK font, and does the target font have ideographs?"
        )
    if held is None:
        split = split_pairs((m.codepoint for m in kept), settings.hidden, settings.validation)
    else:
        split = split_as_held((m.codepoint for m in kept), held)
    if not split.validation and held is not None:
        raise PairsError(
            f"{target.path}: {target.name} has none of the characters that validate in all fonts "
            f"of its family; complete it by itself"
        )
    if not split.validation:
        raise PairsError(
            f"{target.path}: {target.name} shares no ideograph with the reference; Buzi learns "
            f"a typeface's hand from its ideographs, {settings.min_pairs} pairs or more"
        )
    split = without_twins(split, _shapes(reference, kept))
    if len(split.training) > settings.max_pairs:
        chosen = sorted(hash_order(split.training)[: settings.max_pairs])
        split = Split(tuple(chosen), split.validation, split.hidden)
    taught = set(split.training)
    chosen_forms = {m.codepoint: (m.region, m.gid) for m in kept if m.codepoint in taught}
    home = home_region(reference, chosen_forms)
    apart = {*split.validation, *split.hidden}
    matches = tuple(
        _in_region(m, home, reference.faces[home]) if m.codepoint in apart else m for m in matches
    )
    kept = [m for m in matches if m.kept and (m.codepoint in taught or m.codepoint in apart)]
    face = reference.face(settings.region)
    region = settings.region if settings.region in reference.faces else ""
    missing = target.missing(codepoints)
    absent = tuple(c for c in missing if not face.has(c))
    lost = set(absent)
    wanted = tuple(Wanted(c, region, face.gid(c)) for c in missing if c not in lost)

    total = 2 * len(kept) + len(wanted)
    done = 0

    def draw(font_of: dict[str, Font], glyphs: list[tuple[str, int]]) -> npt.NDArray[np.uint8]:
        nonlocal done
        renderers = {key: Renderer(font, canvas) for key, font in font_of.items()}
        out = np.empty((len(glyphs), canvas.side_px, canvas.side_px), np.uint8)
        for i, (key, gid) in enumerate(glyphs):
            out[i] = renderers[key].draw_gid(gid)
            done += 1
            if progress and done % 100 == 0:
                progress(done, total)
        return out

    names = [m.codepoint for m in kept]
    write_store(folder / "content", canvas, names,
                draw(reference.faces, [(m.region, m.gid) for m in kept]))  # fmt: skip
    write_store(folder / "target", canvas, names,
                draw({"": target}, [("", m.target_gid) for m in kept]))  # fmt: skip
    asked = [w.codepoint for w in wanted]
    given = draw({region: face}, [(region, w.gid) for w in wanted])
    if "bopomofo" not in scripts(split.training):
        drawn = open_store(folder / "target")
        known = [row for row, c in enumerate(drawn.codepoints) if c in taught]
        ends = strokes_end(drawn.rasters[known])
        for row, codepoint in enumerate(asked):
            if ends and can_write(codepoint, given[row]):
                given[row] = write(codepoint, given[row], "cut")
    write_store(folder / "wanted", canvas, asked, given)
    pairs = Pairs(folder, canvas, matches, split, wanted, absent, target.upem)
    _write_index(pairs)
    if progress:
        progress(total, total)
    return pairs


def _shapes(reference: Reference, matches: Sequence[Match]) -> dict[int, list[tuple[int, int]]]:
    """What tells the glyphs of each pair from others: which glyph of which font they are."""
    return {
        m.codepoint: [(0, m.target_gid), (id(reference.faces[m.region].data), m.gid)]
        for m in matches
    }


def _in_region(match: Match, region: str, face: Font) -> Match:
    """A pair whose content is of a region that was not chosen by looking at its target."""
    gid = face.cmap.get(match.codepoint)
    if gid is None or face.is_blank_gid(gid):
        return match
    return replace(match, region=region, gid=gid)


def shared_characters(target: Font, reference: Reference) -> list[int]:
    """Characters that could be paired: learnt from, and mapped by both; ascending."""
    return [
        c
        for c in sorted(target.cmap)
        if is_learnable(c) and any(c in face.cmap for face in reference.faces.values())
    ]


def _write_index(pairs: Pairs) -> None:
    data: dict[str, Any] = {
        "canvas": pairs.canvas.as_dict(),
        "upem": pairs.upem,
        "matches": [asdict(m) for m in pairs.matches],
        "split": asdict(pairs.split),
        "wanted": [asdict(w) for w in pairs.wanted],
        "not_in_reference": list(pairs.not_in_reference),
    }
    write_json(pairs.folder / "pairs.json", data)


def open_pairs(folder: Path) -> Pairs:
    """Open what `prepare` wrote.

    Raises:
        RunFolderError: missing, unfinished or damaged.
    """
    try:
        data = json.loads((folder / "pairs.json").read_text(encoding="utf-8"))
        return Pairs(
            folder,
            Canvas.from_dict(data["canvas"]),
            tuple(Match(**m) for m in data["matches"]),
            Split(**{name: tuple(values) for name, values in data["split"].items()}),
            tuple(Wanted(**w) for w in data["wanted"]),
            tuple(data["not_in_reference"]),
            data["upem"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunFolderError(
            f"{folder}: the pairs are missing or damaged ({error}); run `buzi prepare` again"
        ) from error


def describe_absent(pairs: Pairs) -> str:
    """A sentence on requested characters that the reference lacks, or the empty string."""
    if not pairs.not_in_reference:
        return ""
    return (
        f"the reference lacks {len(pairs.not_in_reference)} requested characters, "
        f"which stay missing: {format_codepoints(pairs.not_in_reference)}"
    )
