"""What gonogo knows about the world, read from the TOML files under `rules/`."""
