# Turns the requirement catalogues into C, so that the installed program needs no files beside it.
# cmake -DOUT=file.c -DIN=a.tsv,b.tsv -P embed.cmake; each row of eight columns becomes one struct assay_requirement.
string(REPLACE "," ";" files "${IN}")
set(rows "")
foreach(file IN LISTS files)
	file(READ ${file} text)
	string(FIND "${text}" "\n" heading)
	math(EXPR heading "${heading} + 1")
	string(SUBSTRING "${text}" ${heading} -1 text)
	string(REPLACE "\\" "\\\\" text "${text}")
	string(REPLACE "\"" "\\\"" text "${text}")
	string(REPLACE "\t" "\", \"" text "${text}")
	string(REPLACE "\n" "\" },\n\t{ \"" text "${text}")
	string(REGEX REPLACE "\t{ \"$" "" text "${text}") # behind the last row
	string(APPEND rows "\t{ \"${text}")
endforeach()
file(WRITE ${OUT} "/* Made by embed.cmake from the requirement catalogues. */
#include \"cli/requirement.h\"

const struct assay_requirement assay_requirements[] = {
${rows}};
const size_t assay_requirement_count = sizeof(assay_requirements) / sizeof(assay_requirements[0]);
")
