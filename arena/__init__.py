"""The same seeds for everyone, one line an episode, and a report that reads those lines."""
