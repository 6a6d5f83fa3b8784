"""Text set in the completed font itself: which lines, and the font to embed for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from io import BytesIO

import uharfbuzz as hb
from fontTools import subset
from fontTools.ttLib import TTFont

from buzi.fonts import Font

HEADLINES = (
    "你說每個字都有自己的歲數",
    "爸爸騎腳踏車載我穿過稻田",
    "她慢慢走，咖啡還溫著呢",
    "媽媽喊：「吃飯囉！」",
    "貓咪踩過水窪，留下一串腳印",
    "臺北的雨說下就下",
)
"""Lines for display sizes, in Taiwanese Mandarin."""

PARAGRAPHS = (
    (
        "傍晚，巷口的咖啡店亮起黃燈。她把傘擱在門邊，點了一杯熱牛奶，攤開筆記本，寫下今天撿到的句子："
        "每個字都有自己的歲數，有的像剛冒芽的枝，有的像奶奶摺了又摺的信。"
    ),
    (
        "黃昏的騎樓下，賣豆花的阿伯把碗疊好，抬頭問我：「要加花生嗎？」我說好啊，再多給一點糖水吧。"
        "垃圾車的音樂響起，鄉下的夜晚就這樣開始：有人追著車跑，有人在門口聊天。"
    ),
    (
        "爸爸騎腳踏車載我穿過稻田，風把帽子吹跑了，我們笑得喘不過氣。雨後的巷子，貓咪踩過水窪，"
        "留下一串濕漉漉的腳印。我們把舊曆撕下一頁，黏在窗上，當作給燕子的地圖。"
    ),
)
"""Paragraphs for reading sizes, horizontal and vertical."""

RUBY = (
    ("你", "ㄋㄧ", "ˇ"), ("說", "ㄕㄨㄛ", ""), ("每", "ㄇㄟ", "ˇ"), ("個", "ㄍㄜ", "ˋ"),
    ("字", "ㄗ", "ˋ"), ("都", "ㄉㄡ", ""), ("有", "ㄧㄡ", "ˇ"), ("自", "ㄗ", "ˋ"),
    ("己", "ㄐㄧ", "ˇ"), ("的", "ㄉㄜ", "˙"), ("歲", "ㄙㄨㄟ", "ˋ"), ("數", "ㄕㄨ", "ˋ"),
)  # fmt: skip
"""A line with bopomofo beside it: character, letters, tone."""

BOPOMOFO = "ㄅㄆㄇㄈㄉㄊㄋㄌㄍㄎㄏㄐㄑㄒㄓㄔㄕㄖㄗㄘㄙㄧㄨㄩㄚㄛㄜㄝㄞㄟㄠㄡㄢㄣㄤㄥㄦˉˊˇˋ˙"

CAST = 240
"""New characters that are set one after the other, the first ones asked for."""


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text: new characters, the font's own, or ones it lacks.

    Attributes:
        text: at least one character.
        kind: ``new``, ``own`` or ``lacking``.
    """

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Sounded:
    """A character with its bopomofo.

    Attributes:
        base: the character.
        letters: one to three letters.
        tone: its mark, "" for the first tone.
    """

    base: Run
    letters: Run
    tone: str


@dataclass(frozen=True, slots=True)
class Specimen:
    """What is set in the completed font.

    Attributes:
        hero: the first new characters, for the top of the page.
        headlines: display lines.
        paragraphs: for reading sizes.
        ruby: characters with their bopomofo; empty where the font lacks bopomofo.
        bopomofo: the letters in a row; empty where the font lacks them.
        cast: the new characters one after the other.
        woff2: the completed font, cut down to the characters shown.
    """

    hero: str
    headlines: tuple[tuple[Run, ...], ...]
    paragraphs: tuple[tuple[Run, ...], ...]
    ruby: tuple[Sounded, ...]
    bopomofo: tuple[Run, ...]
    cast: str
    woff2: bytes


def make_specimen(font: Font, new: Iterable[int]) -> Specimen:
    """Choose lines that the font can set, those with the most new characters first.

    A line is left out where the font lacks more than one character in six of
    it; a character that it lacks is marked as such and never passed off.

    Args:
        font: the completed font.
        new: codepoints drawn, in the order in which they were asked for.
    """
    order = [c for c in new if font.has(c)]
    fresh = set(order)

    def line(text: str) -> tuple[Run, ...]:
        return tuple(_runs(text, fresh, font))

    def settable(texts: Iterable[str]) -> list[str]:
        kept = [t for t in texts if len(font.missing(map(ord, t))) * 6 <= len(t)]
        return sorted(kept, key=lambda t: -sum(ord(c) in fresh for c in t) / len(t))

    headlines = settable(HEADLINES)[:4]
    paragraphs = settable(PARAGRAPHS)
    has_bopomofo = not font.missing(map(ord, BOPOMOFO))
    ruby = RUBY if has_bopomofo and not font.missing(ord(base) for base, _, _ in RUBY) else ()
    ideographs = [c for c in order if c > 0x3400] or order
    hero = "".join(map(chr, ideographs[:12]))
    cast = "".join(map(chr, order[:CAST]))
    shown = "".join([hero, cast, *headlines, *paragraphs, BOPOMOFO if has_bopomofo else ""])
    shown += "".join(base for base, _, _ in ruby)
    return Specimen(
        hero=hero,
        headlines=tuple(map(line, headlines)),
        paragraphs=tuple(map(line, paragraphs)),
        ruby=tuple(
            Sounded(
                Run(base, _kind(base, fresh, font)),
                Run(letters, _kind(letters[0], fresh, font)),
                tone,
            )
            for base, letters, tone in ruby
        ),
        bopomofo=line(BOPOMOFO) if has_bopomofo else (),
        cast=cast,
        woff2=subset_woff2(font, set(map(ord, shown))),
    )


def subset_woff2(font: Font, codepoints: Collection[int]) -> bytes:
    """The font with just these characters, as WOFF2; its layout for vertical text is kept.

    Characters that the font lacks are left out. A variable font becomes static, at
    the place of its axes where it is drawn.

    Source: fontTools ``subset``; W3C WOFF File Format 2.0.
    """
    options = subset.Options(
        layout_features=["vert", "vrt2", "ccmp", "locl", "mark", "mkmk"],
        hinting=False,
        notdef_outline=True,
        name_IDs=[],
        drop_tables=[*subset.Options().drop_tables, "DSIG", "BASE", "ltag"],
    )
    data, face = (_instance(font, codepoints), 0) if font.location else (font.data, font.face)
    tables = TTFont(BytesIO(data), fontNumber=face, lazy=True, recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=codepoints)
    cutter.subset(tables)
    tables.flavor = "woff2"
    out = BytesIO()
    tables.save(out, reorderTables=False)
    return out.getvalue()


def _instance(font: Font, codepoints: Collection[int]) -> bytes:
    """A variable font's glyphs of these characters, static at its location.

    Source: HarfBuzz ``hb_subset_input_pin_axis_location``.
    """
    wanted = hb.SubsetInput()
    wanted.unicode_set.update(codepoints)
    for tag, value in font.location.items():
        wanted.pin_axis_location(font.hb_face, tag, value)
    return bytes(wanted.subset(font.hb_face).blob.data)


def _kind(character: str, fresh: Collection[int], font: Font) -> str:
    codepoint = ord(character)
    if codepoint in fresh:
        return "new"
    return "own" if font.has(codepoint) else "lacking"


def _runs(text: str, fresh: Collection[int], font: Font) -> Iterable[Run]:
    """Neighbours of one kind as one run."""
    start = 0
    for i in range(1, len(text) + 1):
        kind = _kind(text[start], fresh, font)
        if i == len(text) or _kind(text[i], fresh, font) != kind:
            yield Run(text[start:i], kind)
            start = i
