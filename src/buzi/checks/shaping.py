"""Check: HarfBuzz shapes every new character, horizontally and vertically."""

from __future__ import annotations

from collections.abc import Iterator

import uharfbuzz as hb

from buzi.checks.finding import Finding
from buzi.checks.subject import Check, Subject
from buzi.glyphs.codepoints import format_codepoint

_DIRECTIONS = (("ltr", "horizontal"), ("ttb", "vertical"))


def _run(subject: Subject) -> Iterator[Finding]:
    font = subject.font.hb_font
    for codepoint in subject.new:
        for direction, words in _DIRECTIONS:
            buffer = hb.Buffer()
            buffer.add_codepoints([codepoint])
            buffer.guess_segment_properties()
            buffer.direction = direction
            hb.shape(font, buffer)
            if any(info.codepoint == 0 for info in buffer.glyph_infos):
                yield subject.finding(
                    CHECK.id,
                    CHECK.severity,
                    f"{format_codepoint(codepoint)} shapes to .notdef in {words} text",
                    "look at the font's cmap and GSUB in a font editor",
                    codepoint,
                )


CHECK = Check(
    "shaping",
    "What counts is the glyph that a text engine ends with, after the font's own rules.",
    "fail",
    _run,
)
