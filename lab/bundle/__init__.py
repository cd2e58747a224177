"""One archive with which a machine without any network becomes one with the lab: made where there is a network.

`needed` says which images, `making` writes the archive, `reading` verifies and unpacks it, and `install.sh`, which
lies in it, does the rest where no `lab` is yet.
"""
