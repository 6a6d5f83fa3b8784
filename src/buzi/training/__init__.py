"""The training loop: budgets, losses, checkpoints, validation; fine-tuning and pre-training."""

from buzi.training.families import hand_over
from buzi.training.keeping import best_checkpoint, checkpoints
from buzi.training.loop import PAUSE, TrainProgress, TrainResult
from buzi.training.pretraining import PretrainSettings, pretrain
from buzi.training.settings import TrainSettings
from buzi.training.training import train, train_family, tune_finisher

__all__ = [
    "PAUSE",
    "PretrainSettings",
    "TrainProgress",
    "TrainResult",
    "TrainSettings",
    "best_checkpoint",
    "checkpoints",
    "hand_over",
    "pretrain",
    "train",
    "train_family",
    "tune_finisher",
]
