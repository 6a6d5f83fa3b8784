"""Settings, run folder and the order of the stages: the only room that knows the whole."""

from buzi.pipeline.completing import (
    Completed,
    choose_reference,
    complete,
    default_run_folder,
)
from buzi.pipeline.delivering import deliver, take_glyphs
from buzi.pipeline.exporting import export_font
from buzi.pipeline.measuring import (
    evaluation_font_path,
    measure_against,
    of_charsets,
    with_identity,
)
from buzi.pipeline.redrawing import Candidate, Redrawer
from buzi.pipeline.run import Run, create_run, open_run
from buzi.pipeline.settings import Settings, known_keys, load_settings
from buzi.pipeline.stages import (
    STAGES,
    Observer,
    Silent,
    completed_font_path,
    read_evaluation,
    read_findings,
    retrace,
    run_stage,
)
from buzi.pipeline.watching import (
    TrainingState,
    is_pausing,
    pause_training,
    training_progress,
)

__all__ = [
    "STAGES",
    "Candidate",
    "Completed",
    "Observer",
    "Redrawer",
    "Run",
    "Settings",
    "Silent",
    "TrainingState",
    "choose_reference",
    "complete",
    "completed_font_path",
    "create_run",
    "default_run_folder",
    "deliver",
    "evaluation_font_path",
    "export_font",
    "is_pausing",
    "known_keys",
    "load_settings",
    "measure_against",
    "of_charsets",
    "open_run",
    "pause_training",
    "read_evaluation",
    "read_findings",
    "retrace",
    "run_stage",
    "take_glyphs",
    "training_progress",
    "with_identity",
]
