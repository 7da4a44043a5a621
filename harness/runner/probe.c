/*
 * probe.c - what a target offers, from a handful of right logins. It runs in a process of its own with a deadline: a target that answers garbage or stalls
 * cannot take the runner with it. It writes nothing to any medium.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codec/bytes.h"
#include "codec/lun.h"
#include "initiator/initiator.h"
#include "runner/command.h"
#include "runner/control.h"
#include "runner/dial.h"
#include "runner/probe_portal.h"
#include "runner/probe_unit.h"
#include "runner/profile_internal.h"
#include "runner/run.h"
#include "runner/worker.h"

#define ANSWERS  12 /* time-outs that a whole probe may take */
#define HERE     64 /* bytes of a stream's remote address */
#define PATIENCE UINT64_C(100000000) /* nanoseconds between two looks at the stop flag */

/* What comes back through the pipe; both ends are this program. */
struct answer {
	int result;
	struct assay_error error;
	struct assay_probe probe;
};

static void probe_luns(struct assay_probe *out, struct assay_initiator *i)
{
	static const uint8_t cdb[12] = { 0xa0, [8] = 0x08, [9] = 0x10 };
	static uint8_t data[0x810];
	long got = assay_probe_read(NULL, i, 0, cdb, sizeof(cdb), data, sizeof(data));
	size_t listed = got >= 8 ? assay_get_be32(data) / 8 : 0;

	for (size_t n = 0; n < listed && 8 + 8 * (n + 1) <= (size_t)got && out->lun_count < 256; n++) {
		struct assay_lun_parts parts;

		assay_lun_parse(&parts, assay_get_be64(data + 8 + 8 * n));
		if (parts.simple)
			out->luns[out->lun_count++] = parts.number;
	}
}

/* Nothing but the default receive length, as in every test. */
static void want_little(struct assay_initiator_config *config)
{
	const char *length = config->wants.value[ASSAY_KEY_MAX_RECV_DATA_SEGMENT_LENGTH];

	memset(&config->wants, 0, sizeof(config->wants));
	config->wants.value[ASSAY_KEY_MAX_RECV_DATA_SEGMENT_LENGTH] = length;
}

/* A login that offers the most; where the target does not get along with that, one that offers nothing. */
static int probe_login(
	struct assay_initiator **out, struct assay_initiator_config *config, struct assay_error *err)
{
	int r = ASSAY_E_LOGIN;

	config->wants.value[ASSAY_KEY_HEADER_DIGEST] = "CRC32C,None";
	config->wants.value[ASSAY_KEY_DATA_DIGEST] = "CRC32C,None";
	config->wants.value[ASSAY_KEY_MAX_CONNECTIONS] = "8";
	config->wants.value[ASSAY_KEY_ERROR_RECOVERY_LEVEL] = "2";
	for (int tries = 0; tries < 2; tries++) {
		r = assay_initiator_open(out, config, err);
		if (r < 0)
			return r;
		r = assay_login(*out);
		if (r >= 0)
			return 0;
		*err = (*out)->error;
		assay_initiator_free(*out);
		*out = NULL;
		want_little(config);
		config->isid++;
	}
	return r;
}

static int probe_session(struct assay_probe *out, struct assay_initiator_config *config,
	const struct assay_setup *s, char *here, struct assay_error *err)
{
	struct assay_initiator *i = NULL;
	int r = probe_login(&i, config, err);

	if (r < 0)
		return r;
	if (i->stream)
		snprintf(here, HERE, "%s", i->stream->remote);
	out->params = i->negotiation.params;
	out->header_digest = out->params.header_digest;
	out->data_digest = out->params.data_digest;
	out->max_connections = out->params.max_connections;
	out->error_recovery_level = out->params.error_recovery_level;
	assay_probe_unit(out, i, s->lun);
	if (i->stream)
		probe_luns(out, i);
	if (i->stream && s->write_lun_given)
		assay_probe_write_unit(out, i, s->write_lun);
	if (i->stream)
		assay_logout(i, 0, NULL);
	assay_initiator_free(i);
	return 0;
}

/* SendTargets=All, a line a target and address. Without a target to test it is all there is to ask. */
static int probe_discovery(struct assay_probe *out, struct assay_initiator_config *config,
	const struct assay_setup *setup, struct assay_error *err)
{
	struct assay_initiator *i = NULL;
	struct assay_pair pair;
	const char *text;
	char name[256] = "";
	size_t offset = 0, used = 0;
	long length;
	int r;

	assay_dial_aim(config, setup, NULL);
	want_little(config);
	config->isid++;
	r = assay_initiator_open(&i, config, err);
	if (r < 0)
		return r;
	length = assay_login(i);
	if (length >= 0)
		length = assay_send_targets(i, &text, "All");
	while (length > 0 && assay_text_next(&pair, &offset, text, (size_t)length) == 1) {
		if (assay_pair_is(&pair, "TargetName"))
			assay_value_copy(name, sizeof(name), &pair);
		if (assay_pair_is(&pair, "TargetAddress") && used < sizeof(out->targets))
			used += (size_t)snprintf(out->targets + used, sizeof(out->targets) - used,
				"%s %.*s\n", name, (int)pair.value_length, pair.value);
	}
	if (length < 0)
		*err = i->error;
	assay_initiator_free(i);
	return length < 0 ? (int)length : 0;
}

static int probe_all(struct assay_probe *out, const struct assay_profile *profile, struct assay_error *err)
{
	const struct assay_setup *s = &profile->setup;
	struct assay_initiator_config config;
	struct assay_error ignored;
	struct assay_dial *dial;
	char here[HERE] = "";
	int r = assay_dial_open(&dial, profile, profile->defects, 1, err);

	if (r < 0)
		return r;
	assay_dial_config(&config, dial, profile, (uint64_t)getpid());
	if (s->target_name) {
		r = probe_session(out, &config, s, here, err);
		if (r >= 0)
			probe_discovery(out, &config, s, &ignored); /* a target may keep its list to itself */
	} else {
		r = probe_discovery(out, &config, s, err);
	}
	if (r >= 0 && s->target_name && profile->follow_portals && !s->second_host)
		assay_probe_portal(out, &config, s->target_name, here);
	assay_dial_close(dial);
	out->reachable = r >= 0;
	return r;
}

static void write_all(int fd, const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length) {
		ssize_t n = write(fd, at, length);

		if (n < 0 && errno != EINTR)
			return;
		at += n > 0 ? n : 0;
		length -= n > 0 ? (size_t)n : 0;
	}
}

/* Reads the whole answer before the deadline. A signal may come just before the poll: it does not wait for long. */
static bool read_answer(struct answer *out, int fd, uint64_t deadline, const volatile int *stop)
{
	size_t have = 0;

	while (have < sizeof(*out)) {
		uint64_t now = assay_command_clock();
		struct pollfd p = { fd, POLLIN, 0 };
		ssize_t n;

		if (now >= deadline || (stop && *stop) ||
			(poll(&p, 1,
				 (int)(deadline - now < PATIENCE ? (deadline - now) / 1000000 + 1
								 : PATIENCE / 1000000)) < 0 &&
				errno != EINTR))
			return false;
		if (!p.revents)
			continue;
		n = read(fd, (char *)out + have, sizeof(*out) - have);
		if (n <= 0)
			return false;
		have += (size_t)n;
	}
	return true;
}

int assay_probe_target(struct assay_probe *out, const struct assay_profile *profile, uint64_t until,
	const volatile int *stop, struct assay_error *err)
{
	double factor = profile->setup.timing_factor > 0 ? profile->setup.timing_factor : 1;
	uint64_t deadline = assay_command_clock() + (uint64_t)(ANSWERS * 5 * factor * (double)ASSAY_SECOND);
	static struct answer answer;
	int fds[2], status;
	pid_t parent = getpid(), pid;
	bool whole;

	memset(out, 0, sizeof(*out));
	memset(&answer, 0, sizeof(answer));
	if (pipe2(fds, O_CLOEXEC))
		return assay_error_set(err, ASSAY_E_IO, "pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		assay_child_begin(parent);
		answer.result = probe_all(&answer.probe, profile, &answer.error);
		write_all(fds[1], &answer, sizeof(answer));
		assay_child_end(0);
	}
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return assay_error_set(err, ASSAY_E_IO, "fork: %s", strerror(errno));
	}
	whole = read_answer(&answer, fds[0], deadline < until ? deadline : until, stop);
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	close(fds[0]);
	if (!whole)
		return assay_error_set(err, ASSAY_E_TIMEOUT, "the probe of %.150s %s", profile->url,
			stop && *stop ? "was interrupted" : "came to no end");
	*out = answer.probe;
	snprintf(out->why, sizeof(out->why), "%.255s", answer.result < 0 ? answer.error.message : "");
	if (answer.result < 0 && err)
		*err = answer.error;
	if (answer.result < 0 && err)
		err->code = answer.result;
	return answer.result;
}

void assay_probe_adopt(struct assay_profile *profile, const struct assay_probe *probe)
{
	struct assay_profile_private *own = profile->strings;

	if (!probe->second_host[0])
		return;
	profile->setup.second_host = assay_arena_strdup(&own->arena, probe->second_host);
	profile->setup.second_port = probe->second_port;
}

int assay_probe_check(
	const struct assay_probe *probe, const struct assay_profile *profile, struct assay_error *err)
{
	if (probe->lun_missing)
		return assay_error_set(err, ASSAY_E_CONNECT,
			"%.150s has no logical unit %u: iscsi-assay probe tells those that there are",
			profile->url, profile->setup.lun);
	if (probe->write_trouble[0])
		return assay_error_set(err, ASSAY_E_SYNTAX,
			"write-lun %u: %s; name another one that tests may write to, or none",
			profile->setup.write_lun, probe->write_trouble);
	return 0;
}

const char *assay_skip_reason(
	const struct assay_test *test, const struct assay_profile *profile, const struct assay_probe *probe)
{
	const struct assay_setup *s = &profile->setup;
	bool chap = s->chap_target && s->chap_account.name && s->chap_account.secret;
	bool mutual = s->mutual_target && s->mutual_account.secret && s->mutual_target_account.secret;
	bool header_digest = profile->header_digest < 0 ? probe->header_digest : profile->header_digest;
	bool data_digest = profile->data_digest < 0 ? probe->data_digest : profile->data_digest;
	const struct {
		unsigned need;
		bool there;
		const char *reason;
	} table[] = {
		{ ASSAY_NEED_DISRUPTIVE, s->disruptive, "excluded" },
		{ ASSAY_NEED_WRITE, s->write_lun_given && probe->write_blocks >= ASSAY_REGION_BLOCKS,
			"needs-write-lun" },
		{ ASSAY_NEED_DISK, !probe->device_type, "not-offered" },
		{ ASSAY_NEED_SECOND_LUN, s->second_lun_given, "needs-second-lun" },
		{ ASSAY_NEED_SECOND_PORTAL, s->second_host, "needs-second-portal" },
		{ ASSAY_NEED_CHAP, chap, "needs-chap" },
		{ ASSAY_NEED_MUTUAL, mutual, "needs-chap" },
		{ ASSAY_NEED_RESTART, assay_control_offers(profile, ASSAY_VERB_RESTART), "needs-control" },
		{ ASSAY_NEED_LUN_CHANGE,
			assay_control_offers(profile, ASSAY_VERB_ADD_LUN) &&
				assay_control_offers(profile, ASSAY_VERB_REMOVE_LUN),
			"needs-control" },
		{ ASSAY_NEED_PERSISTENT, s->persistent, "not-declared" },
		{ ASSAY_NEED_ACL_ADDRESS, s->acl_address_target && s->acl_address, "not-declared" },
		{ ASSAY_NEED_ACL, s->acl_target, "not-declared" },
		{ ASSAY_NEED_SECOND_TARGET, s->second_target, "not-declared" },
		{ ASSAY_NEED_IET_IDS, s->target_id, "not-declared" },
		{ ASSAY_NEED_HEADER_DIGEST, header_digest, "not-offered" },
		{ ASSAY_NEED_DATA_DIGEST, data_digest, "not-offered" },
		{ ASSAY_NEED_MULTI_CONNECTION, probe->max_connections > 1, "not-offered" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (test->needs & table[i].need && !table[i].there)
			return table[i].reason;
	return NULL;
}
