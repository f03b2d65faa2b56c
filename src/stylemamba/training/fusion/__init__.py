"""Training of style fusion for one pass."""
