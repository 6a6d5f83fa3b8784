"""Settings, run folder and the order of the stages: the only room that knows the whole."""

from buzi.pipeline.choosing import ChosenReference, choose_reference
from buzi.pipeline.completing import (
    Completed,
    complete,
    default_run_folder,
)
from buzi.pipeline.delivering import deliver, take_glyphs
from buzi.pipeline.exporting import export_font
from buzi.pipeline.families import (
    Family,
    FamilyFont,
    create_family,
    learn_family,
    open_family,
)
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
    completed_font_path,
    read_evaluation,
    read_findings,
    retrace,
    run_stage,
)
from buzi.pipeline.watching import (
    Observer,
    Silent,
    TrainingState,
    is_pausing,
    pause_training,
    training_progress,
)

__all__ = [
    "STAGES",
    "Candidate",
    "ChosenReference",
    "Completed",
    "Family",
    "FamilyFont",
    "Observer",
    "Redrawer",
    "Run",
    "Settings",
    "Silent",
    "TrainingState",
    "choose_reference",
    "complete",
    "completed_font_path",
    "create_family",
    "create_run",
    "default_run_folder",
    "deliver",
    "evaluation_font_path",
    "export_font",
    "is_pausing",
    "known_keys",
    "learn_family",
    "load_settings",
    "measure_against",
    "of_charsets",
    "open_family",
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
