"""The training loop: budgets, losses, checkpoints, validation; fine-tuning and pre-training."""

from buzi.training.loop import TrainProgress, TrainResult, best_checkpoint, checkpoints
from buzi.training.settings import TrainSettings
from buzi.training.training import base_folder, train

__all__ = [
    "TrainProgress",
    "TrainResult",
    "TrainSettings",
    "base_folder",
    "best_checkpoint",
    "checkpoints",
    "train",
]
