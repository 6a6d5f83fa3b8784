"""Check: new ideographs have the font's own advance, and bearings that do not shift ink."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from buzi.checks.finding import Finding
from buzi.checks.subject import Glyph, GlyphCheck, NotApplicable, Subject
from buzi.glyphs.codepoints import format_codepoint, is_ideograph


def _prepare(subject: Subject) -> Callable[[Glyph], Iterator[Finding]]:
    if subject.original is None:
        raise NotApplicable("only new glyphs are judged, and no original was given")
    full_width = subject.full_width
    bearings = _left_bearings(subject) if subject.font.outline_kind == "glyf" else None

    def run(glyph: Glyph) -> Iterator[Finding]:
        name = format_codepoint(glyph.codepoint)
        metrics = subject.font.metrics_of_gid(glyph.gid)
        if is_ideograph(glyph.codepoint) and metrics.advance_width != full_width.advance_width:
            yield subject.finding(
                CHECK.id,
                CHECK.severity,
                f"{name} is {metrics.advance_width} units wide, the font's ideographs "
                f"{full_width.advance_width}",
                "set its advance width in the UFO and assemble again",
                glyph.codepoint,
            )
        if bearings is not None and glyph.outline:
            bearing, x_min = bearings(glyph.gid)
            if bearing != x_min:
                yield subject.finding(
                    CHECK.id,
                    CHECK.severity,
                    f"{name} has left bearing {bearing} and ink from {x_min}: "
                    f"it is drawn {bearing - x_min} units aside",
                    "assemble again; a font editor may have written the font since",
                    glyph.codepoint,
                )

    return run


def _left_bearings(subject: Subject) -> Callable[[int], tuple[int, int]]:
    """Gid → (left bearing of hmtx, xMin of the glyph's header)."""
    tables = subject.font.tables
    glyf, hmtx = tables["glyf"], tables["hmtx"]

    def look(gid: int) -> tuple[int, int]:
        name = tables.getGlyphName(gid)
        glyph = glyf.glyphs[name]
        # Whoever has looked at its points before has unpacked it, and its bytes are gone.
        packed: bytes | None = getattr(glyph, "data", None)
        x_min = glyph.xMin if packed is None else int.from_bytes(packed[2:4], "big", signed=True)
        return hmtx[name][1], x_min

    return look


CHECK = GlyphCheck(
    "advances",
    "CJK text is set on a grid: one ideograph of another width, or drawn aside, breaks it.",
    "fail",
    _prepare,
)
