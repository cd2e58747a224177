"""How load is offered: one module a tool. Each turns a wish into an argument list, and the output into figures.

Nothing here runs anything: `measure/` executes the argument list in the load container.
"""
