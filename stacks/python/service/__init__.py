"""What the rules of the service say to Flask and FastAPI alike; no module here knows a framework."""
