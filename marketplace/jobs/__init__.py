"""Uploads and generated files, worked in the background with their effect exactly once.

Apps declare kinds (:mod:`marketplace.jobs.kinds`) in their ``integration`` package; pages start jobs by
:mod:`marketplace.jobs.actions`; workers run them (:mod:`marketplace.jobs.worker`).
"""
