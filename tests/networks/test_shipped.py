from __future__ import annotations

from pathlib import Path

import pytest
import torch

from buzi.errors import CheckpointError
from buzi.glyphs import Canvas
from buzi.networks import (
    Architecture,
    CheckpointInfo,
    StyleEncoder,
    checked_weights,
    load_generator,
    load_weights,
    read_info,
    read_tensors,
    ship_weights,
    shipped_base,
    shipped_finisher,
    write_checkpoint,
)
from buzi.training import TrainSettings
from buzi.training.training import base_for

DOCS = Path(__file__).resolve().parents[2] / "docs"

SMALL = Architecture("folded", 128, {"width": 0.25})


@pytest.fixture
def pretrained(tmp_path):
    """A checkpoint as `buzi pretrain` leaves it."""
    torch.manual_seed(1)
    info = CheckpointInfo(
        architecture=SMALL, canvas=Canvas.for_side(128), epoch=3, step=77, seconds=5.0, training={"state": {}},
        figures={"l1": 0.1}, version="0", note="from scratch",
    )  # fmt: skip
    write_checkpoint(
        tmp_path / "step-00000077", info, SMALL.build().state_dict(),
        encoder=StyleEncoder().state_dict(), resume={"x": torch.zeros(3)},
    )  # fmt: skip
    return tmp_path / "step-00000077"


def test_a_shipped_base_is_in_half_precision_and_draws_the_same(pretrained, tmp_path):
    ship_weights(pretrained, tmp_path / "base")
    base = checked_weights(tmp_path / "base")
    assert not (base / "resume.safetensors").exists()
    assert {t.dtype for t in read_tensors(base / "generator.safetensors").values()} == {
        torch.float16
    }
    assert read_info(base).step == 77
    content = torch.rand(1, 1, 128, 128)
    with torch.inference_mode():
        ours = load_generator(base)[0](content)
        torch.testing.assert_close(ours, load_generator(pretrained)[0](content), atol=0.05, rtol=0)


@pytest.mark.parametrize("name", ["generator.safetensors", "encoder.safetensors", "digests.json"])
def test_a_missing_file_is_named(pretrained, tmp_path, name):
    ship_weights(pretrained, tmp_path / "base")
    (tmp_path / "base" / name).unlink()
    with pytest.raises(CheckpointError, match=r"train\.base=none") as told:
        checked_weights(tmp_path / "base")
    assert name in str(told.value) or name == "digests.json"


@pytest.mark.parametrize("fault", ["cut off", "one byte changed"])
def test_damaged_weights_are_refused(pretrained, tmp_path, fault):
    ship_weights(pretrained, tmp_path / "base")
    path = tmp_path / "base" / "generator.safetensors"
    data = bytearray(path.read_bytes())
    if fault == "cut off":
        del data[-100:]
    else:
        data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(CheckpointError, match=r"not the weights that were shipped.*base=none"):
        checked_weights(tmp_path / "base")


def test_weights_beyond_half_precision_are_refused(pretrained, tmp_path):
    info = read_info(pretrained)
    weights = read_tensors(pretrained / "generator.safetensors")
    weights["head.weight"][0, 0, 0, 0] = 1e6
    encoder = read_tensors(pretrained / "encoder.safetensors")
    write_checkpoint(tmp_path / "big", info, weights, encoder=encoder)
    with pytest.raises(CheckpointError, match=r"head\.weight"):
        ship_weights(tmp_path / "big", tmp_path / "base")


def test_the_base_that_comes_with_buzi_is_what_a_font_starts_from_by_default():
    """Whatever changes the generator makes the base one of another kind: train it again."""
    base = shipped_base()
    info = read_info(base)
    plan = TrainSettings()
    assert plan.base == "auto"
    assert info.architecture == Architecture(plan.generator, 256, {"width": 1.0, "siblings": True})
    assert base_for(plan, info.architecture) == base
    generator = info.architecture.build()
    load_weights(generator, read_tensors(base / "generator.safetensors"), base)
    load_weights(StyleEncoder(), read_tensors(base / "encoder.safetensors"), base)
    assert sum(path.stat().st_size for path in base.iterdir()) < 32 * 2**20


@pytest.mark.parametrize("language", ["", ".zh-TW"])
def test_the_model_card_is_of_this_base(language):
    card = (DOCS / f"base-model{language}.md").read_text(encoding="utf-8")
    base = shipped_base()
    assert f"{read_info(base).step:,}" in card
    assert f"{read_info(base).figures['n_l1']:.3f}" in card
    for name in ("generator", "encoder"):
        count = sum(t.numel() for t in read_tensors(base / f"{name}.safetensors").values())
        assert f"{count:,}" in card


@pytest.mark.parametrize("language", ["", ".zh-TW"])
def test_the_model_card_is_of_this_finisher(language):
    card = (DOCS / f"base-model{language}.md").read_text(encoding="utf-8")
    finisher = shipped_finisher()
    info = read_info(finisher)
    assert f"{info.step:,}" in card
    assert f"{info.figures['l1']:.3f}" in card
    count = sum(t.numel() for t in read_tensors(finisher / "generator.safetensors").values())
    assert f"{count:,}" in card
