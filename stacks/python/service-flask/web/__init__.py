"""What is Flask's in the service: routes, hooks, error handlers."""
