"""Where whatever is set up is found: one card each."""

from flask import Blueprint, render_template

from gateway.web.guards import needs

bp = Blueprint("administration", __name__)


@bp.get("/administration")
@needs("coordinator")
def page() -> str:
    return render_template("admin/administration.html")
