"""The training loop: budgets, losses, checkpoints, validation; fine-tuning and pre-training."""

from buzi.training.keeping import best_checkpoint, checkpoints
from buzi.training.loop import PAUSE, TrainProgress, TrainResult
from buzi.training.pretraining import PretrainSettings, pretrain
from buzi.training.settings import TrainSettings
from buzi.training.training import train

__all__ = [
    "PAUSE",
    "PretrainSettings",
    "TrainProgress",
    "TrainResult",
    "TrainSettings",
    "best_checkpoint",
    "checkpoints",
    "pretrain",
    "train",
]
