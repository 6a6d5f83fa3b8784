"""Generator, discriminator, losses and the checkpoint format, in pure torch."""

from buzi.networks.checkpoint import (
    Architecture,
    CheckpointInfo,
    discard_checkpoint,
    discard_remains,
    load_generator,
    load_weights,
    read_info,
    read_tensors,
    write_checkpoint,
)
from buzi.networks.denormals import flushed_denormals
from buzi.networks.discriminator import PatchDiscriminator
from buzi.networks.folded import BESIDE, STYLE_WIDTH, FoldedGenerator, StyleEncoder
from buzi.networks.losses import (
    discriminator_loss,
    generator_adversarial_loss,
    reconstruction_loss,
)
from buzi.networks.shipped import SHIPPED, checked_base, ship_base, shipped_base
from buzi.networks.unet import UNetGenerator

__all__ = [
    "BESIDE",
    "SHIPPED",
    "STYLE_WIDTH",
    "Architecture",
    "CheckpointInfo",
    "FoldedGenerator",
    "PatchDiscriminator",
    "StyleEncoder",
    "UNetGenerator",
    "checked_base",
    "discard_checkpoint",
    "discard_remains",
    "discriminator_loss",
    "flushed_denormals",
    "generator_adversarial_loss",
    "load_generator",
    "load_weights",
    "read_info",
    "read_tensors",
    "reconstruction_loss",
    "ship_base",
    "shipped_base",
    "write_checkpoint",
]
