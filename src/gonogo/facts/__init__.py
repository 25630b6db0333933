"""The language-neutral model: what a front end reads out of one file."""
