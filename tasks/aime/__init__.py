"""Competition mathematics in the form of the AIME: generated families and real problems."""
