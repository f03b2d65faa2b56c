"""StyleMamba against other methods, and against variants of itself."""
