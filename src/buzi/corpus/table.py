"""The table of a recipe's families, for the documentation and the model card."""

from __future__ import annotations

from collections.abc import Iterable

from buzi.corpus.recipe import LICENCES, STYLE_CLASSES, CorpusFont, Recipe


def families_table(recipe: Recipe) -> str:
    """Markdown: every family with package, version, licence, class, locale and weights.

    Sorted by class, then family; then the licences in full.
    """
    families: dict[tuple[str, ...], list[CorpusFont]] = {}
    for font in recipe.fonts:
        key = (font.family, font.source, font.package, font.version, font.style_class, font.locale)
        families.setdefault(key, []).append(font)
    rows = sorted(families.values(), key=_place)
    lines = [
        "| family | class | forms | weights | licence | read in | package |",
        "|---|---|---|---|---|---|---|",
        *(_row(fonts) for fonts in rows),
        "",
        *_summary(recipe),
    ]
    return "\n".join(lines) + "\n"


def _place(fonts: list[CorpusFont]) -> tuple[int, str]:
    return STYLE_CLASSES.index(fonts[0].style_class), fonts[0].family


def _row(fonts: list[CorpusFont]) -> str:
    first = fonts[0]
    weights = _joined(str(font.weight) for font in fonts)
    return (
        f"| {first.family} | {first.style_class} | {first.locale} | {weights} | {first.licence} "
        f"| {first.evidence} | {first.source}: {first.package} {first.version} |"
    )


def _summary(recipe: Recipe) -> list[str]:
    used = sorted({font.licence for font in recipe.fonts})
    return [
        f"{len(recipe.fonts)} fonts of {len(recipe.designs)} designs.",
        "",
        *(f"- `{licence}`: {LICENCES[licence]}" for licence in used),
    ]


def _joined(values: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(values))
