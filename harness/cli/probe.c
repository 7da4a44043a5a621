/* probe.c - the command probe: what a target offers, and which tests apply. Nothing is judged. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "report/json.h"
#include "report/print.h"
#include "runner/supervise.h"
#include "suites/suites.h"

/* How many tests apply, and why the others do not. */
struct applicable {
	size_t apply, skipped;
	struct {
		const char *reason;
		size_t count;
	} reasons[16];
	size_t kinds;
};

static void count_skip(struct applicable *a, const char *reason)
{
	size_t k;

	for (k = 0; k < a->kinds && strcmp(a->reasons[k].reason, reason) != 0; k++)
		;
	if (k == sizeof(a->reasons) / sizeof(a->reasons[0]))
		k--;
	if (k == a->kinds)
		a->reasons[a->kinds++].reason = reason;
	a->reasons[k].count++;
	a->skipped++;
}

static void count_tests(struct applicable *a, const bool *chosen, const struct assay_profile *profile,
	const struct assay_probe *probe)
{
	for (const struct assay_suite *const *s = assay_target_suites; *s; chosen += (*s)->count, s++)
		for (size_t i = 0; i < (*s)->count; i++) {
			const char *reason = chosen[i] ? assay_skip_reason(&(*s)->tests[i], profile, probe)
						       : NULL;

			if (reason)
				count_skip(a, reason);
			else
				a->apply += chosen[i];
		}
}

static const char *yes_no(bool value)
{
	return value ? "yes" : "no";
}

static void put_targets(const char *targets)
{
	const char *label = "targets";

	while (*targets) {
		size_t length = strcspn(targets, "\n");
		char line[512];

		snprintf(line, sizeof(line), "%.*s", (int)length, targets);
		printf("%-15s ", label);
		assay_print_clean(stdout, line);
		putchar('\n');
		label = "";
		targets += length + (targets[length] == '\n');
	}
}

static void put_plain(
	const struct assay_probe *p, const struct assay_profile *profile, const struct applicable *a)
{
	printf("%-15s %s\n%-15s ", "target", profile->builtin ? "built-in" : profile->url, "implementation");
	assay_print_clean(stdout, p->vendor);
	putchar(' ');
	assay_print_clean(stdout, p->product);
	putchar(' ');
	assay_print_clean(stdout, p->revision);
	putchar('\n');
	put_targets(p->targets);
	printf("%-15s", "LUNs");
	for (uint32_t i = 0; i < p->lun_count && i < sizeof(p->luns) / sizeof(p->luns[0]); i++)
		printf(" %u", p->luns[i]);
	printf("%s\n%-15s ", p->lun_count ? "" : " none told", "under test");
	if (p->blocks)
		printf("%llu blocks of %u bytes\n", (unsigned long long)p->blocks, p->block_size);
	else
		puts(p->lun_missing ? "there is no such unit" : "its size is not told");
	printf("%-15s header %s, data %s\n", "digests", yes_no(p->header_digest), yes_no(p->data_digest));
	printf("%-15s MaxConnections=%u ErrorRecoveryLevel=%u\n", "session", p->max_connections,
		p->error_recovery_level);
	printf("%-15s %zu apply, %zu do not", "tests", a->apply, a->skipped);
	for (size_t k = 0; k < a->kinds; k++)
		printf("%s%s %zu", k ? ", " : ": ", a->reasons[k].reason, a->reasons[k].count);
	putchar('\n');
}

static void put_json(
	const struct assay_probe *p, const struct assay_profile *profile, const struct applicable *a)
{
	struct assay_json j;

	assay_json_init(&j, stdout, true);
	assay_json_object(&j, NULL);
	assay_json_string(&j, "target", profile->builtin ? "built-in" : profile->url);
	assay_json_string(&j, "vendor", p->vendor);
	assay_json_string(&j, "product", p->product);
	assay_json_string(&j, "revision", p->revision);
	assay_json_string(&j, "targets", p->targets);
	assay_json_array(&j, "luns");
	for (uint32_t i = 0; i < p->lun_count && i < sizeof(p->luns) / sizeof(p->luns[0]); i++)
		assay_json_number(&j, NULL, p->luns[i]);
	assay_json_end(&j);
	assay_json_number(&j, "blocks", p->blocks);
	assay_json_number(&j, "block_size", p->block_size);
	assay_json_bool(&j, "header_digest", p->header_digest);
	assay_json_bool(&j, "data_digest", p->data_digest);
	assay_json_number(&j, "max_connections", p->max_connections);
	assay_json_number(&j, "error_recovery_level", p->error_recovery_level);
	assay_json_number(&j, "tests", a->apply);
	assay_json_object(&j, "skipped");
	for (size_t k = 0; k < a->kinds; k++)
		assay_json_number(&j, a->reasons[k].reason, a->reasons[k].count);
	assay_json_end(&j);
	assay_json_end(&j);
}

/* As `run` has it. */
static int exit_of(int result)
{
	if (assay_stop_signal)
		return 128 + assay_stop_signal;
	return assay_err_is_ours(result) ? ASSAY_EXIT_HARNESS : ASSAY_EXIT_UNREACHABLE;
}

static int probe_and_print(const struct assay_cli *cli, struct assay_profile *profile, const bool *chosen)
{
	static struct assay_probe probe;
	struct applicable a = { 0 };
	struct assay_error err = { 0 };
	int result = assay_probe_target(&probe, profile, UINT64_MAX, &assay_stop_signal, &err);

	if (result || !probe.reachable) {
		assay_complain("%s", err.message[0] ? err.message : probe.why);
		return exit_of(result);
	}
	assay_probe_adopt(profile, &probe);
	count_tests(&a, chosen, profile, &probe);
	(cli->json ? put_json : put_plain)(&probe, profile, &a);
	return ASSAY_EXIT_OK;
}

static int probe_supervised(const struct assay_cli *cli, struct assay_profile *profile, const bool *chosen)
{
	struct assay_supervised *supervised = NULL;
	struct assay_error err = { 0 };
	int result;

	assay_signals_catch();
	if (!profile->exec.command)
		return probe_and_print(cli, profile, chosen);
	result = assay_supervise_start(&supervised, profile, &assay_stop_signal, &err);
	if (result) {
		assay_complain("%s", err.message);
		return result == ASSAY_E_SYNTAX ? ASSAY_EXIT_USAGE : exit_of(result);
	}
	result = probe_and_print(cli, profile, chosen);
	assay_supervise_stop(supervised);
	return result;
}

int assay_cli_probe(struct assay_cli *cli)
{
	struct assay_error err = { 0 };
	struct assay_profile *profile;
	bool *chosen = NULL;
	int result = assay_cli_profile(&profile, cli);

	if (!result) {
		chosen = assay_cli_select(cli, &err);
		result = chosen ? probe_supervised(cli, profile, chosen) : assay_complain_of(&err);
	}
	free(chosen);
	assay_profile_free(profile);
	return result;
}
