"""From a run folder to what it says: cells with intervals and validity, verdicts, the story of a row."""
