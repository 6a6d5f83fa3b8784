from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from buzi.errors import CheckpointError
from buzi.generation import GenerateSettings, draw_candidates, drawing, generate
from buzi.generation.drawing import _read_part
from buzi.glyphs import Canvas
from buzi.networks import Architecture, CheckpointInfo, write_checkpoint
from buzi.pairs import Siblings
from buzi.rasters import open_store, write_store

CANVAS = Canvas.for_side(128)


@pytest.fixture
def checkpoint(tmp_path):
    """A fresh folded generator: it copies its content."""
    torch.manual_seed(0)
    architecture = Architecture("folded", 128)
    info = CheckpointInfo(architecture, CANVAS, 1, 1, 1.0, {}, {}, "0")
    write_checkpoint(tmp_path / "step-00000001", info, architecture.build().state_dict())
    return tmp_path / "step-00000001"


@pytest.fixture
def content(tmp_path):
    pictures = np.zeros((5, 128, 128), np.uint8)
    for i in range(5):
        pictures[i, 30 + i : 90, 40:60] = 255
    write_store(tmp_path / "content", CANVAS, [10, 11, 12, 13, 14], pictures)
    return tmp_path / "content"


def test_drawn_in_place(checkpoint, content, tmp_path):
    generate(checkpoint, content, tmp_path / "drawn", GenerateSettings(shifts=4))
    drawn, given = open_store(tmp_path / "drawn"), open_store(content)
    assert drawn.codepoints == given.codepoints
    np.testing.assert_array_equal(drawn.rasters > 127, given.rasters > 127)
    assert all(0 <= c <= 1 for c in drawn.columns["confidence"])
    assert not list((tmp_path / "drawn").glob("parts-*"))


def test_parts_that_are_kept_are_not_drawn_again(checkpoint, content, tmp_path, monkeypatch):
    generate(checkpoint, content, tmp_path / "drawn", keep_parts=True)
    before = open_store(tmp_path / "drawn").rasters.copy()

    def refused(*_, **__):
        raise AssertionError("drawn again")

    monkeypatch.setattr(drawing, "draw_batches", refused)
    generate(checkpoint, content, tmp_path / "drawn", keep_parts=True)
    np.testing.assert_array_equal(open_store(tmp_path / "drawn").rasters, before)
    drawing.drop_parts(tmp_path / "drawn")
    with pytest.raises(AssertionError):
        generate(checkpoint, content, tmp_path / "drawn")


def test_only_some(checkpoint, content, tmp_path):
    generate(checkpoint, content, tmp_path / "drawn", codepoints={11, 14})
    assert open_store(tmp_path / "drawn").codepoints == (11, 14)


def test_an_interrupted_drawing_goes_on(checkpoint, content, tmp_path, monkeypatch):
    monkeypatch.setattr(drawing, "_CHUNK", 2)
    real, drawn = drawing.draw_batches, []

    def counting(generator, canvas, pictures, *others, **named):
        if len(drawn) == 2:
            drawn.append(None)
            raise KeyboardInterrupt
        drawn.append(len(pictures))
        return real(generator, canvas, pictures, *others, **named)

    monkeypatch.setattr(drawing, "draw_batches", counting)
    with pytest.raises(KeyboardInterrupt):
        generate(checkpoint, content, tmp_path / "drawn")
    generate(checkpoint, content, tmp_path / "drawn")
    assert drawn == [2, 2, None, 1]
    assert len(open_store(tmp_path / "drawn")) == 5


def test_parts_of_another_drawing_are_not_taken_up(checkpoint, content, tmp_path, monkeypatch):
    monkeypatch.setattr(drawing, "write_store", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        generate(checkpoint, content, tmp_path / "drawn", codepoints={10, 11})
    monkeypatch.undo()
    generate(checkpoint, content, tmp_path / "drawn", codepoints={13, 14})
    drawn, given = open_store(tmp_path / "drawn"), open_store(content)
    np.testing.assert_array_equal(drawn.rasters > 127, given.rasters[3:] > 127)


def test_a_drawing_that_vanished_is_stood_in_for(checkpoint, content, tmp_path, monkeypatch):
    real = drawing.draw_batches

    def losing_one(*given, **named):
        drawn, signs = real(*given, **named)
        drawn[3] = 0
        return drawn, signs

    monkeypatch.setattr(drawing, "draw_batches", losing_one)
    generate(checkpoint, content, tmp_path / "drawn")
    drawn, given = open_store(tmp_path / "drawn"), open_store(content)
    np.testing.assert_array_equal(drawn.rasters[3], given.rasters[3])
    assert drawn.columns["stand_in"] == [False, False, False, True, False]
    assert drawn.columns["confidence"][3] == 0
    assert drawn.columns["confidence"][2] > 0


def test_another_canvas_is_refused(checkpoint, tmp_path):
    write_store(tmp_path / "c", Canvas.for_side(256), [10], np.zeros((1, 256, 256), np.uint8))
    with pytest.raises(CheckpointError, match=r"128 pixels.*256"):
        generate(checkpoint, tmp_path / "c", tmp_path / "drawn")


class _ShowsTheFirstSibling(torch.nn.Module):
    """Draws the target of the first sibling, whatever the content; keeps what it was shown."""

    def __init__(self):
        super().__init__()
        self.shown = []

    siblings = True

    def forward(self, _content, _style, beside):
        self.shown.append(beside.clone())
        return 20 * functional.interpolate(beside[:, 1:2], scale_factor=2) - 10


def test_siblings_are_those_of_each_glyph_and_move_with_its_content(content, tmp_path):
    store = open_store(content)
    shifted = np.roll(store.rasters, 20, axis=2)
    write_store(tmp_path / "target", CANVAS, store.codepoints, shifted)
    siblings = Siblings(store, open_store(tmp_path / "target"), store.codepoints)
    generator = _ShowsTheFirstSibling()
    beside = drawing.shown_beside(generator, siblings, store.rasters, store.codepoints)
    settings = GenerateSettings(shifts=3, batch_size=2)
    drawn, _ = drawing.draw_batches(
        generator, CANVAS, store.rasters, settings, torch.device("cpu"), beside
    )
    first = siblings.rows(store.rasters, store.codepoints)[:, 0, 0]
    blocks = siblings.target[first].repeat(2, axis=1).repeat(2, axis=2)
    np.testing.assert_array_equal(drawn > 127, blocks > 127)
    # Each drawing has other siblings beside the glyph, and they move with its content.
    pictures = [beside.pictures(slice(0, 2), turn) for turn in (0, 1)]
    moved = np.roll(pictures[1], (1, -1), axis=(2, 3))
    np.testing.assert_allclose(generator.shown[1].numpy() * 255, moved, atol=1e-3)
    assert (pictures[0] != pictures[1]).any()


class _MovesTheFirstSibling(_ShowsTheFirstSibling):
    """Draws the target of the first sibling, four pixels lower."""

    kept = 1.0

    def forward(self, content, style, beside):
        moved = super().forward(content, style, beside).roll(4, dims=2)
        moved[..., 40 + round(40 * self.kept) :] = -10
        return moved


def test_a_glyph_of_a_script_that_the_font_lacks_is_drawn_again_from_its_own_drawing(content):
    store = open_store(content)
    siblings = Siblings(store, store, store.codepoints)
    picture = np.zeros((1, *store.rasters.shape[1:]), np.uint8)
    picture[0, 40:60, 40:80] = 255
    settings = GenerateSettings(shifts=1)
    moved = []
    for codepoint in (0x312A, store.codepoints[0]):  # ㄪ, whose strokes are not known
        beside = drawing.shown_beside(_MovesTheFirstSibling(), siblings, picture, [codepoint])
        assert bool(beside.own) == (codepoint == 0x312A)
        drawn, signs = drawing.draw_batches(
            _MovesTheFirstSibling(), CANVAS, picture, settings, torch.device("cpu"), beside
        )
        first = np.repeat(np.repeat(beside.pictures(slice(0, 1), 0)[:, 1], 2, axis=1), 2, axis=2)
        moved.append([
            shift for shift in range(0, 20, 2)
            if ((np.roll(first, shift, axis=1) > 127) == (drawn > 127)).mean() > 0.999
        ])  # fmt: skip
        assert len(signs) == 1
    assert moved == [[8], [4]]
    # Nor is what was written by its strokes drawn again.
    beside = drawing.shown_beside(_MovesTheFirstSibling(), siblings, picture, [0x312A])
    again = drawing.draw_batches(
        _MovesTheFirstSibling(), CANVAS, picture, settings, torch.device("cpu"),
        replace(beside, written={0: picture[0]}),
    )[0]  # fmt: skip
    first = np.repeat(np.repeat(beside.pictures(slice(0, 1), 0)[:, 1], 2, axis=1), 2, axis=2)
    assert ((np.roll(first, 4, axis=1) > 127) == (again > 127)).mean() > 0.999
    # One that shrank stays as it was written.
    larger = np.full(picture.shape[1:], 255, np.uint8)
    again = drawing.draw_batches(
        _MovesTheFirstSibling(), CANVAS, picture, settings, torch.device("cpu"),
        replace(beside, written={0: larger}),
    )[0]  # fmt: skip
    np.testing.assert_array_equal(again[0], larger)
    # What lost much of its ink is not believed: it stands where it was drawn the first time.
    beside = drawing.shown_beside(_MovesTheFirstSibling(), siblings, picture, [0x312A])
    top = np.flatnonzero(beside.own[0][1].max(axis=1) > 127)[0] * 2
    for kept, moved_by in ((0.9, 8), (0.5, 4), (0.0, None)):
        generator = _MovesTheFirstSibling()
        generator.kept = kept
        drawn, _ = drawing.draw_batches(
            generator, CANVAS, picture, settings, torch.device("cpu"), beside
        )
        rows = np.flatnonzero(drawn[0].max(axis=1) > 127)
        assert (rows[0] - top if len(rows) else None) == moved_by


def test_a_checkpoint_that_looks_at_siblings_needs_them(content, tmp_path):
    torch.manual_seed(0)
    architecture = Architecture("folded", 128, {"siblings": True})
    info = CheckpointInfo(architecture, CANVAS, 1, 1, 1.0, {}, {}, "0")
    write_checkpoint(tmp_path / "step-00000001", info, architecture.build().state_dict())
    with pytest.raises(CheckpointError, match="pairs of its run"):
        generate(tmp_path / "step-00000001", content, tmp_path / "drawn")
    store = open_store(content)
    siblings = Siblings(store, store, store.codepoints)
    generate(tmp_path / "step-00000001", content, tmp_path / "drawn", siblings=siblings)
    np.testing.assert_array_equal(open_store(tmp_path / "drawn").rasters > 127, store.rasters > 127)
    rasters, _ = draw_candidates(
        tmp_path / "step-00000001", CANVAS, store.rasters[:2], 2, None, siblings, [10, 11]
    )
    np.testing.assert_array_equal(rasters > 127, store.rasters[:2] > 127)


def test_a_part_that_a_power_cut_tore_is_drawn_again(tmp_path):
    part = tmp_path / "000000-2.npz"
    assert _read_part(part) is None
    for torn in (b"", b"PK\x03\x04 and no more", b"\x93NUMPY"):
        part.write_bytes(torn)
        assert _read_part(part) is None
    drawn, signs = np.ones((2, 4, 4), np.uint8), np.zeros((2, 3), np.float32)
    np.savez(part, drawn=drawn, signs=signs)
    assert np.array_equal(_read_part(part)[0], drawn)
