"""Break it: something happens to one tier of a service while users ask, and what they saw is told, second by second.

Each fault is one module of `kinds/`. It is always undone, and the service's promises are checked against the answers
that were given and against the database.
"""
