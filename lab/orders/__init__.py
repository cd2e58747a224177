"""Orders under fire: clients order while services are killed, and the database is compared with what they were told.

An order that was acknowledged is in the database once, with its content, and is carried out once.
"""
