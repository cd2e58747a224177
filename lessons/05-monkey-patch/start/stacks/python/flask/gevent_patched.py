"""Left empty in this lesson: it would give the answer away."""
