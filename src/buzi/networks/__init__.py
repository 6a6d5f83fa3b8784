"""Generator, discriminator, losses and the checkpoint format, in pure torch."""
