"""Loading: what is to be done, and each piece of it in one transaction (DESIGN section 3).

Knows the lake, the warehouse and the contract, and nothing of Dagster.
"""
