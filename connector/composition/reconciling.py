"""Joining what reads every form again, for the daemon and for the command line."""

from collections.abc import Callable

from adapters.facebook.client import GraphClient
from adapters.facebook.consent import FacebookConsent
from adapters.facebook.form_leads import BudgetObserver, FacebookForms
from adapters.facebook.subscriptions import AppSubscriptions
from connector.composition.chance import Chance
from connector.config import Settings
from connector.pipelines.means import Means
from connector.pipelines.reconcile import Reconcile
from connector.pipelines.watching import SubscriptionWatch
from state.engine import Engine
from state.reconcile.reconciling import SqlReconciling
from state.vault import Vault

WEBHOOK = "/webhooks/facebook"


def reconcile_pipeline(
    settings: Settings,
    engine: Engine,
    vault: Vault,
    graph: GraphClient,
    means: Means,
    chance: Chance,
    budget: BudgetObserver | None = None,
    followers: list[Callable[[Settings], None]] | None = None,
) -> Reconcile:
    """Return the pipeline; nothing is claimed yet. Where settings may change, it joins the `followers`."""
    clock = means.clock
    watch = SubscriptionWatch(
        AppSubscriptions(graph),
        callback_url=f"{settings.server.public_url.rstrip('/')}{WEBHOOK}",
        verify_token=settings.facebook.verify_token.get_secret_value(),
    )
    if followers is not None:
        followers.append(lambda fresh: watch.expect(fresh.facebook.verify_token.get_secret_value()))
    return Reconcile(
        SqlReconciling(engine, clock, vault, chance.new_id),
        FacebookForms(graph, budget),
        FacebookConsent(graph, clock),
        watch,
        means,
        every_s=settings.facebook.reconcile_minutes * 60,
    )
