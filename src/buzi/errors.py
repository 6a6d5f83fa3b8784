"""Every error that Buzi raises on purpose; the command line catches the base class once.

BuziError
├── FontError            a font file cannot serve
│   ├── NotAFontError        not a font, truncated, or dangerous to open
│   ├── FaceNumberError      a collection without a face number, or a number it lacks
│   ├── VariableFontError    a variable font where a static one is needed
│   ├── FontSliceError       a web-font slice, not a complete font
│   ├── UnsafeUfoError       a UFO that leads out of its folder, or has no measure
│   ├── LicenceError         the font's licence forbids it, or asks for an acknowledgement
│   └── FontFullError        no glyph can be added: 65,535 is the format's limit
├── GlyphError           a glyph cannot serve
│   ├── MissingGlyphError    the cmap has no entry for the codepoint
│   └── EmptyGlyphError      mapped, visible by its character, without contours
├── CharsetError         an unknown charset, an unreadable list of characters
├── SettingsError        an unknown key, a value out of range, a contradiction
├── PairsError           too few pairs, or pairs that do not fit together
├── CheckpointError      damaged, of another architecture, or not a checkpoint
├── TrainingError        the training cannot go on
│   └── TrainingPausedError  it was asked to pause, and goes on when it is started again
├── FamilyError          some fonts of a family could not be completed
├── RunFolderError       made with other fonts or settings, or damaged
├── OutputError          an output exists, cannot be written, or the disk is full
└── AssemblyError        the completed font cannot be built
"""

from __future__ import annotations

import errno
from pathlib import Path


class BuziError(Exception):
    """Base of all: its text says what is wrong and what to do."""


class FontError(BuziError):
    """A font file cannot serve; the text names the file."""


class NotAFontError(FontError):
    """Not a font, truncated, or dangerous to open."""


class FaceNumberError(FontError):
    """A collection without a face number, or a number that it lacks."""


class VariableFontError(FontError):
    """A variable font where a static one is needed."""


class FontSliceError(FontError):
    """A web-font slice (one unicode-range of a font), not a complete font."""


class UnsafeUfoError(FontError):
    """A UFO that is none, leads out of its own folder, or is larger than any font."""


class LicenceError(FontError):
    """The font's licence forbids what was asked for, or asks for an acknowledgement."""


class FontFullError(FontError):
    """No glyph can be added: 65,535 glyphs is the format's limit."""


class GlyphError(BuziError):
    """A glyph cannot serve; the text names font and codepoint."""


class MissingGlyphError(GlyphError):
    """The font's cmap has no entry for the codepoint."""


class EmptyGlyphError(GlyphError):
    """The codepoint is mapped and its character is visible, but the glyph has no contours."""


class CharsetError(BuziError):
    """An unknown charset, or a list of characters that cannot be read."""


class SettingsError(BuziError):
    """An unknown key, a value out of range, or settings that contradict each other."""


class PairsError(BuziError):
    """Too few pairs, or pairs that do not fit together."""


class CheckpointError(BuziError):
    """A checkpoint is damaged, of another architecture, or not a checkpoint."""


class TrainingError(BuziError):
    """The training cannot go on; the last good checkpoint is intact."""


class TrainingPausedError(TrainingError):
    """The training was asked to pause; started again, it goes on exactly where it stopped."""


class FamilyError(BuziError):
    """Fonts that are no family, or some of them could not be completed while the others are."""


class RunFolderError(BuziError):
    """A run folder was made with other fonts or settings, or is damaged."""


class OutputError(BuziError):
    """An output exists already, cannot be written, or the disk is full."""

    @classmethod
    def of(cls, path: Path, error: OSError) -> OutputError:
        """What the system says of a file or folder that it does not write, as a sentence."""
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            return cls(
                f"{path}: the disk is full. Make room and run the same command again; "
                f"what is done is kept."
            )
        return cls(f"{path}: cannot be written ({error.strerror or error})")


class AssemblyError(BuziError):
    """The completed font cannot be built."""
