"""What learners share: rollouts, batches, objectives, checkpoints, progress."""
