"""Reading every form again over a scene: the real pipeline, its jobs done as the lanes would."""

from dataclasses import dataclass

from adapters.facebook.form_leads import FacebookForms
from adapters.facebook.subscriptions import AppSubscriptions
from adapters.sandbox.objects import AppSubscription, Form
from connector.domain.lead import FormId, PageId
from connector.domain.reconcile_work import BackfillOrder, ReconcileWork, WatchWork
from connector.domain.reconciling import Window
from connector.pipelines.reconcile import Reconcile
from connector.pipelines.watching import SubscriptionWatch
from connector.ports import FormReader
from state.reconcile.reconciling import SqlReconciling
from support.scene import Scene

EVERY_S = 900.0
CALLBACK = "https://connect.example.com/webhooks/facebook"
ANSWERS = {"full_name": "Ada", "phone_number": "+14155552671"}


@dataclass(kw_only=True)
class ReadingAgain:
    """A scene with the reconciler in front of it."""

    scene: Scene
    work: SqlReconciling
    pipeline: Reconcile

    @classmethod
    def over(
        cls, scene: Scene, *, every_s: float = EVERY_S, reader: FormReader | None = None
    ) -> "ReadingAgain":
        """Join the pipeline; the app's webhook is subscribed, as `connector subscribe` leaves it."""
        scene.world.app_subscription = AppSubscription(callback_url=CALLBACK, fields=["leadgen"])
        rooms = scene.rooms
        work = SqlReconciling(rooms.engine, scene.clock, rooms.vault, rooms.new_id)
        watch = SubscriptionWatch(
            AppSubscriptions(scene.client),
            callback_url=CALLBACK,
            verify_token=scene.world.verify_token,
        )
        pipeline = Reconcile(
            work,
            reader or FacebookForms(scene.client, scene.counters.graph_budget),
            scene.consents,
            watch,
            scene.means,
            every_s=every_s,
        )
        return cls(scene=scene, work=work, pipeline=pipeline)

    async def step(self) -> ReconcileWork | None:
        """Do the job that is due first."""
        for job in await self.pipeline.claim(1):
            await self.pipeline.handle(job)
            return job
        return None

    async def drain(self) -> int:
        """Do everything that is due, and read what it found; return how many jobs that were."""
        jobs = 0
        while await self.step() is not None:
            jobs += 1
            await self.scene.read()
        return jobs

    async def let_pass(self, seconds: float, *, step_s: float = 300.0) -> None:
        """Let time go by, with all that falls due."""
        clock = self.scene.clock
        until_s = clock.monotonic() + seconds
        while clock.monotonic() < until_s:
            await clock.advance(min(step_s, until_s - clock.monotonic()))
            await self.drain()

    def submit(self, count: int = 1, *, form: Form | None = None, ago_s: float = 0.0) -> list[str]:
        """Let people fill a form in; nobody is told."""
        world = self.scene.world
        return [
            world.add_lead(
                form or self.scene.forms[0],
                answers={**ANSWERS, "email": f"p{len(world.leads)}@example.com"},
                created_time=world.now() - ago_s,
            )
            for _ in range(count)
        ]

    async def stored(self) -> set[str]:
        """Return the ids of all leads that are here."""
        return {row["lead_id"] for row in await self.scene.rooms.rows("SELECT lead_id FROM leads")}

    async def open_alerts(self) -> list[str]:
        """Return the kinds of the alerts that stand."""
        return [row["key"].partition(":")[0] for row in await self.scene.rooms.alerts.open()]

    async def watch_app(self) -> None:
        """Look at the app's subscription as soon as it is due."""
        while not isinstance(await self.step(), WatchWork):
            await self.scene.clock.advance(60)

    def calls(self, *routes: str) -> int:
        """Return how many calls of these kinds the Graph API saw."""
        return sum(self.scene.calls(route) for route in routes)


def order(
    page: str | None = None, form: str | None = None, *, since_ms: int = 0, until_ms: int | None = None
) -> BackfillOrder:
    """Return what a person asks for."""
    return BackfillOrder(
        page_id=PageId(page) if page else None,
        form_id=FormId(form) if form else None,
        workspace_id=None,
        window=Window(since_ms=since_ms, until_ms=until_ms),
        requested_by="operator",
    )
