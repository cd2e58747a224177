"""The workshop: a learner predicts, observes, edits a copy of the project, and is checked against running stacks.

A lesson is a folder of `lessons/`: data, no Python. `lessonfile` reads it, `probes` are the kinds of things that it can
look at, `looking` looks, `judging` compares with what should be seen. `workspace` and `state` are the learner's files,
`course` is what each verb does.
"""
