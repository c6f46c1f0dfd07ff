#!/usr/bin/env bash
# Becomes the program of this commit. A release commit has release.txt, which says what the bytes of the program are:
# it is taken from the runner's tool cache, else downloaded, else built. On any other commit it is built.
# Bytes that ought to be the release's and are not are an error: they are never run, and nothing takes their place.
# Inputs arrive in INPUT_ variables. bash 3.2 is enough, which is what macOS has.
set -euo pipefail

here=${BASH_SOURCE[0]%/*}
[[ $here != "${BASH_SOURCE[0]}" ]] || here=.
program='' # what to become
tag=''     # of the release, if this commit is one
why=''     # the program of the release could not be had
room=''    # folder of files that are not whole yet

# say KIND TEXT: an annotation of the run. The text cannot become a command of its own.
say() {
	local text=${2//\%/%25}
	text=${text//$'\r'/%0D}
	text=${text//$'\n'/%0A}
	printf '::%s title=deployment-rings::%s\n' "$1" "$text" >&2
}

fail() {
	say error "$1"
	exit 1
}

clean_up() {
	[[ -z $room ]] || rm -rf "$room"
	room=''
}
trap clean_up EXIT

# The bash of Windows would turn inputs such as /x or a=/b:/c into paths of Windows.
become_program() {
	clean_up
	export MSYS2_ENV_CONV_EXCL='INPUT_;GITHUB_'
	set +e # else bash does not outlive a failed exec, whatever execfail says
	shopt -s execfail
	exec "$program" || fail "$program cannot be run on this machine; the line above says why."
}

# System and machine as Go calls them, from what the runner says, else from what the system says.
find_platform() {
	local system=${RUNNER_OS:-} machine=${RUNNER_ARCH:-}
	[[ $system && $machine ]] || read -r system machine <<< "$(uname -sm)"
	case $system in
	Linux) os=linux ;;
	macOS | Darwin) os=darwin ;;
	Windows | MINGW* | MSYS* | CYGWIN*) os=windows ;;
	*) os=$system ;;
	esac
	case $machine in
	X64 | x86_64 | amd64) arch=amd64 ;;
	ARM64 | aarch64 | arm64) arch=arm64 ;;
	*) arch=$machine ;;
	esac
}

# The runner's folders and the name of the program.
find_places() {
	tool_cache=${RUNNER_TOOL_CACHE:-} temp=${RUNNER_TEMP:-} name=deployment-rings
	[[ $os == windows ]] || return 0
	tool_cache=${tool_cache//\\//} temp=${temp//\\//} name=deployment-rings.exe
}

# malformed LINE WANTED
malformed() {
	fail "$here/release.txt, line $1: expected $2. The file belongs to the release: use its tag or its commit, unchanged."
}

read_release() {
	local LC_ALL=C
	[[ -f $here/release.txt && -r $here/release.txt ]] || malformed 1 'a file that can be read'
	{
		read_tag
		read_sums
	} < "$here/release.txt"
	place=deployment-rings/${tag#v}-${program_sum:0:12}/$arch
}

read_tag() {
	local line='' form='^(v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?) ([0-9a-f]{40})$'
	IFS= read -r line || [[ $line ]] || malformed 1 'something'
	[[ $line =~ $form ]] || malformed 1 'the tag, a space and the commit of the source, 40 hex digits'
	tag=${BASH_REMATCH[1]} commit=${BASH_REMATCH[3]}
}

# The sums of this platform's program, plain and gzipped; both stay empty where the release has none.
read_sums() {
	local line number=1 form='^([0-9a-f]{64})  (deployment-rings_[a-z0-9_]+(\.exe)?(\.gz)?)$'
	asset=deployment-rings_${os}_$arch${name#deployment-rings}.gz program_sum='' asset_sum=''
	while IFS= read -r line || [[ $line ]]; do
		number=$((number + 1))
		[[ $line =~ $form ]] || malformed "$number" 'a sha256, 64 hex digits, two spaces and the name of a file of the release'
		case ${BASH_REMATCH[2]} in
		"$asset") asset_sum=$asset_sum${BASH_REMATCH[1]} ;;
		"${asset%.gz}") program_sum=$program_sum${BASH_REMATCH[1]} ;;
		esac
	done
	[[ ${#asset_sum} -le 64 && ${#asset_sum} -eq ${#program_sum} ]] ||
		malformed "$number" "one line each for ${asset%.gz} and $asset before the end, or none for both"
}

# check_sum FILE SUM TEXT: fails with the text, and both sums, when the file is another one. The quickest program is first.
check_sum() {
	local sum
	sum=$(openssl dgst -sha256 -r < "$1" 2> /dev/null) ||
		sum=$(sha256sum < "$1" 2> /dev/null) ||
		sum=$(shasum -a 256 < "$1") ||
		fail "The sha256 of $1 cannot be computed by openssl, sha256sum or shasum; the line above says why."
	sum=${sum%% *}
	[[ $sum == "$2" ]] || fail "$3 Its sha256 is $sum; that of $tag is $2."
}

# The program from the tool cache, or from an earlier step of this job.
take_cached() {
	[[ $program_sum ]] || return
	local folder
	for folder in "$tool_cache" "$temp"; do
		program=$folder/$place/$name
		[[ $folder && -e $program ]] || continue
		[[ -f $program ]] ||
			fail "$program is no file, and so not the program of $tag. Delete it, and look who can write there."
		check_sum "$program" "$program_sum" \
			"$program was changed after it was downloaded. It was not run. Delete it, and look who can write there."
		return 0
	done
	return 1
}

# What the job sets for builds of its own must not change ours, nor run a program in it. So Go gets, of the environment, where
# programs are, where modules come from (go.sum has their sums), how the network is reached, and where its caches are,
# unless they are in the workspace. Git gets no configuration of a user.
compile() {
	local flags=$1 file=$2 folder=${2%/*} mode='-mod=readonly' proxy='' cache='' modules='' home=''
	{
		read -r proxy
		read -r cache
		read -r modules
	} <<< "$(ask_go)"
	outside "$cache" || cache=$folder/cache
	outside "$modules" || modules=$folder/modules mode="$mode -modcacherw"
	if outside "${HOME:-}"; then home=HOME; fi
	# With "off" behind it, a proxy that is a folder has to prove its toolchains too.
	with "$home TMPDIR TMP TEMP SYSTEMROOT SSL_CERT_FILE SSL_CERT_DIR HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy" \
		"GOPROXY=${proxy:+$proxy,off}" "GOCACHE=$cache" "GOMODCACHE=$modules" "GOPATH=$folder/go" "GOFLAGS=$mode" \
		GO111MODULE=on GOWORK=off GOENV=off GOAUTH=off GOTOOLCHAIN=auto CGO_ENABLED=0 GIT_CONFIG_GLOBAL=/dev/null \
		go build -C "$here/.." -trimpath -buildvcs=false -ldflags "$flags" -o "$file" ./action
}

# What the job says about these, in the environment or in Go's own file; asking runs no program.
ask_go() {
	with 'HOME XDG_CACHE_HOME XDG_CONFIG_HOME APPDATA LOCALAPPDATA USERPROFILE GOENV GOPROXY GOCACHE GOMODCACHE GOPATH' \
		GOFLAGS=-mod=readonly GOWORK=off GOTOOLCHAIN=local go env GOPROXY GOCACHE GOMODCACHE
}

# with NAMES COMMAND…: runs it with PATH and these variables, as far as they are set, and with nothing else.
with() {
	local name names=$1
	shift
	for name in $names; do
		[[ ! ${!name:-} ]] || set -- "$name=${!name}" "$@"
	done
	env -i "PATH=$PATH" "$@"
}

# outside FOLDER: it can be used, and is not in the workspace, where anybody's files may be.
outside() {
	local place workspace
	[[ $1 == /* || $1 == [A-Za-z]:* ]] || return
	[[ -d $1 ]] || mkdir -p "$1" 2> /dev/null || return
	place=$(cd "$1" && pwd -P) || return
	workspace=$(cd "${GITHUB_WORKSPACE:-/dev/null}" 2> /dev/null && pwd -P) || return 0
	[[ $place/ != "$workspace"/* ]]
}

build() {
	local flags='-s -w' before=''
	[[ ! $why ]] || before="The program of $tag could not be downloaded: $why. "
	command -v go > /dev/null ||
		fail "${before}There is no Go on this runner, which is needed to build the program. Add a step with actions/setup-go before this one."
	[[ ! $why ]] || say warning "${before}It is built from source instead, which takes longer."
	[[ ! $tag ]] || flags="$flags -X main.version=$tag -X main.commit=$commit"
	program=$(mktemp -d "${temp:-${TMPDIR:-/tmp}}/deployment-rings.XXXXXX")/$name ||
		fail "${before}There is no folder to build the program in; the line above says why."
	compile "$flags" "$program" ||
		fail "${before}The program could not be built with the Go on this runner; the lines above say why. A build needs the modules of go.mod, from the module cache or from a proxy that GOPROXY names."
}

find_platform
find_places
if [[ -e $here/release.txt ]]; then
	read_release
	if take_cached; then become_program; fi
	# shellcheck source=action/download.sh
	source "$here/download.sh"
	if take_published; then become_program; fi
fi
build
become_program
