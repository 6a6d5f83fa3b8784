"""Sources: variable fonts, UFOs and designspaces become the static font that is completed."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from fontTools.ttLib import TTFont

from buzi.errors import FontError, NotAFontError, VariableFontError
from buzi.fonts.guarding import refuse_endless_parts, refuse_variation_bomb
from buzi.fonts.style_bits import set_style_bits
from buzi.fonts.ufo_guarding import refuse_unsafe_ufo

SOURCE_SUFFIXES = (".ufo", ".ufoz", ".designspace")
"""What :func:`compile_source` takes."""

OutlineFormat = Literal["glyf", "CFF"]
"""Table that a source's outlines go to: quadratic or cubic."""

Axes = dict[str, tuple[float, float, float]]
"""Axis tag → least, default and greatest value, in user units."""

_CODE_KEYS = ("com.github.googlei18n.ufo2ft.filters", "com.github.googlei18n.ufo2ft.featureWriters")
"""Lib keys by which a UFO names Python modules to run; none from outside is run."""


def outlines_for(source: Path, output: Path | None) -> OutlineFormat | None:
    """Which outlines a UFO is compiled to: those of the output asked for; None for its own."""
    if output is None or source.suffix.lower() not in SOURCE_SUFFIXES:
        return None
    wanted: dict[str, OutlineFormat] = {".ttf": "glyf", ".otf": "CFF"}
    return wanted.get(output.suffix.lower())


def parse_location(text: str) -> dict[str, float]:
    """``wght=500,wdth=100`` → axis tag → value.

    Raises:
        VariableFontError: it is not written so.
    """
    found: dict[str, float] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        tag, equals, value = part.partition("=")
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not equals or not tag.strip() or number != number:  # noqa: PLR0124 (not a number)
            raise VariableFontError(
                f"{text!r} is no location; write axis and value, such as wght=500 or "
                f"wght=500,wdth=100"
            )
        found[tag.strip()] = number
    return found


def describe_location(location: Mapping[str, float]) -> str:
    """The opposite of :func:`parse_location`."""
    return ",".join(f"{tag}={value:g}" for tag, value in location.items())


def instantiate(
    path: Path, data: bytes, face: int, location: Mapping[str, float] | None
) -> tuple[bytes, str]:
    """A variable font at one location of its axes, as a static font.

    Args:
        path: for messages.
        data: SFNT or collection.
        face: of a collection.
        location: axis tag → value in user units; axes left out stand at their
            default. None refuses, as the default may well be the thinnest.

    Returns:
        The static font's bytes, and the location in words.

    Raises:
        VariableFontError: no location, an axis that the font lacks, a value out of range.
        NotAFontError: its variation tables are damaged.

    Source: OpenType ``fvar``; fontTools ``varLib.instancer``.
    """
    from fontTools.varLib import instancer

    tables: Any = TTFont(BytesIO(data), fontNumber=face, recalcTimestamp=False)
    axes = axes_of(tables)
    if location is None:
        example = describe_location({tag: default for tag, (_, default, _) in axes.items()})
        raise VariableFontError(
            f"{path}: a variable font; its axes are {_described(axes)}. Say which place of them "
            f"is to be completed, for instance --location {example}"
        )
    full = full_location(path, axes, location)
    out = BytesIO()
    try:
        with _quiet():
            refuse_variation_bomb(path, tables)
            _rename_instance(tables, full)
            static: Any = instancer.instantiateVariableFont(
                tables, full, inplace=True, downgradeCFF2="CFF2" in tables
            )
            static.save(out)
    except FontError:
        raise
    except Exception as error:  # fontTools raises many kinds on damaged tables
        raise NotAFontError(
            f"{path}: damaged: it cannot be brought to {describe_location(full)} ({error})"
        ) from error
    return out.getvalue(), f"its instance at {describe_location(full)}"


def axes_of(tables: Any) -> Axes:
    """The axes of a font's ``fvar``; none of a static font."""
    if "fvar" not in tables:
        return {}
    return {a.axisTag: (a.minValue, a.defaultValue, a.maxValue) for a in tables["fvar"].axes}


def full_location(path: Path, axes: Axes, location: Mapping[str, float]) -> dict[str, float]:
    """A value for every axis: the location's, else the default.

    Raises:
        VariableFontError: an axis that the font lacks, a value out of range.
    """
    for tag, value in location.items():
        if tag not in axes:
            known = _described(axes) or "none, for it is a static font"
            raise VariableFontError(f"{path}: has no axis {tag!r}; its axes are {known}")
        low, _, high = axes[tag]
        if not low <= value <= high:
            raise VariableFontError(
                f"{path}: {tag}={value:g} lies outside of the axis; its axes are {_described(axes)}"
            )
    return {tag: location.get(tag, default) for tag, (_, default, _) in axes.items()}


def _described(axes: Axes) -> str:
    return ", ".join(
        f"{tag} {low:g} to {high:g} (default {default:g})"
        for tag, (low, default, high) in axes.items()
    )


def _rename_instance(tables: Any, location: Mapping[str, float]) -> None:
    """Give names and style bits of the location, where STAT has names for it; else they stay."""
    from fontTools.varLib.instancer import names

    with suppress(ValueError, KeyError, AttributeError):
        names.updateNameTable(tables, location)
        set_style_bits(tables, tables["name"].getDebugName(2) or "")


def compile_source(path: Path, outlines: OutlineFormat | None = None) -> tuple[bytes, str]:
    """A UFO, or a designspace's default master, as a font.

    Args:
        path: ``.ufo``, ``.ufoz`` or ``.designspace``.
        outlines: table of the outlines; None for CFF, or glyf where the UFO is
            drawn in quadratic curves, so that no curve is converted.

    Returns:
        The font's bytes, and in words what was compiled.

    Raises:
        NotAFontError: it cannot be read or compiled.
        UnsafeUfoError: it leads out of its own folder.

    Source: UFO 3; ``ufo2ft``.
    """
    import ufo2ft
    import ufoLib2

    if not path.exists():
        raise NotAFontError(f"{path}: no such file")
    ufo = _default_master(path) if path.suffix.lower() == ".designspace" else path
    refuse_unsafe_ufo(ufo)
    out = BytesIO()
    try:
        with _quiet():
            font: Any = ufoLib2.Font.open(ufo)
            for key in _CODE_KEYS:
                font.lib.pop(key, None)
            if font.info.openTypeOS2Type is None:
                font.info.openTypeOS2Type = []  # who says nothing restricts nothing
            _refuse_includes(ufo, font.features.text or "")
            parts = {g.name: [c.baseGlyph for c in g.components] for g in font if g.components}
            refuse_endless_parts(parts, lambda glyph, why: NotAFontError(
                f"{ufo}: the glyph {glyph!r} {why}; repair it in the font editor"
            ))  # fmt: skip
            if outlines is None:
                quadratic = any(
                    point.type == "qcurve"
                    for glyph in font
                    for contour in glyph.contours
                    for point in contour.points
                )
                outlines = "glyf" if quadratic else "CFF"
            make = ufo2ft.compileTTF if outlines == "glyf" else ufo2ft.compileOTF
            options: dict[str, Any] = {} if outlines == "glyf" else {"optimizeCFF": 1}
            compiled: Any = make(font, useProductionNames=False, **options)
            compiled["head"].created = compiled["head"].modified = 0
            compiled.recalcTimestamp = False
            compiled.save(out)
    except FontError:
        raise
    except Exception as error:  # ufoLib2, ufo2ft and feaLib raise many kinds
        raise NotAFontError(
            f"{path}: cannot be made into a font ({str(error).strip() or type(error).__name__}); "
            f"see whether the font editor exports it"
        ) from error
    what = f"compiled from {ufo.name}"
    return out.getvalue(), what if ufo == path else f"the default master, {what}"


def _default_master(path: Path) -> Path:
    from fontTools.designspaceLib import DesignSpaceDocument

    try:
        document: Any = DesignSpaceDocument.fromfile(path)
        source = document.findDefault()
    except Exception as error:  # fontTools raises many kinds on damaged files
        raise NotAFontError(f"{path}: cannot be read as a designspace ({error})") from error
    if source is None or not source.path:
        raise NotAFontError(
            f"{path}: has no default master; add a source at the default of every axis"
        )
    ufo = Path(source.path)
    if ufo.suffix.lower() not in {".ufo", ".ufoz"} or not ufo.exists():
        raise NotAFontError(f"{path}: its default master {source.filename!r} is no UFO that exists")
    return ufo


def _refuse_includes(ufo: Path, features: str) -> None:
    """Feature files may include others beside the UFO, and none from anywhere else.

    Source: the lexer that will read them; includes are sought from the UFO's folder at every depth.
    """
    from fontTools.feaLib.lexer import Lexer

    base = ufo.resolve().parent
    texts, seen = [features], set[Path]()
    while texts:
        words = list(Lexer(texts.pop(), str(ufo)))
        for (_, word, _), (kind, name, _) in pairwise(words):
            if word != "include" or kind != Lexer.FILENAME:
                continue
            path = (base / str(name)).resolve()
            if not path.is_relative_to(base):
                raise NotAFontError(
                    f"{ufo}: its features include {name!r}, which lies outside of the UFO's "
                    f"folder; copy the file there"
                )
            if path not in seen and path.is_file():
                seen.add(path)
                texts.append(path.read_text(encoding="utf-8"))


@contextmanager
def _quiet() -> Generator[None]:
    """Without what fontTools and ufo2ft log and warn of; what matters is raised."""
    previous = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(previous)
