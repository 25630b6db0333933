"""What the user chose: `gonogo.toml` or `[tool.gonogo]`, checked strictly, and the flags that beat it."""
