"""chesspuzzle."""
