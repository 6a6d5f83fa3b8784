"""Check: new full-width glyphs hang from the same vertical origin as the old ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from buzi.checks.finding import Finding
from buzi.checks.subject import Glyph, GlyphCheck, NotApplicable, Subject
from buzi.glyphs.codepoints import format_codepoint, is_ideograph


def _prepare(subject: Subject) -> Callable[[Glyph], Iterator[Finding]]:
    if "vmtx" not in subject.font.tables:
        raise NotApplicable("the font has no vertical metrics")
    if subject.original is None:
        raise NotApplicable("only new glyphs are judged, and no original was given")
    wanted = subject.full_width

    def run(glyph: Glyph) -> Iterator[Finding]:
        if not is_ideograph(glyph.codepoint):
            return
        metrics = subject.font.metrics_of_gid(glyph.gid)
        for what, found, own in (
            ("vertical origin", metrics.vertical_origin, wanted.vertical_origin),
            ("advance height", metrics.advance_height, wanted.advance_height),
        ):
            if found != own:
                yield subject.finding(
                    CHECK.id,
                    CHECK.severity,
                    f"{format_codepoint(glyph.codepoint)} has {what} {found}, "
                    f"the font's ideographs {own}",
                    "set public.verticalOrigin and the height in the UFO, and assemble again",
                    glyph.codepoint,
                )

    return run


CHECK = GlyphCheck(
    "vertical-origin",
    "In vertical text a glyph of another origin or height stands off its line.",
    "fail",
    _prepare,
)
