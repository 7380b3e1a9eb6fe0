"""A few places and a sheet of paper for them."""

from gateway.flow import sheets
from gateway.runtime import Runtime
from gateway.store.tables import User
from gateway.terms.geo import Position
from tests.make import MOA, make_place, make_user

HEAD = "phone,place,language,name,focal_point,consent"
GOOD = "+254700000101,Moa,sw,Asha,no,2026-03-01 signed at the mosque"


def make_village(runtime: Runtime) -> User:
    """Moa and Garsen, two villages of one name, a county; and who works there."""
    with runtime.database.writing() as session:
        make_place(session)
        far = Position(-2.0, 40.0)
        make_place(session, "Garsen", far)
        for county in ("Lamu", "Kilifi"):
            at = Position(-2.5 - len(county) / 10, 40.5)
            make_place(session, "Shella", at, source_id=county, county=county)
        make_place(session, "Tana River", MOA, kind="county")
        return make_user(session)


def check(runtime: Runtime, *rows: str, head: str = HEAD, **choices: int) -> sheets.Checked:
    text = "\n".join((head, *rows))
    ticked = {int(name[1:]): place for name, place in choices.items()}
    with runtime.database.reading() as session:
        return sheets.check(runtime, session, text, ticked, runtime.clock())
