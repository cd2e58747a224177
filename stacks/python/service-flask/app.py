"""The service in Flask: `gunicorn "app:create_app()"`."""

import os

from config import CONFIGS
from flask import Flask
from service import drive_sync, lifecycle, logs, postgres
from service.settings import Settings
from service.spans import spans_of
from web import errors, hooks, items, orders, probes, sessions, users
from web.parts import NAME, Parts


def create_app(settings: Settings | None = None) -> Flask:
    """The application, once Postgres and Redis answer; else a message and exit code 2 (settings) or 3 (not reached)."""
    settings = settings or Settings.read()
    logger = logs.configure(settings.app_env)
    postgres.require_postgres(settings)
    drive_sync.require_redis(settings)
    lifecycle.warn_of_no_auth(settings, logger)

    app = Flask(__name__, static_folder=None)
    app.config.from_object(CONFIGS[settings.app_env])
    app.url_map.merge_slashes = False  # //live is another path than /live, and nothing is redirected
    app.wsgi_app = hooks.without_upgrades(app.wsgi_app)  # type: ignore[method-assign]
    # Made before Gunicorn forks, but not connected: each process opens connections of its own.
    spans = spans_of(settings, "app")
    app.extensions[NAME] = Parts(settings, spans, processes=int(os.environ.get("WORKERS", "1")))
    errors.register(app)
    hooks.register(app)
    for module in (probes, sessions, users, items, orders):
        app.register_blueprint(module.blueprint)
    if settings.traces:
        from web.traced import traced  # noqa: PLC0415 - OpenTelemetry is loaded only where it is wanted

        app.wsgi_app = traced(app.wsgi_app, spans)  # type: ignore[method-assign, arg-type]
    return app
