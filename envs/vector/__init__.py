"""The batched twins of the environments, in numpy."""
