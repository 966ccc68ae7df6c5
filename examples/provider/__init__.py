"""A flexibility provider's program: an example to copy. It needs Python 3.11 and nothing else."""
