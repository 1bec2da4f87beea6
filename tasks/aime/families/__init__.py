"""The families of generated problems: every module here has a tuple `FAMILIES`."""
