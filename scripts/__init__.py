"""The commands. One file, one verb; nothing imports these."""
