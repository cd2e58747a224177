"""What this host is and what it lends: cores, memory, ports, whose turn it is, and Ctrl-C held back."""
