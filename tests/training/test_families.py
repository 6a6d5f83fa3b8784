from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
import torch
from tests.conftest import IDEOGRAPHS, build_tiny_font
from tests.training.test_training import settings, weights

from buzi.errors import CheckpointError, SettingsError
from buzi.fonts import open_font, open_reference
from buzi.networks import (
    Architecture,
    CheckpointInfo,
    StyleEncoder,
    load_generator,
    read_info,
    read_tensors,
    write_checkpoint,
)
from buzi.pairs import PrepareSettings, open_pairs, prepare
from buzi.training import checkpoints, hand_over, loop, train, train_family
from buzi.training.data import FamilyBatches, PairBatches
from buzi.training.families import read_style

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folders(tiny_fonts, tmp_path_factory):
    """Pairs of a light and of a bold weight of one typeface; the bold one has fewer characters."""
    folder = tmp_path_factory.mktemp("family")
    reference = open_reference(tiny_fonts.reference)
    for name, thickness, count in (("light", 30, 150), ("bold", 130, 140)):
        path = folder / f"{name}.ttf"
        build_tiny_font(path, name, IDEOGRAPHS[:count], thickness=thickness, inset=20)
        prepare(open_font(path), reference, IDEOGRAPHS, folder / name,
                PrepareSettings(image_side=128, hidden=12, validation=5))  # fmt: skip
    return [folder / "light", folder / "bold"]


@pytest.fixture(scope="module")
def learnt(folders, tmp_path_factory):
    folder = tmp_path_factory.mktemp("learnt")
    return folder, train_family(folders, folder, settings(epochs=8, adversarial_start=0.7))


def batches(folders, rank=0, world=1, size=16, shift=3):
    each = [PairBatches(open_pairs(f), size, 0, shift, CPU, rank, world) for f in folders]
    return FamilyBatches(each, size, 0, shift, rank, world)


def test_every_pair_of_every_font_once_an_epoch(folders):
    family = batches(folders, size=8, shift=0)
    seen = []
    for index in range(family.steps_per_epoch):
        batch = family.batch(0, index)
        seen += [
            (font, hash(picture.numpy().tobytes()))
            for font, picture in zip(batch.fonts_B.tolist(), batch.target_B1HW, strict=True)
        ]
    counts = [len(open_pairs(f).split.training) for f in folders]
    found = Counter(font for font, _ in seen)
    assert sum(counts) - 8 < len(seen) <= sum(counts)
    assert all(found[i] > counts[i] - 8 for i in range(2))
    assert max(Counter(seen).values()) == 1


def test_a_glyph_is_said_to_be_of_its_own_font(folders):
    batch = batches(folders).batch(0, 0)
    ink = batch.target_B1HW.mean(dim=(1, 2, 3))
    light, bold = (ink[batch.fonts_B == font] for font in (0, 1))
    assert len(light) > 3
    assert len(bold) > 3
    assert light.max() < bold.min()


def test_processes_share_a_batch(folders):
    whole = batches(folders).batch(1, 2)
    parts = [batches(folders, rank, 2).batch(1, 2) for rank in (0, 1)]
    assert [len(part.content_B1HW) for part in parts] == [8, 8]
    pictures = [p.numpy().tobytes() for p in whole.target_B1HW]
    shared = [p.numpy().tobytes() for part in parts for p in part.target_B1HW]
    assert sorted(pictures) == sorted(shared)


def test_validation_takes_turns_and_is_of_each_fonts_own(folders):
    batch = batches(folders).validation()
    assert batch.fonts_B.tolist() == [0, 1] * 5
    for font, folder in enumerate(folders):
        own = PairBatches(open_pairs(folder), 1, 0, 0, CPU).validation()
        torch.testing.assert_close(batch.target_B1HW[batch.fonts_B == font], own.target_B1HW)


def test_figures_of_all_and_of_each(learnt):
    folder, result = learnt
    each = [result.figures[f"l1/{i}"] for i in range(2)]
    assert result.figures["l1"] == pytest.approx(np.mean(each), rel=1e-3)
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    for font in range(2):
        assert rows[-1][f"validation_l1/{font}"] < 0.95 * rows[0][f"validation_l1/{font}"]


def test_each_font_draws_in_its_own_weight(learnt, folders, tmp_path):
    folder, result = learnt
    looked_at = PairBatches(open_pairs(folders[0]), 1, 0, 0, CPU, siblings=True).validation()
    inks, errors = [], np.empty((2, 2))
    for font in range(2):
        own = tmp_path / str(font)
        hand_over(folder, font, own)
        assert [p.name for p in checkpoints(own)] == [p.name for p in checkpoints(folder)]
        generator, info = load_generator(checkpoints(own)[-1])
        assert info.figures["l1"] == result.figures[f"l1/{font}"]
        assert not [name for name in info.figures if "/" in name]
        with torch.inference_mode():
            own_style = generator(looked_at.content_B1HW, **looked_at.looked_at())
            inks.append(float(own_style.sigmoid().mean()))
            for other, pairs in enumerate(folders):
                batch = PairBatches(open_pairs(pairs), 1, 0, 0, CPU, siblings=True).validation()
                drawn = generator(batch.content_B1HW, **batch.looked_at()).sigmoid()
                errors[font, other] = (drawn - batch.target_B1HW).abs().mean()
    # Of the same content: light with the one style, bold with the other.
    assert inks[1] > 1.5 * inks[0]
    # Taken for the other font, either would draw worse.
    assert (errors.argmin(axis=0) == [0, 1]).all()
    assert errors[0, 0] == pytest.approx(result.figures["l1/0"], rel=0.05)


def test_the_learning_curve_of_one_font(learnt, tmp_path):
    folder, _ = learnt
    hand_over(folder, 1, tmp_path)
    rows, shared = (
        [json.loads(line) for line in (f / "metrics.jsonl").read_text().splitlines()]
        for f in (tmp_path, folder)
    )
    assert [r["validation_l1"] for r in rows] == [r["validation_l1/1"] for r in shared]
    assert rows[0]["train_l1"] == shared[0]["train_l1"]
    assert not [name for name in rows[0] if "/" in name]


def test_handed_over_again_nothing_old_stays(learnt, tmp_path):
    folder, _ = learnt
    hand_over(folder, 0, tmp_path)
    checkpoints(tmp_path)[0].rename(tmp_path / "checkpoints" / "step-00000001")
    hand_over(folder, 0, tmp_path)
    assert [p.name for p in checkpoints(tmp_path)] == [p.name for p in checkpoints(folder)]


@pytest.mark.parametrize(
    ("changes", "moment"),
    [
        ({"epochs": 4, "adversarial_start": 0.3, "batch_size": 32, "threads": 2}, ("epoch", 2)),
        ({"steps": 4, "batch_size": 4, "checkpoint_minutes": 1e-6}, ("step", 2)),
    ],
)
def test_stopped_and_resumed_is_the_same_to_the_bit(
    folders, tmp_path, changes, moment, monkeypatch
):
    plan = settings(**changes)
    straight = train_family(folders, tmp_path / "straight", plan).checkpoint

    class Killed(BaseException):
        pass

    def kill(at):
        if moment[0] == "epoch" and at.epoch >= moment[1]:
            raise Killed

    real, steps = loop._generator_step, []

    def dying(*arguments):
        steps.append(1)
        if moment[0] == "step" and len(steps) > moment[1]:
            raise Killed
        return real(*arguments)

    monkeypatch.setattr(loop, "_generator_step", dying)
    with pytest.raises(Killed):
        train_family(folders, tmp_path / "resumed", plan, kill)
    monkeypatch.undo()
    assert checkpoints(tmp_path / "resumed")[-1].name < straight.name
    resumed = train_family(folders, tmp_path / "resumed", plan).checkpoint
    assert weights(straight) == weights(resumed)
    for font in range(2):
        assert torch.equal(read_style(straight, font), read_style(resumed, font))


@pytest.fixture
def base(folders, tmp_path):
    """An untrained base, which reads styles nonetheless."""
    torch.manual_seed(5)
    pairs = open_pairs(folders[0])
    architecture = Architecture("folded", 128, {"width": 0.25})
    info = CheckpointInfo(architecture, pairs.canvas, 0, 7, 0.0, {}, {}, "0")
    encoder = StyleEncoder()
    write_checkpoint(
        tmp_path / "base",
        info,
        architecture.build().state_dict(),
        encoder=encoder.state_dict(),
    )
    return tmp_path / "base", encoder


def test_from_a_base_each_style_is_read_off_the_fonts_own_pairs(folders, base, tmp_path):
    path, encoder = base
    plan = settings(steps=1, base=path, learning_rate=1e-9, adversarial_weight=0)
    result = train_family(folders, tmp_path / "run", plan)
    assert "from the base" in read_info(result.checkpoint).note
    with torch.inference_mode():
        for font, folder in enumerate(folders):
            exemplars = [
                torch.from_numpy(p)[None, :, None].float() / 255
                for p in open_pairs(folder).exemplars(64)
            ]
            torch.testing.assert_close(
                read_style(result.checkpoint, font), encoder.eval()(*exemplars)[0]
            )


def test_another_number_of_fonts_is_not_gone_on_with(learnt, folders):
    folder, _ = learnt
    with pytest.raises(CheckpointError, match="another architecture"):
        train_family([*folders, folders[0]], folder, settings(epochs=9))


def test_a_lone_font_is_no_family(folders, learnt, tmp_path):
    train(folders[0], tmp_path, settings(steps=1, adversarial_weight=0))
    with pytest.raises(CheckpointError, match=r"styles\.safetensors: missing"):
        hand_over(tmp_path, 0, tmp_path / "own")
    with pytest.raises(CheckpointError, match="no style of font 3"):
        hand_over(learnt[0], 2, tmp_path / "own")
    with pytest.raises(CheckpointError, match="train the family first"):
        hand_over(tmp_path / "nothing", 0, tmp_path / "own")


def test_what_is_handed_over_cannot_be_trained_on(learnt, folders, tmp_path):
    hand_over(learnt[0], 0, tmp_path)
    with pytest.raises(CheckpointError, match=r"resume\.safetensors"):
        train(folders[0], tmp_path, settings(epochs=9))
    assert "styles" not in read_tensors(checkpoints(tmp_path)[-1] / "generator.safetensors")


def test_a_generator_without_styles(folders, tmp_path):
    with pytest.raises(SettingsError, match=r"train\.generator=folded"):
        train_family(folders, tmp_path, settings(steps=1, generator="unet"))


def test_pictures_of_two_sizes(folders, tiny_fonts, tmp_path):
    prepare(open_font(tiny_fonts.target), open_reference(tiny_fonts.reference), IDEOGRAPHS,
            tmp_path / "large", PrepareSettings(image_side=256, hidden=12, validation=5))  # fmt: skip
    with pytest.raises(SettingsError, match="image_side=128 and 256"):
        train_family([folders[0], tmp_path / "large"], tmp_path / "run", settings(steps=1))
