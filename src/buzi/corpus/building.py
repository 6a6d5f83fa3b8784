"""Builds the corpus pack: fetch, filter, pair with the content font, cut, pack."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from buzi.corpus.choosing import genuine_codepoints, sample_codepoints
from buzi.corpus.cutting import as_woff2, cut_content, cut_font, merge_slices
from buzi.corpus.fetching import fetch_fonts
from buzi.corpus.recipe import CorpusFont, Recipe, held_out_family
from buzi.errors import FontError, OutputError
from buzi.fonts.font import Font
from buzi.fonts.opening import open_font
from buzi.fonts.reference import Reference, open_reference
from buzi.glyphs.canvas import Canvas
from buzi.glyphs.charsets import named_charset
from buzi.glyphs.codepoints import is_ideograph
from buzi.glyphs.metrics import EmSquare
from buzi.pairs.matching import match_pairs
from buzi.pairs.pack import PackedFont, write_pack
from buzi.pairs.splitting import hash_order
from buzi.rasters.rendering import Renderer
from buzi.rasters.store import write_json

MAX_FONT_BYTES = 700_000
"""Most that one font may take of the pack: brush fonts with torn edges give fewer glyphs."""

NEAR_DUPLICATE_IOU = 0.9
"""Fonts of two designs whose median glyph agrees better than this are one design.

Two professionals' versions of one design agree by 0.81, sister fonts by 0.87.
"""

_COMPARED = 150  # common ideographs that fonts are compared on
_COMPARING_CANVAS = Canvas.em_only(96)
_LAYOUT = 4  # of the prepared fonts in the cache; raise it when preparing changes


@dataclass(frozen=True, slots=True)
class PreparedFont:
    """A font filtered, paired and cut.

    Attributes:
        font: the recipe's entry.
        packed: what the pack says of it; ``content`` holds the *content font's* glyph indices.
        woff2: the cut font.
        genuine: codepoints that the font truly draws.
        dropped: sampled ideographs whose structure no content glyph has.
        fit: median fit of its pairs, -1..1.
        height: median height of its ideographs' ink, in em.
        offset: median distance of the ink's centre from the em's, in em.
        likeness: codepoint → bits of its picture, for finding near-duplicates.
    """

    font: CorpusFont
    packed: PackedFont
    woff2: bytes
    genuine: int
    dropped: int
    fit: float
    height: float
    offset: float
    likeness: dict[int, bytes]


@dataclass(frozen=True, slots=True)
class PackReport:
    """What went into a pack.

    Attributes:
        path: the pack.
        size: in bytes.
        fonts: as packed, ``content`` by the content font's own glyph indices.
        duplicates: id of a font left out → id of the font that it repeats.
        pairs_by_class: class → pairs.
        traditional_pairs: pairs whose content glyph is the TC face's.
    """

    path: Path
    size: int
    fonts: tuple[PreparedFont, ...]
    duplicates: dict[str, str]
    pairs_by_class: dict[str, int]
    traditional_pairs: int

    @property
    def designs(self) -> int:
        """Distinct designs in the pack."""
        return len({font.packed.design for font in self.fonts})

    def __str__(self) -> str:
        """A few lines for people."""
        classes = ", ".join(f"{name} {pairs}" for name, pairs in self.pairs_by_class.items())
        repeats = "; ".join(f"{later} repeats {first}" for later, first in self.duplicates.items())
        return (
            f"{self.path}: {self.size / 1e6:.1f} MB, {len(self.fonts)} fonts of "
            f"{self.designs} designs, {sum(self.pairs_by_class.values())} pairs ({classes}); "
            f"{self.traditional_pairs} with the content font's TC form.\n"
            f"Big5 ideographs in at least 1, 5, 20 fonts: "
            f"{self.big5_in(1)}, {self.big5_in(5)}, {self.big5_in(20)} of 13053.\n"
            f"Left out as near-duplicates: {repeats or 'none'}."
        )

    def big5_in(self, fonts: int) -> int:
        """How many Big5 ideographs have pairs in at least so many fonts."""
        counts = Counter(c for font in self.fonts for c in font.packed.codepoints)
        return sum(counts[c] >= fonts for c in named_charset("big5").codepoints)


def build_pack(
    recipe: Recipe,
    content_font: Path,
    cache_folder: Path,
    pack_path: Path,
    *,
    limit_mb: float = 48.0,
    workers: int = 1,
    progress: Callable[[str], None] = print,
) -> PackReport:
    """Fetch the recipe's fonts and pack their pairs with the content font.

    Writes ``pack_path`` (see :mod:`buzi.pairs.pack`), and in the cache folder
    the fetched files and one prepared font each, which a later call takes up.

    Args:
        recipe: which fonts, and how many codepoints of each.
        content_font: Noto Sans CJK, all regional faces.
        cache_folder: may be deleted afterwards.
        pack_path: an older pack is replaced.
        limit_mb: most megabytes (10^6 bytes) that the pack may have.
        workers: processes that prepare fonts.
        progress: called with one line a step.

    Raises:
        FontError: a font cannot be fetched, is not the recipe's, or cannot serve.
        OutputError: the pack is larger than the limit, or cannot be written.
    """
    files = fetch_fonts(recipe, cache_folder, progress=progress)
    reference = open_reference(content_font)
    prepare = partial(_prepare_cached, content_font=content_font, folder=cache_folder / "prepared")
    (cache_folder / "prepared").mkdir(parents=True, exist_ok=True)
    jobs = [(font, files[font.font_id]) for font in recipe.fonts]
    prepared: list[PreparedFont] = []
    for font in _each(prepare, jobs, workers):
        progress(
            f"{font.font.font_id}: {len(font.packed)} pairs of {font.genuine} glyphs, "
            f"{font.dropped} unlike any content glyph, fit {font.fit:.2f}, "
            f"ink {font.height:.2f} em high, {font.offset:.2f} em off, {len(font.woff2)} bytes"
        )
        prepared.append(font)
    duplicates = near_duplicates(prepared)
    kept = tuple(font for font in prepared if font.font.font_id not in duplicates)
    gids = sorted({0} | {gid for font in kept for gid in font.packed.content})
    index = {gid: i for i, gid in enumerate(gids)}
    face = next(iter(reference.faces.values()))
    progress(f"cutting {len(gids)} content glyphs")
    write_pack(
        pack_path,
        [(_with_content(font.packed, index), font.woff2) for font in kept],
        content=cut_content(face, gids),
        content_em=face.em,
        content_count=len(gids),
        forms={
            region: {c: index[gid] for c, gid in sorted(face.cmap.items()) if gid in index}
            for region, face in reference.faces.items()
        },
    )
    size = pack_path.stat().st_size
    if size > limit_mb * 1e6:
        raise OutputError(
            f"{pack_path}: {size / 1e6:.1f} MB, over the limit of {limit_mb:g} MB; "
            f"lower `codepoints` in the recipe"
        )
    by_class: Counter[str] = Counter()
    for font in kept:
        by_class[font.packed.style_class] += len(font.packed)
    return PackReport(
        path=pack_path,
        size=size,
        fonts=kept,
        duplicates=duplicates,
        pairs_by_class=dict(by_class),
        traditional_pairs=_traditional_pairs(kept, reference),
    )


def prepare_font(
    font: CorpusFont, files: Sequence[Path], reference: Reference, *, limit: int = MAX_FONT_BYTES
) -> PreparedFont:
    """Filter, sample, pair and cut one font.

    Args:
        font: the recipe's entry.
        files: its file, or its slices.
        reference: the content font's faces.
        limit: most bytes of the cut font; a larger one gives fewer glyphs.

    Raises:
        FontError: the file is no static TrueType font, calls itself by a
            held-out family's name, or draws too few of the characters.
    """
    source = _open(font, files)
    genuine = genuine_codepoints(source, font.locale)
    if len(genuine) < 100:
        raise FontError(f"corpus: {font.font_id}: draws only {len(genuine)} characters of its own")
    sample = sample_codepoints(genuine, font.font_id, font.codepoints)
    sampled = cut_font([source], sample, source.em)
    matches = match_pairs(sampled, reference, sample)
    # A thin kana or bopomofo fits badly, but it has no other structure to be taken for.
    kept = {m.codepoint: m for m in matches if m.kept or not is_ideograph(m.codepoint)}
    count = len(kept)
    while True:
        chosen = sample_codepoints(kept, font.font_id, count)
        cut = sampled if chosen == sample else cut_font([sampled], chosen, sampled.em)
        woff2 = as_woff2(cut)
        if len(woff2) <= limit:
            break
        count = int(count * min(0.95, limit / len(woff2)))
    heights, offsets = _ink(source, genuine)
    renderer = Renderer(source, _COMPARING_CANVAS)
    drawn = set(genuine)
    return PreparedFont(
        font=font,
        packed=_packed(font, cut.em, chosen, [kept[c].gid for c in chosen]),
        woff2=woff2,
        genuine=len(genuine),
        dropped=len(matches) - len(kept),
        fit=float(np.median([match.fit for match in kept.values()])),
        height=heights,
        offset=offsets,
        likeness={
            c: np.packbits(renderer.draw_gid(source.gid(c)) > 127).tobytes()
            for c in _compared_codepoints()
            if c in drawn
        },
    )


def near_duplicates(fonts: Sequence[PreparedFont]) -> dict[str, str]:
    """Fonts that repeat an earlier font of another design: id → the earlier one's id."""
    found: dict[str, str] = {}
    for i, later in enumerate(fonts):
        for earlier in fonts[:i]:
            if earlier.font.design == later.font.design or earlier.font.font_id in found:
                continue
            if likeness(earlier, later) > NEAR_DUPLICATE_IOU:
                found[later.font.font_id] = earlier.font.font_id
                break
    return found


def likeness(one: PreparedFont, other: PreparedFont) -> float:
    """Median IoU of the common ideographs that both fonts draw, 0..1; 0 if under 30 are."""
    shared = sorted(set(one.likeness) & set(other.likeness))
    if len(shared) < 30:
        return 0.0
    a, b = (_bits([font.likeness[c] for c in shared]) for font in (one, other))
    union = (a | b).sum(axis=1)
    return float(np.median((a & b).sum(axis=1) / np.maximum(union, 1)))


def _bits(pictures: Sequence[bytes]) -> npt.NDArray[np.bool_]:
    packed = np.frombuffer(b"".join(pictures), np.uint8).reshape(len(pictures), -1)
    return np.unpackbits(packed, axis=1).astype(np.bool_)


@cache
def _compared_codepoints() -> tuple[int, ...]:
    jis = set(named_charset("jis").codepoints)
    simplified = set(named_charset("gb2312").codepoints)
    common = [c for c in named_charset("moe4808").codepoints if c in jis and c in simplified]
    return tuple(hash_order(common)[:_COMPARED])


def _open(font: CorpusFont, files: Sequence[Path]) -> Font:
    if font.is_sliced:
        parts = [Font(file, 0, _sfnt(file)) for file in files]
        source = merge_slices(parts, files[0])
        names = [parts[0].name_text(i) for i in (1, 4, 16)]
    else:
        source = open_font(files[0], font.face)
        names = [source.name_text(i) for i in (1, 4, 16)]
    held_out = held_out_family(*names)
    if held_out:
        raise FontError(
            f"corpus: {font.font_id}: {files[0]} calls itself {names[1]}, of the held-out "
            f"{held_out}: take it out of the recipe"
        )
    return source


def _sfnt(file: Path) -> bytes:
    """A slice's bytes unpacked; ``open_font`` rightly refuses slices to users."""
    from io import BytesIO

    from fontTools.ttLib import TTFont

    font = TTFont(file, recalcBBoxes=False, recalcTimestamp=False)
    font.flavor = None
    out = BytesIO()
    font.save(out)
    return out.getvalue()


def _ink(font: Font, genuine: Sequence[int]) -> tuple[float, float]:
    """Median height of the ideographs' ink, and its centre's distance from the em's, in em."""
    drawn = set(genuine)
    codepoints = [c for c in _compared_codepoints() if c in drawn]
    if not codepoints:
        return 0.0, 0.0
    extents = [font.hb_font.get_glyph_extents(font.gid(c)) for c in codepoints]
    heights = np.array([abs(e.height) for e in extents if e], np.float64)
    centres = np.array(
        [
            (e.x_bearing + e.width / 2 - font.upem / 2, e.y_bearing + e.height / 2)
            for e in extents
            if e
        ],
        np.float64,
    )
    centres[:, 1] -= font.em.bottom + font.upem / 2
    x, y = np.median(centres, axis=0) / font.upem
    return float(np.median(heights) / font.upem), float(np.hypot(x, y))


def _with_content(font: PackedFont, index: dict[int, int]) -> PackedFont:
    return replace(font, content=tuple(index[gid] for gid in font.content))


def _traditional_pairs(fonts: Sequence[PreparedFont], reference: Reference) -> int:
    if "TC" not in reference.faces:
        return 0
    traditional = reference.faces["TC"].cmap
    return sum(
        traditional.get(codepoint) == gid
        for font in fonts
        for codepoint, gid in zip(font.packed.codepoints, font.packed.content, strict=True)
    )


_Job = tuple[CorpusFont, tuple[Path, ...]]


def _each(
    prepare: Callable[[_Job], PreparedFont], jobs: Sequence[_Job], workers: int
) -> Iterator[PreparedFont]:
    if workers < 1:
        raise ValueError(f"workers must be 1 or more, got {workers}")
    if workers == 1:
        yield from map(prepare, jobs)
        return
    with get_context("spawn").Pool(workers) as pool:
        yield from pool.imap(prepare, jobs)


@cache
def _opened_reference(path: Path) -> Reference:
    """The content font, opened once a worker; its faces share their bytes.

    Matching draws a glyph that regions share only once, and knows it by them.
    """
    faces = open_reference(path).faces
    data = next(iter(faces.values())).data
    return Reference({region: Font(path, face.face, data) for region, face in faces.items()})


def _prepare_cached(job: _Job, *, content_font: Path, folder: Path) -> PreparedFont:
    """``prepare_font``, kept in ``folder`` under a name that changes with all that matters."""
    font, files = job
    reference = _opened_reference(content_font)
    content_hash = next(iter(reference.faces.values())).sha256
    told = [_LAYOUT, MAX_FONT_BYTES, content_hash]
    told += [font.font_id, font.locale, font.codepoints, font.sha256, font.face]
    stem = f"{font.font_id}-{hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]}"
    about, woff2 = folder / f"{stem}.json", folder / f"{stem}.woff2"
    with suppress(OSError, ValueError, KeyError):  # not there yet, or torn: made anew
        return _from_cache(font, json.loads(about.read_text("utf-8")), woff2.read_bytes())
    prepared = prepare_font(font, files, reference)
    woff2.write_bytes(prepared.woff2)
    write_json(about, _to_cache(prepared))
    return prepared


def _to_cache(font: PreparedFont) -> dict[str, Any]:
    return {
        "em": asdict(font.packed.em),
        "codepoints": font.packed.codepoints,
        "content": font.packed.content,
        "genuine": font.genuine,
        "dropped": font.dropped,
        "fit": font.fit,
        "height": font.height,
        "offset": font.offset,
        "likeness": {str(c): bits.hex() for c, bits in font.likeness.items()},
    }


def _from_cache(font: CorpusFont, about: dict[str, Any], woff2: bytes) -> PreparedFont:
    return PreparedFont(
        font=font,
        packed=_packed(font, EmSquare(**about["em"]), about["codepoints"], about["content"]),
        woff2=woff2,
        genuine=about["genuine"],
        dropped=about["dropped"],
        fit=about["fit"],
        height=about["height"],
        offset=about["offset"],
        likeness={int(c): bytes.fromhex(bits) for c, bits in about["likeness"].items()},
    )


def _packed(
    font: CorpusFont, em: EmSquare, codepoints: Sequence[int], content: Sequence[int]
) -> PackedFont:
    return PackedFont(
        font_id=font.font_id,
        family=font.family,
        design=font.design,
        licence=font.licence,
        style_class=font.style_class,
        locale=font.locale,
        weight=font.weight,
        em=em,
        codepoints=tuple(codepoints),
        content=tuple(content),
    )
