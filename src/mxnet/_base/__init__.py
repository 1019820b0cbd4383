"""What everything stands on: errors, settings, lazy imports, files. Standard library only."""
