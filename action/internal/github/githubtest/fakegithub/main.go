// Command fakegithub runs the server of package githubtest, for programs that are tested from outside.
//
//	fakegithub -state state.json -listen 127.0.0.1:0
//
// The file holds a State in JSON, the shape of which is that of the API. The first line on standard output is the root
// of the API, for GITHUB_API_URL. GET /_requests tells all requests so far, one a line, and GET /_spent
// what they cost; POST /_faults adds a fault.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

func main() {
	state := flag.String("state", "", "file that holds the state in JSON; none: an empty repository")
	repository := flag.String("repository", "", "owner/name, where the state does not say it")
	listen := flag.String("listen", "127.0.0.1:0", "address to listen on")
	token := flag.String("token", "", "the only token that is let in; none: any")
	prefix := flag.String("prefix", "", "of all paths, such as /api/v3")
	flag.Parse()
	if err := run(*state, *repository, *listen, *token, *prefix); err != nil {
		fmt.Fprintln(os.Stderr, "fakegithub:", err)
		os.Exit(1)
	}
}

func run(path, repository, listen, token, prefix string) error {
	state := githubtest.State{Repository: repository}
	if path != "" {
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(src, &state); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	hub := githubtest.New(state)
	hub.Token, hub.Prefix = token, prefix
	fmt.Printf("http://%s%s\n", listener.Addr(), prefix)
	server := &http.Server{Handler: withTools(hub), ReadHeaderTimeout: time.Minute}
	return server.Serve(listener)
}

// withTools adds what a test asks the fake, and not GitHub.
func withTools(hub *githubtest.GitHub) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", hub)
	mux.HandleFunc("GET /_requests", func(w http.ResponseWriter, _ *http.Request) {
		for _, r := range hub.Requests() {
			fmt.Fprintln(w, r)
		}
	})
	mux.HandleFunc("GET /_spent", func(w http.ResponseWriter, _ *http.Request) { json.NewEncoder(w).Encode(hub.Spent()) })
	mux.HandleFunc("POST /_faults", func(w http.ResponseWriter, r *http.Request) {
		var fault githubtest.Fault
		if err := json.NewDecoder(r.Body).Decode(&fault); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		hub.Break(fault)
	})
	return mux
}
