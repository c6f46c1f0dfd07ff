# Prints the id of the asset called NAME (-v name=NAME) of a release, as GitHub's API describes it: .assets[].id of the
# one whose .assets[].name it is, whatever the order of keys. Quotes split the text into what is inside of strings and
# what is outside.

BEGIN { RS = "\"" }

inside {
	text = text $0
	match($0, /\\*$/)
	if (RLENGTH % 2) { text = text RS; next } # the quote belongs to the string
	inside = 0
	if (path() == "assets[name" && value) called = text
	next
}

{
	walk($0)
	inside = 1
	text = ""
}

# walk goes over what is outside of strings, character by character; there is little of it.
function walk(marks,   i, c) {
	for (i = 1; i <= length(marks); i++) {
		c = substr(marks, i, 1)
		if (c == "{" || c == "[") { depth++; kind[depth] = c; key[depth] = ""; value = c == "[" }
		else if (c == ":") { key[depth] = text; value = 1 }
		else if (c == ",") { value = kind[depth] == "[" }
		else if (c == "}" || c == "]") leave()
		else if (c ~ /[0-9]/ && path() == "assets[id") id = id c
	}
}

# An asset ends: here its name and its id are both known.
function leave() {
	if (depth == 3 && key[1] == "assets") {
		if (called == name) { print id; exit }
		called = id = ""
	}
	depth--
}

# path is where a value of an asset is, such as assets[id.
function path() {
	return key[1] kind[2] key[3]
}
