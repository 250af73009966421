"""Calls of language models: what was used, what it cost, how long it took; by the conventions of generative AI."""
