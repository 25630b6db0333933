"""gonogo: a go / no-go poll for applications that call Claude and other LLM APIs."""

__version__ = "0.1.0"
