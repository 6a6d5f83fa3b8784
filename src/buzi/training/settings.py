"""Settings of the training loop."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class TrainSettings(BaseModel):
    """How the generator learns. Budgets: the first one reached ends the training."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    base: Path | None = None
    """Checkpoint folder of a base (`buzi pretrain`) to start from; None trains from scratch."""

    generator: Literal["folded", "unet"] = "folded"
    """``folded``, the fast default, or ``unet``, the classic pix2pix U-Net."""

    width: float = Field(default=1.0, ge=0.25, le=4)
    """Factor of the generator's channels, 0.25..4; cost grows with its square."""

    attention_side: int | None = Field(default=None, ge=4, le=128)
    """Side of the map on which ``unet`` attends; None: 64, or the next smaller that occurs."""

    norm: Literal["instance", "batch"] = "instance"
    """Normalisation of ``unet``; ``folded`` uses group normalisation."""

    minutes: float | None = Field(default=12.0, gt=0, le=100000)
    """Budget in minutes of training, 0..100,000; None for no limit of time."""

    epochs: int | None = Field(default=None, ge=1, le=100000)
    """Budget in passes over the pairs, 1..100,000."""

    steps: int | None = Field(default=None, ge=1, le=100000000)
    """Budget in optimiser steps, 1..100,000,000."""

    batch_size: int = Field(default=16, ge=1, le=4096)
    """Pairs in a step, 1..4096, over all processes."""

    accumulation: int = Field(default=1, ge=1, le=256)
    """Parts in which a batch is computed, to save memory, 1..256; the step is the same."""

    learning_rate: float | None = Field(default=None, gt=0, le=0.1)
    """Adam's peak rate, 0..0.1; None: 1e-3 for ``folded`` from scratch, 4e-4 from a base,
    2e-4 for ``unet``."""

    discriminator_rate: float = Field(default=4e-4, gt=0, le=0.1)
    """Adam's rate for the discriminator, 0..0.1."""

    beta1: float = Field(default=0.5, ge=0, lt=1)
    """Adam's beta 1, 0..1; 0.5 steadies adversarial training (Radford et al., DCGAN, 2016)."""

    warmup_steps: int = Field(default=100, ge=0, le=100000)
    """Steps over which the rate rises from 0; then it falls by a half cosine to 2 %."""

    l1: float = Field(default=1.0, ge=0, le=1000)
    """Weight of the mean absolute difference from the target's glyph, 0..1000."""

    l2: float = Field(default=0.0, ge=0, le=1000)
    """Weight of the mean square difference, 0..1000."""

    smooth_l1: float = Field(default=0.0, ge=0, le=1000)
    """Weight of the smooth L1 difference, 0..1000."""

    bce: float = Field(default=0.5, ge=0, le=1000)
    """Weight of the binary cross-entropy of coverage, 0..1000."""

    adversarial: Literal["bce_logits", "bce", "least_squares", "hinge"] = "bce_logits"
    """Loss against the discriminator; ``bce`` puts a sigmoid behind its head."""

    discriminator_head: Literal["matching", "logits", "probabilities"] = "matching"
    """What the discriminator gives: logits, or probabilities by a sigmoid; what the loss needs."""

    adversarial_weight: float = Field(default=0.02, ge=0, le=1000)
    """Weight of that loss for the generator, 0..1000; 0 trains without a discriminator."""

    adversarial_start: float = Field(default=0.8, ge=0, le=1)
    """Share of the budget after which the discriminator joins, 0..1."""

    adversarial_ramp: float = Field(default=0.1, ge=0, le=1)
    """Share of the budget over which its weight rises to the full value, 0..1."""

    discriminator_limit: float = Field(default=0.85, gt=0.5, le=1)
    """Its updates are held while its running accuracy exceeds this, 0.5..1."""

    spectral_norm: bool = True
    """Spectral normalisation of the discriminator."""

    r1: float = Field(default=0.0, ge=0, le=1000)
    """Weight of the R1 gradient penalty on real pairs, 0..1000."""

    shift_px: int = Field(default=4, ge=0, le=8)
    """Augmentation: both glyphs of a pair are shifted together by up to this, 0..8 pixels."""

    ema_decay: float = Field(default=0.998, ge=0, lt=1)
    """Decay of the averaged weights that draw, 0..1, reached after a warm-up."""

    seed: int = Field(default=0, ge=0, lt=2**31)
    """Of weights, data order and augmentation."""

    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    """``auto``: bf16 where the device multiplies it natively; else fp16 on a GPU, fp32 on a CPU."""

    compile: bool = False
    """Compile the network first, which takes a minute or more; pays in long runs on a GPU."""

    threads: int = Field(default=0, ge=0, le=1024)
    """CPU threads; 0 measures which number is fastest."""

    checkpoint_epochs: int = Field(default=1, ge=1, le=100000)
    """A checkpoint after every so many epochs, 1..100,000."""

    checkpoint_minutes: float = Field(default=5.0, gt=0, le=100000)
    """A checkpoint at least this often, besides the one after every epoch."""

    keep_last: int = Field(default=2, ge=1, le=1000)
    """How many of the latest checkpoints are kept, besides the best, 1..1000."""

    keep_every: int = Field(default=0, ge=0, le=100000)
    """The checkpoint after every so many epochs is kept for good; 0 for none."""

    early_stop: int = Field(default=0, ge=0, le=100000)
    """Stop after this many epochs without a better validation figure; 0 for never."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.minutes is None and self.epochs is None and self.steps is None:
            raise ValueError("set a budget: train.minutes, train.epochs or train.steps")
        if not (self.l1 or self.l2 or self.smooth_l1 or self.bce):
            raise ValueError("one of train.l1, l2, smooth_l1 and bce must be above 0")
        if self.batch_size % self.accumulation:
            raise ValueError(
                f"train.batch_size {self.batch_size} must be a multiple of "
                f"train.accumulation {self.accumulation}"
            )
        if self.accumulation > 1 and self.generator == "unet" and self.norm == "batch":
            raise ValueError(
                "train.norm=batch normalises each part of a batch by itself, so accumulation would "
                "change the step: set train.norm=instance or train.accumulation=1"
            )
        if self.generator == "folded" and self.attention_side is not None:
            raise ValueError(
                "train.attention_side is for train.generator=unet; folded attends on its two "
                "smallest maps: leave it out"
            )
        if self.adversarial == "bce" and self.discriminator_head == "logits":
            raise ValueError(
                "train.adversarial=bce takes probabilities, but train.discriminator_head=logits "
                "has no sigmoid: set train.discriminator_head=probabilities or "
                "train.adversarial=bce_logits"
            )
        if self.adversarial in {"bce_logits", "hinge"} and self.head == "probabilities":
            raise ValueError(
                f"train.adversarial={self.adversarial} takes logits, but "
                f"train.discriminator_head=probabilities has a sigmoid: set "
                f"train.discriminator_head=logits or train.adversarial=bce"
            )
        if self.generator == "unet" and self.base is not None:
            raise ValueError("a base is a folded generator: leave out train.base for unet")
        return self

    @property
    def head(self) -> Literal["logits", "probabilities"]:
        """What the discriminator's head gives, ``matching`` resolved."""
        if self.discriminator_head != "matching":
            return self.discriminator_head
        return "probabilities" if self.adversarial == "bce" else "logits"
