"""Identity: is a drawn glyph nearest to its own character, in a recogniser's eyes?

The recogniser is PP-OCRv6 (PaddleOCR, Apache-2.0), whose weights rapidocr
(Apache-2.0) carries in its wheel; nothing is fetched while measuring. It is an
optional extra: ``pip install 'buzi[identity]'``.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from buzi.errors import SettingsError
from buzi.fonts import Font
from buzi.glyphs import Canvas
from buzi.rasters import Renderer

READING_CANVAS = Canvas.em_only(96)
"""Glyphs are drawn so, and shrunk to what the recogniser reads."""

_SIDE = 48
_BATCH = 64
_MODEL = "PP-OCRv6_rec_small.onnx"

Features = npt.NDArray[np.float32]
"""float32 (N, D): what the recogniser makes of N glyphs, before it names a character."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whether glyphs are nearest to their own character among all of a gallery.

    Attributes:
        codepoints: the characters.
        nearest: the gallery's character that each is nearest to, in the same order.
    """

    codepoints: tuple[int, ...]
    nearest: tuple[int, ...]

    @property
    def right(self) -> tuple[bool, ...]:
        """Whether each is nearest to its own character."""
        return tuple(a == b for a, b in zip(self.codepoints, self.nearest, strict=True))


class Recogniser:
    """Reads glyphs with a recogniser's weights, as far as its features.

    Raises:
        SettingsError: the optional extra is not installed.
    """

    def __init__(self) -> None:
        missing = [
            name
            for name in ("onnx", "onnxruntime", "rapidocr")
            if importlib.util.find_spec(name) is None
        ]
        if missing:
            raise SettingsError(
                f"identity needs {', '.join(missing)}, which are not installed: "
                f"pip install 'buzi[identity]'"
            )
        import onnx
        import onnxruntime

        spec: Any = importlib.util.find_spec("rapidocr")
        path = Path(spec.origin).parent / "models" / _MODEL
        if not path.is_file():
            raise SettingsError(
                f"{path}: not there; another version of rapidocr. "
                f"pip install 'buzi[identity]' installs one that fits"
            )
        model: Any = onnx.load(path)
        # The layer that names a character is the last matrix product: what goes in is wanted.
        naming: Any = [node for node in model.graph.node if node.op_type == "MatMul"][-1]
        del model.graph.output[:]
        model.graph.output.append(onnx.ValueInfoProto(name=naming.input[0]))
        options: Any = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(model.SerializeToString(), options)

    def features(
        self, font: Font, gids: Sequence[int], progress: Callable[[int], None] | None = None
    ) -> Features:
        """Features of N glyphs; ``progress`` is called with the number done."""
        renderer = Renderer(font, READING_CANVAS)
        name: str = self._session.get_inputs()[0].name
        found: list[Features] = []
        for start in range(0, len(gids), _BATCH):
            pictures = [_picture(renderer.draw_gid(gid)) for gid in gids[start : start + _BATCH]]
            batch = np.repeat(np.stack(pictures)[:, None], 3, axis=1)
            steps: Any = self._session.run(None, {name: batch})[0]
            found.append(np.asarray(steps, np.float32).mean(axis=1))
            if progress is not None:
                progress(start + len(pictures))
        return np.concatenate(found)


def _picture(raster: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Black on white, float32 (48, 48) in -1..1."""
    small = Image.fromarray(255 - raster).resize((_SIDE, _SIDE), Image.Resampling.BILINEAR)
    return np.asarray(small, np.float32) / 127.5 - 1


def nearest_characters(
    features: Features, codepoints: Sequence[int], gallery: Features, names: Sequence[int]
) -> Identity:
    """The gallery's nearest character of each glyph, by the cosine of standardised features.

    Args:
        features: (N, D) of the glyphs judged.
        codepoints: their N characters.
        gallery: (M, D) of one glyph a character, of another font.
        names: its M characters.

    Raises:
        ValueError: lengths that differ, or an empty gallery.
    """
    if len(features) != len(codepoints) or len(gallery) != len(names) or not len(names):
        raise ValueError("every glyph needs its codepoint, and a gallery at least one")
    centre, scale = gallery.mean(axis=0), gallery.std(axis=0) + 1e-6
    known, judged = _unit((gallery - centre) / scale), _unit((features - centre) / scale)
    best = (judged @ known.T).argmax(axis=1)
    return Identity(tuple(codepoints), tuple(names[int(i)] for i in best))


def _unit(rows: Features) -> Features:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
