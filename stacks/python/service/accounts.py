"""What Redis has of a user: `account:<id>`, his role for as long as he is signed in anywhere."""

from service.steps import Command

LOCKED_S = 120  # longer than any request takes: one that read the user before must not sign him in afterwards


def lock(user_id: int) -> Command:
    """Makes all tokens of a user invalid, and keeps him from signing in for a while: he is being changed."""
    return ("SET", f"account:{user_id}", "", "EX", LOCKED_S)
