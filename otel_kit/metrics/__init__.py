"""Figures that the kit gathers by itself: of the process, the host, and its own pipeline."""
