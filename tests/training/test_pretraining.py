from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.conftest import IDEOGRAPHS, build_tiny_font

from buzi.errors import CheckpointError, SettingsError
from buzi.glyphs import EmSquare
from buzi.networks import read_info, read_tensors, ship_weights
from buzi.pairs import PICTURES, siblings
from buzi.pairs.pack import PackedFont, open_pack, write_pack
from buzi.training import PretrainSettings, TrainSettings, pretrain, pretraining, train
from buzi.training.data import BatchesAhead, Changes, _rolled_at_once, rolled
from buzi.training.pretraining import PackBatches, Restyling, _halved_by_torch

EM = EmSquare(1000, -120)
SETTINGS = PretrainSettings(
    image_side=128, width=0.25, fonts=2, glyphs=4, exemplars=3, steps_per_epoch=3, validation_designs=1,
    minutes=60, precision="fp32", restyle=1.0,
)  # fmt: skip


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    """Four fonts of two designs and two classes, of which one is kept apart."""
    folder = tmp_path_factory.mktemp("pack")
    content = folder / "content.ttf"
    build_tiny_font(content, "Content", IDEOGRAPHS[:40], thickness=90, inset=0)
    fonts = []
    for i, thickness in enumerate((30, 50, 70, 110)):
        path = folder / f"{i}.ttf"
        build_tiny_font(path, f"Font {i}", IDEOGRAPHS[:40], thickness=thickness, inset=5 * i)
        fonts.append(
            (
                PackedFont(f"font-{i}", f"Font {i}", f"design-{i // 2}", "OFL-1.1", ("gothic", "kai")[i // 2],
                           "JP", 300 + 100 * i, EM, tuple(IDEOGRAPHS[:40]), tuple(range(2, 42))),
                path.read_bytes(),
            )
        )  # fmt: skip
    write_pack(
        folder / "pack.zip",
        fonts,
        content=content.read_bytes(),
        content_em=EM,
        content_count=42,
        forms={},
    )
    return folder / "pack.zip"


def test_content_and_target_are_of_one_character(pack):
    batches = PackBatches(
        open_pack(pack), SETTINGS.model_copy(update={"restyle": 0.0}), torch.device("cpu"), 1
    )
    batch = batches.batch(0, 0)
    assert batch.content_B1HW.shape == batch.target_B1HW.shape == (8, 1, 128, 128)
    assert [tuple(e.shape) for e in batch.exemplars] == [(2, 3, 1, 128, 128)] * 2
    both = torch.minimum(batch.content_B1HW, batch.target_B1HW).sum(dim=(1, 2, 3))
    smaller = torch.minimum(
        batch.content_B1HW.sum(dim=(1, 2, 3)), batch.target_B1HW.sum(dim=(1, 2, 3))
    )
    assert (both / smaller).min() > 0.85


def test_designs_kept_apart_are_never_trained_on(pack):
    batches = PackBatches(open_pack(pack), SETTINGS, torch.device("cpu"), 1)
    trained = {int(row) for rows in batches._rows for row in rows}
    assert batches._held_rows
    for rows in batches._held_rows:
        assert not trained & {int(row) for row in rows}
    # The other weights of a design that is kept apart are not trained on either.
    assert len(batches._rows) == 2


def test_siblings_are_of_the_same_font_and_of_other_characters(pack, monkeypatch):
    monkeypatch.setattr("buzi.training.pretraining.FEW", 8)
    opened = open_pack(pack)
    all_known, few_known = PackBatches(opened, SETTINGS, torch.device("cpu"), 1)._known
    font_of = np.repeat(np.arange(len(opened.fonts)), [len(font) for font in opened.fonts])
    rows = np.arange(opened.pair_count)
    for known in (all_known, few_known):
        assert (font_of[known] == font_of[:, None, None]).all()
        assert (known != rows[:, None, None]).all()
    for font in range(len(opened.fonts)):
        assert (
            len(np.unique(few_known[font_of == font]))
            <= 8
            < len(np.unique(all_known[font_of == font]))
        )


def test_what_stands_beside_a_glyph_is_its_font_s_content_and_target_in_turn(pack):
    still = {"restyle": 0.0, "shift_px": 0}
    batches = PackBatches(
        open_pack(pack), SETTINGS.model_copy(update=still), torch.device("cpu"), 1
    )
    starts = open_pack(pack).starts
    fonts_of: dict[bytes, set[int]] = {}  # whose a pair of pictures at half the side is
    fonts_of_target: dict[bytes, set[int]] = {}
    contents, targets = (store.numpy() for store in batches._halves)
    for row, content_row in enumerate(batches._content_of):
        font = int(np.searchsorted(starts, row, side="right") - 1)
        pair = contents[content_row].tobytes() + targets[row].tobytes()
        fonts_of.setdefault(pair, set()).add(font)
        whole = batches._pictures[1][row].numpy().tobytes()
        fonts_of_target.setdefault(whole, set()).add(font)
    for batch in (batches.batch(0, 0), batches.validation()):
        shown = (batch.beside_BKhw * 255).round().to(torch.uint8).numpy()
        assert shown.shape == (len(batch.content_B1HW), PICTURES, 64, 64)
        drawn = (batch.target_B1HW * 255).round().to(torch.uint8).numpy()
        for glyph, beside in zip(drawn, shown, strict=True):
            own = fonts_of_target[glyph.tobytes()]
            for content, target in zip(beside[0::2], beside[1::2], strict=True):
                assert own & fonts_of[content.tobytes() + target.tobytes()]


def test_a_glyph_is_shifted_with_what_stands_beside_it(pack):
    batches = PackBatches(open_pack(pack), SETTINGS, torch.device("cpu"), 1)
    changes = Changes.of_step([1], 8, 4)
    assert len(np.unique(changes.shifts_B2, axis=0)) > 3
    rows = np.stack([batches._rows[0][:7], batches._rows[1][:7]])
    still, moved = (
        batches._drawn(rows, np.zeros(2, np.int64), by, Restyling.none(2))
        for by in (replace(changes, shifts_B2=np.zeros((8, 2), np.int64)), changes)
    )
    for glyph, (dy, dx) in enumerate(changes.shifts_B2):
        for name, by in (("content_B1HW", 1), ("target_B1HW", 1), ("beside_BKhw", 2)):
            expected = torch.roll(getattr(still, name)[glyph], (dy // by, dx // by), (-2, -1))
            torch.testing.assert_close(getattr(moved, name)[glyph], expected)
    for before, after in zip(still.exemplars, moved.exemplars, strict=True):
        torch.testing.assert_close(before, after)


def halved(pictures):
    flat = torch.nn.functional.avg_pool2d(pictures.flatten(0, 1), 2)
    return flat.unflatten(0, pictures.shape[:2])


@pytest.mark.parametrize("shape", [(9, 64, 64), (9, 4, 32, 32), (9, 1, 48, 48)])
def test_what_a_gpu_does_at_once_is_what_is_done_one_by_one(shape):
    """Shifts, and pictures at half their side: two ways to the same bits."""
    rng = np.random.default_rng(1)
    pictures = torch.from_numpy(rng.integers(0, 256, shape, np.uint8))
    shifts = 2 * rng.integers(-2, 3, (9, 2))
    at_once = _rolled_at_once(pictures, torch.from_numpy(shifts))
    assert torch.equal(at_once, rolled(pictures, shifts))
    assert not torch.equal(at_once, rolled(pictures, shifts[::-1]))
    flat = pictures.flatten(0, -3)
    assert torch.equal(_halved_by_torch(flat), torch.from_numpy(siblings.halved(flat.numpy())))


def test_restyling_is_the_same_for_all_glyphs_of_a_font():
    picture = torch.zeros(2, 3, 1, 128, 128)
    picture[..., 40:80, 20:100] = 1
    restyling = Restyling.by_chance(2, 1.0, np.random.default_rng(3))
    assert restyling.moved_F.all()
    made = restyling.applied(picture)
    torch.testing.assert_close(made[0, 0], made[0, 1])
    torch.testing.assert_close(made[1, 0], made[1, 2])
    assert not torch.allclose(made[0, 0], made[1, 0], atol=0.05)
    assert made.min() >= 0
    assert made.max() <= 1.0001
    assert (picture - made).abs().mean() > 0.03
    assert torch.equal(Restyling.none(2).applied(picture), picture)


def test_restyling_is_the_same_at_half_the_side():
    strokes = torch.zeros(1, 1, 1, 256, 256)
    for top in range(32, 220, 24):
        strokes[..., top : top + 8, 40:210] = 1
    still = Restyling.none(1)
    cut = replace(still, cut_F=np.array([True]), level_F=np.array([0.35], np.float32),
                  sigma=3 / 256)  # fmt: skip
    expected = halved(cut.applied(strokes))
    assert (halved(strokes) - expected).abs().mean() > 0.02  # it does change something
    error = (cut.applied(halved(strokes)) - expected).abs().mean()
    blurred_too_far = replace(cut, sigma=2 * cut.sigma).applied(halved(strokes))
    assert error < (blurred_too_far - expected).abs().mean() / 5


def test_processes_share_the_fonts_of_a_batch(pack):
    opened = open_pack(pack)
    whole = PackBatches(opened, SETTINGS, torch.device("cpu"), 1).batch(0, 1)
    parts = [
        PackBatches(opened, SETTINGS, torch.device("cpu"), 1, rank, 2).batch(0, 1)
        for rank in range(2)
    ]
    for name in ("content_B1HW", "target_B1HW", "beside_BKhw"):
        together = torch.cat([getattr(part, name) for part in parts])
        torch.testing.assert_close(together, getattr(whole, name))
    for first in range(2):
        together = torch.cat([part.exemplars[first] for part in parts])
        torch.testing.assert_close(together, whole.exemplars[first])
    with pytest.raises(SettingsError, match="multiple of 3"):
        PackBatches(opened, SETTINGS, torch.device("cpu"), 1, 0, 3)


def test_pretraining_goes_on_and_a_font_starts_from_it(pack, tmp_path, pairs_folder):
    first = pretrain(pack, tmp_path / "base", SETTINGS, session_minutes=0.03)
    again = pretrain(pack, tmp_path / "base", SETTINGS, session_minutes=0.03)
    assert again.step > first.step > 0
    base = again.checkpoint
    assert (base / "encoder.safetensors").is_file()
    plan = TrainSettings(base=base, minutes=None, steps=2, width=0.25, threads=1, precision="fp32",
                         adversarial_weight=0)  # fmt: skip
    result = train(pairs_folder, tmp_path / "training", plan)
    assert "from the base" in read_info(result.checkpoint).note
    with pytest.raises(CheckpointError, match="another architecture"):
        train(pairs_folder, tmp_path / "wide", plan.model_copy(update={"width": 0.5}))


def test_a_base_goes_on_from_another(pack, tmp_path):
    plan = SETTINGS.model_copy(update={"steps": 2})
    first = pretrain(pack, tmp_path / "first", plan).checkpoint
    ship_weights(first, tmp_path / "shipped")
    # Steps too small to tell: what there is after them is what it began from, encoder and all.
    onward = plan.model_copy(
        update={"base": tmp_path / "shipped", "steps": 1, "learning_rate": 1e-9}
    )
    result = pretrain(pack, tmp_path / "second", onward)
    assert "from shipped (2 steps)" in read_info(result.checkpoint).note
    for name in ("generator.safetensors", "encoder.safetensors"):
        begun, now = (read_tensors(c / name) for c in (first, result.checkpoint))
        for key in begun:
            torch.testing.assert_close(now[key], begun[key], atol=1e-3, rtol=1e-3)
    other = onward.model_copy(update={"width": 0.5})
    with pytest.raises(CheckpointError, match="another architecture"):
        pretrain(pack, tmp_path / "wide", other)
    finisher = onward.model_copy(update={"learns": "finisher"})
    with pytest.raises(CheckpointError, match="another architecture"):
        pretrain(pack, tmp_path / "finisher", finisher)


def test_too_few_fonts(pack, tmp_path):
    with pytest.raises(SettingsError, match="too few"):
        pretrain(pack, tmp_path, SETTINGS.model_copy(update={"glyphs": 39}))


def test_a_folder_goes_on_with_its_own_settings_only(pack, tmp_path, monkeypatch):
    settings = SETTINGS.model_copy(update={"steps": 3})
    pretrain(pack, tmp_path / "base", settings)
    with pytest.raises(SettingsError, match=r"seed was 0 and is 1.*--output"):
        pretrain(pack, tmp_path / "base", settings.model_copy(update={"seed": 1, "steps": 6}))
    with pytest.raises(SettingsError, match="learns was 'base'"):
        pretrain(pack, tmp_path / "base", settings.model_copy(update={"learns": "finisher"}))
    opened = open_pack(pack)
    other = replace(opened.fonts[0], font_id="another")  # as many pairs, of other fonts
    with monkeypatch.context() as patch:
        fonts = (other, *opened.fonts[1:])
        patch.setattr(pretraining, "open_pack", lambda _: replace(opened, fonts=fonts))
        with pytest.raises(SettingsError, match="fonts of the pack was"):
            pretrain(pack, tmp_path / "base", settings.model_copy(update={"steps": 6}))
    longer = pretrain(pack, tmp_path / "base", settings.model_copy(update={"steps": 6}))
    assert longer.step == 6
    (tmp_path / "base" / "made-from.json").unlink()  # of a Buzi that left none
    assert pretrain(pack, tmp_path / "base", settings.model_copy(update={"steps": 6})).step == 6


def test_the_shipped_base_is_where_a_font_starts_from(pack, tmp_path, pairs_folder, monkeypatch):
    pretrained = pretrain(pack, tmp_path / "base", SETTINGS, session_minutes=0.03).checkpoint
    shipped = tmp_path / "shipped"
    ship_weights(pretrained, shipped)
    monkeypatch.setattr("buzi.networks.shipped.SHIPPED", shipped)
    plan = TrainSettings(base="auto", minutes=None, steps=1, width=0.25, threads=1,
                         precision="fp32", adversarial_weight=0)  # fmt: skip

    def note(**changes) -> str:
        folder = tmp_path / "-".join(["font", *changes])
        return read_info(
            train(pairs_folder, folder, plan.model_copy(update=changes)).checkpoint
        ).note

    assert "from the base" in note()
    with pytest.raises(SettingsError, match="of another kind"):
        note(steps=0, width=0.5)
    assert note(base=None) == "from scratch"
    assert note(width=0.5) == "from scratch"  # the shipped base is of another kind
    (shipped / "encoder.safetensors").write_bytes(b"")
    with pytest.raises(CheckpointError, match="not the weights that were shipped"):
        train(pairs_folder, tmp_path / "damaged", plan)


def test_without_any_training_the_base_itself_draws(pack, tmp_path, pairs_folder):
    base = pretrain(pack, tmp_path / "base", SETTINGS, session_minutes=0.03).checkpoint
    plan = TrainSettings(base=base, minutes=None, steps=0, width=0.25, threads=1, precision="fp32")
    result = train(pairs_folder, tmp_path / "font", plan)
    info = read_info(result.checkpoint)
    assert info.step == result.step == 0
    assert 0 < info.figures["iou"] < 1
    assert (tmp_path / "font" / "metrics.jsonl").read_text("utf-8").count("validation_iou") == 1
    own, given = (read_tensors(f / "generator.safetensors") for f in (result.checkpoint, base))
    assert all(torch.equal(own[k], given[k]) for k in given if k != "style")
    assert not torch.equal(own["style"], given["style"])  # read off the font's pairs
    further = train(pairs_folder, tmp_path / "font", plan.model_copy(update={"steps": 1}))
    assert further.step == 1
    with pytest.raises(SettingsError, match="trained for 1 steps already"):
        train(pairs_folder, tmp_path / "font", plan)


def test_batches_made_ahead_are_the_same_in_any_order(pack):
    source = PackBatches(open_pack(pack), SETTINGS, torch.device("cpu"), 1)
    ahead = BatchesAhead(source)
    for place in ((0, 1), (0, 2), (1, 0), (0, 0), (0, 0), (0, 1)):
        made, expected = ahead.batch(*place), source.batch(*place)
        torch.testing.assert_close(made.target_B1HW, expected.target_B1HW)
        torch.testing.assert_close(made.beside_BKhw, expected.beside_BKhw)
