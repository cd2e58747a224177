"""The article's form: `gunicorn -c gunicorn.conf.py`, with everything said in the file."""

workers = 2
worker_class = "gevent"
worker_connections = 1000
