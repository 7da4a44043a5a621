/*
 * campaign_bench.c - how many cases a second the player does against a target: `campaign_bench [-n CASES] [-s SEED] [-w WORKLOAD] [-p CPU] [-v] URL|PROFILE.ini|builtin`.
 * Workloads: "login" plays the right login again and again (connect, login, NOP-Out, reset, and the sentinel's connect, login, reset), "cases" the cases of the
 * seed, "make" only makes them; "raw" is what the machine can do at all: connect, one Login Request and its answer, reset, by system calls alone.
 * A profile's target is started, and started again when it has gone; -p puts all of it on one CPU, where nobody preempts the other. It prints one line.
 */
#include <arpa/inet.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "campaign/play.h"
#include "runner/supervise.h"

#define OUTCOMES 8

struct bench {
	unsigned long cases;
	uint64_t seed;
	const char *workload;
	struct assay_player *player;
	struct assay_profile *profile;
	struct assay_supervised *supervised;
	unsigned long restarts;
	uint8_t bytes[1024]; /* raw's request */
	long length;
	unsigned long outcomes[OUTCOMES], ours, withheld;
	bool verbose;
};

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void make(struct assay_case *c, const struct bench *b, uint32_t n)
{
	struct assay_case_id id = { .seed = b->seed, .depth = 1, .path = { n } };

	if (!strcmp(b->workload, "login"))
		assay_case_right(c, 0);
	else
		assay_case_make(c, &id, NULL);
}

/* connect, login, reset. 0 when an answer came. */
static int raw(const struct bench *b)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(b->profile->setup.port) };
	struct linger linger = { 1, 0 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	uint8_t answer[1024];
	bool came;

	inet_pton(AF_INET, b->profile->setup.host, &to.sin_addr);
	came = connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 &&
	       send(fd, b->bytes, (size_t)b->length, MSG_NOSIGNAL) == b->length &&
	       recv(fd, answer, sizeof(answer), 0) > 0;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(fd);
	return came ? 0 : ASSAY_E_IO;
}

/* The target has gone or lost its mind: another one. */
static int restart(struct bench *b)
{
	struct assay_error err = { 0 };
	int rc = ASSAY_E_CONNECT;

	if (b->supervised)
		rc = assay_supervise_restart(b->supervised, false, NULL, &err);
	if (rc < 0)
		fprintf(stderr, "campaign_bench: the target is gone%s%s\n", err.message[0] ? ": " : "",
			err.message);
	b->restarts++;
	return rc;
}

static int one(struct bench *b, struct assay_case *c, uint32_t n)
{
	struct assay_played played;
	char id[ASSAY_CASE_TEXT];
	int rc;

	make(c, b, n);
	if (!strcmp(b->workload, "raw"))
		return raw(b);
	if (!b->player)
		return 0;
	rc = assay_play(&played, b->player, c);
	if (rc < 0)
		return rc;
	b->outcomes[played.outcome % OUTCOMES]++;
	b->withheld += played.withheld;
	b->ours += played.ours > 0;
	if (b->verbose && played.outcome) {
		assay_case_id_print(id, sizeof(id), &c->id, NULL);
		printf("%s %s: %s: %s\n", id, c->scenario, assay_outcome_name(played.outcome), played.words);
	}
	if (played.outcome == ASSAY_OUTCOME_GONE || played.outcome == ASSAY_OUTCOME_WEDGED ||
		played.outcome == ASSAY_OUTCOME_REFUSED)
		return restart(b);
	return 0;
}

static int open_profile(struct bench *b, const char *where, struct assay_error *err)
{
	int rc;

	if (!strcmp(where, "builtin"))
		rc = assay_profile_builtin(&b->profile, err);
	else if (strstr(where, "://"))
		rc = assay_profile_from_url(&b->profile, where, err);
	else
		rc = assay_profile_read(&b->profile, where, err);
	if (rc < 0)
		return rc;
	b->profile->setup.write_lun_given = true;
	b->profile->setup.write_lun = b->profile->setup.lun;
	return b->profile->exec.command ? assay_supervise_start(&b->supervised, b->profile, NULL, err) : 0;
}

static void make_raw(struct bench *b)
{
	static char text[512];
	int length = snprintf(text, sizeof(text), "InitiatorName=%s%cSessionType=Normal%cTargetName=%s",
		b->profile->initiator_name, 0, 0, b->profile->setup.target_name);
	struct assay_pdu login = { .opcode = ASSAY_LOGIN_REQUEST,
		.immediate = 1,
		.transit = 1,
		.csg = ASSAY_STAGE_OPERATIONAL,
		.nsg = ASSAY_STAGE_FULL_FEATURE,
		.isid = UINT64_C(0x80a5fa220009),
		.data = (const uint8_t *)text,
		.data_length = (uint32_t)length + 1 };

	b->length = assay_pdu_encode(b->bytes, sizeof(b->bytes), &login, 0);
}

static int open_player(struct bench *b, const char *where, struct assay_error *err)
{
	struct assay_play_options options = { .disruptive = true };
	int rc = open_profile(b, where, err);

	if (rc < 0)
		return rc;
	make_raw(b);
	if (!strcmp(b->workload, "make") || !strcmp(b->workload, "raw"))
		return 0;
	rc = assay_player_new(&b->player, b->profile, &options, err);
	if (rc == 0)
		rc = assay_player_learn(b->player, err);
	if (rc == 0 && b->verbose)
		printf("%s\n", assay_player_forgives(b->player));
	return rc;
}

/* What is started later inherits it. */
static void pin(int cpu)
{
	struct sched_param none = { 0 };
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) || sched_setscheduler(0, SCHED_BATCH, &none))
		perror("campaign_bench: pinning");
}

/* CPU time of ours and of what we started and waited for. */
static double both_cpu(void)
{
	double sum = 0;

	for (unsigned n = 0; n < 2; n++) {
		struct rusage used;

		getrusage(n ? RUSAGE_CHILDREN : RUSAGE_SELF, &used);
		sum += (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
		       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
	}
	return sum;
}

static void report(const struct bench *b, double wall, double cpu)
{
	printf("%s: %lu cases in %.2f s, %.0f/s; CPU time %.1f us a case, ours %.1f;", b->workload, b->cases,
		wall, (double)b->cases / wall, both_cpu() / (double)b->cases * 1e6,
		cpu / (double)b->cases * 1e6);
	for (unsigned n = 0; n < OUTCOMES; n++)
		if (b->outcomes[n])
			printf(" %s %lu", assay_outcome_name(n), b->outcomes[n]);
	if (b->player)
		printf("; %u states, %u edges; broken by us %lu, withheld %lu, restarts %lu",
			assay_state_graph_states(assay_player_states(b->player)),
			assay_state_graph_edges(assay_player_states(b->player)), b->ours, b->withheld,
			b->restarts);
	printf("\n");
}

int main(int argc, char **argv)
{
	struct bench b = { .cases = 10000, .seed = 0x5eed, .workload = "cases" };
	struct assay_error err = { 0 };
	static struct assay_case c;
	double wall, cpu;
	int option, rc = 0;

	while ((option = getopt(argc, argv, "n:s:w:p:v")) != -1)
		switch (option) {
		case 'n': b.cases = strtoul(optarg, NULL, 0); break;
		case 's': b.seed = strtoull(optarg, NULL, 0); break;
		case 'w': b.workload = optarg; break;
		case 'p': pin(atoi(optarg)); break;
		case 'v': b.verbose = true; break;
		default: return 2;
		}
	if (optind + 1 != argc || open_player(&b, argv[optind], &err) < 0) {
		fprintf(stderr, "campaign_bench: %s\n", err.message[0] ? err.message : "name one target");
		assay_supervise_stop(b.supervised);
		return 2;
	}
	wall = seconds(CLOCK_MONOTONIC);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	for (unsigned long n = 0; n < b.cases && rc == 0; n++)
		rc = one(&b, &c, (uint32_t)n);
	wall = seconds(CLOCK_MONOTONIC) - wall;
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	assay_supervise_stop(b.supervised); /* only then its CPU time is known */
	report(&b, wall, cpu);
	assay_player_free(b.player);
	assay_profile_free(b.profile);
	return rc < 0;
}
