"""What needs NumPy only; `stylemamba export` copies this folder whole."""
