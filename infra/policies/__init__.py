"""What must hold for every environment, as plain functions over the declared resources.

A policy yields one sentence per violation. It knows types, inputs and outputs of resources and
nothing of the program, so it judges any program's resources.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from infra.policies import access, data, limits, operations, people, quicksight, workflows
from infra.policies.resource import Resource

Policy = Callable[[Sequence[Resource]], Iterator[str]]

POLICIES: Mapping[str, Policy] = {
    policy.__name__: policy
    for policy in (
        access.buckets_are_private,
        access.everything_demands_tls,
        access.addresses_speak_modern_tls,
        access.nobody_is_everybody,
        access.roles_trust_one_service,
        access.roles_name_their_actions,
        access.roles_name_their_resources,
        access.wildcards_are_listed,
        access.alarms_and_publishers_may_use_the_topic_key,
        people.people_are_let_in_by_administrators,
        people.people_get_the_role_of_their_group,
        people.roles_of_people_trust_one_pool,
        quicksight.quicksight_asks_as_its_role,
        quicksight.quicksight_is_shared_by_name,
        data.everything_is_encrypted,
        data.buckets_keep_versions_and_clean_up,
        data.tables_are_recoverable,
        data.queries_are_limited,
        data.queried_files_are_where_the_catalog_says,
        limits.grants_fit_into_their_roles,
        limits.environments_fit_into_their_functions,
        limits.alarms_look_back_a_day_at_most,
        operations.logs_expire,
        operations.functions_run_as_measured,
        operations.functions_change_with_their_code,
        operations.alarms_reach_the_topic,
        operations.streams_never_stand_still,
        operations.everything_is_tagged,
        operations.names_are_left_to_pulumi,
        operations.nothing_is_missing,
        workflows.machines_log_and_trace,
        workflows.failed_wake_ups_are_parked,
        workflows.undelivered_events_are_parked,
        workflows.definitions_are_complete,
        workflows.failures_are_parked,
        workflows.functions_end_before_their_tasks,
        workflows.express_executions_end_in_time,
    )
}


def violations(resources: Sequence[Resource]) -> list[str]:
    """Everything that is wrong, each with the policy's name."""
    return [
        f"{name}: {problem}" for name, policy in POLICIES.items() for problem in policy(resources)
    ]
