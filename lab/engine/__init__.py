"""Finding, installing, starting and stopping the Docker engine, and the base image of all stacks."""
