"""An app whose one migration takes its time, so that it can be killed in the middle."""
