# Turns the style and the script of the HTML pages into C, each with the hash that the page's Content-Security-Policy names.
# cmake -DOUT=file.c -DCSS=page.css -DJS=page.js -P embed.cmake

# A hexadecimal string in base 64; three bytes become four digits, what is missing in the last group is '='.
function(base64 out hex)
	set(digits "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
	set(text "")
	while(NOT hex STREQUAL "")
		string(SUBSTRING "${hex}0000" 0 6 group)
		string(LENGTH "${hex}" length)
		math(EXPR value "0x${group}")
		foreach(shift 18 12 6 0)
			math(EXPR digit "(${value} >> ${shift}) & 63")
			string(SUBSTRING "${digits}" ${digit} 1 digit)
			string(APPEND text "${digit}")
		endforeach()
		if(length LESS 6)
			math(EXPR keep "${length} / 2 + 1")
			string(LENGTH "${text}" all)
			math(EXPR all "${all} - 4 + ${keep}")
			string(SUBSTRING "${text}===" 0 ${all} text)
			foreach(pad RANGE ${keep} 3)
				string(APPEND text "=")
			endforeach()
			break()
		endif()
		string(SUBSTRING "${hex}" 6 -1 hex)
	endwhile()
	set(${out} "${text}" PARENT_SCOPE)
endfunction()

# A file as two constants: its text, and "sha256-…" over it.
function(embed name file)
	file(READ ${file} text)
	string(TOLOWER "${text}" lower)
	if(lower MATCHES "</(style|script)|<!--")
		message(FATAL_ERROR "${file}: has what would end it inside a page")
	endif()
	file(SHA256 ${file} hash)
	base64(hash ${hash})
	file(READ ${file} bytes HEX)
	string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
	string(REGEX REPLACE "(................................................................................)" "\\1\n\t" bytes "${bytes}")
	file(APPEND ${OUT} "
const char assay_page_${name}[] = {
	${bytes}0
};
const char assay_page_${name}_hash[] = \"sha256-${hash}\";
")
endfunction()

file(WRITE ${OUT} "/* Made by embed.cmake from page.css and page.js. */\n#include \"report/page_files.h\"\n")
embed(style ${CSS})
embed(script ${JS})
