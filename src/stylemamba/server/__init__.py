"""The HTTP API, its queue, and the studio, a page that uses it."""
