/*
 * libiscsi_test.c - the built-in target as an independent initiator sees it: libiscsi, over TCP, against the server in a child process. What libiscsi
 * cannot say (anything wrong) is tested elsewhere.
 */
#include <iscsi/iscsi.h>
#include <iscsi/scsi-lowlevel.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "target/server.h"
#include "target/target.h"
#include "test/unit.h"

#define INITIATOR "iqn.2026-01.net.iscsi-assay:libiscsi"
#define MIB       (1u << 20)

static char portal[32];
static pid_t child;
static int stop_fd;

/* ---- the server ---- */

static int serve(int report, int stop)
{
	struct assay_target *t = assay_target_new();
	struct assay_server *s;
	struct assay_error err;
	uint16_t port;

	if (!t || assay_target_add_defaults(t, &err) < 0 || assay_server_open(&s, t, &err) < 0)
		return 1;
	port = assay_server_port(s, 0);
	if (write(report, &port, sizeof(port)) != sizeof(port))
		return 1;
	assay_server_run(s, stop);
	assay_server_close(s);
	assay_target_free(t);
	return 0;
}

static int start(void)
{
	int report[2], stop[2];
	uint16_t port;
	pid_t parent = getpid();

	if (pipe(report) < 0 || pipe(stop) < 0)
		return -1;
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		close(stop[1]);
		exit(serve(report[1], stop[0]));
	}
	close(report[1]);
	close(stop[0]);
	stop_fd = stop[1];
	if (read(report[0], &port, sizeof(port)) != sizeof(port))
		return -1;
	close(report[0]);
	snprintf(portal, sizeof(portal), "127.0.0.1:%u", port);
	return 0;
}

/* The child ends by itself, and found nothing wrong (a sanitizer would make it fail). */
static int stop(void)
{
	int status;

	close(stop_fd);
	return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

/* ---- connections ---- */

static struct iscsi_context *context(const char *target)
{
	struct iscsi_context *iscsi = iscsi_create_context(INITIATOR);

	iscsi_set_session_type(iscsi, target ? ISCSI_SESSION_NORMAL : ISCSI_SESSION_DISCOVERY);
	if (target)
		iscsi_set_targetname(iscsi, target);
	iscsi_set_header_digest(iscsi, ISCSI_HEADER_DIGEST_NONE_CRC32C);
	iscsi_set_timeout(iscsi, 10);
	iscsi_set_noautoreconnect(iscsi, 1);
	return iscsi;
}

static struct iscsi_context *login(const char *target)
{
	struct iscsi_context *iscsi = context(target);

	CU_ASSERT_EQUAL(iscsi_full_connect_sync(iscsi, portal, 0), 0);
	return iscsi;
}

static void logout(struct iscsi_context *iscsi)
{
	CU_ASSERT_EQUAL(iscsi_logout_sync(iscsi), 0);
	iscsi_destroy_context(iscsi);
}

static void good(struct scsi_task *task)
{
	CU_ASSERT_PTR_NOT_NULL_FATAL(task);
	CU_ASSERT_EQUAL(task->status, SCSI_STATUS_GOOD);
	scsi_free_scsi_task(task);
}

/* ---- tests ---- */

static void discovery_lists_what_the_initiator_may_see(void)
{
	struct iscsi_context *iscsi = context(NULL);
	struct iscsi_discovery_address *all, *a;
	int targets = 0, disk = 0;

	CU_ASSERT_EQUAL_FATAL(iscsi_connect_sync(iscsi, portal), 0);
	CU_ASSERT_EQUAL_FATAL(iscsi_login_sync(iscsi), 0);
	all = iscsi_discovery_sync(iscsi);
	CU_ASSERT_PTR_NOT_NULL(all);
	for (a = all; a; a = a->next) {
		targets++;
		disk += strcmp(a->target_name, ASSAY_DEFAULT_NAME) == 0;
		CU_ASSERT_STRING_NOT_EQUAL(a->target_name, ASSAY_DEFAULT_ACL);
	}
	CU_ASSERT_EQUAL(targets, 4);
	CU_ASSERT_EQUAL(disk, 1);
	iscsi_free_discovery_data(iscsi, all);
	logout(iscsi);
}

static void chap_and_mutual_chap_let_in(void)
{
	struct iscsi_context *iscsi = context(ASSAY_DEFAULT_CHAP);

	iscsi_set_initiator_username_pwd(iscsi, ASSAY_DEFAULT_USER, ASSAY_DEFAULT_SECRET);
	CU_ASSERT_EQUAL(iscsi_full_connect_sync(iscsi, portal, 0), 0);
	logout(iscsi);
	iscsi = context(ASSAY_DEFAULT_MUTUAL);
	iscsi_set_initiator_username_pwd(iscsi, ASSAY_DEFAULT_USER, ASSAY_DEFAULT_SECRET);
	iscsi_set_target_username_pwd(iscsi, ASSAY_DEFAULT_TARGET_USER, ASSAY_DEFAULT_TARGET_SECRET);
	CU_ASSERT_EQUAL(iscsi_full_connect_sync(iscsi, portal, 0), 0);
	logout(iscsi);
}

static void wrong_secret_and_no_secret_do_not(void)
{
	struct iscsi_context *iscsi = context(ASSAY_DEFAULT_CHAP);

	iscsi_set_initiator_username_pwd(iscsi, ASSAY_DEFAULT_USER, "another-secret");
	CU_ASSERT_NOT_EQUAL(iscsi_full_connect_sync(iscsi, portal, 0), 0);
	iscsi_destroy_context(iscsi);
	iscsi = context(ASSAY_DEFAULT_CHAP);
	CU_ASSERT_NOT_EQUAL(iscsi_full_connect_sync(iscsi, portal, 0), 0);
	iscsi_destroy_context(iscsi);
}

static void access_list_and_unknown_target(void)
{
	struct iscsi_context *iscsi = context(ASSAY_DEFAULT_ACL);

	CU_ASSERT_NOT_EQUAL(iscsi_full_connect_sync(iscsi, portal, 0), 0);
	iscsi_destroy_context(iscsi);
	iscsi = context(ASSAY_DEFAULT_NAME ".nobody");
	CU_ASSERT_NOT_EQUAL(iscsi_full_connect_sync(iscsi, portal, 0), 0);
	iscsi_destroy_context(iscsi);
}

static void inquiry_and_capacity(void)
{
	struct iscsi_context *iscsi = login(ASSAY_DEFAULT_NAME);
	struct scsi_task *task = iscsi_inquiry_sync(iscsi, 22, 0, 0, 255);
	struct scsi_inquiry_standard *inq;
	struct scsi_readcapacity16 *cap;

	CU_ASSERT_PTR_NOT_NULL_FATAL(task);
	inq = scsi_datain_unmarshall(task);
	CU_ASSERT_PTR_NOT_NULL_FATAL(inq);
	CU_ASSERT_EQUAL(inq->device_type, SCSI_INQUIRY_PERIPHERAL_DEVICE_TYPE_DIRECT_ACCESS);
	/* 255 bytes were asked for and there are fewer. */
	CU_ASSERT_EQUAL(task->residual_status, SCSI_RESIDUAL_UNDERFLOW);
	CU_ASSERT_EQUAL(task->residual + (size_t)task->datain.size, 255);
	scsi_free_scsi_task(task);
	scsi_free_scsi_task(
		iscsi_testunitready_sync(iscsi, 22)); /* takes the unit attention of a new nexus */
	task = iscsi_readcapacity16_sync(iscsi, 22);
	CU_ASSERT_PTR_NOT_NULL_FATAL(task);
	cap = scsi_datain_unmarshall(task);
	CU_ASSERT_PTR_NOT_NULL_FATAL(cap);
	CU_ASSERT_EQUAL(cap->returned_lba, 64u * MIB / 512 - 1);
	scsi_free_scsi_task(task);
	logout(iscsi);
}

/* Writes and compares length bytes at each of several places; the pattern differs from place to place. */
static void write_and_compare(struct iscsi_context *iscsi, uint32_t length)
{
	unsigned char *bytes = malloc(length);

	CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
	for (uint32_t round = 0; round < 3; round++) {
		uint32_t lba = round * (length / 512);
		struct scsi_task *task;

		for (uint32_t i = 0; i < length; i++)
			bytes[i] = (unsigned char)(i * 7 + i / 256 + round);
		good(iscsi_write16_sync(iscsi, 0, lba, bytes, length, 512, 0, 0, 0, 0, 0));
		task = iscsi_read16_sync(iscsi, 0, lba, length, 512, 0, 0, 0, 0, 0);
		CU_ASSERT_PTR_NOT_NULL_FATAL(task);
		CU_ASSERT_EQUAL((uint32_t)task->datain.size, length);
		CU_ASSERT_EQUAL(memcmp(task->datain.data, bytes, length), 0);
		scsi_free_scsi_task(task);
	}
	free(bytes);
}

static void data_of_all_sizes_comes_back(void)
{
	static const uint32_t lengths[] = { 512, 4096, 65536, 262144, 262656, MIB, 3 * MIB };
	struct iscsi_context *iscsi = login(ASSAY_DEFAULT_NAME);

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		write_and_compare(iscsi, lengths[i]);
	logout(iscsi);
}

static void data_comes_back_under_every_setting(void)
{
	for (int setting = 0; setting < 8; setting++) {
		struct iscsi_context *iscsi = context(ASSAY_DEFAULT_NAME);

		iscsi_set_header_digest(
			iscsi, setting & 1 ? ISCSI_HEADER_DIGEST_CRC32C : ISCSI_HEADER_DIGEST_NONE);
		iscsi_set_initial_r2t(iscsi, setting & 2 ? ISCSI_INITIAL_R2T_YES : ISCSI_INITIAL_R2T_NO);
		iscsi_set_immediate_data(
			iscsi, setting & 4 ? ISCSI_IMMEDIATE_DATA_YES : ISCSI_IMMEDIATE_DATA_NO);
		CU_ASSERT_EQUAL_FATAL(iscsi_full_connect_sync(iscsi, portal, 0), 0);
		write_and_compare(iscsi, 512);
		write_and_compare(iscsi, MIB);
		logout(iscsi);
	}
}

/* ---- asynchronous ones ---- */

struct counter {
	int done;
	int good;
};

static void count(struct iscsi_context *iscsi, int status, void *command_data, void *private_data)
{
	struct counter *counter = private_data;

	(void)iscsi;
	counter->done++;
	counter->good += status == SCSI_STATUS_GOOD;
	if (command_data)
		scsi_free_scsi_task(command_data);
}

static void count_plain(struct iscsi_context *iscsi, int status, void *command_data, void *private_data)
{
	(void)command_data;
	count(iscsi, status, NULL, private_data);
}

static void run(struct iscsi_context *iscsi, const struct counter *counter, int until)
{
	while (counter->done < until) {
		struct pollfd p = { .fd = iscsi_get_fd(iscsi), .events = (short)iscsi_which_events(iscsi) };

		if (poll(&p, 1, 10000) <= 0 || iscsi_service(iscsi, p.revents) < 0)
			break;
	}
	CU_ASSERT_EQUAL(counter->done, until);
}

static void many_commands_at_once(void)
{
	static unsigned char bytes[32][65536];
	struct iscsi_context *iscsi = login(ASSAY_DEFAULT_NAME);
	struct counter counter = { 0 };

	for (uint32_t i = 0; i < 200; i++) {
		memset(bytes[i % 32], (int)(i % 32), sizeof(bytes[0]));
		CU_ASSERT_PTR_NOT_NULL(iscsi_write16_task(iscsi, 0, i % 32 * 128, bytes[i % 32],
			sizeof(bytes[0]), 512, 0, 0, 0, 0, 0, count, &counter));
		CU_ASSERT_PTR_NOT_NULL(iscsi_read16_task(
			iscsi, 0, i % 32 * 128, sizeof(bytes[0]), 512, 0, 0, 0, 0, 0, count, &counter));
	}
	run(iscsi, &counter, 400);
	CU_ASSERT_EQUAL(counter.good, 400);
	logout(iscsi);
}

static void pings_come_back(void)
{
	struct iscsi_context *iscsi = login(ASSAY_DEFAULT_NAME);
	struct counter counter = { 0 };
	unsigned char data[] = "ping data";

	for (int i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(iscsi_nop_out_async(iscsi, count_plain, data, sizeof(data), &counter), 0);
	run(iscsi, &counter, 10);
	CU_ASSERT_EQUAL(counter.good, 10);
	logout(iscsi);
}

static void task_management(void)
{
	struct iscsi_context *iscsi = login(ASSAY_DEFAULT_NAME);

	CU_ASSERT_EQUAL(iscsi_task_mgmt_abort_task_set_sync(iscsi, 0), 0);
	CU_ASSERT_EQUAL(iscsi_task_mgmt_lun_reset_sync(iscsi, 0), 0);
	CU_ASSERT_EQUAL(iscsi_task_mgmt_target_warm_reset_sync(iscsi), 0);
	CU_ASSERT_NOT_EQUAL(iscsi_task_mgmt_lun_reset_sync(iscsi, 5), 0);
	logout(iscsi);
}

static void the_same_isid_reinstates_the_session(void)
{
	struct iscsi_context *first = context(ASSAY_DEFAULT_NAME), *second = context(ASSAY_DEFAULT_NAME);
	struct scsi_task *task;

	iscsi_set_isid_random(first, 0x1234, 1);
	iscsi_set_isid_random(second, 0x1234, 1);
	CU_ASSERT_EQUAL_FATAL(iscsi_full_connect_sync(first, portal, 0), 0);
	CU_ASSERT_EQUAL_FATAL(iscsi_full_connect_sync(second, portal, 0), 0);
	task = iscsi_testunitready_sync(first, 0);
	CU_ASSERT(!task || task->status == SCSI_STATUS_CANCELLED || task->status == SCSI_STATUS_ERROR);
	scsi_free_scsi_task(task);
	good(iscsi_testunitready_sync(second, 0));
	iscsi_destroy_context(first);
	logout(second);
}

static CU_TestInfo tests[] = {
	{ "discovery", discovery_lists_what_the_initiator_may_see },
	{ "CHAP", chap_and_mutual_chap_let_in },
	{ "wrong CHAP", wrong_secret_and_no_secret_do_not },
	{ "access", access_list_and_unknown_target },
	{ "INQUIRY", inquiry_and_capacity },
	{ "sizes", data_of_all_sizes_comes_back },
	{ "settings", data_comes_back_under_every_setting },
	{ "many", many_commands_at_once },
	{ "NOP", pings_come_back },
	{ "TMF", task_management },
	{ "reinstatement", the_same_isid_reinstates_the_session },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	int failed;

	if (start() < 0)
		return 1;
	failed = unit_run("libiscsi", tests);
	return stop() < 0 || failed;
}
