from __future__ import annotations

import json
import pickle

import pytest
import torch

from buzi.errors import CheckpointError, OutputError
from buzi.glyphs import Canvas
from buzi.networks import Architecture, CheckpointInfo, load_generator, read_info, write_checkpoint

INFO = CheckpointInfo(
    Architecture("folded", 128),
    Canvas.for_side(128),
    3,
    120,
    4.5,
    {"state": {}},
    {"l1": 0.1},
    "0.1.0",
    "a test",
)


@pytest.fixture
def checkpoint(tmp_path):
    torch.manual_seed(1)
    generator = INFO.architecture.build()
    write_checkpoint(tmp_path / "c", INFO, generator.state_dict())
    return tmp_path / "c", generator.eval()


def test_a_checkpoint_folder_is_enough_to_draw(checkpoint):
    folder, generator = checkpoint
    loaded, info = load_generator(folder)
    assert info == INFO
    content = torch.rand(1, 1, 128, 128)
    with torch.inference_mode():
        torch.testing.assert_close(loaded(content), generator(content))


def test_replacing_is_one_move(checkpoint):
    folder, generator = checkpoint
    write_checkpoint(folder, INFO, generator.state_dict())
    assert sorted(p.name for p in folder.parent.iterdir()) == ["c"]


def test_not_a_checkpoint(tmp_path):
    with pytest.raises(CheckpointError, match="not a checkpoint"):
        read_info(tmp_path)


def test_a_truncated_one_is_refused_by_name(checkpoint):
    folder, _ = checkpoint
    path = folder / "generator.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match=r"generator\.safetensors: damaged"):
        load_generator(folder)


def test_a_pickle_is_refused(checkpoint):
    folder, _ = checkpoint
    (folder / "generator.safetensors").write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(CheckpointError, match="not safetensors"):
        load_generator(folder)


def test_weights_of_another_architecture_are_refused(checkpoint):
    folder, _ = checkpoint
    data = json.loads((folder / "checkpoint.json").read_text())
    data["architecture"]["name"] = "unet"
    (folder / "checkpoint.json").write_text(json.dumps(data))
    with pytest.raises(CheckpointError, match="another architecture"):
        load_generator(folder)
    data["architecture"]["name"] = "diffusion"
    (folder / "checkpoint.json").write_text(json.dumps(data))
    with pytest.raises(CheckpointError, match="unknown generator 'diffusion'"):
        load_generator(folder)


def test_a_damaged_index_and_another_format(checkpoint):
    folder, _ = checkpoint
    data = json.loads((folder / "checkpoint.json").read_text())
    (folder / "checkpoint.json").write_text(json.dumps({**data, "format": 99}))
    with pytest.raises(CheckpointError, match="another version"):
        read_info(folder)
    (folder / "checkpoint.json").write_text("{")
    with pytest.raises(CheckpointError, match="damaged"):
        read_info(folder)


def test_an_unwritable_place(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        write_checkpoint(tmp_path / "file" / "c", INFO, {})
