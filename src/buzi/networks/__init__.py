"""Generator, discriminator, losses and the checkpoint format, in pure torch."""

from buzi.networks.checkpoint import (
    REMEDY,
    Architecture,
    CheckpointInfo,
    discard_checkpoint,
    discard_remains,
    load_generator,
    load_weights,
    read_info,
    read_style,
    read_tensors,
    write_checkpoint,
)
from buzi.networks.denormals import flushed_denormals
from buzi.networks.discriminator import PatchDiscriminator
from buzi.networks.folded import (
    BESIDE,
    STYLE_EXEMPLARS,
    STYLE_WIDTH,
    Finisher,
    FoldedGenerator,
    StyleEncoder,
)
from buzi.networks.losses import (
    discriminator_loss,
    generator_adversarial_loss,
    narrow_gaps,
    reconstruction_loss,
)
from buzi.networks.shipped import (
    SHIPPED,
    SHIPPED_FINISHER,
    checked_weights,
    ship_weights,
    shipped_base,
    shipped_finisher,
)
from buzi.networks.unet import UNetGenerator

__all__ = [
    "BESIDE",
    "REMEDY",
    "SHIPPED",
    "SHIPPED_FINISHER",
    "STYLE_EXEMPLARS",
    "STYLE_WIDTH",
    "Architecture",
    "CheckpointInfo",
    "Finisher",
    "FoldedGenerator",
    "PatchDiscriminator",
    "StyleEncoder",
    "UNetGenerator",
    "checked_weights",
    "discard_checkpoint",
    "discard_remains",
    "discriminator_loss",
    "flushed_denormals",
    "generator_adversarial_loss",
    "load_generator",
    "load_weights",
    "narrow_gaps",
    "read_info",
    "read_style",
    "read_tensors",
    "reconstruction_loss",
    "ship_weights",
    "shipped_base",
    "shipped_finisher",
    "write_checkpoint",
]
