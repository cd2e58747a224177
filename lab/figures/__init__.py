"""Pure: the arithmetic that several stages share. Limits, intervals, and how a number is written."""
