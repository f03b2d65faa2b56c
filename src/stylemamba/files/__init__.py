"""Pictures, folders and names on disk."""
