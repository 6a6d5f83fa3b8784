from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage
from tests.conftest import IDEOGRAPHS, build_tiny_font

from buzi.errors import CheckpointError
from buzi.fonts import open_font, open_reference
from buzi.generation import (
    Finishing,
    GenerateSettings,
    draw_candidates,
    drawing,
    finishing_for,
    generate,
)
from buzi.generation.rescue import _drawn
from buzi.glyphs import Canvas
from buzi.networks import (
    Architecture,
    CheckpointInfo,
    StyleEncoder,
    read_info,
    read_tensors,
    shipped_base,
    shipped_finisher,
    write_checkpoint,
)
from buzi.pairs import PrepareSettings, prepare
from buzi.rasters import open_store
from buzi.training import TrainSettings, tune_finisher


class _Bolder(torch.nn.Module):
    """Finishes a drawing by making it two pixels bolder; keeps what it was given."""

    def __init__(self):
        super().__init__()
        self.given = []

    def forward(self, content, style, drawing):
        self.given.append((content, style, drawing))
        return 20 * torch.nn.functional.max_pool2d(drawing, 3, 1, 1) - 10


@pytest.fixture(scope="module")
def pairs(tiny_fonts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished") / "pairs"
    return prepare(open_font(tiny_fonts.target), open_reference(tiny_fonts.reference), IDEOGRAPHS,
                   folder, PrepareSettings(image_side=128, hidden=12, validation=5))  # fmt: skip


@pytest.fixture
def checkpoint(tmp_path):
    """A fresh folded generator: it copies its content."""
    torch.manual_seed(0)
    architecture = Architecture("folded", 128)
    info = CheckpointInfo(architecture, Canvas.for_side(128), 1, 1, 1.0, {}, {}, "0")
    write_checkpoint(tmp_path / "step-00000001", info, architecture.build().state_dict())
    return tmp_path / "step-00000001"


@pytest.fixture
def finisher(tmp_path):
    """A fresh finisher, as `buzi pretrain` leaves it: it copies the drawing."""
    torch.manual_seed(0)
    architecture = Architecture("finisher", 128, {"width": 0.25})
    info = CheckpointInfo(architecture, Canvas.for_side(128), 1, 1, 1.0, {}, {}, "0")
    write_checkpoint(
        tmp_path / "finisher", info, architecture.build().state_dict(),
        encoder=StyleEncoder().state_dict(),
    )  # fmt: skip
    return tmp_path / "finisher"


def test_a_fresh_finisher_leaves_drawings_as_they_are(pairs, finisher):
    finishing = finishing_for(pairs, finisher)
    content, drawn = pairs.content().rasters[:20], pairs.target().rasters[:20]
    np.testing.assert_array_equal(finishing.of(drawn, content) > 127, drawn > 127)


def test_pictures_of_another_size_are_not_finished(pairs):
    assert finishing_for(pairs) is None  # the shipped finisher is of 256 pixels


def test_the_style_is_read_off_taught_pairs_alone(pairs, finisher, monkeypatch):
    asked = []
    real = type(pairs).exemplars
    monkeypatch.setattr(type(pairs), "exemplars", lambda self, n: asked.append(n) or real(self, n))
    finishing_for(pairs, finisher)
    assert asked == [64]
    store, taught = pairs.content(), set(pairs.split.training)
    known = {store.rasters[i].tobytes() for i, c in enumerate(store.codepoints) if c in taught}
    content, target = pairs.exemplars(64)
    assert len(content) == len(target) == 64
    assert all(picture.tobytes() in known for picture in content)


def test_drawings_are_finished_wherever_they_are_made(pairs, checkpoint, tmp_path):
    bolder = _Bolder()
    finishing = Finishing(bolder, torch.zeros(1, 128), "bolder")
    wanted = pairs.wanted_content()
    plain, done = tmp_path / "plain", tmp_path / "done"
    generate(checkpoint, pairs.folder / "wanted", plain, GenerateSettings(shifts=2))
    generate(checkpoint, pairs.folder / "wanted", done, GenerateSettings(shifts=2),
             finishing=finishing)  # fmt: skip
    before, after = open_store(plain).rasters > 127, open_store(done).rasters > 127
    # Two passes, a pixel on every side each.
    expected = np.stack([ndimage.binary_dilation(p, np.ones((3, 3)), 2) for p in before])
    np.testing.assert_array_equal(after, expected)
    given, _, _ = bolder.given[0]
    np.testing.assert_allclose(given[:, 0].numpy() * 255, wanted.rasters[: len(given)], atol=1e-3)
    single, _ = draw_candidates(
        checkpoint, pairs.canvas, wanted.rasters[:1], 2, finishing=finishing
    )
    np.testing.assert_array_equal(single[0] > 127, expected[0])
    rescued, _ = _drawn(checkpoint, 2, wanted, [0], None, 0, finishing)
    np.testing.assert_array_equal(rescued[0] > 127, expected[0])


def test_a_tuned_finisher_has_its_own_style(pairs, tmp_path, finisher):
    tuned = tmp_path / "tuned"
    info, weights = read_info(finisher), read_tensors(finisher / "generator.safetensors")
    weights["style"][:] = torch.arange(128) / 128
    write_checkpoint(tuned, info, weights)
    finishing = finishing_for(pairs, tuned)
    torch.testing.assert_close(finishing.style_1S, weights["style"][None])
    assert finishing.name != finishing_for(pairs, finisher).name


def test_finished_and_unfinished_parts_are_not_mixed(pairs, checkpoint, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "buzi.generation.drawing.write_store", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
    )
    with pytest.raises(KeyboardInterrupt):
        generate(checkpoint, pairs.folder / "wanted", tmp_path / "drawn")
    monkeypatch.undo()
    finishing = Finishing(_Bolder(), torch.zeros(1, 128), "bolder")
    generate(checkpoint, pairs.folder / "wanted", tmp_path / "drawn", finishing=finishing)
    generate(checkpoint, pairs.folder / "wanted", tmp_path / "plain")
    ink = [np.count_nonzero(open_store(tmp_path / n).rasters > 127) for n in ("drawn", "plain")]
    assert ink[0] > 1.05 * ink[1]


def test_a_damaged_finisher_is_named_with_the_way_round_it(pairs, tmp_path, monkeypatch):
    (tmp_path / "finisher").mkdir()
    monkeypatch.setattr("buzi.networks.shipped.SHIPPED_FINISHER", tmp_path / "finisher")
    with pytest.raises(CheckpointError, match=r"generate\.finish=false"):
        finishing_for(pairs)


def _wavering(target: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The mean of glyphs that stand here and there, and waver."""
    rows = np.arange(target.shape[0])
    out = np.zeros(target.shape, np.float32)
    for shift in (-3, -1, 0, 1, 3):
        waver = 1.5 * np.sin(rows / 9 + rng.uniform(0, 6)) + shift
        out += np.stack([ndimage.shift(line, dy, order=1) for line, dy in
                         zip(target.T.astype(np.float32), waver, strict=True)]).T / 5  # fmt: skip
    return out.round().clip(0, 255).astype(np.uint8)


def _hidden(folder, *, count, thickness, inset):
    """Pairs of a font on the finisher's canvas; contents, targets and drawings of hidden ones."""
    build_tiny_font(folder / "r.ttf", "Reference", IDEOGRAPHS[: count + 10], thickness=70, inset=0)
    build_tiny_font(folder / "t.ttf", "Target", IDEOGRAPHS[:count], thickness=thickness,
                    inset=inset)  # fmt: skip
    pairs = prepare(open_font(folder / "t.ttf"), open_reference(folder / "r.ttf"),
                    IDEOGRAPHS[: count + 10], folder / "pairs",
                    PrepareSettings(hidden=10, validation=5))  # fmt: skip
    store, rng = pairs.target(), np.random.default_rng(0)
    rows = [i for i, c in enumerate(store.codepoints) if c in pairs.split.hidden]
    drawn = np.stack([_wavering(store.rasters[i], rng) for i in rows])
    return pairs, pairs.content().rasters[rows], store.rasters[rows], drawn


def test_the_shipped_finisher_decides(tmp_path, monkeypatch):
    """A font that it has never seen: what wavers and is grey becomes what it was made from."""
    pairs, content, target, drawn = _hidden(tmp_path, count=50, thickness=60, inset=20)
    finishing = finishing_for(pairs)
    assert finishing is not None
    done, ink = finishing.of(drawn, content), target > 127
    assert ((done > 127) != ink).mean() < 0.65 * ((drawn > 127) != ink).mean()

    monkeypatch.setattr("buzi.generation.finishing.SOFTNESS", 1.0)
    before, after = (p.astype(np.float32) / 255 for p in (drawn, finishing.of(drawn, content)))
    np.testing.assert_array_equal(after > 0.5, done > 127)  # softness moves no edge

    def grey(pictures):
        return float((4 * pictures * (1 - pictures)).sum())

    assert grey(after) < 0.5 * grey(before)


def test_a_finisher_tuned_to_the_font_decides_better(tmp_path, monkeypatch):
    """Twenty steps on the font's own pairs; hidden ones are judged. Then nothing is left to do."""
    pairs, content, target, drawn = _hidden(tmp_path, count=70, thickness=40, inset=40)
    monkeypatch.setattr("buzi.generation.finishing.SOFTNESS", 1.0)
    plan = TrainSettings(seed=1, threads=1, precision="fp32")
    checkpoint = tune_finisher(tmp_path / "pairs", tmp_path / "tuned", 20, plan)
    assert read_info(checkpoint).step == 20
    assert "from the base" in read_info(checkpoint).note
    off = [
        np.abs(finishing_for(pairs, path).of(drawn, content).astype(np.float32) - target).mean()
        for path in (None, checkpoint)
    ]
    assert off[1] < off[0]
    before = (checkpoint / "generator.safetensors").stat().st_mtime_ns
    assert not (checkpoint / "resume.safetensors").exists()
    assert tune_finisher(tmp_path / "pairs", tmp_path / "tuned", 20, plan) == checkpoint
    assert (checkpoint / "generator.safetensors").stat().st_mtime_ns == before


def test_pictures_of_another_size_tune_nothing(pairs, tmp_path):
    assert tune_finisher(pairs.folder, tmp_path / "tuned", 3, TrainSettings()) is None
    assert not (tmp_path / "tuned").exists()


def test_what_is_shipped_is_small_and_of_the_pictures_that_fonts_are_drawn_on():
    info = read_info(shipped_finisher())
    assert info.architecture.name == "finisher"
    assert info.canvas == read_info(shipped_base()).canvas
    tensors = read_tensors(shipped_finisher() / "generator.safetensors")
    assert {t.dtype for t in tensors.values()} == {torch.float16}
    size = sum(p.stat().st_size for f in (shipped_base(), shipped_finisher()) for p in f.iterdir())
    assert size < 32 * 2**20


def _stroke(top):
    picture = np.full((32, 32), 0.02, np.float32)
    picture[top : top + 4, 4:28] = 0.98
    return picture


def test_tries_that_contradict_each_other_are_not_laid_on_each_other():
    wavering = np.stack([_stroke(10), np.roll(_stroke(10), 1, 1)])
    torn = np.stack([_stroke(6), _stroke(20)])
    torn[0, 0] = 0.5  # the second is the clearer
    merged = drawing._of_one_opinion(np.stack([wavering, torn]))
    np.testing.assert_allclose(merged[0], (2 * wavering[0] + wavering[1]) / 3, rtol=1e-5)
    np.testing.assert_array_equal(merged[1], torn[1])


def test_a_single_try_is_taken_as_it_is():
    tries = np.stack([np.stack([_stroke(6)])])
    np.testing.assert_allclose(drawing._of_one_opinion(tries)[0], tries[0, 0], rtol=1e-6)
