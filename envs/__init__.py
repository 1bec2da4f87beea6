"""Gymnasium environments of reasoning tasks, two views of every episode. Importing this module registers the ids.

import gymnasium as gym
import reason_arena.envs

env = gym.make("Reason-Arithmetic-v0", view="text", level=2)
envs = gym.make_vec("Reason-Arithmetic-v0", num_envs=512, view="array", level=2)
"""

import gymnasium as gym

IDS = (
    "Reason-AIME-v0",
    "Reason-Arithmetic-v0",
    "Reason-Chess-v0",
    "Reason-ChessEndgame-v0",
    "Reason-ChessPuzzle-v0",
    "Reason-Pokemon-v0",
    "Reason-ReasoningGym-v0",
)

gym.register(
    "Reason-Arithmetic-v0",
    entry_point="reason_arena.envs.arithmetic:make",
    vector_entry_point="reason_arena.envs.vector.arithmetic:make",
)
gym.register(
    "Reason-AIME-v0",
    entry_point="reason_arena.envs.aime:make",
    vector_entry_point="reason_arena.envs.vector.aime:make",
)
gym.register(
    "Reason-ReasoningGym-v0",
    entry_point="reason_arena.envs.reasoninggym:make",
    vector_entry_point="reason_arena.envs.vector.reasoninggym:make",
)
gym.register(
    "Reason-Chess-v0",
    entry_point="reason_arena.envs.chess:make_game",
    vector_entry_point="reason_arena.envs.chess:make_games",
)
gym.register(
    "Reason-ChessEndgame-v0",
    entry_point="reason_arena.envs.chess:make_endgame",
    vector_entry_point="reason_arena.envs.chess:make_endgames",
)
gym.register(
    "Reason-ChessPuzzle-v0",
    entry_point="reason_arena.envs.chess:make_puzzle",
    vector_entry_point="reason_arena.envs.chess:make_puzzles",
)
gym.register(
    "Reason-Pokemon-v0",
    entry_point="reason_arena.envs.pokemon:make",
    vector_entry_point="reason_arena.envs.pokemon:make_many",
)
