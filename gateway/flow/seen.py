"""What the gateway made of an exercise: its incidents, reports, warnings and questions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.flow.cast import Cast
from gateway.store.tables import Alert, Incident, Inquiry, Report, Subscriber

_LEFT = ("approved", "live", "expired", "cancelled")  # a warning that was on its way


@dataclass
class Seen:
    """What the gateway has of an exercise."""

    incidents: dict[int, Incident]
    reports: list[tuple[str, Report]]  # with the name of the phone
    people: dict[str, Subscriber]
    alerts: Sequence[Alert]
    inquiries: list[tuple[str, Inquiry]]
    taken: set[int] = field(default_factory=set)

    def real(self) -> list[Incident]:
        """All that are neither a word of all quiet nor a signpost."""
        return [
            one
            for one in self.incidents.values()
            if one.reports and one.state != "merged" and one.hazard != "all_quiet"
        ]

    def of(self, incident: Incident) -> list[tuple[str, Report]]:
        """Its reports."""
        return [(phone, row) for phone, row in self.reports if row.incident_id == incident.id]

    def best_for(self, phones: Iterable[str]) -> Incident | None:
        """The incident that most of them tell of, one that no other line speaks of if it can be."""
        wanted = set(phones)

        def fits(incident: Incident) -> tuple[int, bool, int]:
            telling = {phone for phone, _ in self.of(incident)}
            return len(telling & wanted), incident.id not in self.taken, -incident.id

        best = max(self.real(), key=fits, default=None)
        if best is None or fits(best)[0] == 0:
            return None
        self.taken.add(best.id)
        return best


def see(session: Session, drill: Cast) -> Seen:
    """All of it, read once."""
    people, names = drill.people(session), drill.names(session)
    of_drill = Incident.exercise_id == drill.id
    return Seen(
        incidents={row.id: row for row in session.scalars(select(Incident).where(of_drill))},
        reports=[
            (names[row.subscriber_id], row)
            for row in session.scalars(
                select(Report).where(Report.exercise_id == drill.id).order_by(Report.id)
            )
        ],
        people=people,
        alerts=session.scalars(
            select(Alert).where(
                Alert.exercise_id == drill.id, Alert.purpose == "warning", Alert.state.in_(_LEFT)
            )
        ).all(),
        inquiries=[
            (names[row.subscriber_id], row)
            for row in session.scalars(select(Inquiry).where(Inquiry.exercise_id == drill.id))
        ],
    )
