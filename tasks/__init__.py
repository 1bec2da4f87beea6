"""What is asked and what is right: problems from seeds, verdicts on answers. No environment, no network, no torch."""
