"""Comparisons that ship with the package: `reason compare quick` is `reason compare presets/quick.yaml`."""
