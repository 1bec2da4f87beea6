"""Pokémon: what a Game Boy's memory says about the game on it, without an emulator."""
