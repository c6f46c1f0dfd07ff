package e2e_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// An Enterprise Server may take actions from github.com and has no releases of theirs; nor has a mirror or a fork that was
// made by pushing tags. github.com is asked without the token, which is not its own, through the proxy of the runner.
func TestStartOnAnEnterpriseServer(t *testing.T) {
	t.Parallel()
	p := programOf(t, []byte(downloaded))
	for _, tt := range []struct {
		name, repository string
		there            string   // where github.com has the asset
		github           []string // what is asked of it
	}{
		{"connected to github.com", "wizzense/deployment-rings", home + asset, []string{home + asset}},
		{"fork on github.com", "mona/rings", "/mona/rings/releases/download/" + tag + "/" + asset,
			[]string{"/mona/rings/releases/download/" + tag + "/" + asset}},
		{"mirror of another name", "mirrors/rings", home + asset,
			[]string{"/mirrors/rings/releases/download/" + tag + "/" + asset, home + asset}},
	} {
		enterprise := newHost(t, nil)
		github := newHost(t, map[string]http.HandlerFunc{tt.there: redirect("https://github.com/stored"), "/stored": file(p.gz)})
		m := newMachine(t, releaseFile(p, "linux_amd64"), enterprise.URL)
		m.env["INPUT_GITHUB-TOKEN"], m.env["GITHUB_ACTION_REPOSITORY"] = secret, tt.repository
		m.reachesGitHub(t, github)
		m.check(t, 0, ranDownloaded)
		want := []string{
			"/" + tt.repository + "/releases/download/" + tag + "/" + asset,
			"/api/v3/repos/" + tt.repository + "/releases/tags/" + tag + bearer,
		}
		if diff := cmp.Diff(want, enterprise.asked); diff != "" {
			t.Errorf("%s: requests to the Enterprise Server (-want +got)\n%s", tt.name, diff)
		}
		if diff := cmp.Diff(append(tt.github, "/stored"), github.asked); diff != "" {
			t.Errorf("%s: requests to github.com (-want +got)\n%s", tt.name, diff)
		}
	}
}

// Without a server of its own a runner uses github.com; nothing may lead from there to an address without encryption.
func TestStartStaysEncrypted(t *testing.T) {
	t.Parallel()
	p := publish(t)
	plain := p.host
	github := newHost(t, map[string]http.HandlerFunc{home + asset: redirect(plain.URL + home + asset)})
	p.env["GITHUB_SERVER_URL"], p.env["GITHUB_API_URL"] = "", ""
	p.reachesGitHub(t, github)
	p.check(t, 0, builtFor("https://github.com"+home+asset+": curl: (1) …"))
	if len(plain.asked) != 0 {
		t.Errorf("asked without encryption for %q", plain.asked)
	}
	github.answers[home+asset] = file(p.program.gz)
	p.check(t, 0, ranDownloaded)
}

// One address is asked once, and a certificate that the runner does not trust is a reason to build.
func TestStartOfAReleaseThatGitHubDoesNotHave(t *testing.T) {
	t.Parallel()
	p := publish(t)
	github := newHost(t, nil)
	p.env["GITHUB_SERVER_URL"], p.env["GITHUB_API_URL"] = "", ""
	p.reachesGitHub(t, github)
	p.check(t, 0, builtFor("https://github.com"+home+asset+" answers 404"))
	if want := []string{home + asset}; !slices.Equal(github.asked, want) {
		t.Errorf("asked for %q, want %q", github.asked, want)
	}
	p.env["CURL_CA_BUNDLE"] = ""
	p.check(t, 0, builtFor("https://github.com"+home+asset+": curl: (60) …"))
	if _, out := p.start(t); strings.Contains(out, "%0A") {
		t.Errorf("run.sh said more than one line of what curl said: %s", out)
	}
}

// reachesGitHub gives the machine a proxy to a host that has a certificate for github.com, and trust in it.
func (m *machine) reachesGitHub(t *testing.T, github *host) {
	t.Helper()
	github.Close()
	github.Server = httptest.NewUnstartedServer(github)
	cert := certificate(t, "github.com")
	github.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	github.StartTLS()
	t.Cleanup(github.Close)
	proxy := httptest.NewServer(tunnel(github.Listener.Addr().String()))
	t.Cleanup(proxy.Close)
	m.env["https_proxy"], m.env["CURL_CA_BUNDLE"] = proxy.URL, filepath.Join(m.dir, "ca.pem")
	put(t, m.env["CURL_CA_BUNDLE"], string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]})))
}

func certificate(t *testing.T, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, &about, &about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// tunnel is a proxy to one address, for those who want github.com.
func tunnel(address string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != "github.com:443" {
			http.Error(w, "no such host", http.StatusBadGateway)
			return
		}
		far, err := net.Dial("tcp", address)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer far.Close()
		near, begun, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer near.Close()
		io.WriteString(near, "HTTP/1.1 200 OK\r\n\r\n")
		var both sync.WaitGroup
		both.Go(func() { io.Copy(far, begun); far.(*net.TCPConn).CloseWrite() })
		both.Go(func() { io.Copy(near, far); near.(*net.TCPConn).CloseWrite() })
		both.Wait()
	}
}
