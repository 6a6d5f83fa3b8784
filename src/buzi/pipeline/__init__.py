"""Settings, run folder and the order of the stages."""
