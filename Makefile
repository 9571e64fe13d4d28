# Run `make` to see what it can do.
VENV   := .venv
PYTHON ?= $(if $(wildcard $(VENV)/bin/python),$(VENV)/bin/python,python3)
ARGS   ?=
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help run test fuzz fuzz-api crash test-dash-versions fmt lint types bench bench-dash bench-hardware bench-web
.PHONY: docs screenshots clean
.PHONY: image image-plan image-tools
.PHONY: hil-virtual hil
.PHONY: installed installed-dev installed-bench

help: ## Show this
	@echo "Vizy: make TARGET [ARGS=...] [PYTHON=python3.13]"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

run: installed ## Start Vizy; ARGS go to `vizy run`, as in ARGS="--port 9000"
	@exec $(BIN)/vizy run $(ARGS)

test: installed-dev ## Run every test, style and types included; ARGS go to pytest
	@tools/need systemd command -v systemd-analyze
	@tools/need chromium command -v chromium
	@tools/need libatomic1 $(BIN)/playwright --version # the node in Playwright is linked with it
	@tools/need shellcheck command -v shellcheck
	@tools/need fakeroot command -v fakeroot
	@$(BIN)/python -m pytest -n 2 $(ARGS)

image-test: image ## Boot the image in QEMU and look at it from outside, ARCH=arm64 or amd64
	@tools/need $(if $(filter amd64,$(ARCH)),qemu-system-x86,qemu-system-arm) \
		command -v qemu-system-$(if $(filter amd64,$(ARCH)),x86_64,aarch64)
	@tools/need mtools command -v mcopy
	@tools/need fdisk command -v sfdisk
	@tools/need openssh-client command -v ssh
	@VIZY_IMAGE_ARCH=$(or $(ARCH),arm64) $(BIN)/python -m pytest tests/image -v --timeout=1800 $(ARGS)

fuzz: installed-dev ## Send nonsense to dash_devices for SECONDS=600, EXAMPLES=200 a round
	@end=$$(( $$(date +%s) + $(or $(SECONDS),600) )); \
	while [ $$(date +%s) -lt $$end ]; do \
		seed=$$(( $$(date +%s) )); echo "fuzz: round with --hypothesis-seed=$$seed"; \
		FUZZ_EXAMPLES=$(or $(EXAMPLES),200) $(BIN)/python -m pytest tests/dash_devices/test_fuzz.py \
			-q -s --show-capture=no --hypothesis-seed=$$seed $(ARGS) || exit 1; \
	done

fuzz-api: installed-dev ## Send what its description allows and forbids to the API, EXAMPLES=200 of each
	@FUZZ_EXAMPLES=$(or $(EXAMPLES),200) $(BIN)/python -m pytest tests/web/api/test_fuzz.py -q \
		--show-capture=no --timeout=600 $(ARGS)

test-dash-versions: ## Test dash_devices with several versions of Dash; VERSIONS="4.2.0 4.4.1" picks
	@tools/need chromium command -v chromium
	@tools/dash-versions $(PYTHON) $(VERSIONS)

crash: installed-dev ## Kill the daemon KILLS=1000 times in the midst of its work, and look at what is left
	@$(BIN)/python -m tests.system.crash $(or $(KILLS),1000)

hil-virtual: ## Test the camera with the real picamera2 in a Debian 13 chroot; needs root
	@tools/hil-virtual $(ARGS)

hil: ## Test the camera on a Raspberry Pi over ssh, as in HOST=vizy.local
	@tools/hil "$(HOST)" $(ARGS)

fmt: installed-dev ## Format the code and repair what can be repaired
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

lint: installed-dev ## Check style and that each layer imports only what it may
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports

types: installed-dev ## Check types, strictly
	@PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright --pythonpath $(BIN)/python $(ARGS)

bench: bench-dash bench-hardware bench-web ## Run every benchmark

bench-dash: installed-bench ## Compare with peers; ONLY=fanout,wire picks, DRAGS=1000 drags more
	@tools/need chromium command -v chromium
	@tools/need libatomic1 $(BIN)/playwright --version
	@$(BIN)/python -m benchmarks.compare $(if $(ONLY),--only $(ONLY)) $(if $(DRAGS),--drags $(DRAGS))

bench-hardware: installed-dev ## Compare the daemon with plain programs; ONLY=raw,still, MINUTES=30
	@$(BIN)/python -m benchmarks.hardware $(if $(ONLY),--only $(ONLY)) $(if $(MINUTES),--minutes $(MINUTES))

bench-web: installed-dev ## Compare the web process with plain programs; ONLY=latency,viewer,visit
	@tools/need chromium command -v chromium
	@tools/need libatomic1 $(BIN)/playwright --version
	@$(BIN)/python -m benchmarks.web $(if $(ONLY),--only $(ONLY))

docs: installed-dev ## Write the API reference of dash_devices anew, from its docstrings
	@$(BIN)/python -m tools.api_reference

screenshots: installed-dev ## Take the pictures of every page that the documentation shows
	@tools/need chromium command -v chromium
	@tools/need libatomic1 $(BIN)/playwright --version
	@$(BIN)/python -m tools.screenshots

image: installed-dev image-tools ## Build the SD card's image, as in PROFILE=debian ARCH=amd64; needs root
	@$(BIN)/python image-build/build.py image $(or $(PROFILE),debian) --arch $(or $(ARCH),arm64) $(ARGS)

deb: installed-dev image-tools ## Build the package for Debian 13 and Raspberry Pi OS, as in ARCH=amd64; needs root
	@$(BIN)/python image-build/build.py deb --arch $(or $(ARCH),arm64)

locks: installed-dev ## Choose the packages of Python for a device anew: image-build/locks
	@tools/lock $(BIN)

image-plan: installed-dev ## Tell what `make image` would do, as in PROFILE=raspios
	@$(BIN)/python image-build/build.py image $(or $(PROFILE),debian) --arch $(or $(ARCH),arm64) --plan $(ARGS)

image-tools:
	@tools/need mmdebstrap command -v mmdebstrap
	@tools/need genimage command -v genimage
	@tools/need mtools command -v mcopy
	@tools/need openssh-client command -v ssh
	@tools/need dosfstools test -x /usr/sbin/mkdosfs
	@tools/need zstd command -v zstd
	@tools/need arch-test command -v arch-test
	@tools/need qemu-user-static command -v qemu-aarch64-static
	@tools/need binfmt-support test -x /usr/sbin/update-binfmts

clean: ## Remove the virtual environments and every cache
	rm -rf $(VENV) .venv-dash build dist *.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Both create the environment where there is none and do nothing where it is up to date.
installed:
	@tools/venv $(PYTHON) $(VENV) .

installed-dev:
	@tools/venv $(PYTHON) $(VENV) '.[dev]'

# The peers are wanted by benchmarks only, so they come on top of what the others need.
installed-bench: installed-dev
	@[ $(VENV)/.installed-bench -nt pyproject.toml ] || { echo "vizy: installing the benchmarks' peers" && \
		$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[bench]' && \
		touch $(VENV)/.installed-bench; }
