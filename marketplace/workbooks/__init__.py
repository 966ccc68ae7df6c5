"""Workbooks: declared sheets that become templates, are read exactly with every error located, and marked.

Pure: no database, no settings. Start at :mod:`marketplace.workbooks.declare`.
"""
