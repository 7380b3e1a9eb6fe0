"""What is built once at start: settings, database, keys, clock, providers, lexicon, gazetteer."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from time import monotonic
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from gateway.alerts import wording
from gateway.inbox.keywords import Keywords
from gateway.inbox.keywords import load as load_keywords
from gateway.incidents.deadlines import Minutes
from gateway.incidents.factors import Factors
from gateway.incidents.factors import load as load_factors
from gateway.plumbing.clock import Clock, system_clock
from gateway.plumbing.crypto import Keys
from gateway.plumbing.keyfiles import load_keys
from gateway.plumbing.settings import Settings
from gateway.providers import build
from gateway.providers.base import Limits, Provider, ProviderConfig
from gateway.sharing.signing import Signer, load_signer
from gateway.store import gazetteer as gazetteer_store
from gateway.store import own_words
from gateway.store.database import Database
from gateway.store.tables import Incident
from gateway.understanding.copying import Copies
from gateway.understanding.copying import copies as copies_of
from gateway.understanding.gazetteer import Entry, Gazetteer
from gateway.understanding.lexicon import Hazard, Lexicon, enlarged, known_languages
from gateway.understanding.lexicon import hazards as read_hazards
from gateway.understanding.lexicon import load as load_lexicon
from gateway.understanding.phrasebook import PhraseBook

EXERCISE_RATE = 50.0
EXERCISE_ACCOUNT = "exercise"  # a simulator of our own: a drill never leaves the machine


@dataclass(repr=False)  # an error must not spell out word lists and keys
class Runtime:
    """One running gateway; doors hold it and hand its parts to the floors below."""

    settings: Settings
    database: Database
    providers: Mapping[str, Provider]
    lexicon: Lexicon
    keywords: Keywords
    hazards: Mapping[str, Hazard]
    factors: Factors
    clock: Clock = system_clock
    _gazetteer: Gazetteer | None = None
    _gazetteer_version: datetime | None = None
    _loading: threading.Lock = field(default_factory=threading.Lock)
    _words_version: own_words.Version = (0, 0)
    _words_seen: float = float("-inf")  # of the machine's own clock, which never stands still

    @property
    def keys(self) -> Keys:
        """The keys of the database."""
        return self.database.keys

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which times are shown."""
        return ZoneInfo(self.settings.timezone)

    @property
    def copies(self) -> Copies:
        """How texts that were passed on are recognised."""
        return copies_of(self.settings.languages)

    def limits(self, account: str) -> Limits:
        """What may leave by an account: the settings, and where they are silent the company."""
        known = self.providers[account].LIMITS if account in self.providers else Limits()
        if account not in self.settings.providers:
            return replace(known, per_second=EXERCISE_RATE)
        own = self.settings.providers[account]
        given = {
            name: value
            for name in ("per_minute", "per_half_hour", "per_day")
            if (value := getattr(own, name)) >= 0
        }
        return replace(known, per_second=own.rate_per_second or known.per_second, **given)

    @cached_property
    def cap_signer(self) -> Signer | None:
        """What signs CAP documents, if anything does; raises SigningProblem."""
        feeds = self.settings.feeds
        return load_signer(feeds.sign_key_file, feeds.sign_cert_file)

    @cached_property
    def risk_words(self) -> PhraseBook[tuple[int, str]]:
        """Words of the deployment's languages, and the risk factor and topic each is about."""
        return PhraseBook(self.factors.phrases(self.settings.languages))

    def allowed(self, incident: Incident) -> tuple[Minutes, float]:
        """The minutes until it must be looked at and judged, and the factor of its severity."""
        hazard = self.hazards.get(incident.hazard) or self.hazards["other"]
        factor = self.settings.escalation.severity_factor.of(incident.severity)
        return Minutes(hazard.page_minutes, hazard.judge_minutes), factor

    def gazetteer(self, session: Session) -> Gazetteer:
        """The places of the database, read again when any process has changed them."""
        version = gazetteer_store.version(session)
        if self._gazetteer is None or version != self._gazetteer_version:
            with self._loading:
                if self._gazetteer is None or version != self._gazetteer_version:
                    rows = gazetteer_store.entries(
                        session, priority=self.settings.gazetteer.priority
                    )
                    self._gazetteer = Gazetteer(Entry(**row) for row in rows)
                    self._gazetteer_version = version
        return self._gazetteer

    def catch_up(self, session: Session) -> None:
        """Takes over the texts and words that any process has written over the shipped ones.

        Doors call it before texts are drafted and messages read; one statement when all is known.
        """
        found = own_words.version(session)
        mark = (str(self.database.url), found[0]) if found[0] else None
        if found == self._words_version and wording.mark() == mark:
            return
        with self._loading:
            if wording.mark() != mark:
                wording.lay_over(mark, own_words.texts(session))
            if found[1] != self._words_version[1]:
                rows = own_words.words(session)
                own = [(row.language, row.hazard, row.phrase) for row in rows if not row.removed]
                self.lexicon = enlarged(load_lexicon(self.settings.languages), own)
            self._words_version = found

    def catch_up_every(self, seconds: float) -> None:
        """The same in a session of its own, unless it was done so lately."""
        moment = monotonic()
        if moment - self._words_seen >= seconds:
            self._words_seen = moment
            with self.database.reading() as session:
                self.catch_up(session)


def build_runtime(settings: Settings, *, clock: Clock = system_clock) -> Runtime:
    """Everything from the settings; raises KeyProblem or ValueError that names what is wrong."""
    database = Database(
        settings.database.url, load_keys(settings), pool_size=settings.database.pool_size
    )
    lexicon = load_lexicon(settings.languages)
    return Runtime(
        settings=settings,
        database=database,
        providers=build_providers(settings),
        lexicon=lexicon,
        keywords=load_keywords(settings.languages),
        hazards=read_hazards(),
        factors=load_factors(read_hazards(), known_languages()),
        clock=clock,
    )


def build_providers(settings: Settings) -> dict[str, Provider]:
    """One provider an account, and the simulator that carries exercises."""
    configs = [
        ProviderConfig(
            account=name,
            type=account.type,
            sender_id=account.sender_id,
            base_url=account.base_url,
            timeout_s=account.timeout_s,
            options=account.options,
        )
        for name, account in settings.providers.items()
    ]
    configs.append(ProviderConfig(account=EXERCISE_ACCOUNT, type="simulator"))
    return {config.account: build(config) for config in configs}
