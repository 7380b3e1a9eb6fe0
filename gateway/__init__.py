"""The Community Alert Gateway: text messages in, verified warnings out."""

__version__ = "0.1.0"
