package e2e_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	secret   = "ghs_secret.of-the_job"
	bearer   = " Bearer " + secret
	apiHome  = "/api/v3/repos/wizzense/deployment-rings/releases/"
	tagPath  = apiHome + "tags/" + tag
	fileID   = "4711"
	filePath = apiHome + "assets/" + fileID
)

// described is a release as the API describes it, in one line as GitHub sends it, with text that looks like what is
// looked for.
const described = `{"url":"https://example/1","id":1,"author":{"login":"mona","id":2},"assets":[` +
	`{"url":"https://example/2","id":10,"name":"checksums.txt","label":"3.5\" disk","uploader":{"login":"mona","id":2}},` +
	`{"name":"deployment-rings_linux_amd64","id":11,"label":"a \"name\":\"` + asset + `\",\"id\":12,"},` +
	`{"name":"` + asset + `","uploader":{"name":"` + asset + `","id":13},"label":"\\","state":"uploaded","id":` + fileID + `,"size":1}],` +
	`"body":"{\"assets\":[{\"id\":14,\"name\":\"` + asset + `\"}]}"}`

// forToken answers those who have the token, and is not there for others.
func forToken(answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+secret {
			http.NotFound(w, r)
			return
		}
		answer(w, r)
	}
}

// download answers with the file to those who want a file, and describes it to others.
func download(src []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept") != "application/octet-stream" {
			text("application/json", `{"id":`+fileID+`}`)(w, r)
			return
		}
		file(src)(w, r)
	}
}

// A private repository shows its releases to the token alone, and sends who wants a file on to a host that must not see it.
func TestStartOfAPrivateRepository(t *testing.T) {
	t.Parallel()
	p := programOf(t, []byte(downloaded))
	storage := newHost(t, map[string]http.HandlerFunc{"/signed": file(p.gz)})
	asked := []string{home + asset, tagPath + bearer, filePath + bearer}
	for _, tt := range []struct {
		name    string
		answers map[string]http.HandlerFunc
		stored  []string
		asked   []string
	}{
		{"redirect to another host", map[string]http.HandlerFunc{
			tagPath: text("application/json; charset=utf-8", described), filePath: redirect(storage.URL + "/signed?sig=%22x%22&a=[1]{2}"),
		}, []string{"/signed"}, asked},
		{"the file itself", map[string]http.HandlerFunc{
			tagPath: text("application/json", described), filePath: download(p.gz),
		}, nil, asked},
		{"renamed repository", map[string]http.HandlerFunc{
			tagPath: redirect("/api/v3/repositories/9/releases/tags/" + tag),
			"/api/v3/repositories/9/releases/tags/" + tag: text("application/json", described), filePath: download(p.gz),
		}, nil, slices.Insert(slices.Clone(asked), 2, "/api/v3/repositories/9/releases/tags/"+tag+bearer)},
		{"on more than one line", map[string]http.HandlerFunc{
			tagPath: text("application/json", strings.ReplaceAll(described, ",\"", " ,\r\n\t\"")), filePath: download(p.gz),
		}, nil, asked},
	} {
		storage.asked = nil
		for path, answer := range tt.answers {
			tt.answers[path] = forToken(answer)
		}
		h := newHost(t, tt.answers)
		m := newMachine(t, releaseFile(p, "linux_amd64"), h.URL)
		m.env["INPUT_GITHUB-TOKEN"] = secret
		m.env["GITHUB_API_URL"] += "/"
		m.check(t, 0, ranDownloaded)
		if diff := cmp.Diff(tt.asked, h.asked); diff != "" {
			t.Errorf("%s: requests (-want +got)\n%s", tt.name, diff)
		}
		if diff := cmp.Diff(tt.stored, storage.asked); diff != "" {
			t.Errorf("%s: requests to the other host (-want +got)\n%s", tt.name, diff)
		}
	}
}

// What the API does not give is built, and the warning has every address and no secret.
func TestStartOfAPrivateRepositoryWithoutItsAsset(t *testing.T) {
	t.Parallel()
	p := programOf(t, []byte(downloaded))
	for _, tt := range []struct {
		name, token string
		answer      http.HandlerFunc
		want        string
	}{
		{"token of another repository", secret, status(404), "{api} answers 404; {github}"},
		{"token that is no more", secret, status(401), "{api} answers 401; {github}"},
		{"limit", secret, status(403), "{api} answers 403; {github}"},
		{"broken", secret, status(500), "{api} answers 500"},
		{"release without the asset", secret, text("application/json", `{"assets":[{"id":1,"name":"x"}]}`), "{api} has no " + asset + "; {github}"},
		{"not JSON", secret, text("application/json", "no"), "{api} has no " + asset + "; {github}"},
		{"no token", "", status(500), "{github}"},
		{"token of more than a line", secret + "\"\nurl = \"file:///etc/passwd", status(500), "{github}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t, map[string]http.HandlerFunc{tagPath: tt.answer})
			m := newMachine(t, releaseFile(p, "linux_amd64"), h.URL)
			m.env["INPUT_GITHUB-TOKEN"] = tt.token
			m.env["https_proxy"] = closedPort(t)
			github := "https://github.com" + home + asset + ": curl: …"
			why := h.URL + home + asset + " answers 404; " + strings.NewReplacer("{api}", h.URL+tagPath, "{github}", github).Replace(tt.want)
			m.check(t, 0, builtFor(why))
		})
	}
}

// What reads the API's answer is on every runner of GitHub, but not on every runner.
func TestStartOfAPrivateRepositoryWithoutAwk(t *testing.T) {
	t.Parallel()
	p := programOf(t, []byte(downloaded))
	h := newHost(t, map[string]http.HandlerFunc{tagPath: text("application/json", described)})
	m := newMachine(t, releaseFile(p, "linux_amd64"), h.URL)
	m.env["INPUT_GITHUB-TOKEN"] = secret
	m.without(t, "awk")
	m.check(t, 0, "…awk: command not found\n"+builtFor(h.URL+home+asset+" answers 404; "+h.URL+tagPath+" could not be read; the line above says why"))
}

// Everybody on a machine sees the command lines of everybody.
func TestStartShowsTheTokenToNobody(t *testing.T) {
	t.Parallel()
	p := programOf(t, []byte(downloaded))
	h := newHost(t, map[string]http.HandlerFunc{
		tagPath: text("application/json", described), filePath: redirect("/signed?sig=" + secret), "/signed": file(p.gz),
	})
	m := newMachine(t, releaseFile(p, "linux_amd64"), h.URL)
	m.env["INPUT_GITHUB-TOKEN"] = secret
	seen := filepath.Join(m.dir, "seen")
	for _, name := range []string{"curl", "awk", "printenv"} {
		path := readLink(t, filepath.Join(m.bin, name))
		m.without(t, name)
		put(t, filepath.Join(m.bin, name), fmt.Sprintf("#!/bin/bash\necho %s \"$@\" >> %q\nexec %s \"$@\"\n", name, seen, path))
	}
	m.check(t, 0, ranDownloaded)
	lines := readText(t, seen)
	if strings.Contains(lines, secret) || strings.Count(lines, "curl ") != 4 {
		t.Errorf("command lines, want four of curl and none with the token:\n%s", lines)
	}
}
