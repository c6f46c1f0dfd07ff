package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

func TestTools(t *testing.T) {
	server := httptest.NewServer(withTools(githubtest.New(githubtest.State{Repository: "o/n"})))
	defer server.Close()
	body := func(resp *http.Response, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if got := body(http.Get(server.URL + "/repos/o/n/issues?state=all")); got != "[]" {
		t.Errorf("issues = %s, want []", got)
	}
	body(http.Post(server.URL+"/_faults", "application/json", strings.NewReader(`{"route": "GET /issues", "status": 410, "text": "Issues are disabled for this repo"}`)))
	if got := body(http.Get(server.URL + "/repos/o/n/issues")); !strings.Contains(got, "Issues are disabled") {
		t.Errorf("issues = %s, want the fault", got)
	}
	if got, want := body(http.Get(server.URL+"/_requests")), "GET /repos/o/n/issues?state=all\nGET /repos/o/n/issues\n"; got != want {
		t.Errorf("requests = %q, want %q", got, want)
	}
}

func TestWrongState(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	if err := run(path, "", "127.0.0.1:0", "", ""); !os.IsNotExist(err) {
		t.Errorf("no file: %v", err)
	}
	if err := os.WriteFile(path, []byte(`{"pulls": 1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(path, "", "127.0.0.1:0", "", ""); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a wrong file: %v", err)
	}
}
