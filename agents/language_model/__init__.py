"""Language models as agents: build or load one, show it solutions, let it practise, let it play.

config    what can be set, and the defaults that are tuned (no torch)
models    a small Llama with a character tokenizer, or any checkpoint by folder or hub id
decoder   one token more, fast; sampler: prompts to completions with log-probabilities
trainer   one loop for every objective; sft and grpo: what differs between the stages
pairs     two answers to one problem, to be preferred by someone
agent     the prompt, the sampler and the bill behind the `Agent` contract
"""
