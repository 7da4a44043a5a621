/* peer.c - from the command line to what the runner is told: which target, how it is reached, and the line that runs it again. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "codec/name.h"
#include "suites/suites.h"
#include "target/target.h"

#define BUILTIN_URL  "iscsi://127.0.0.1:{port}/" ASSAY_DEFAULT_NAME "/1"
#define BUILTIN_EXEC "{self} target --listen 127.0.0.1:{port}"
#define DEADLINE_MS  10000 /* for one test, when nothing is said */

/* Where a URL's secret is left out, the line that runs it again has to get it from somewhere. */
#define SECRET_PLACE "LIBISCSI_CHAP_PASSWORD"

static bool url_has_secret(const char *url)
{
	const char *at = url ? strchr(url, '@') : NULL;

	return at && memchr(url, '%', (size_t)(at - url));
}

static int take_account(struct assay_profile *p, struct assay_cli *cli)
{
	struct assay_chap_account *account = &p->setup.chap_account;

	if (cli->user)
		account->name = cli->user;
	if (cli->secret_file || cli->secret_env) {
		if (!account->name)
			return assay_complain("a secret needs a name: --user, or iscsi://user@host…");
		if (!p->setup.chap_target)
			p->setup.chap_target = p->setup.target_name;
		account->secret = cli->secret;
		return assay_cli_secret(cli->secret, cli->secret_file, cli->secret_env);
	}
	if (account->name && !account->secret)
		return assay_complain(
			"user '%.100s' needs a secret: --secret-file or --secret-env", account->name);
	return 0;
}

static int take_second_portal(struct assay_profile *p, const struct assay_cli *cli)
{
	struct assay_error err = { 0 };

	if (cli->second_portal && assay_profile_take_second_portal(p, cli->second_portal, &err) < 0)
		return assay_complain("--second-portal: bad value %s", err.message);
	return 0;
}

static int take_name(struct assay_profile *p, const struct assay_cli *cli)
{
	struct assay_error err = { 0 };

	if (!cli->initiator_name)
		return 0;
	if (assay_name_check(cli->initiator_name, strlen(cli->initiator_name), &err) < 0)
		return assay_complain(
			"--initiator-name: bad value '%.200s': %s", cli->initiator_name, err.message);
	snprintf(p->initiator_name, sizeof(p->initiator_name), "%s", cli->initiator_name);
	return 0;
}

/* What the options change in a profile. */
static int adjust(struct assay_profile *p, struct assay_cli *cli)
{
	struct assay_error err = { 0 };
	int result = take_account(p, cli);

	if (cli->exec_shown)
		assay_profile_redact(p, cli->exec_shown);
	if (!result && cli->exec && assay_profile_take_exec(p, cli->exec, &err) < 0)
		result = assay_complain("--exec: %s", err.message);
	if (!result)
		result = take_second_portal(p, cli);
	if (!result && assay_profile_check_places(p, &err) < 0)
		result = assay_complain("%s: --exec", err.message);
	if (!result)
		result = take_name(p, cli);
	if (cli->write_lun != UINT64_MAX) {
		p->setup.write_lun_given = true;
		p->setup.write_lun = (uint32_t)cli->write_lun;
	}
	if (cli->second_lun != UINT64_MAX) {
		p->setup.second_lun_given = true;
		p->setup.second_lun = (uint32_t)cli->second_lun;
	}
	if (cli->timing_factor > 0)
		p->setup.timing_factor = cli->timing_factor;
	p->setup.disruptive |= cli->disruptive;
	p->follow_portals |= cli->follow_portals;
	return result;
}

/* The built-in target is what it is: an option that describes another one was meant for that. */
static int check_builtin(const struct assay_cli *cli)
{
	const char *option = cli->user                       ? "user"
			     : cli->secret_file              ? "secret-file"
			     : cli->secret_env               ? "secret-env"
			     : cli->write_lun != UINT64_MAX  ? "write-lun"
			     : cli->second_lun != UINT64_MAX ? "second-lun"
			     : cli->second_portal            ? "second-portal"
							     : NULL;

	if (cli->url || cli->profile || !option)
		return 0;
	return assay_complain("--%s describes a target: -t URL or --profile names it", option);
}

int assay_cli_profile(struct assay_profile **out, struct assay_cli *cli)
{
	struct assay_error err = { 0 };
	int result;

	*out = NULL;
	if (cli->url && cli->profile)
		return assay_complain("-t and --profile: only one of them names the target");
	result = check_builtin(cli);
	if (result)
		return result;
	if (cli->exec && !cli->url)
		return assay_complain("--exec needs -t URL: where the target is once it runs, {port} for the "
				      "port that it was given");
	if (cli->url)
		result = assay_profile_from_url(out, cli->url, &err);
	else if (cli->profile)
		result = assay_profile_read(out, cli->profile, &err);
	else
		result = assay_profile_builtin(out, &err);
	if (result)
		return assay_complain_of(&err);
	return adjust(*out, cli);
}

int assay_cli_profile_served(struct assay_profile **out, struct assay_cli *cli)
{
	struct assay_profile *as_run;
	struct assay_setup *setup;
	int result;

	if (cli->url || cli->profile)
		return assay_cli_profile(out, cli);
	result = assay_cli_profile(&as_run, cli);
	if (result)
		return result;
	cli->url = BUILTIN_URL;
	cli->exec = BUILTIN_EXEC;
	result = assay_cli_profile(out, cli);
	cli->url = cli->exec = NULL;
	if (!result) {
		setup = &(*out)->setup;
		setup->write_lun_given = true;
		setup->write_lun = as_run->setup.write_lun;
		setup->disruptive = true;
		setup->chap_target = as_run->setup.chap_target;
		setup->chap_account = as_run->setup.chap_account;
		setup->mutual_target = as_run->setup.mutual_target;
		setup->mutual_account = as_run->setup.mutual_account;
		setup->mutual_target_account = as_run->setup.mutual_target_account;
	}
	assay_profile_free(as_run);
	return result;
}

static void put_word(FILE *out, const char *word)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=./:@,+{}%";

	putc(' ', out);
	if (*word && word[strspn(word, plain)] == 0) {
		fputs(word, out);
		return;
	}
	putc('\'', out);
	for (; *word; word++) {
		if (*word == '\'')
			fputs("'\\''", out);
		else if ((unsigned char)*word < ' ' || (unsigned char)*word > '~')
			fprintf(out, "'$'\\x%02x''", (unsigned char)*word);
		else
			putc(*word, out);
	}
	putc('\'', out);
}

char *assay_cli_again(const struct assay_cli *cli, const struct assay_profile *profile)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		abort();
	fprintf(out, "iscsi-assay %s", cli->command == ASSAY_CMD_FUZZ ? "fuzz" : "run");
	if (cli->url) {
		fputs(" -t", out);
		put_word(out, profile->url);
	}
	if (url_has_secret(cli->url))
		fputs(" --secret-env=" SECRET_PLACE, out);
	for (size_t i = 0; i < cli->again.count; i++)
		put_word(out, cli->again.word[i]);
	if (fclose(out))
		abort();
	return text;
}

/* A seed that no other run of today has. */
static uint64_t fresh_seed(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return ((uint64_t)now.tv_sec * 1000000007u ^ (uint64_t)now.tv_nsec) & 0xffffffff;
}

void assay_cli_run_options(
	struct assay_run_options *out, const struct assay_cli *cli, struct assay_profile *profile)
{
	*out = (struct assay_run_options){
		.suites = assay_target_suites,
		.select = cli->words.word,
		.profile = profile,
		.jobs = cli->jobs       ? (unsigned)cli->jobs
			: profile->jobs ? profile->jobs
					: 1,
		.seed = cli->seed_said ? cli->seed : fresh_seed(),
		.shard = cli->shard ? (unsigned)cli->shard : 1,
		.shards = cli->shards ? (unsigned)cli->shards : 1,
		.max_time = cli->max_time_ms * 1000000,
		.min_run = (size_t)cli->min_run,
		.deadline_ms = cli->deadline_ms ? (unsigned)cli->deadline_ms : DEADLINE_MS,
		.timing_factor = profile->setup.timing_factor > 0 ? profile->setup.timing_factor : 1,
		.strict = cli->strict,
		.every_defect = cli->every_defect,
		.disruptive = profile->setup.disruptive,
		.stop = &assay_stop_signal,
	};
}

bool *assay_cli_select(const struct assay_cli *cli, struct assay_error *err)
{
	size_t count = 0;
	bool *chosen;

	for (const struct assay_suite *const *s = assay_target_suites; *s; s++)
		count += (*s)->count;
	chosen = calloc(count + 1, sizeof(*chosen));
	if (!chosen)
		abort();
	if (assay_select(chosen, assay_target_suites, cli->words.word, err) == 0)
		return chosen;
	free(chosen);
	return NULL;
}

const char *assay_cli_current_id(const char *id)
{
	const char *current = assay_current_id(assay_target_suites, id);

	return current ? current : id;
}
