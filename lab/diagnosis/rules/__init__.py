"""The rules: each reads what was observed, and yields what gave way. None asks what another one has found."""
