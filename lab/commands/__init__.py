"""What a command does, in which order and in which words; its module of `cli/` calls it, and it calls the stages."""
