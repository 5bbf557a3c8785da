"""Ads: one by id, and those of an ad account. Only who has a role on the account sees them.

https://developers.facebook.com/docs/marketing-api/reference/adgroup and …/reference/ad-account/ads
"""

import json

from adapters.sandbox.graph.call import Call, Graph, Json
from adapters.sandbox.graph.fields import Reader, parse_fields, select
from adapters.sandbox.graph.leads import graph_time
from adapters.sandbox.graph.paging import listing
from adapters.sandbox.graph.tokens import check_call
from adapters.sandbox.graph_errors import GraphError
from adapters.sandbox.objects import Ad


def read_ad(graph: Graph, call: Call) -> Json:
    """`GET /{ad}`; without the permission or the role it is as if there were none."""
    if not _may_see(graph, call):
        raise GraphError("object_not_visible", id=call.path[0])
    return _show(graph.world.ads[call.path[0]], call)


def list_ads(graph: Graph, call: Call) -> Json:
    """`GET /act_{account}/ads`, narrowed by `effective_status`."""
    if not _may_see(graph, call):
        raise GraphError("requires_permission", permission="ads_management")
    account_id = call.path[0].removeprefix("act_")
    try:
        wanted = json.loads(call.params.get("effective_status", "[]"))
    except ValueError as e:
        raise GraphError("invalid_parameter", parameter="effective_status") from e
    ads = [
        ad
        for ad in graph.world.ads.values()
        if ad.account_id == account_id and (not wanted or ad.effective_status in wanted)
    ]
    return listing(graph, call, ads, key=lambda ad: ad.id, show=lambda ad: _show(ad, call))


def _may_see(graph: Graph, call: Call) -> bool:
    caller = check_call(graph, call)
    person = graph.world.people.get(caller.token.person_id)
    return (
        person is not None
        and person.ad_account_role
        and not {"ads_management", "ads_read"}.isdisjoint(caller.scopes)
    )


def _show(ad: Ad, call: Call) -> Json:
    adset: Json = {"id": f"{ad.id}1", "promoted_object": {"page_id": ad.page_id}}
    if ad.end_time:
        adset["end_time"] = graph_time(ad.end_time)
    readers: dict[str, Reader] = {
        "effective_status": lambda: ad.effective_status,
        "status": lambda: ad.status,
        "account_id": lambda: ad.account_id,
        "adset": lambda: adset,
    }
    return {**select(parse_fields(call.params.get("fields", "")), readers), "id": ad.id}
