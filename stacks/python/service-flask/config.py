"""Flask's configuration for each environment; what the service itself is set to is in `service.settings`."""


class Production:
    """How the service is deployed."""

    DEBUG = False
    TESTING = False
    PROPAGATE_EXCEPTIONS = False  # the client gets a problem document, the log gets the error
    PROVIDE_AUTOMATIC_OPTIONS = False  # OPTIONS is a method that no path has


class Development(Production):
    """Errors are logged with their traceback (`service.logs`)."""

    DEBUG = True


class Testing(Production):
    """For the test client."""

    TESTING = True


CONFIGS = {"production": Production, "lab": Production, "development": Development, "testing": Testing}
