"""Style bits: whether a font calls itself bold or italic, in words and in the bits beside them."""

from __future__ import annotations

from typing import Any

RIBBI = ("Regular", "Bold", "Italic", "Bold Italic")
"""What nameID 2 may say: the styles that programs link by Bold and Italic buttons."""

_ITALIC, _BOLD, _REGULAR = 1 << 0, 1 << 5, 1 << 6
"""Bits of ``OS/2.fsSelection``."""

_MAC_BOLD, _MAC_ITALIC = 1 << 0, 1 << 1
"""Bits of ``head.macStyle``."""


def linked_style(style: str) -> str:
    """What nameID 2 says of a style: itself if one of four, else upright or italic.

    Source: OpenType ``name``, nameID 2.
    """
    if style in RIBBI:
        return style
    return "Italic" if style.split()[-1:] == ["Italic"] else "Regular"


def set_style_bits(tables: Any, linked: str) -> None:
    """Let ``OS/2.fsSelection`` and ``head.macStyle`` say what nameID 2 says.

    fontTools' ``setRibbiBits`` leaves ``macStyle`` bold where a bold font becomes Regular.

    Args:
        tables: the ``TTFont`` being changed.
        linked: one of ``RIBBI``; of anything else nothing is known, and nothing is set.

    Source: OpenType ``OS/2`` fsSelection, bits 0, 5 and 6; ``head`` macStyle, bits 0 and 1.
    """
    if linked not in RIBBI:
        return
    bold, italic = "Bold" in linked, "Italic" in linked
    mac = tables["head"].macStyle & ~(_MAC_BOLD | _MAC_ITALIC)
    tables["head"].macStyle = mac | bold * _MAC_BOLD | italic * _MAC_ITALIC
    if "OS/2" in tables:
        rest = tables["OS/2"].fsSelection & ~(_ITALIC | _BOLD | _REGULAR)
        regular = linked == "Regular"
        tables["OS/2"].fsSelection = rest | italic * _ITALIC | bold * _BOLD | regular * _REGULAR


def style_of_bits(tables: Any) -> tuple[str, str]:
    """What ``OS/2.fsSelection`` and ``head.macStyle`` say, each in the words of nameID 2.

    Without ``OS/2`` the first is as the second.
    """
    mac = tables["head"].macStyle
    by_mac = _words(bold=bool(mac & _MAC_BOLD), italic=bool(mac & _MAC_ITALIC))
    if "OS/2" not in tables:
        return by_mac, by_mac
    bits = tables["OS/2"].fsSelection
    return _words(bold=bool(bits & _BOLD), italic=bool(bits & _ITALIC)), by_mac


def _words(*, bold: bool, italic: bool) -> str:
    return " ".join(w for w, on in (("Bold", bold), ("Italic", italic)) if on) or "Regular"
