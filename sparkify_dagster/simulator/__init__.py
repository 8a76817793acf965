"""A source to try the pipeline on: event logs and songs in the real data's shape, from a seed."""

from sparkify_dagster.simulator.faults import Spoiled, spoil
from sparkify_dagster.simulator.simulation import SimulatedSource, Simulation, simulate

__all__ = ["SimulatedSource", "Simulation", "Spoiled", "simulate", "spoil"]
