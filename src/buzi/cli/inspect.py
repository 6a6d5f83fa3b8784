"""`buzi inspect`: what a font has and lacks."""

from __future__ import annotations

import json
from pathlib import Path

import click

from buzi.cli.options import (
    charset_option,
    face_option,
    font_argument,
    located,
    location_option,
)
from buzi.fonts import Inspection, inspect_font, open_font
from buzi.glyphs import parse_charset


@click.command("inspect")
@font_argument
@charset_option(required=False, default=("big5", "big5-level1", "moe4808", "bopomofo"))
@face_option
@location_option
@click.option("--json", "as_json", is_flag=True, help="For programs: everything, as JSON.")
def command(
    font: Path, charsets: tuple[str, ...], face: int | None, location: str | None, *, as_json: bool
) -> None:
    """Tell what FONT has and lacks, its metrics, outlines and licence."""
    wanted = [parse_charset(spec) for spec in charsets]
    opened = open_font(font, face, location=located(location))
    found = inspect_font(opened, wanted)
    if as_json:
        click.echo(json.dumps(found.as_dict(), ensure_ascii=False, indent=1))
    else:
        _show(found, opened.origin)


def _show(found: Inspection, origin: str) -> None:
    rows = [
        ("font", f"{found.name}  ({found.version or 'no version'})"),
        ("outlines", f"{found.outline_kind}, {found.glyphs:,} glyphs"),
        ("characters", f"{found.codepoints:,}, of them {found.ideographs:,} ideographs"),
        ("em", f"{found.upem} units, ideographs from {found.em_bottom:g} to {found.em_top:g}"),
        ("line", f"ascender {found.ascender}, descender {found.descender}"),
        ("vertical", "has vertical metrics" if found.has_vertical_metrics else "horizontal only"),
        ("embedding", found.licence.embedding),
    ]
    if origin:
        rows.insert(1, ("looked at", origin))
    for label, text in (
        ("copyright", found.licence.copyright),
        ("licence", found.licence.licence),
        ("licence URL", found.licence.url),
        ("trademark", found.licence.trademark),
        ("reserved", ", ".join(found.licence.reserved_names)),
    ):
        if text:
            rows.append((label, " ".join(text.split())))
    if found.empty_glyphs:
        rows.append(("empty", f"{len(found.empty_glyphs):,} characters are mapped to empty glyphs"))
    for label, text in rows:
        click.echo(f"{label:<12} {text}")
    width = max(len("charset"), *(len(row.charset) for row in found.coverage))
    click.echo(f"\n{'charset':<{width}} {'wanted':>8} {'has':>8} {'lacks':>8}   first missing")
    for row in found.coverage:
        sample = "".join(map(chr, row.missing[:16])) + ("…" if len(row.missing) > 16 else "")
        empty = f"  ({len(row.empty)} mapped but empty)" if row.empty else ""
        click.echo(
            f"{row.charset:<{width}} {row.wanted:>8,} {row.present:>8,} "
            f"{len(row.missing):>8,}   {sample}{empty}"
        )
