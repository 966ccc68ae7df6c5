"""Whether all parts of the marketplace are at work: signs of life, readiness, and figures for monitoring."""
