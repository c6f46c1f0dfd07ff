# shellcheck shell=bash
# Gets the program of a release from where it is published; a part of run.sh, which sets what is read here.
# shellcheck disable=SC2154
#
# curl asks for one address at a time and never follows a redirect by itself, so that the token goes to the API's
# address and nowhere else, and never unencrypted over a network. Addresses and token reach it on standard input, where
# no other process sees them. An answer takes at most a minute, with all tries, and 32 MB.

origin=wizzense/deployment-rings
server=${GITHUB_SERVER_URL:-https://github.com}
server=${server%/}
api=${GITHUB_API_URL:-https://api.github.com}
api=${api%/}
token='' # read when it is needed

# take_published: downloads, checks, unpacks, checks, and keeps the program; on failure $why says why.
take_published() {
	local advice='It was not run. Run the job again; when that ends like this too, tell the maintainers, and use another release.'
	[[ $asset_sum ]] || give_up "the release has no program for $os $arch" || return
	command -v curl > /dev/null || give_up 'there is no curl on this runner' || return
	make_room || give_up 'no folder of this runner can be written' || return
	find_repository
	download || return
	check_sum "$room/answer" "$asset_sum" "$from is not what was released. $advice"
	GZIP='' gzip -dc < "$room/answer" > "$room/$name" || give_up 'it could not be unpacked; the line above says why' || return
	check_sum "$room/$name" "$program_sum" "The program inside $from is not what was released. $advice"
	keep
}

give_up() {
	why=${why:+$why; }$1
	return 1
}

# make_room: an empty folder beside the place where the program will be.
make_room() {
	room_in "$tool_cache" && return
	[[ ! $tool_cache ]] || say notice "$tool_cache cannot be written, so the program is kept for this job only. (RUNNER_TOOL_CACHE)"
	room_in "$temp" || room_in "$(mktemp -d "${TMPDIR:-/tmp}/deployment-rings.XXXXXX")"
}

room_in() {
	[[ $1 ]] || return
	mkdir -p "$1/$place" && room=$(mktemp -d "$1/$place/new.XXXXXX") && program=$1/$place/$name
} 2> /dev/null

# Another job may keep the same program at the same moment; where it is already run, Windows does not let it be replaced.
keep() {
	chmod 755 "$room/$name" && mv -f "$room/$name" "$program" && return
	[[ -e $program ]] || give_up "$program could not be written" || return
	take_cached
}

# Runners leave GITHUB_ACTION_REPOSITORY empty for the steps of a composite action (actions/runner#2473), but put the
# action where its name can be read: _actions/OWNER/REPOSITORY/REF.
find_repository() {
	local path=${here//\\//} part='[A-Za-z0-9_][A-Za-z0-9_.-]*' LC_ALL=C
	if [[ $path == */_actions/* ]]; then path=${path##*/_actions/}; else path=${GITHUB_ACTION_REPOSITORY:-}; fi
	local form="^($part/$part)(/|\$)"
	repository=$origin
	[[ ! $path =~ $form ]] || repository=${BASH_REMATCH[1]}
}

# From the host of this run, where a fork or a mirror may have its own; a private repository shows it to the API alone.
# An Enterprise Server may have the action, but not the release: that is on github.com, which needs no trust, since the
# sums are in this commit.
download() {
	missing=yes tried=' '
	published_at "$server/$repository" || published_in_api ||
		published_at "https://github.com/$repository" || published_at "https://github.com/$origin"
}

published_at() {
	[[ $missing && $tried != *" $1 "* ]] || return
	tried="$tried$1 "
	get "$1/releases/download/$tag/$asset" '*/*'
}

published_in_api() {
	[[ $missing ]] || return
	read_token || return
	[[ $api == https://* ]] || on_this_machine "$api" || give_up "$api is not encrypted, so the token did not go there" || return
	get "$api/repos/$repository/releases/tags/$tag" application/vnd.github+json || return
	local id
	id=$(awk -v name="$asset" -f "$here/asset.awk" "$room/answer") ||
		give_up "$from could not be read; the line above says why" || return
	[[ $id ]] || not_there "has no $asset" || return
	get "$api/repos/$repository/releases/assets/$id" application/octet-stream
}

# bash cannot name a variable that has a hyphen.
read_token() {
	local LC_ALL=C form='^[A-Za-z0-9._~+/=-]+$'
	token=$(printenv 'INPUT_GITHUB-TOKEN') || return
	[[ $token =~ $form ]]
}

# on_this_machine ADDRESS: it is of this machine, and has no name of a user that looks like one.
on_this_machine() {
	local LC_ALL=C form='^http://(localhost|127(\.(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])){3}|\[::1\])(:[0-9]+)?(/|$)'
	[[ $1 =~ $form ]]
}

# get ADDRESS ACCEPT: what is there, in $room/answer. On failure, $missing says whether to look elsewhere.
get() {
	local url=$1 code type problem
	from=$1 missing=''
	for _ in 1 2 3 4 5; do
		if ! ask "$url" "$2"; then
			problem=$(< "$room/problem")
			problem=${problem%%[$'\r\n']*}
			give_up "$from: $problem" || return
		fi
		IFS='|' read -r code type url <<< "$answer"
		case $code-$type in
		200-text/html*) not_there 'is a page for people, perhaps one to sign in' || return ;;
		200-*) return ;;
		30[12378]-*) ;;
		4*) not_there "answers $code" || return ;;
		*) give_up "$from answers $code" || return ;;
		esac
	done
	give_up "$from redirects again and again"
}

not_there() {
	missing=yes
	give_up "$from $1"
}

# ask ADDRESS ACCEPT: one request. What is published with https is asked for with nothing else.
ask() {
	local proto='=https'
	[[ $server != http://* ]] || proto='=http,https'
	# curl looks at the size that a host says; where it says none, the file may not grow further.
	answer=$(trap '' XFSZ 2> /dev/null; ulimit -f 32768 2> /dev/null; request "$@" | curl --disable --config - --proto "$proto" --globoff --silent --show-error \
		--connect-timeout 10 --max-time 40 --retry 2 --retry-delay 1 --retry-max-time 20 --max-filesize 33554432 \
		--output "$room/answer" --write-out '%{http_code}|%{content_type}|%{redirect_url}' 2> "$room/problem")
}

request() {
	local url=${1//\\/%5C}
	url=${url//\"/%22}
	printf 'url = "%s"\nheader = "Accept: %s"\n' "$url" "$2"
	! on_this_machine "$1" || printf 'noproxy = "*"\n'
	[[ ! $token || $1 != "$api"/* ]] || printf 'header = "Authorization: Bearer %s"\n' "$token"
}
