"""Keys: their formats, and the search for them in the working tree and in the git history."""
