"""FONTLOG: the text beside a completed font that says what was changed, how and when."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Collection, Mapping, Sequence

from buzi.fonts import Font, read_licence

_WIDTH = 78


def fontlog(
    target: Font,
    *,
    family: str,
    added: Sequence[int],
    drawn: Collection[int],
    vertical: int,
    provenance: Mapping[str, str],
    tool: str,
    date: dt.date,
) -> str:
    """The text, in English and Traditional Chinese.

    Args:
        target: the font that was completed.
        family: the completed font's family name.
        added: characters that it got, ascending.
        drawn: those of them that a machine drew; a designer may have edited them since.
        vertical: number of vertical forms added.
        provenance: how they were drawn, such as ``reference`` → the content font's name.
        tool: name and version of the program.
        date: of the change.

    Source: SIL Open Font License FAQ, FONTLOG; Arphic Public License, section 2a
        (a notice how and when the font was changed).
    """
    licence = read_licence(target)
    by_machine = [c for c in added if c in drawn]
    by_hand = [c for c in added if c not in drawn]
    version = target.name_text(5) or "no version"
    lines = [
        f"FONTLOG for {family}",
        "",
        f"{family} is {target.name} ({version}), completed by {tool} on {date.isoformat()}.",
        "Every glyph that the original had is as it was; glyphs were added, and the font",
        "was given another name.",
        "",
        f"{family} 以 {target.name} 為底，由 {tool} 於 {date.isoformat()} 補齊缺字。",
        "原有字符一概未動；只增加了新的字符，並更改了字型名稱。",
        "",
        "What a machine drew / 由機器繪製",
        "",
        f"{len(by_machine):,} characters were drawn by a neural network that had learnt from the",
        "original's own glyphs; nobody need have looked at each of them.",
        f"共 {len(by_machine):,} 字由類神經網路學習原字型後繪製，未必逐字經人檢視。",
        *(f"{key}: {value}" for key, value in provenance.items()),
        "",
        *_listed(by_machine),
    ]
    if by_hand:
        lines += [
            f"Added by hand / 人工加入: {len(by_hand):,}", "", *_listed(by_hand),
        ]  # fmt: skip
    if vertical:
        lines += [
            f"{vertical:,} vertical forms were made of the new punctuation, and a GSUB rule added.",
            f"另為新的標點加入 {vertical:,} 個直排字符及其 GSUB 規則。",
            "",
        ]
    if "EBDT" in target.tables:
        lines += [
            "The original's bitmaps for small sizes are kept; the new glyphs have none.",
            "原字型的小字點陣圖予以保留；新增的字符沒有點陣圖。",
            "",
        ]
    lines += ["Licence and credits / 授權與致謝", ""]
    for text in (licence.copyright, licence.trademark, licence.licence, licence.url):
        if text:
            lines += [*text.strip().splitlines(), ""]
    if licence.is_open_font_licence:
        lines += [
            "The completed font is under the same SIL Open Font License as the original.",
            "補齊後的字型同樣依 SIL Open Font License 授權。",
            "",
        ]
    return "\n".join(lines)


def _listed(codepoints: Sequence[int]) -> list[str]:
    if not codepoints:
        return []
    text = " ".join(f"U+{c:04X}" for c in codepoints)
    return [*textwrap.wrap(text, _WIDTH), ""]
