"""``python -m buzi``."""

from buzi.cli.main import entry

if __name__ == "__main__":
    entry()
