# What Buzi uses of uharfbuzz, typed; the package ships no types of its compiled part.
from collections.abc import Sequence
from typing import Any, NamedTuple

class Blob:
    data: bytes
    def __init__(self, data: bytes) -> None: ...

class Face:
    blob: Blob
    glyph_count: int
    upem: int
    unicodes: set[int]
    has_layout_glyph_classes: bool
    def __init__(self, blob: Blob, index: int = 0) -> None: ...
    def get_layout_glyph_class(self, glyph: int) -> int: ...

class GlyphExtents(NamedTuple):
    x_bearing: int
    y_bearing: int
    width: int
    height: int

class Font:
    scale: tuple[int, int]
    def __init__(self, face: Face) -> None: ...
    def set_variations(self, variations: dict[str, float]) -> None: ...
    def get_nominal_glyph(self, unicode: int) -> int | None: ...
    def get_glyph_extents(self, gid: int) -> GlyphExtents | None: ...
    def get_glyph_h_advance(self, gid: int) -> int: ...
    def get_glyph_v_advance(self, gid: int) -> int: ...
    def get_glyph_v_origin(self, gid: int) -> tuple[int, int]: ...
    def draw_glyph_with_pen(self, gid: int, pen: Any) -> None: ...
    def glyph_to_string(self, gid: int) -> str: ...

class GlyphInfo:
    codepoint: int
    cluster: int

class GlyphPosition:
    x_advance: int
    y_advance: int
    x_offset: int
    y_offset: int

class Buffer:
    direction: str
    script: str
    language: str
    glyph_infos: list[GlyphInfo]
    glyph_positions: list[GlyphPosition]
    def add_str(self, text: str) -> None: ...
    def add_codepoints(self, codepoints: Sequence[int]) -> None: ...
    def guess_segment_properties(self) -> None: ...

def shape(font: Font, buf: Buffer, features: dict[str, bool] | None = None) -> None: ...

class RasterExtents:
    x_origin: int
    y_origin: int
    width: int
    height: int
    stride: int
    def __init__(
        self, x_origin: int, y_origin: int, width: int, height: int, stride: int = 0
    ) -> None: ...

class RasterImage:
    buffer: bytes
    extents: RasterExtents

class RasterDraw:
    transform: tuple[float, float, float, float, float, float]
    extents: RasterExtents | None
    def draw_glyph(self, font: Font, glyph: int) -> None: ...
    def render(self) -> RasterImage | None: ...

class SubsetInput:
    unicode_set: set[int]
    def __init__(self) -> None: ...
    def pin_axis_location(self, face: Face, tag: str, value: float) -> bool: ...
    def subset(self, source: Face) -> Face: ...
