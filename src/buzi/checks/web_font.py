"""Check: the WOFF2 unpacks to the same font."""

from __future__ import annotations

from collections.abc import Iterator

from buzi.checks.finding import Finding
from buzi.checks.subject import Check, NotApplicable, Subject
from buzi.errors import FontError
from buzi.fonts import open_font
from buzi.glyphs.codepoints import format_codepoint

_SAMPLES = 200


def _run(subject: Subject) -> Iterator[Finding]:
    path = subject.web_font
    if path is None:
        raise NotApplicable("no WOFF2 was made")
    remedy = "assemble again"
    try:
        web = open_font(path, allow_slice=True)
    except FontError as error:
        yield subject.finding(CHECK.id, CHECK.severity, str(error), remedy)
        return
    if web.cmap != subject.font.cmap:
        yield subject.finding(
            CHECK.id, CHECK.severity, f"{path.name} maps other characters than the font", remedy
        )
        return
    codepoints = sorted(subject.new)
    for codepoint in codepoints[:: max(1, len(codepoints) // _SAMPLES)]:
        gid = subject.font.cmap[codepoint]
        if web.outline_of_gid(gid) != subject.font.outline_of_gid(gid) or web.metrics_of_gid(
            gid
        ) != subject.font.metrics_of_gid(gid):
            yield subject.finding(
                CHECK.id,
                CHECK.severity,
                f"{path.name} draws {format_codepoint(codepoint)} otherwise than the font",
                remedy,
                codepoint,
            )


CHECK = Check(
    "web-font",
    "The WOFF2 is what most readers will see; it is packed anew and can be damaged on its own.",
    "fail",
    _run,
)
