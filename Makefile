# SPDX-License-Identifier: ISC
#
# make          the program and the libraries into .build/ (no root, no network)
# make deps     install what building and running needs, from Debian
# make test     everything that must pass; installs what it needs first
# make demo     the main job on real records; installs what it needs first
# make install  into PREFIX (and DESTDIR); make bench, fuzz, soak: longer campaigns
#
# Rooms: schema <- store <- sync <- cli. Each room is compiled with the include
# paths of itself and the rooms beneath, and its tests are linked with the
# objects of the same; the program sees the installed headers only.

B       := .build
V       ?= plain
O       := $(B)/$(V)
ifeq ($(origin CC),default)
CC      := gcc
endif

PREFIX  ?= /usr/local
VERSION := 0.1.0

SAY     := @$(if $(findstring s,$(firstword -$(MAKEFLAGS))),:,echo)
PKGS    := libgit2 zlib msgpack libsodium libzstd sqlite3 yajl libcurl libarchive libqrencode
WARN    := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
           -Wwrite-strings -Wvla -Wformat=2 -Wundef -Wno-missing-field-initializers -Werror
OPT.plain := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong
# what an import spends most of its own time in
OPT.plain.schema := -O3
OPT.asan  := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -DAC_FAULTS
OPT.test  := -O2 -g -DAC_FAULTS
OPT.clang := -O1 -g
OPT     := $(OPT.$(V))
CFLAGS  += -std=c17 -D_GNU_SOURCE -fPIC -fno-semantic-interposition -DAC_VERSION='"$(VERSION)"' $(WARN) $(OPT)
LDFLAGS += $(filter -fsanitize%,$(OPT)) -Wl,-z,relro,-z,now

ROOMS   := schema store sync cli
SRC     := $(foreach r,$(ROOMS),$(wildcard $(r)/*.c))
obj      = $(patsubst %.c,$(O)/%.o,$(wildcard $(1)/*.c))
LIBOBJ  := $(call obj,schema) $(call obj,store) $(call obj,sync)
CLIOBJ  := $(call obj,cli)
TESTS   := $(foreach r,schema store sync,$(patsubst tests/$(r)/%.c,$(O)/tests/$(r)/%,$(wildcard tests/$(r)/test_*.c)))
# What is said in other languages; the program finds it in ../share/locale beside its folder.
LANGS   := $(patsubst cli/po/%/,%,$(wildcard cli/po/*/))
CATALOG := $(LANGS:%=$(B)/share/locale/%/LC_MESSAGES/aftercare.mo)
HEADERS := $(wildcard $(foreach r,schema store sync,$(r)/$(r).h))

# What each room may include: .build/inc/ROOM holds links to the rooms it sees.
SEES.schema := schema
SEES.store  := schema store
SEES.sync   := schema store sync
# What each room may link with.
LIBS.schema := -lmsgpackc -lyajl
LIBS.store  := $(LIBS.schema) -lgit2 -lz -lsodium -lzstd -lsqlite3 -larchive -lm
LIBS.sync   := $(LIBS.store) -lcurl
LIBS.cli    := $(LIBS.sync) -lqrencode

.PHONY: all deps test-deps test demo bench fuzz soak install clean check-deps unit lint
.SECONDARY:
.DELETE_ON_ERROR:

all: check-deps $(B)/aftercare $(B)/libaftercare.a $(B)/libaftercare.so $(CATALOG)

check-deps:
	@miss=; for t in $(firstword $(CC)) pkg-config msgcat msgfmt; do command -v $$t >/dev/null || miss="$$miss $$t"; done; \
	 for p in $(PKGS); do pkg-config --exists $$p 2>/dev/null || miss="$$miss $$p"; done; \
	 if [ -n "$$miss" ]; then echo "missing:$$miss. Install what building needs with: make deps" >&2; exit 1; fi

deps:
	@sh tests/deps.sh build
test-deps:
	@sh tests/deps.sh test

# ------------------------------------------------------------ compiling
# The links are relative: the folder may have any name, and may be moved.
$(B)/inc/.done: Makefile | check-deps
	@rm -rf $(B)/inc; mkdir -p $(foreach r,schema store sync,$(B)/inc/$(r)) $(B)/inc/cli/aftercare
	@$(foreach r,schema store sync,$(foreach s,$(SEES.$(r)),ln -s ../../../$(s) $(B)/inc/$(r)/$(s);))
	@$(foreach r,schema store sync,ln -s ../../../../$(r)/$(r).h $(B)/inc/cli/aftercare/$(r).h;)
	@touch $@

define room_rules
$(O)/$(1)/%.o: $(1)/%.c $(B)/inc/.done
	@mkdir -p $$(@D)
	$(SAY) "  CC $$<"
	@$(CC) $(CFLAGS) $(OPT.$(V).$(1)) -I$(B)/inc/$(1) $(if $(filter cli,$(1)),-Icli) -MMD -MP -c -o $$@ $$<
endef
$(foreach r,$(ROOMS),$(eval $(call room_rules,$(r))))
# it holds these files
$(O)/schema/plan_data.o: $(wildcard schema/templates/*.json)

$(O)/libaftercare.a: $(LIBOBJ)
	@rm -f $@; $(AR) rcs $@ $^
$(O)/libaftercare.so: $(LIBOBJ)
	@$(CC) -shared -Wl,-soname,libaftercare.so.0 $(LDFLAGS) -o $@ $^ $(LIBS.sync)
$(O)/aftercare: $(CLIOBJ) $(O)/libaftercare.a
	@$(CC) $(LDFLAGS) -o $@ $(CLIOBJ) $(O)/libaftercare.a $(LIBS.cli)
$(B)/aftercare $(B)/libaftercare.a $(B)/libaftercare.so: $(B)/%: $(O)/%
	@ln -sf $(patsubst $(B)/%,%,$<) $@

# A wrong place in a pattern ends the build.
define lang_rules
$(B)/share/locale/$(1)/LC_MESSAGES/aftercare.mo: $(wildcard cli/po/$(1)/*.po) | check-deps
	@mkdir -p $$(@D)
	$(SAY) "  PO $(1)"
	@msgcat --use-first $$^ | msgfmt --check-format --check-domain -o $$@ -
endef
$(foreach l,$(LANGS),$(eval $(call lang_rules,$(l))))

# ------------------------------------------------------------ unit tests
define test_rules
$(O)/tests/$(1)/%.o: tests/$(1)/%.c $(B)/inc/.done
	@mkdir -p $$(@D)
	$(SAY) "  CC $$<"
	@$(CC) $(CFLAGS) -I$(B)/inc/$(1) -Itests -MMD -MP -c -o $$@ $$<
$(O)/tests/$(1)/%: $(O)/tests/$(1)/%.o $(foreach s,$(SEES.$(1)),$(call obj,$(s)))
	@$(CC) $(LDFLAGS) -o $$@ $$^ $(LIBS.$(1)) -lcmocka
endef
$(foreach r,schema store sync,$(eval $(call test_rules,$(r))))

unit: $(TESTS)
	@printf '%s\n' $(TESTS) | xargs -P 2 -n 1 sh tests/run.sh $(V)

# ------------------------------------------------------------ everything
.PHONY: program suite scripts
program: $(O)/aftercare $(CATALOG)
suite: $(TESTS) $(O)/aftercare $(O)/libaftercare.so

# The scripts run the program; the test build derives keys quickly and can be told to fail.
scripts:
	@$(MAKE) -s V=test program
	@printf '%s\n' $(SCRIPTS) | AFTERCARE="$$PWD/$(B)/test/aftercare" AFTERCARE_QUICK_KDF=1 \
	 xargs -P 2 -n 1 sh tests/run.sh script
# Two at a time, the longest first: most of them wait as much as they work.
SCRIPTS := $(wildcard tests/hostile_hub.py tests/trouble_test.py tests/members.py tests/demo_faults_test.sh) \
           $(filter-out tests/trouble_test.py tests/demo_faults_test.sh,$(wildcard tests/*_test.py tests/*_test.sh)) \
           $(wildcard tests/cli/*.sh tests/concurrency.py) tests/sync/age_interop.sh

test: test-deps
	@rm -f $(B)/tally
	@sh tests/all.sh

fuzz:
	@sh tests/fuzz.sh $(or $(SECONDS),600)

lint:
	@sh tests/lint.sh

install: all
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/lib/pkgconfig" "$(DESTDIR)$(PREFIX)/include/aftercare" \
	 "$(DESTDIR)$(PREFIX)/share/man/man1" "$(DESTDIR)$(PREFIX)/share/bash-completion/completions" \
	 "$(DESTDIR)$(PREFIX)/share/zsh/site-functions" "$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d"
	install -m 755 $(B)/plain/aftercare "$(DESTDIR)$(PREFIX)/bin/aftercare"
	install -m 644 $(B)/plain/libaftercare.a "$(DESTDIR)$(PREFIX)/lib/"
	install -m 755 $(B)/plain/libaftercare.so "$(DESTDIR)$(PREFIX)/lib/libaftercare.so.0"
	ln -sf libaftercare.so.0 "$(DESTDIR)$(PREFIX)/lib/libaftercare.so"
	install -m 644 $(HEADERS) "$(DESTDIR)$(PREFIX)/include/aftercare/"
	install -m 644 cli/aftercare.1 "$(DESTDIR)$(PREFIX)/share/man/man1/"
	install -m 644 cli/completion/aftercare.bash "$(DESTDIR)$(PREFIX)/share/bash-completion/completions/aftercare"
	install -m 644 cli/completion/_aftercare "$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_aftercare"
	install -m 644 cli/completion/aftercare.fish "$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/"
	for l in $(LANGS); do install -D -m 644 $(B)/share/locale/$$l/LC_MESSAGES/aftercare.mo \
	 "$(DESTDIR)$(PREFIX)/share/locale/$$l/LC_MESSAGES/aftercare.mo"; done
	@printf 'prefix=%s\nlibdir=$${prefix}/lib\nincludedir=$${prefix}/include\n\nName: aftercare\nDescription: medical records in an encrypted store on one'"'"'s own devices\nVersion: %s\nLibs: -L$${libdir} -laftercare\nLibs.private: %s\nCflags: -I$${includedir}\n' \
	 '$(PREFIX)' '$(VERSION)' '$(LIBS.sync)' > "$(DESTDIR)$(PREFIX)/lib/pkgconfig/aftercare.pc"

clean:
	rm -rf $(B)

-include $(shell find $(O) -name '*.d' 2>/dev/null)

# ------------------------------------------------------------ the demo, the benchmarks
demo:
	@sh tests/deps.sh demo
	@$(MAKE) -s --no-print-directory
	@sh tests/demo.sh $(RECORDS)

bench: all
	@sh tests/deps.sh demo
	@python3 tests/bench/bench.py $(SIZES)
	@python3 tests/bench/bytes.py
	@python3 tests/bench/long.py

# Long: millions of histories for the properties of the view, some thousand kills inside a
# sync, also through servers, and the demo on every bundle there is.
soak:
	@sh tests/deps.sh test
	@$(MAKE) -s --no-print-directory $(B)/plain/tests/schema/test_view_properties
	@AC_CASES=$(or $(VIEWS),3000000) AC_SEED=1000000 $(B)/plain/tests/schema/test_view_properties
	@$(MAKE) -s --no-print-directory V=test program
	@for hub in https ssh; do AFTERCARE="$$PWD/$(B)/test/aftercare" AFTERCARE_QUICK_KDF=1 \
	 python3 tests/concurrency.py --hub $$hub 10 $(or $(SERVER_KILLS),300) $(or $(SERVER_WRITES),1000) \
	 $(or $(SECONDS),7200) || exit 1; done
	@AFTERCARE="$$PWD/$(B)/test/aftercare" AFTERCARE_QUICK_KDF=1 python3 tests/concurrency.py 10 \
	 $(or $(KILLS),3000) $(or $(WRITES),10000) $(or $(SECONDS),7200)
	@AFTERCARE="$$PWD/$(B)/test/aftercare" AFTERCARE_QUICK_KDF=1 sh tests/demo_bundles.sh
