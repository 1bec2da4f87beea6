"""Who acts: baselines, specialists, language models. `registry` knows them by name; importing this costs nothing."""
