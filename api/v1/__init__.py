"""Version 1 of the marketplace's own interface: a module for each resource."""
