/*
 * layout_table.h - the bits of all 18 PDU types, RFC 7143 sections 11.2 to 11.19, as lists for the preprocessor. layout.c
 * makes tables of them, pdu.c straight-line code; nothing else says where a field lies. Private to codec/.
 */
#ifndef ASSAY_CODEC_LAYOUT_TABLE_H
#define ASSAY_CODEC_LAYOUT_TABLE_H

/* clang-format off */

/* The fields of struct assay_pdu that travel in a BHS: member, name in the standard. */
#define ASSAY_FIELDS(X) \
	X(bit7, "Bit7") X(immediate, "I") X(opcode, "Opcode") X(final, "F") X(read, "R") X(write, "W") \
	X(attr, "ATTR") X(acknowledge, "A") X(status_present, "S") X(bidi_overflow, "o") X(bidi_underflow, "u") \
	X(overflow, "O") X(underflow, "U") X(transit, "T") X(cont, "C") X(csg, "CSG") X(nsg, "NSG") \
	X(function, "Function") X(reason, "Reason") X(snack_type, "Type") X(response, "Response") X(status, "Status") \
	X(version_max, "Version-max") X(version_min, "Version-min") X(version_active, "Version-active") \
	X(status_class, "Status-Class") X(status_detail, "Status-Detail") \
	X(async_event, "AsyncEvent") X(async_vcode, "AsyncVCode") \
	X(total_ahs_length, "TotalAHSLength") X(data_segment_length, "DataSegmentLength") \
	X(lun, "LUN") X(isid, "ISID") X(tsih, "TSIH") X(cid, "CID") X(itt, "ITT") X(ttt, "TTT") X(rtt, "RTT") \
	X(snack_tag, "SNACKTag") X(cmd_sn, "CmdSN") X(exp_stat_sn, "ExpStatSN") X(stat_sn, "StatSN") \
	X(exp_cmd_sn, "ExpCmdSN") X(max_cmd_sn, "MaxCmdSN") X(ref_cmd_sn, "RefCmdSN") X(exp_data_sn, "ExpDataSN") \
	X(data_sn, "DataSN") X(r2t_sn, "R2TSN") X(buffer_offset, "BufferOffset") \
	X(desired_data_transfer_length, "DesiredDataTransferLength") \
	X(expected_data_transfer_length, "ExpectedDataTransferLength") X(residual_count, "ResidualCount") \
	X(bidi_residual_count, "BidiReadResidualCount") X(beg_run, "BegRun") X(run_length, "RunLength") \
	X(time2wait, "Time2Wait") X(time2retain, "Time2Retain") X(parameter1, "Parameter1") X(parameter2, "Parameter2") \
	X(parameter3, "Parameter3") X(cdb, "CDB")

#define ASSAY_FIELD_INDEX(member, name) ASSAY_FIELD_##member,
enum { ASSAY_FIELDS(ASSAY_FIELD_INDEX) ASSAY_FIELD_COUNT };

/* The types: F(A, member, byte, shift, bits) for each field, in the order of the wire; A is passed through.
 * Bit7 is reserved everywhere, and a field all the same, so that a test can set it. */
#define ASSAY_HEAD_REQUEST(F, A) F(A, bit7, 0, 7, 1) F(A, immediate, 0, 6, 1) F(A, opcode, 0, 0, 6)
#define ASSAY_HEAD_OTHER(F, A) F(A, bit7, 0, 7, 1) F(A, opcode, 0, 0, 6)
#define ASSAY_LENGTHS(F, A) F(A, total_ahs_length, 4, 0, 8) F(A, data_segment_length, 5, 0, 24)
#define ASSAY_LUN_ITT(F, A) F(A, lun, 8, 0, 64) F(A, itt, 16, 0, 32)
#define ASSAY_NUMBERS_REQUEST(F, A) F(A, cmd_sn, 24, 0, 32) F(A, exp_stat_sn, 28, 0, 32)
#define ASSAY_NUMBERS_RESPONSE(F, A) \
	F(A, stat_sn, 24, 0, 32) F(A, exp_cmd_sn, 28, 0, 32) F(A, max_cmd_sn, 32, 0, 32)
#define ASSAY_LOGIN_STAGES(F, A) \
	F(A, transit, 1, 7, 1) F(A, cont, 1, 6, 1) F(A, csg, 1, 2, 2) F(A, nsg, 1, 0, 2) F(A, version_max, 2, 0, 8)
#define ASSAY_LOGIN_SESSION(F, A) F(A, isid, 8, 0, 48) F(A, tsih, 14, 0, 16) F(A, itt, 16, 0, 32)

/* 11.2.1: what an opcode that is not defined has all the same */
#define ASSAY_LAYOUT_UNDEFINED(F, A) \
	ASSAY_HEAD_REQUEST(F, A) F(A, final, 1, 7, 1) ASSAY_LENGTHS(F, A) ASSAY_LUN_ITT(F, A)

/* 11.3 */
#define ASSAY_LAYOUT_SCSI_COMMAND(F, A) \
	ASSAY_HEAD_REQUEST(F, A) \
	F(A, final, 1, 7, 1) F(A, read, 1, 6, 1) F(A, write, 1, 5, 1) F(A, attr, 1, 0, 3) \
	ASSAY_LENGTHS(F, A) ASSAY_LUN_ITT(F, A) F(A, expected_data_transfer_length, 20, 0, 32) \
	ASSAY_NUMBERS_REQUEST(F, A) F(A, cdb, 32, 0, 128)

/* 11.4 */
#define ASSAY_LAYOUT_SCSI_RESPONSE(F, A) \
	ASSAY_HEAD_OTHER(F, A) \
	F(A, final, 1, 7, 1) F(A, bidi_overflow, 1, 4, 1) F(A, bidi_underflow, 1, 3, 1) \
	F(A, overflow, 1, 2, 1) F(A, underflow, 1, 1, 1) F(A, response, 2, 0, 8) F(A, status, 3, 0, 8) \
	ASSAY_LENGTHS(F, A) F(A, itt, 16, 0, 32) F(A, snack_tag, 20, 0, 32) ASSAY_NUMBERS_RESPONSE(F, A) \
	F(A, exp_data_sn, 36, 0, 32) F(A, bidi_residual_count, 40, 0, 32) F(A, residual_count, 44, 0, 32)

/* 11.5 */
#define ASSAY_LAYOUT_TASK_MANAGEMENT_REQUEST(F, A) \
	ASSAY_HEAD_REQUEST(F, A) F(A, final, 1, 7, 1) F(A, function, 1, 0, 7) \
	ASSAY_LENGTHS(F, A) ASSAY_LUN_ITT(F, A) F(A, rtt, 20, 0, 32) ASSAY_NUMBERS_REQUEST(F, A) \
	F(A, ref_cmd_sn, 32, 0, 32) F(A, exp_data_sn, 36, 0, 32)

/* 11.6 */
#define ASSAY_LAYOUT_TASK_MANAGEMENT_RESPONSE(F, A) \
	ASSAY_HEAD_OTHER(F, A) F(A, final, 1, 7, 1) F(A, response, 2, 0, 8) \
	ASSAY_LENGTHS(F, A) F(A, itt, 16, 0, 32) ASSAY_NUMBERS_RESPONSE(F, A)

/* 11.7 */
#define ASSAY_LAYOUT_DATA_OUT(F, A) \
	ASSAY_HEAD_OTHER(F, A) F(A, final, 1, 7, 1) \
	ASSAY_LENGTHS(F, A) ASSAY_LUN_ITT(F, A) F(A, ttt, 20, 0, 32) F(A, exp_stat_sn, 28, 0, 32) \
	F(A, data_sn, 36, 0, 32) F(A, buffer_offset, 40, 0, 32)

#define ASSAY_LAYOUT_DATA_IN(F, A) \
	ASSAY_HEAD_OTHER(F, A) \
	F(A, final, 1, 7, 1) F(A, acknowledge, 1, 6, 1) F(A, overflow, 1, 2, 1) F(A, underflow, 1, 1, 1) \
	F(A, status_present, 1, 0, 1) F(A, status, 3, 0, 8) \
	ASSAY_LENGTHS(F, A) ASSAY_LUN_ITT(F, A) F(A, ttt, 20, 0, 32) ASSAY_NUMBERS_RESPONSE(F, A) \
	F(A, data_sn, 36, 0, 32) F(A, buffer_offset, 40, 0, 32) F(A, residual_count, 44, 0, 32)

/* 11.8 */
#define ASSAY_LAYOUT_R2T(F, A) \
	ASSAY_HEAD_OTHER(F, A) F(A, final, 1, 7, 1) \
	ASSAY_LENGTHS(F, A) ASSAY_LUN_ITT(F, A) F(A, ttt, 20, 0, 32) ASSAY_NUMBERS_RESPONSE(F, A) \
	F(A, r2t_sn, 36, 0, 32) F(A, buffer_offset, 40, 0, 32) F(A, desired_data_transfer_length, 44, 0, 32)

/* 11.9 */
#define ASSAY_LAYOUT_ASYNC_MESSAGE(F, A) \
	ASSAY_HEAD_OTHER(F, A) F(A, final, 1, 7, 1) \
	ASSAY_LENGTHS(F, A) ASSAY_LUN_ITT(F, A) ASSAY_NUMBERS_RESPONSE(F, A) \
	F(A, async_event, 36, 0, 8) F(A, async_vcode, 37, 0, 8) \
	F(A, parameter1, 38, 0, 16) F(A, parameter2, 40, 0, 16) F(A, parameter3, 42, 0, 16)

/* 11.10 */
#define ASSAY_LAYOUT_TEXT_REQUEST(F, A) \
	ASSAY_HEAD_REQUEST(F, A) F(A, final, 1, 7, 1) F(A, cont, 1, 6, 1) \
	ASSAY_LENGTHS(F, A) ASSAY_LUN_ITT(F, A) F(A, ttt, 20, 0, 32) ASSAY_NUMBERS_REQUEST(F, A)

/* 11.11 */
#define ASSAY_LAYOUT_TEXT_RESPONSE(F, A) \
	ASSAY_HEAD_OTHER(F, A) F(A, final, 1, 7, 1) F(A, cont, 1, 6, 1) \
	ASSAY_LENGTHS(F, A) ASSAY_LUN_ITT(F, A) F(A, ttt, 20, 0, 32) ASSAY_NUMBERS_RESPONSE(F, A)

/* 11.12; I is fixed to 1 on the wire */
#define ASSAY_LAYOUT_LOGIN_REQUEST(F, A) \
	ASSAY_HEAD_REQUEST(F, A) ASSAY_LOGIN_STAGES(F, A) F(A, version_min, 3, 0, 8) \
	ASSAY_LENGTHS(F, A) ASSAY_LOGIN_SESSION(F, A) F(A, cid, 20, 0, 16) ASSAY_NUMBERS_REQUEST(F, A)

/* 11.13 */
#define ASSAY_LAYOUT_LOGIN_RESPONSE(F, A) \
	ASSAY_HEAD_OTHER(F, A) ASSAY_LOGIN_STAGES(F, A) F(A, version_active, 3, 0, 8) \
	ASSAY_LENGTHS(F, A) ASSAY_LOGIN_SESSION(F, A) ASSAY_NUMBERS_RESPONSE(F, A) \
	F(A, status_class, 36, 0, 8) F(A, status_detail, 37, 0, 8)

/* 11.14 */
#define ASSAY_LAYOUT_LOGOUT_REQUEST(F, A) \
	ASSAY_HEAD_REQUEST(F, A) F(A, final, 1, 7, 1) F(A, reason, 1, 0, 7) \
	ASSAY_LENGTHS(F, A) F(A, itt, 16, 0, 32) F(A, cid, 20, 0, 16) ASSAY_NUMBERS_REQUEST(F, A)

/* 11.15 */
#define ASSAY_LAYOUT_LOGOUT_RESPONSE(F, A) \
	ASSAY_HEAD_OTHER(F, A) F(A, final, 1, 7, 1) F(A, response, 2, 0, 8) \
	ASSAY_LENGTHS(F, A) F(A, itt, 16, 0, 32) ASSAY_NUMBERS_RESPONSE(F, A) \
	F(A, time2wait, 40, 0, 16) F(A, time2retain, 42, 0, 16)

/* 11.16 */
#define ASSAY_LAYOUT_SNACK_REQUEST(F, A) \
	ASSAY_HEAD_OTHER(F, A) F(A, final, 1, 7, 1) F(A, snack_type, 1, 0, 4) \
	ASSAY_LENGTHS(F, A) ASSAY_LUN_ITT(F, A) F(A, ttt, 20, 0, 32) F(A, exp_stat_sn, 28, 0, 32) \
	F(A, beg_run, 40, 0, 32) F(A, run_length, 44, 0, 32)

/* 11.17 */
#define ASSAY_LAYOUT_REJECT(F, A) \
	ASSAY_HEAD_OTHER(F, A) F(A, final, 1, 7, 1) F(A, reason, 2, 0, 8) \
	ASSAY_LENGTHS(F, A) F(A, itt, 16, 0, 32) ASSAY_NUMBERS_RESPONSE(F, A) F(A, data_sn, 36, 0, 32)

/* 11.18 */
#define ASSAY_LAYOUT_NOP_OUT(F, A) \
	ASSAY_HEAD_REQUEST(F, A) F(A, final, 1, 7, 1) \
	ASSAY_LENGTHS(F, A) ASSAY_LUN_ITT(F, A) F(A, ttt, 20, 0, 32) ASSAY_NUMBERS_REQUEST(F, A)

/* 11.19 */
#define ASSAY_LAYOUT_NOP_IN(F, A) \
	ASSAY_HEAD_OTHER(F, A) F(A, final, 1, 7, 1) \
	ASSAY_LENGTHS(F, A) ASSAY_LUN_ITT(F, A) F(A, ttt, 20, 0, 32) ASSAY_NUMBERS_RESPONSE(F, A)

/* All types, ascending by opcode: T(TYPE, name) with ASSAY_TYPE its opcode and ASSAY_LAYOUT_TYPE its fields. */
#define ASSAY_PDU_TYPES(T) \
	T(NOP_OUT, "NOP-Out") \
	T(SCSI_COMMAND, "SCSI Command") \
	T(TASK_MANAGEMENT_REQUEST, "Task Management Function Request") \
	T(LOGIN_REQUEST, "Login Request") \
	T(TEXT_REQUEST, "Text Request") \
	T(DATA_OUT, "SCSI Data-Out") \
	T(LOGOUT_REQUEST, "Logout Request") \
	T(SNACK_REQUEST, "SNACK Request") \
	T(NOP_IN, "NOP-In") \
	T(SCSI_RESPONSE, "SCSI Response") \
	T(TASK_MANAGEMENT_RESPONSE, "Task Management Function Response") \
	T(LOGIN_RESPONSE, "Login Response") \
	T(TEXT_RESPONSE, "Text Response") \
	T(DATA_IN, "SCSI Data-In") \
	T(LOGOUT_RESPONSE, "Logout Response") \
	T(R2T, "R2T") \
	T(ASYNC_MESSAGE, "Asynchronous Message") \
	T(REJECT, "Reject")

/* clang-format on */

#endif
