"""Exporting: the completed font with chosen characters only, beside the run's own."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

from buzi.assembly import AssembleResult, assemble
from buzi.pipeline.run import Run
from buzi.pipeline.stages import completed_font_path, run_naming, run_provenance


def export_font(
    run: Run, folder: Path, codepoints: Container[int] | None, *, web_font: bool
) -> AssembleResult:
    """Build the completed font from the UFO as it stands now.

    Reads the run's UFO and writes ``<Family>-<Style>.ttf`` or ``.otf`` into the
    folder, and with ``web_font`` a WOFF2 beside it, each whole or not at all. The
    run's own completed font is not touched.

    Args:
        run: whose glyphs have been traced.
        folder: where to; made where absent.
        codepoints: which of the new characters to add; None for all.
        web_font: write the WOFF2 too.

    Raises:
        AssemblyError: the UFO cannot be read, or there is nothing to add.
        OutputError: the disk is full or not writable.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return assemble(
        run.target, run.ufo, folder / completed_font_path(run).name, naming=run_naming(run),
        web_font=web_font, codepoints=codepoints, provenance=run_provenance(run),
        acknowledged=run.settings.assemble.i_have_the_right,
    )  # fmt: skip
