"""create_app: the Flask application on a runtime."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from gateway.lists.doubts import Doubts
from gateway.plumbing.keyfiles import session_secret
from gateway.plumbing.logs import configure_logs
from gateway.plumbing.resources import TEMPLATES
from gateway.plumbing.settings import load_settings
from gateway.runtime import Runtime, build_runtime
from gateway.web import health, pages, webhooks

MAX_REQUEST_BYTES = webhooks.MAX_BODY_BYTES


def create_app(runtime: Runtime | None = None) -> Flask:
    """The web app; without a runtime it reads the settings itself, as wsgi.py wants it."""
    if runtime is None:
        configure_logs()
        runtime = build_runtime(load_settings())
    app = Flask(
        "gateway",
        template_folder=str(TEMPLATES),
        static_folder="web/static",
        static_url_path="/static",
    )
    app.config.update(
        SECRET_KEY=session_secret(runtime.settings),
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
    )
    app.extensions["gateway"] = runtime
    app.extensions["doubts"] = Doubts()
    app.register_blueprint(webhooks.blueprint)
    app.register_blueprint(health.blueprint)
    pages.register(app)
    proxies = runtime.settings.web.proxies
    if proxies:  # only for the address of who asks; signatures never trust these headers
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore
    return app
