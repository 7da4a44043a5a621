/*
 * meanings.c - the words for the codes of PDUs: RFC 7143 sections 11.3 to 11.17, RFC 7144, and for what is SCSI's SAM-5,
 * SPC-4 and SBC-3. Tables and look-ups only.
 */
#include <stddef.h>
#include <stdint.h>

#include "codec/listing.h"

struct word {
	uint16_t code;
	const char *name;
};

#define LOOKUP(table, code, otherwise) lookup(table, sizeof(table) / sizeof((table)[0]), code, otherwise)

static const char *lookup(const struct word *words, size_t count, unsigned code, const char *otherwise)
{
	for (size_t i = 0; i < count; i++)
		if (words[i].code == code)
			return words[i].name;
	return otherwise;
}

/* clang-format off */

static const struct word login_statuses[] = { /* 11.13.5: class and detail */
	{ 0x0000, "success" },
	{ 0x0101, "target moved temporarily" },
	{ 0x0102, "target moved permanently" },
	{ 0x0200, "initiator error" },
	{ 0x0201, "authentication failure" },
	{ 0x0202, "authorization failure" },
	{ 0x0203, "not found" },
	{ 0x0204, "target removed" },
	{ 0x0205, "unsupported version" },
	{ 0x0206, "too many connections" },
	{ 0x0207, "missing parameter" },
	{ 0x0208, "cannot include in session" },
	{ 0x0209, "session type not supported" },
	{ 0x020a, "session does not exist" },
	{ 0x020b, "invalid during login" },
	{ 0x0300, "target error" },
	{ 0x0301, "service unavailable" },
	{ 0x0302, "out of resources" },
};

static const struct word reject_reasons[] = { /* 11.17.1 */
	{ 0x01, "reserved" },
	{ 0x02, "data digest error" },
	{ 0x03, "SNACK reject" },
	{ 0x04, "protocol error" },
	{ 0x05, "command not supported" },
	{ 0x06, "immediate command reject" },
	{ 0x07, "task in progress" },
	{ 0x08, "invalid data ack" },
	{ 0x09, "invalid PDU field" },
	{ 0x0a, "long operation reject" },
	{ 0x0b, "negotiation reset (deprecated)" },
	{ 0x0c, "waiting for logout" },
};

static const struct word scsi_statuses[] = { /* SAM-5 section 5.3 */
	{ 0x00, "GOOD" },
	{ 0x02, "CHECK CONDITION" },
	{ 0x04, "CONDITION MET" },
	{ 0x08, "BUSY" },
	{ 0x18, "RESERVATION CONFLICT" },
	{ 0x28, "TASK SET FULL" },
	{ 0x30, "ACA ACTIVE" },
	{ 0x40, "TASK ABORTED" },
};

static const struct word scsi_responses[] = { /* 11.4.3 */
	{ 0x00, "command completed at target" },
	{ 0x01, "target failure" },
};

static const struct word tmf_functions[] = { /* 11.5.1; from 9 on RFC 7144 */
	{ 1, "ABORT TASK" },
	{ 2, "ABORT TASK SET" },
	{ 3, "CLEAR ACA" },
	{ 4, "CLEAR TASK SET" },
	{ 5, "LOGICAL UNIT RESET" },
	{ 6, "TARGET WARM RESET" },
	{ 7, "TARGET COLD RESET" },
	{ 8, "TASK REASSIGN" },
	{ 9, "QUERY TASK" },
	{ 10, "QUERY TASK SET" },
	{ 11, "I_T NEXUS RESET" },
	{ 12, "QUERY ASYNCHRONOUS EVENT" },
};

static const struct word tmf_responses[] = { /* 11.6.1; 7 is RFC 7144's */
	{ 0, "function complete" },
	{ 1, "task does not exist" },
	{ 2, "LUN does not exist" },
	{ 3, "task still allegiant" },
	{ 4, "task allegiance reassignment not supported" },
	{ 5, "task management function not supported" },
	{ 6, "function authorization failed" },
	{ 7, "function succeeded" },
	{ 255, "function rejected" },
};

static const struct word async_events[] = { /* 11.9.1 */
	{ ASSAY_ASYNC_SCSI_EVENT, "SCSI async event" },
	{ ASSAY_ASYNC_LOGOUT_REQUEST, "logout request" },
	{ ASSAY_ASYNC_CONNECTION_DROP, "connection drop notification" },
	{ ASSAY_ASYNC_SESSION_DROP, "session drop notification" },
	{ ASSAY_ASYNC_NEGOTIATION_REQUEST, "negotiation request" },
	{ ASSAY_ASYNC_TASK_TERMINATION, "task termination" },
};

static const struct word logout_reasons[] = { /* 11.14.1 */
	{ 0, "close the session" },
	{ 1, "close the connection" },
	{ 2, "remove the connection for recovery" },
};

static const struct word logout_responses[] = { /* 11.15.1 */
	{ 0, "closed successfully" },
	{ 1, "CID not found" },
	{ 2, "connection recovery not supported" },
	{ 3, "cleanup failed" },
};

static const struct word snack_types[] = { /* 11.16.1 */
	{ 0, "Data/R2T SNACK" },
	{ 1, "Status SNACK" },
	{ 2, "DataACK" },
	{ 3, "R-Data SNACK" },
};

static const struct word attrs[] = { /* 11.3.1 */
	{ ASSAY_ATTR_UNTAGGED, "untagged" },
	{ ASSAY_ATTR_SIMPLE, "simple" },
	{ ASSAY_ATTR_ORDERED, "ordered" },
	{ ASSAY_ATTR_HEAD_OF_QUEUE, "head of queue" },
	{ ASSAY_ATTR_ACA, "ACA" },
};

static const struct word stages[] = { /* 11.12.3 */
	{ ASSAY_STAGE_SECURITY, "SecurityNegotiation" },
	{ ASSAY_STAGE_OPERATIONAL, "LoginOperationalNegotiation" },
	{ ASSAY_STAGE_FULL_FEATURE, "FullFeaturePhase" },
};

static const struct word cdbs[] = { /* SPC-4 and SBC-3: operation codes */
	{ 0x00, "TEST UNIT READY" },
	{ 0x01, "REZERO UNIT" },
	{ 0x03, "REQUEST SENSE" },
	{ 0x04, "FORMAT UNIT" },
	{ 0x07, "REASSIGN BLOCKS" },
	{ 0x08, "READ(6)" },
	{ 0x0a, "WRITE(6)" },
	{ 0x0b, "SEEK(6)" },
	{ 0x12, "INQUIRY" },
	{ 0x15, "MODE SELECT(6)" },
	{ 0x16, "RESERVE(6)" },
	{ 0x17, "RELEASE(6)" },
	{ 0x1a, "MODE SENSE(6)" },
	{ 0x1b, "START STOP UNIT" },
	{ 0x1c, "RECEIVE DIAGNOSTIC RESULTS" },
	{ 0x1d, "SEND DIAGNOSTIC" },
	{ 0x1e, "PREVENT ALLOW MEDIUM REMOVAL" },
	{ 0x25, "READ CAPACITY(10)" },
	{ 0x28, "READ(10)" },
	{ 0x2a, "WRITE(10)" },
	{ 0x2b, "SEEK(10)" },
	{ 0x2e, "WRITE AND VERIFY(10)" },
	{ 0x2f, "VERIFY(10)" },
	{ 0x34, "PRE-FETCH(10)" },
	{ 0x35, "SYNCHRONIZE CACHE(10)" },
	{ 0x37, "READ DEFECT DATA(10)" },
	{ 0x3b, "WRITE BUFFER" },
	{ 0x3c, "READ BUFFER" },
	{ 0x3e, "READ LONG(10)" },
	{ 0x3f, "WRITE LONG(10)" },
	{ 0x41, "WRITE SAME(10)" },
	{ 0x42, "UNMAP" },
	{ 0x43, "READ TOC/PMA/ATIP" },
	{ 0x48, "SANITIZE" },
	{ 0x4c, "LOG SELECT" },
	{ 0x4d, "LOG SENSE" },
	{ 0x55, "MODE SELECT(10)" },
	{ 0x56, "RESERVE(10)" },
	{ 0x57, "RELEASE(10)" },
	{ 0x5a, "MODE SENSE(10)" },
	{ 0x5e, "PERSISTENT RESERVE IN" },
	{ 0x5f, "PERSISTENT RESERVE OUT" },
	{ 0x7f, "variable length CDB" },
	{ 0x83, "THIRD-PARTY COPY OUT" },
	{ 0x84, "THIRD-PARTY COPY IN" },
	{ 0x85, "ATA PASS-THROUGH(16)" },
	{ 0x88, "READ(16)" },
	{ 0x89, "COMPARE AND WRITE" },
	{ 0x8a, "WRITE(16)" },
	{ 0x8e, "WRITE AND VERIFY(16)" },
	{ 0x8f, "VERIFY(16)" },
	{ 0x90, "PRE-FETCH(16)" },
	{ 0x91, "SYNCHRONIZE CACHE(16)" },
	{ 0x93, "WRITE SAME(16)" },
	{ 0x9c, "WRITE ATOMIC(16)" },
	{ 0x9e, "SERVICE ACTION IN(16)" },
	{ 0x9f, "SERVICE ACTION OUT(16)" },
	{ 0xa0, "REPORT LUNS" },
	{ 0xa1, "ATA PASS-THROUGH(12)" },
	{ 0xa2, "SECURITY PROTOCOL IN" },
	{ 0xa3, "MAINTENANCE IN" },
	{ 0xa4, "MAINTENANCE OUT" },
	{ 0xa8, "READ(12)" },
	{ 0xaa, "WRITE(12)" },
	{ 0xae, "WRITE AND VERIFY(12)" },
	{ 0xaf, "VERIFY(12)" },
	{ 0xb5, "SECURITY PROTOCOL OUT" },
	{ 0xb7, "READ DEFECT DATA(12)" },
};

static const struct word sense_keys[] = { /* SPC-4 section 4.5.6 */
	{ 0x0, "NO SENSE" },
	{ 0x1, "RECOVERED ERROR" },
	{ 0x2, "NOT READY" },
	{ 0x3, "MEDIUM ERROR" },
	{ 0x4, "HARDWARE ERROR" },
	{ 0x5, "ILLEGAL REQUEST" },
	{ 0x6, "UNIT ATTENTION" },
	{ 0x7, "DATA PROTECT" },
	{ 0x8, "BLANK CHECK" },
	{ 0x9, "VENDOR SPECIFIC" },
	{ 0xa, "COPY ABORTED" },
	{ 0xb, "ABORTED COMMAND" },
	{ 0xd, "VOLUME OVERFLOW" },
	{ 0xe, "MISCOMPARE" },
	{ 0xf, "COMPLETED" },
};

static const struct word additional_senses[] = { /* SPC-4 annex F: ASC and ASCQ, what disks and iSCSI meet */
	{ 0x0000, "no additional sense information" },
	{ 0x0006, "I/O process terminated" },
	{ 0x0016, "operation in progress" },
	{ 0x0200, "no seek complete" },
	{ 0x0300, "peripheral device write fault" },
	{ 0x0400, "logical unit not ready, cause not reportable" },
	{ 0x0401, "logical unit is in process of becoming ready" },
	{ 0x0402, "logical unit not ready, initializing command required" },
	{ 0x0403, "logical unit not ready, manual intervention required" },
	{ 0x0404, "logical unit not ready, format in progress" },
	{ 0x0407, "logical unit not ready, operation in progress" },
	{ 0x040a, "logical unit not accessible, asymmetric access state transition" },
	{ 0x040b, "logical unit not accessible, target port in standby state" },
	{ 0x040c, "logical unit not accessible, target port in unavailable state" },
	{ 0x0500, "logical unit does not respond to selection" },
	{ 0x0700, "multiple peripheral devices selected" },
	{ 0x0800, "logical unit communication failure" },
	{ 0x0801, "logical unit communication time-out" },
	{ 0x0900, "track following error" },
	{ 0x0a00, "error log overflow" },
	{ 0x0b00, "warning" },
	{ 0x0b01, "warning - specified temperature exceeded" },
	{ 0x0c00, "write error" },
	{ 0x0c02, "write error - auto reallocation failed" },
	{ 0x0c0c, "write error - unexpected unsolicited data" },
	{ 0x0c0d, "write error - not enough unsolicited data" },
	{ 0x0e00, "invalid information unit" },
	{ 0x0e01, "information unit too short" },
	{ 0x0e02, "information unit too long" },
	{ 0x1000, "ID CRC or ECC error" },
	{ 0x1100, "unrecovered read error" },
	{ 0x1104, "unrecovered read error - auto reallocate failed" },
	{ 0x1400, "recorded entity not found" },
	{ 0x1500, "random positioning error" },
	{ 0x1700, "recovered data with no error correction applied" },
	{ 0x1800, "recovered data with error correction applied" },
	{ 0x1a00, "parameter list length error" },
	{ 0x1b00, "synchronous data transfer error" },
	{ 0x1d00, "miscompare during verify operation" },
	{ 0x2000, "invalid command operation code" },
	{ 0x2001, "access denied - initiator pending-enrolled" },
	{ 0x2002, "access denied - no access rights" },
	{ 0x2100, "logical block address out of range" },
	{ 0x2101, "invalid element address" },
	{ 0x2200, "illegal function" },
	{ 0x2400, "invalid field in CDB" },
	{ 0x2401, "CDB decryption error" },
	{ 0x2500, "logical unit not supported" },
	{ 0x2600, "invalid field in parameter list" },
	{ 0x2601, "parameter not supported" },
	{ 0x2602, "parameter value invalid" },
	{ 0x2604, "invalid release of persistent reservation" },
	{ 0x2700, "write protected" },
	{ 0x2701, "hardware write protected" },
	{ 0x2702, "logical unit software write protected" },
	{ 0x2707, "space allocation failed write protect" },
	{ 0x2800, "not ready to ready change, medium may have changed" },
	{ 0x2900, "power on, reset, or bus device reset occurred" },
	{ 0x2901, "power on occurred" },
	{ 0x2902, "SCSI bus reset occurred" },
	{ 0x2903, "bus device reset function occurred" },
	{ 0x2904, "device internal reset" },
	{ 0x2907, "I_T nexus loss occurred" },
	{ 0x2a00, "parameters changed" },
	{ 0x2a01, "mode parameters changed" },
	{ 0x2a02, "log parameters changed" },
	{ 0x2a03, "reservations preempted" },
	{ 0x2a04, "reservations released" },
	{ 0x2a05, "registrations preempted" },
	{ 0x2a06, "asymmetric access state changed" },
	{ 0x2a09, "capacity data has changed" },
	{ 0x2c00, "command sequence error" },
	{ 0x2f00, "commands cleared by another initiator" },
	{ 0x3000, "incompatible medium installed" },
	{ 0x3100, "medium format corrupted" },
	{ 0x3200, "no defect spare location available" },
	{ 0x3500, "enclosure services failure" },
	{ 0x3700, "rounded parameter" },
	{ 0x3807, "thin provisioning soft threshold reached" },
	{ 0x3900, "saving parameters not supported" },
	{ 0x3a00, "medium not present" },
	{ 0x3d00, "invalid bits in IDENTIFY message" },
	{ 0x3e00, "logical unit has not self-configured yet" },
	{ 0x3e01, "logical unit failure" },
	{ 0x3f00, "target operating conditions have changed" },
	{ 0x3f01, "microcode has been changed" },
	{ 0x3f02, "changed operating definition" },
	{ 0x3f03, "INQUIRY data has changed" },
	{ 0x3f05, "device identifier changed" },
	{ 0x3f0e, "reported LUNs data has changed" },
	{ 0x4300, "message error" },
	{ 0x4400, "internal target failure" },
	{ 0x4500, "select or reselect failure" },
	{ 0x4700, "SCSI parity error" },
	{ 0x4703, "information unit iuCRC error detected" },
	{ 0x4705, "protocol service CRC error" },
	{ 0x4900, "invalid message error" },
	{ 0x4a00, "command phase error" },
	{ 0x4b00, "data phase error" },
	{ 0x4d00, "tagged overlapped commands" },
	{ 0x4e00, "overlapped commands attempted" },
	{ 0x5300, "media load or eject failed" },
	{ 0x5302, "medium removal prevented" },
	{ 0x5500, "system resource failure" },
	{ 0x5503, "insufficient resources" },
	{ 0x5504, "insufficient registration resources" },
	{ 0x5d00, "failure prediction threshold exceeded" },
	{ 0x6500, "voltage fault" },
	{ 0x7400, "security error" },
};

/* clang-format on */

const char *assay_login_status_name(uint8_t status_class, uint8_t status_detail)
{
	return LOOKUP(login_statuses, (unsigned)status_class << 8 | status_detail, "unknown");
}

const char *assay_reject_reason_name(uint8_t reason)
{
	return LOOKUP(reject_reasons, reason, "unknown");
}

const char *assay_scsi_status_name(uint8_t status)
{
	return LOOKUP(scsi_statuses, status, "unknown");
}

const char *assay_scsi_response_name(uint8_t response)
{
	return LOOKUP(scsi_responses, response, response >= 0x80 ? "vendor specific" : "reserved");
}

const char *assay_tmf_function_name(uint8_t function)
{
	return LOOKUP(tmf_functions, function, "unknown");
}

const char *assay_tmf_response_name(uint8_t response)
{
	return LOOKUP(tmf_responses, response, "unknown");
}

const char *assay_async_event_name(uint8_t event)
{
	return LOOKUP(async_events, event, event >= ASSAY_ASYNC_VENDOR ? "vendor specific" : "unknown");
}

const char *assay_logout_reason_name(uint8_t reason)
{
	return LOOKUP(logout_reasons, reason, "reserved");
}

const char *assay_logout_response_name(uint8_t response)
{
	return LOOKUP(logout_responses, response, "unknown");
}

const char *assay_snack_type_name(uint8_t type)
{
	return LOOKUP(snack_types, type, "reserved");
}

const char *assay_attr_name(uint8_t attr)
{
	return LOOKUP(attrs, attr, "reserved");
}

const char *assay_stage_name(uint8_t stage)
{
	return LOOKUP(stages, stage, "reserved");
}

const char *assay_cdb_name(uint8_t operation_code)
{
	return LOOKUP(cdbs, operation_code, operation_code >= 0xc0 ? "vendor specific" : "unknown");
}

const char *assay_sense_key_name(uint8_t key)
{
	return LOOKUP(sense_keys, key, "reserved");
}

const char *assay_additional_sense_name(uint8_t asc, uint8_t ascq)
{
	return LOOKUP(additional_senses, (unsigned)asc << 8 | ascq,
		asc >= 0x80 || ascq >= 0x80 ? "vendor specific" : "unknown");
}
