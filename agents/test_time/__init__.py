"""Test-time scaling: a language model writes several completions of a prompt, and one of them is what is said."""
