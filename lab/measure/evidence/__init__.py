"""What can be seen of a tier from outside: the kernel's files of its processes and its network, and the engine.

Each module reads one kind of evidence, and returns None for what this host or user does not show.
"""
