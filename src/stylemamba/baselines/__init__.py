"""Other people's ways to stylise a photo, for `stylemamba compare`; nothing else uses them."""
