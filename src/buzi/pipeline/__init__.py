"""Settings, run folder and the order of the stages: the only room that knows the whole."""

from buzi.pipeline.completing import Completed, complete, default_run_folder
from buzi.pipeline.run import Run, create_run, open_run
from buzi.pipeline.settings import Settings, known_keys, load_settings
from buzi.pipeline.stages import (
    STAGES,
    Observer,
    Silent,
    completed_font_path,
    read_evaluation,
    read_findings,
    run_stage,
)

__all__ = [
    "STAGES",
    "Completed",
    "Observer",
    "Run",
    "Settings",
    "Silent",
    "complete",
    "completed_font_path",
    "create_run",
    "default_run_folder",
    "known_keys",
    "load_settings",
    "open_run",
    "read_evaluation",
    "read_findings",
    "run_stage",
]
