"""The lab: what each layer between a socket and a web framework costs, and what it buys."""

__version__ = "0.1.0"
