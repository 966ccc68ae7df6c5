"""The reference platform's shapes: a client written for it works here once its base address is changed.

Known only from public clients and help pages. What is unknown is not invented: see docs/picloflex.md.
"""
