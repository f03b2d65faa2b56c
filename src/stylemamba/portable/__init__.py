"""What needs NumPy and Pillow only; `stylemamba export` copies this folder whole."""
