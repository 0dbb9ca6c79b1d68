PYTHON ?= python3
VENV := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run tools test check format messages bench chaos screenshots

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

run: ## Set up what is missing, then start the portal (PORT=8000 HOST=127.0.0.1 DEMO=1)
	@$(PYTHON) deploy/up.py

tools: ## Install what tests and checks need
	@$(PYTHON) deploy/up.py --dev

test: tools ## Run the whole suite on every service within reach (ARGS="-k word")
	@$(VENV)/python deploy/test.py $(ARGS)

check: tools ## Style, import contracts, templates, migrations, deployment settings, texts
	@$(VENV)/python deploy/check.py

format: tools ## Rewrite code and templates in the house style
	@$(VENV)/ruff check --fix --quiet .
	@$(VENV)/ruff format --quiet .
	@find templates -name '*.html' -exec $(VENV)/djade --target-version 5.2 {} +

messages: tools ## Take new texts into the English catalog, say how many lack a translation
	@$(VENV)/python deploy/messages.py update

bench: tools ## Measure pages against their limits, into var/bench.json
	@$(VENV)/python deploy/bench/run.py $(ARGS)

chaos: tools ## Break a portal of real processes on purpose, count what is lost (ARGS="--short")
	@$(VENV)/python -m deploy.chaos $(ARGS)

screenshots: tools ## Take the main pages at 1440 px and 390 px, into var/screenshots
	@$(VENV)/python deploy/screenshots.py $(ARGS)
