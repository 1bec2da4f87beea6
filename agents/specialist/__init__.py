"""Specialists: small networks on the array view, trained with Stable-Baselines3's PPO."""
