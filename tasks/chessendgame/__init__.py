"""chessendgame."""
