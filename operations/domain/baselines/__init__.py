"""What a delivery unit would have done without a dispatch: one module a method, each a pure function of
arrays."""
