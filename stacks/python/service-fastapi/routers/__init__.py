"""The operations of docs/service.md, a module for each kind of resource."""

# FastAPI does not answer HEAD where it answers GET, unless told.
READ = ["GET", "HEAD"]
