"""Loading: what is to be done, and each piece of it in one transaction.

Knows the lake, the warehouse and the contract, and nothing of Dagster.
"""
