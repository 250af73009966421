"""Checks that tell a real value from something of the same shape."""
