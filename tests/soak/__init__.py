"""What takes hours rather than minutes: `make soak`. docs/soak.md has when it last ran and what it found."""
