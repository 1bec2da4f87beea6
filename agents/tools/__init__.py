"""A language model that calls specialists as tools: it writes a call, and a specialist's answer is put behind it."""
