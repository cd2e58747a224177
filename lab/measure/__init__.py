"""From a plan to samples: verify → warm → rounds, with CPU, memory and errors accounted for."""
