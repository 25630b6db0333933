"""Linking: names, values and calls resolved across the files of a project, independent of any SDK."""
