"""Gunicorn's settings: a line for each request, with its id and the microseconds it took."""

workers = 2
accesslog = "-"
access_log_format = "gunicorn id=%({x-request-id}i)s status=%(s)s us=%(D)s worker=%(p)s"
