"""Training of ArtLIP: captions, statistics, bank and heads."""
