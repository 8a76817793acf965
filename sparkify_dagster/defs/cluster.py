"""Jobs for the Redshift cluster, and a schedule that pauses it at night (off until switched on).

They exist only if the warehouse is Redshift.
"""

from collections.abc import Callable

import dagster as dg

from sparkify_dagster import cluster
from sparkify_dagster.cluster import Watch
from sparkify_dagster.settings import Settings


class DeleteConfig(dg.Config):
    """The cluster's name and the id of its stack, which only users of the AWS account know."""

    confirm_name: str
    confirm_stack_id: str
    final_snapshot: bool = True


def build_cluster_jobs(settings: Settings) -> list[dg.JobDefinition]:
    """Build the jobs pause_cluster, resume_cluster and delete_cluster."""
    if not settings.warehouse.startswith("redshift://"):
        return []
    return [
        _change(settings, "pause_cluster", cluster.pause, "Pause it: compute is free then."),
        _change(settings, "resume_cluster", cluster.resume, "Resume it, and wait for it."),
        _delete(settings),
    ]


def build_cluster_schedules(settings: Settings) -> list[dg.ScheduleDefinition]:
    """Build the schedule that pauses the cluster at night."""
    if not settings.warehouse.startswith("redshift://"):
        return []
    return [
        dg.ScheduleDefinition(
            name="nightly_pause",
            job_name="pause_cluster",
            cron_schedule="0 22 * * *",
            execution_timezone="UTC",
            description="Pauses the cluster at 22:00 UTC; redshift_cluster resumes it.",
        )
    ]


def _change(
    settings: Settings,
    name: str,
    change: Callable[[Settings, Watch], cluster.ClusterState],
    description: str,
) -> dg.JobDefinition:
    @dg.op(name=f"{name}_now", description=description)
    def change_now(context: dg.OpExecutionContext) -> None:
        state = change(settings, Watch(progress=context.log.info))
        context.log.info(f"{state.name} is {state.state}")

    @dg.job(name=name, description=description)
    def change_job() -> None:
        change_now()

    return change_job


def _delete(settings: Settings) -> dg.JobDefinition:
    description = (
        "Delete the stack of this project, and nothing else. Needs the cluster's name and the id "
        "of the stack, as `aws cloudformation describe-stacks` prints it."
    )

    @dg.op(name="delete_cluster_now", description=description)
    def delete_now(context: dg.OpExecutionContext, config: DeleteConfig) -> None:
        cluster.check_stack_id(settings, config.confirm_stack_id)
        removed = cluster.delete(
            settings,
            config.confirm_name,
            final_snapshot=config.final_snapshot,
            watch=Watch(progress=context.log.info),
        )
        for what in removed:
            context.log.info(what)

    @dg.job(name="delete_cluster", description=description)
    def delete_cluster() -> None:
        delete_now()

    return delete_cluster
