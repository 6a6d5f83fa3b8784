from __future__ import annotations

import errno
import pickle

import numpy as np
import pytest

from buzi.errors import EmptyGlyphError, MissingGlyphError, OutputError, RunFolderError
from buzi.fonts import font_from_outlines, open_font
from buzi.glyphs import Canvas, EmSquare, Outline
from buzi.glyphs.outline import outline_from_points
from buzi.rasters import Renderer, open_store, render_glyph, write_json, write_store

EM = EmSquare(1000, -120)


def box(x0: float, y0: float, x1: float, y1: float) -> Outline:
    return outline_from_points(
        [[(x0, y0, "line"), (x1, y0, "line"), (x1, y1, "line"), (x0, y1, "line")]]
    )


def test_coverage_is_exact_and_in_place():
    # On 100 px to the em a unit is a tenth of a pixel: edges fall within pixels.
    font = font_from_outlines({0x4E00: box(205, 780, 400, 877)}, EM)
    raster = render_glyph(font, 0x4E00, Canvas(120, 100))
    assert raster.dtype == np.float32
    assert raster[10, 30] == pytest.approx(0.5 * 0.7, abs=0.01)
    assert raster[11, 31] == 1
    assert raster[9].max() == 0
    assert raster.sum() == pytest.approx(19.5 * 9.7, abs=0.2)


def test_ink_past_the_em_is_kept_on_the_canvas():
    font = font_from_outlines({0x4E00: box(-40, -160, 30, 0)}, EM)
    whole = render_glyph(font, 0x4E00, Canvas.for_side(256)).sum()
    assert whole == pytest.approx(70 * 160 * 0.224**2, rel=0.01)


def test_missing_and_empty_speak():
    font = font_from_outlines({0x4E00: box(0, 0, 9, 9), 0x4E8C: Outline()}, EM)
    with pytest.raises(MissingGlyphError, match="U\\+4E09 三"):
        render_glyph(font, 0x4E09, Canvas())
    with pytest.raises(EmptyGlyphError, match="U\\+4E8C 二"):
        render_glyph(font, 0x4E8C, Canvas())


def test_a_font_survives_pickling_for_other_processes(tiny_fonts):
    font = open_font(tiny_fonts.target)
    again = pickle.loads(pickle.dumps(font))  # noqa: S301 (our own bytes)
    canvas = Canvas.for_side(128)
    gid = font.gid(0x4E00)
    np.testing.assert_array_equal(
        Renderer(font, canvas).draw_gid(gid), Renderer(again, canvas).draw_gid(gid)
    )


def test_stores_come_back(tmp_path):
    pictures = np.arange(2 * 16 * 16, dtype=np.uint8).reshape(2, 16, 16)
    write_store(tmp_path / "s", Canvas(16, 14), [5, 3], pictures, {"confidence": [0.5, 1.0]})
    store = open_store(tmp_path / "s")
    assert store.codepoints == (5, 3)
    assert store.columns == {"confidence": [0.5, 1.0]}
    np.testing.assert_array_equal(store.rasters, pictures)


def test_wrong_shapes_are_refused(tmp_path):
    with pytest.raises(ValueError, match="uint8"):
        write_store(tmp_path, Canvas(16, 14), [5], np.zeros((1, 8, 8), np.uint8))
    with pytest.raises(ValueError, match="confidence"):
        write_store(
            tmp_path, Canvas(16, 14), [5], np.zeros((1, 16, 16), np.uint8), {"confidence": []}
        )


@pytest.mark.parametrize("damage", ["index.json", "rasters.npy"])
def test_damaged_stores_are_refused(tmp_path, damage):
    write_store(tmp_path, Canvas(16, 14), [5], np.zeros((1, 16, 16), np.uint8))
    (tmp_path / damage).write_bytes(b"\x00")
    with pytest.raises(RunFolderError, match="damaged"):
        open_store(tmp_path)


def test_a_disk_that_is_full_half_way_is_said_and_nothing_is_left_on_it(tmp_path, monkeypatch):
    def half(file, _):
        file.write(b"half")
        raise OSError("900 requested and 7 written")  # what NumPy says, without a number

    monkeypatch.setattr(np, "save", half)
    with pytest.raises(OutputError, match=r"disk is full\. Make room"):
        write_store(tmp_path, Canvas(16, 14), [5], np.zeros((1, 16, 16), np.uint8))
    assert not list(tmp_path.iterdir())


def test_json_that_cannot_be_written_leaves_the_old_and_nothing_else(tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    write_json(tmp_path / "a.json", [1])
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match="disk is full"):
        write_json(tmp_path / "a.json", [2])
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a.json", "[1]")]
