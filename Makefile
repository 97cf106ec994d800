# Postroom's commands for developers. "make" alone lists them.

GO ?= go
DEMO_FLAGS ?=
FILING_DOCUMENTS ?= 500
FUZZTIME ?= 10s
TEST_FLAGS ?=
TORTURE_FLAGS ?=
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK = golang.org/x/vuln/cmd/govulncheck@v1.9.0

version = $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

# The folder testdata holds packages too, which "./..." passes by.
packages = ./... $(sort $(patsubst %/,./%,$(dir $(shell find testdata -name '*.go'))))

# Reading faxes is C, in ocr/internal/tesseract alone; the rest is checked for
# data races, which the reader is too slow for.
race_packages = $(filter-out %/ocr %/ocr/internal/tesseract %/cmd/postroom,$(shell $(GO) list $(packages)))

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: build ## build Postroom and show it at work on the sample inbox (DEMO_FLAGS=--once ends after the summary)
	bin/postroom demo $(DEMO_FLAGS)

.PHONY: build
build: setup-build ## build bin/postroom
	CGO_ENABLED=1 $(GO) build -ldflags '-X main.version=$(version)' -o bin/postroom ./cmd/postroom

.PHONY: test
test: setup-test format vet nocgo build ## everything that must hold before a commit: format, vet, and all tests against real servers
	$(GO) run ./scripts/testsummary -timeout 25m $(TEST_FLAGS) $(packages)

.PHONY: check
check: test tidy staticcheck race models $(if $(OFFLINE),,vulnerabilities) ## the same, and the slower checks: staticcheck, data races, known vulnerabilities (OFFLINE=1 leaves those out)

.PHONY: models
models: ## train the models that the program ships from their sources, and see that the same bytes come out
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && \
	$(GO) run ./classify/internal/train -o "$$dir/model.bin" -roles "$$dir/roles.bin" -items "$$dir/items.bin" -urgency "$$dir/urgency.bin" && \
	cmp "$$dir/model.bin" classify/model.bin && cmp "$$dir/roles.bin" classify/roles.bin && cmp "$$dir/items.bin" classify/items.bin && cmp "$$dir/urgency.bin" classify/urgency.bin && \
	echo "the models come out of their sources, byte for byte"

.PHONY: bench
bench: ## measure speed and accuracy beside the programs that a user would pick instead
	scripts/setup bench
	scripts/bench

.PHONY: fuzz
fuzz: setup-test ## run every fuzz target for a moment (FUZZTIME=10s)
	scripts/fuzz $(FUZZTIME)

.PHONY: torture
torture: setup-test ## kill, cut and starve everything at random, and account for every page after it (TORTURE_FLAGS=-torture.seed=N runs one again)
	$(GO) test ./cmd/postroom -run '^TestTorture$$' -v -timeout 3h -torture.messages=2000 -torture.faults=500 $(TORTURE_FLAGS)

.PHONY: pictures
pictures: setup-test ## take the pictures of the review desk in the README and docs anew, in Chromium
	$(GO) test ./review/browser -run '^TestPictures$$' -count=1 -v -args -pictures '$(CURDIR)/docs/images'

.PHONY: filing
filing: setup-test ## file 500 documents and hold every bundle, PDF and original against programs of others (FILING_DOCUMENTS=N)
	$(GO) test ./cmd/postroom -run '^TestFilingRun$$' -v -timeout 3h -filing.documents=$(FILING_DOCUMENTS)

.PHONY: minio
minio: ## run the object store's tests against MinIO too: server-side encryption, conditions on multipart uploads (it is built first, which takes minutes)
	scripts/setup minio
	$(GO) test ./store -tags minio -run '^TestMinIO$$' -v -timeout 30m

.PHONY: upgrade
upgrade: setup-test ## let the program of an earlier version, OLD=path, work beside this one, drain and be followed by it
	$(GO) test ./cmd/postroom -tags upgrade -run '^TestUpgradeWhileOldOnesDrain$$' -v -timeout 30m -upgrade.old=$(abspath $(OLD))

.PHONY: clean
clean: ## remove what was built
	rm -rf bin .cache review/assets/nhsuk

# The steps of the targets above.
.PHONY: setup-build setup-test format vet nocgo tidy staticcheck race vulnerabilities

setup-build:
	@scripts/setup build

setup-test:
	@scripts/setup test

format:
	@unformatted=$$(gofmt -l $$(find . -name '*.go' -not -path './.cache/*')); \
	if [ -n "$$unformatted" ]; then echo "not formatted; run gofmt -w on:"; echo "$$unformatted"; exit 1; fi

vet:
	$(GO) vet $(packages)

# Without C there is no reader, but all else must build and say so.
nocgo:
	CGO_ENABLED=0 $(GO) vet $(packages)

tidy:
	$(GO) mod tidy -diff

staticcheck:
	$(GO) run $(STATICCHECK) $(packages)

race:
	$(GO) run ./scripts/testsummary -race -timeout 25m $(race_packages)

vulnerabilities:
	$(GO) run $(GOVULNCHECK) ./...
