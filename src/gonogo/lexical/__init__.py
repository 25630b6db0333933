"""What every code file says on its face: a cheap index that decides what is worth parsing."""
