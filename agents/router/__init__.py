"""A router: reads a problem, and sends it to the cheapest of several agents that will do."""
