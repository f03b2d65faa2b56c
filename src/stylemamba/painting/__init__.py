"""Painting: from a photo and its layers of style to a picture, in passes and in fits."""
