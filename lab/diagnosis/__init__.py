"""Pure: from what was seen of a stack under load to what gave way first.

    Evidence → symptoms (did anything give way?) → rules (clues) → diagnose (which explains the others) → remedy

A rule is a function from what was observed to clues; `RULES` in `diagnose` lists all. Which clue is only the
consequence of another is a table in `finding`.
"""
