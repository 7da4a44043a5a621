/*
 * scsi_internal.h - what the scsi_*.c files share and nobody else includes: the structs behind scsi.h, the command table's line, sense, unit
 * attentions, the medium. Nothing in them does I/O on a network or knows of iSCSI PDUs.
 */
#ifndef ASSAY_TARGET_SCSI_INTERNAL_H
#define ASSAY_TARGET_SCSI_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "target/scsi.h"

#define ASSAY_SCSI_UNITS_MAX    1024
#define ASSAY_SCSI_PORTS_MAX    32
#define ASSAY_SCSI_NAME_MAX     223 /* bytes of an iSCSI name, RFC 7143 section 4.2.7.2 */
#define ASSAY_SCSI_NEXUSES_KEPT 64 /* past nexuses that a device remembers */

#define ASSAY_SCSI_REPLY_MAX            65536u /* no answer but that of a READ is longer */
#define ASSAY_SCSI_TRANSFER_BYTES       (16u << 20) /* MAXIMUM TRANSFER LENGTH, times the block size */
#define ASSAY_SCSI_WRITE_SAME_BYTES     ASSAY_SCSI_TRANSFER_BYTES
#define ASSAY_SCSI_UNMAP_BYTES          (128u << 20)
#define ASSAY_SCSI_UNMAP_DESCRIPTORS    32u
#define ASSAY_SCSI_COMPARE_WRITE_BLOCKS 128u

#define ASSAY_SCSI_REPORT_LUNS_LUN UINT64_C(0xc101000000000000) /* the well-known logical unit */

enum assay_scsi_status {
	ASSAY_SCSI_GOOD = 0x00,
	ASSAY_SCSI_CHECK_CONDITION = 0x02,
	ASSAY_SCSI_CONDITION_MET = 0x04,
	ASSAY_SCSI_BUSY = 0x08,
	ASSAY_SCSI_RESERVATION_CONFLICT = 0x18,
};

/* Sense key, additional sense code and its qualifier: 0xKKAAQQ. SPC-4 section 4.5. */
enum assay_scsi_sense_code {
	ASSAY_SENSE_NONE = 0x000000,
	ASSAY_SENSE_NOT_READY = 0x020400,
	ASSAY_SENSE_STOPPED = 0x020402, /* initializing command required */
	ASSAY_SENSE_WRITE_ERROR = 0x030c00,
	ASSAY_SENSE_READ_ERROR = 0x031100,
	ASSAY_SENSE_PARAMETER_LENGTH = 0x051a00,
	ASSAY_SENSE_BAD_OPCODE = 0x052000,
	ASSAY_SENSE_LBA_RANGE = 0x052100,
	ASSAY_SENSE_BAD_CDB = 0x052400,
	ASSAY_SENSE_BAD_LUN = 0x052500,
	ASSAY_SENSE_BAD_PARAMETER = 0x052600,
	ASSAY_SENSE_BAD_RELEASE = 0x052604, /* invalid release of persistent reservation */
	ASSAY_SENSE_NO_SAVING = 0x053900,
	ASSAY_SENSE_REMOVAL_PREVENTED = 0x055302,
	ASSAY_SENSE_NO_REGISTRATIONS = 0x055504, /* insufficient registration resources */
	ASSAY_SENSE_WRITE_PROTECTED = 0x072700,
	ASSAY_SENSE_TOO_SHORT = 0x0b0e01, /* information unit too short */
	ASSAY_SENSE_MISCOMPARE = 0x0e1d00,
};

/* Unit attentions; a bit each in a nexus's mask for a unit. The lowest one is reported first. */
enum assay_scsi_attention {
	ASSAY_ATTENTION_POWER_ON,
	ASSAY_ATTENTION_TARGET_RESET,
	ASSAY_ATTENTION_UNIT_RESET,
	ASSAY_ATTENTION_NEXUS_LOSS,
	ASSAY_ATTENTION_RESERVATIONS_PREEMPTED,
	ASSAY_ATTENTION_RESERVATIONS_RELEASED,
	ASSAY_ATTENTION_REGISTRATIONS_PREEMPTED,
	ASSAY_ATTENTION_CAPACITY,
	ASSAY_ATTENTION_MODE,
	ASSAY_ATTENTION_CLEARED,
	ASSAY_ATTENTION_PROTOCOL_EVENT,
	ASSAY_ATTENTION_INVENTORY,
	ASSAY_ATTENTION_COUNT
};

/* The blocks: RAM of its own (pages come with the first write), or a file. */
struct assay_scsi_medium {
	uint8_t *ram; /* NULL: a file */
	int fd; /* -1: RAM */
	uint64_t blocks;
	uint32_t block_size;
	uint8_t *map; /* a bit a block, most blocks 0: RAM, 1 = mapped; a file, 1 = deallocated */
	size_t map_bytes;
};

/* What MODE SELECT can change, and all nexuses share. */
struct assay_scsi_modes {
	bool wce; /* caching page */
	bool d_sense; /* control page */
	bool swp; /* control page */
};

struct assay_scsi_registrant {
	char initiator[ASSAY_SCSI_NAME_MAX + 1];
	uint64_t isid;
	uint16_t tpgt;
	uint64_t key;
};

/* Types of persistent reservation. */
enum assay_scsi_persistent_type {
	ASSAY_WRITE_EXCLUSIVE = 1,
	ASSAY_EXCLUSIVE_ACCESS = 3,
	ASSAY_WRITE_EXCLUSIVE_REGISTRANTS = 5,
	ASSAY_EXCLUSIVE_ACCESS_REGISTRANTS = 6,
	ASSAY_WRITE_EXCLUSIVE_ALL = 7,
	ASSAY_EXCLUSIVE_ACCESS_ALL = 8,
};

/* SPC-4 section 5.13: persistent reservations of one unit. */
struct assay_scsi_persistent {
	struct assay_scsi_registrant
		*registrants; /* capacity ASSAY_SCSI_REGISTRANTS_MAX, from the first registration on */
	unsigned count;
	uint32_t generation;
	uint8_t type; /* 0: no reservation */
	unsigned holder; /* registrants' index; of an all-registrants type, no meaning */
};
#define ASSAY_SCSI_REGISTRANTS_MAX 64

struct assay_scsi_unit {
	struct assay_scsi_device *device;
	unsigned slot; /* index in the device's units and in a nexus's masks */
	unsigned references; /* the device's, and commands' that still point at it */
	bool removed;
	uint32_t number; /* LUN */
	uint32_t
		identity; /* what its names are made of: the LUN, or a number of its own where two initiators' maps share a LUN */
	char *initiator; /* whose map it is in; NULL: everyone's */
	struct assay_scsi_medium medium;
	uint64_t blocks; /* capacity; MODE SELECT can make it less than the medium's */
	bool read_only, stopped;
	struct assay_scsi_modes modes;
	struct assay_scsi_nexus *reserved_by; /* RESERVE(6) */
	struct assay_scsi_persistent persistent;
};

struct assay_scsi_nexus {
	struct assay_scsi_device *device;
	struct assay_scsi_nexus *next;
	char initiator[ASSAY_SCSI_NAME_MAX + 1];
	uint64_t isid;
	uint16_t tpgt;
	uint64_t last_lun; /* what assay_scsi_find found last */
	struct assay_scsi_unit *last_unit;
	bool found_ready; /* by TEST UNIT READY, for a defect */
	uint16_t attention[ASSAY_SCSI_UNITS_MAX];
	uint8_t prevent[ASSAY_SCSI_UNITS_MAX / 8]; /* PREVENT ALLOW MEDIUM REMOVAL */
	uint8_t late[ASSAY_SCSI_UNITS_MAX / 8]; /* units that came after it, for a defect */
};

struct assay_scsi_buffer {
	struct assay_scsi_buffer *next;
	struct assay_scsi_device *device;
	size_t capacity;
	uint8_t bytes[];
};

struct assay_scsi_device {
	unsigned tid;
	char name[ASSAY_SCSI_NAME_MAX + 1];
	enum assay_id_scheme ids;
	const unsigned char *defects;
	struct assay_scsi_unit *units[ASSAY_SCSI_UNITS_MAX];
	unsigned unit_count; /* slots in use lie below */
	uint32_t removed; /* number of the unit that was removed last, for defects; UINT32_MAX: none */
	struct assay_scsi_nexus *nexuses;
	struct assay_scsi_buffer
		*spare; /* free buffers, so that commands in a steady state do not allocate */
	unsigned spare_count;
	uint16_t ports[ASSAY_SCSI_PORTS_MAX];
	unsigned port_count;
	uint64_t known[ASSAY_SCSI_NEXUSES_KEPT]; /* hashes of nexuses that were here, a ring */
	unsigned known_next;
	void (*abort_tasks)(
		void *payload, struct assay_scsi_nexus *victim, uint64_t lun); /* NULL: nobody has tasks */
	void *abort_payload;
	uint8_t first[256]; /* opcode -> first line of the command table, 0xff: none */
};

enum assay_scsi_direction {
	ASSAY_SCSI_NO_DATA,
	ASSAY_SCSI_DATA_IN,
	ASSAY_SCSI_DATA_OUT,
};

enum assay_scsi_flag {
	ASSAY_SCSI_NO_ATTENTION = 1 << 0, /* runs although a unit attention is pending */
	ASSAY_SCSI_ANY_LUN = 1 << 1, /* answers for a unit that does not exist */
	ASSAY_SCSI_WELL_KNOWN = 1 << 2, /* the REPORT LUNS well-known unit has it */
	ASSAY_SCSI_MEDIUM = 1 << 3, /* needs a started unit */
	ASSAY_SCSI_WRITES = 1 << 4, /* refused on a write-protected unit */
	ASSAY_SCSI_RESERVED_OK = 1 << 5, /* runs although another nexus holds RESERVE(6) */
	ASSAY_SCSI_PERSISTENT_OK = 1 << 6, /* runs whatever persistent reservation another nexus holds */
	ASSAY_SCSI_PERSISTENT_READ = 1 << 7, /* runs under a write exclusive one */
};

#define ASSAY_SCSI_NO_ACTION 0xff

/* A command: a line of the table in scsi_command.c. */
struct assay_scsi_operation {
	uint8_t opcode;
	uint8_t action; /* service action, low five bits of byte 1; ASSAY_SCSI_NO_ACTION */
	uint8_t length; /* bytes of the CDB */
	const char *name;
	enum assay_scsi_direction direction;
	/* Checks the fields and sets lba, blocks and the data lengths: 0, or 1 with a final status. */
	int (*prepare)(struct assay_scsi_command *c);
	void (*run)(struct assay_scsi_command *c);
	uint16_t flags;
	uint8_t usage
		[16]; /* bits of the CDB that mean something, as REPORT SUPPORTED OPERATION CODES shows them; any other must be 0 */
};

/* The table, ascending by opcode and service action. */
extern const struct assay_scsi_operation assay_scsi_operations[];
extern const unsigned assay_scsi_operation_count;
void assay_scsi_index_operations(uint8_t first[256]);
/* *opcode_known: there is a line with the opcode at least. */
const struct assay_scsi_operation *assay_scsi_find_operation(
	const struct assay_scsi_device *d, uint8_t opcode, uint8_t action, bool *opcode_known);

static inline bool assay_scsi_defective(const struct assay_scsi_device *d, enum assay_defect defect)
{
	return d->defects && (d->defects[defect >> 3] >> (defect & 7) & 1);
}
#define ASSAY_SCSI_DEFECT(command, symbol)                                                                   \
	assay_scsi_defective((command)->nexus->device, ASSAY_DEFECT_##symbol)

extern const struct assay_scsi_modes assay_scsi_default_modes;

/* --- scsi_device.c --- */
/* The unit that the 64 bits mean for this nexus, NULL: none. */
struct assay_scsi_unit *assay_scsi_find(struct assay_scsi_nexus *n, uint64_t lun);
bool assay_scsi_visible(const struct assay_scsi_nexus *n, const struct assay_scsi_unit *u);
void assay_scsi_unit_release(struct assay_scsi_unit *u);

/* --- scsi_buffer.c: answers --- */
/* Room for size bytes in c->buffer, not zeroed; NULL with status BUSY: out of memory. */
uint8_t *assay_scsi_room(struct assay_scsi_command *c, size_t size);
/* As much of the first length bytes of the buffer as the CDB allows; status GOOD. */
void assay_scsi_give(struct assay_scsi_command *c, size_t length);
void assay_scsi_drop_spares(struct assay_scsi_device *d);

/* --- scsi_sense.c: all end the command with CHECK CONDITION and return 1 --- */
int assay_scsi_check(struct assay_scsi_command *c, uint32_t code);
int assay_scsi_check_information(struct assay_scsi_command *c, uint32_t code, uint64_t information);
int assay_scsi_bad_cdb(
	struct assay_scsi_command *c, unsigned byte, unsigned bit); /* INVALID FIELD IN CDB, and which */
int assay_scsi_bad_parameter(struct assay_scsi_command *c, unsigned byte, unsigned bit);
/* Sense data without more than a code, for REQUEST SENSE: bytes written, at most ASSAY_SENSE_MAX. */
size_t assay_scsi_sense_bytes(uint8_t *out, uint32_t code, bool descriptor);

/* --- scsi_attention.c --- */
/* Pending from now on, for one nexus on one unit, or for all that see it but one (NULL: for all). */
void assay_scsi_attend(
	struct assay_scsi_nexus *n, const struct assay_scsi_unit *u, enum assay_scsi_attention a);
void assay_scsi_attend_others(
	const struct assay_scsi_nexus *but, const struct assay_scsi_unit *u, enum assay_scsi_attention a);
void assay_scsi_attend_inventory(const struct assay_scsi_unit *changed);
/* The change of the inventory is known to this nexus. */
void assay_scsi_forget_inventory(struct assay_scsi_nexus *n);
/* Takes the first that is pending; its sense code, or 0. */
uint32_t assay_scsi_take_attention(struct assay_scsi_nexus *n, const struct assay_scsi_unit *u);

/* --- scsi_medium.c --- */
int assay_scsi_medium_open(
	struct assay_scsi_medium *m, const struct assay_lun_spec *spec, struct assay_error *err);
void assay_scsi_medium_close(struct assay_scsi_medium *m);
/* Blocks into or out of memory; 0, or -1: an I/O error. write and fill make them mapped. */
int assay_scsi_medium_read(struct assay_scsi_medium *m, void *out, uint64_t lba, uint32_t blocks);
int assay_scsi_medium_write(struct assay_scsi_medium *m, const void *data, uint64_t lba, uint32_t blocks);
int assay_scsi_medium_fill(struct assay_scsi_medium *m, const uint8_t *block, uint64_t lba, uint32_t blocks);
/* They read as zeros, and are deallocated. */
int assay_scsi_medium_unmap(struct assay_scsi_medium *m, uint64_t lba, uint32_t blocks);
int assay_scsi_medium_sync(struct assay_scsi_medium *m);
/* How many of the blocks from lba on, at most limit, share the state *mapped. */
uint32_t assay_scsi_medium_run(const struct assay_scsi_medium *m, uint64_t lba, uint32_t limit, bool *mapped);

/* --- scsi_names.c --- */

void assay_scsi_serial(char out[40], const struct assay_scsi_unit *u);
/* T10 vendor identification, 8 bytes and a NUL. */
const char *assay_scsi_vendor(const struct assay_scsi_device *d);
/* VPD page 83h behind its header; bytes written, at most ASSAY_SCSI_DESIGNATORS_MAX. */
#define ASSAY_SCSI_DESIGNATORS_MAX 1024
size_t assay_scsi_designators(
	uint8_t *out, const struct assay_scsi_nexus *n, const struct assay_scsi_unit *u);

/* --- the commands; prepare functions --- */
int assay_scsi_prepare_none(struct assay_scsi_command *c);
int assay_scsi_prepare_length(struct assay_scsi_command
		*c); /* allocation or parameter list length, where the CDB of that length has it */
int assay_scsi_prepare_inquiry(struct assay_scsi_command *c);
int assay_scsi_prepare_mode_select(struct assay_scsi_command *c);
int assay_scsi_prepare_diagnostic(struct assay_scsi_command *c);
int assay_scsi_prepare_capacity_10(struct assay_scsi_command *c);
int assay_scsi_prepare_capacity_16(struct assay_scsi_command *c);
int assay_scsi_prepare_synchronize(struct assay_scsi_command *c);
int assay_scsi_prepare_read(struct assay_scsi_command *c);
int assay_scsi_prepare_write(struct assay_scsi_command *c);
int assay_scsi_prepare_write_verify(struct assay_scsi_command *c);
int assay_scsi_prepare_verify(struct assay_scsi_command *c);
int assay_scsi_prepare_compare_write(struct assay_scsi_command *c);
int assay_scsi_prepare_write_same(struct assay_scsi_command *c);
int assay_scsi_prepare_extent(struct assay_scsi_command *c); /* no data, only a range */
int assay_scsi_prepare_lba_status(struct assay_scsi_command *c);
int assay_scsi_prepare_persistent_out(struct assay_scsi_command *c);

/* --- the commands: run functions --- */
void assay_scsi_test_unit_ready(struct assay_scsi_command *c);
void assay_scsi_request_sense(struct assay_scsi_command *c);
void assay_scsi_inquiry(struct assay_scsi_command *c);
void assay_scsi_report_luns(struct assay_scsi_command *c);
void assay_scsi_start_stop(struct assay_scsi_command *c);
void assay_scsi_prevent_allow(struct assay_scsi_command *c);
void assay_scsi_send_diagnostic(struct assay_scsi_command *c);
void assay_scsi_read_capacity_10(struct assay_scsi_command *c);
void assay_scsi_read_capacity_16(struct assay_scsi_command *c);
void assay_scsi_read(struct assay_scsi_command *c);
void assay_scsi_write_blocks(struct assay_scsi_command *c);
void assay_scsi_write_verify(struct assay_scsi_command *c);
void assay_scsi_verify(struct assay_scsi_command *c);
void assay_scsi_compare_write(struct assay_scsi_command *c);
void assay_scsi_orwrite(struct assay_scsi_command *c);
void assay_scsi_prefetch(struct assay_scsi_command *c);
void assay_scsi_synchronize(struct assay_scsi_command *c);
void assay_scsi_write_same(struct assay_scsi_command *c);
void assay_scsi_unmap(struct assay_scsi_command *c);
void assay_scsi_lba_status(struct assay_scsi_command *c);
void assay_scsi_mode_sense(struct assay_scsi_command *c);
void assay_scsi_mode_select(struct assay_scsi_command *c);
void assay_scsi_report_opcodes(struct assay_scsi_command *c);
void assay_scsi_report_tmfs(struct assay_scsi_command *c);
void assay_scsi_report_port_groups(struct assay_scsi_command *c);
void assay_scsi_reserve(struct assay_scsi_command *c);
void assay_scsi_release(struct assay_scsi_command *c);
void assay_scsi_persistent_in(struct assay_scsi_command *c);
void assay_scsi_persistent_out(struct assay_scsi_command *c);

/* --- scsi_reserve.c, scsi_persistent.c --- */
/* A reservation, RESERVE(6)'s or a persistent one, forbids the command. */
bool assay_scsi_reservation_conflict(const struct assay_scsi_command *c);
/* The nexus's registration; -1: none. */
int assay_scsi_registration(const struct assay_scsi_persistent *p, const struct assay_scsi_nexus *n);
/* What only a defect does at the end of a session: the registrations of the nexus go. */
void assay_scsi_forget_registrations(struct assay_scsi_nexus *n);
bool assay_scsi_holds_persistent(const struct assay_scsi_persistent *p, const struct assay_scsi_nexus *n);
bool assay_scsi_is_all_registrants(uint8_t type);
bool assay_scsi_is_registrants_only(uint8_t type); /* all-registrants types too */

#endif
