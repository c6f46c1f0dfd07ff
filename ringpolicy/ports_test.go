package ringpolicy_test

import (
	"strings"
	"testing"
)

func TestPullRequestPort(t *testing.T) {
	const (
		builtin = "[{name: a, host_port: 8080}, {name: b, after: [], host_port: 8081}, {name: c, after: [], host_port: 9080}]"
		narrow  = "[{name: a, host_port: 65000}, {name: b, after: [], host_port: 65500}]"
	)
	tests := []struct {
		container, rings string
		number, want     int // 0: none is free
	}{
		{"", builtin, 1, 8001},
		{"", builtin, 123, 8123},
		{"", builtin, 79, 8079},
		{"", builtin, 80, 10080}, // 8080 and 9080 are rings
		{"", builtin, 81, 9081},
		{"", builtin, 1000, 8000},
		{"", builtin, 1080, 10080},
		{"", builtin, 1677, 8677},
		{"", builtin, 1<<31 - 1, 8647},
		{"", "[{name: a, host_port: 8080}]", 80, 9080},
		{"pr_ports: {base: 8080, size: 1}", builtin, 5, 8082}, // up by one, past two rings
		{"pr_ports: {base: 65000, size: 500}", narrow, 1, 65001},
		{"pr_ports: {base: 65000, size: 500}", narrow, 500, 0}, // both of its ports are rings
		{"pr_ports: {base: 65535, size: 1}", narrow, 9, 65535},
		{"", builtin, 0, 0},
		{"", builtin, -80, 0},
	}
	for _, tt := range tests {
		p := parse(t, "version: 1\ncontainer: {"+tt.container+"}\nrings: "+withSoak(tt.rings)+"\n")
		port, err := p.PullRequestPort(tt.number)
		if port != tt.want || (err == nil) != (tt.want > 0) {
			t.Errorf("port of pull request %d with {%s} = %d, %v; want %d", tt.number, tt.container, port, err, tt.want)
		}
	}
	p := parse(t, "version: 1\ncontainer: {pr_ports: {base: 65000, size: 500}}\nrings: "+withSoak(narrow)+"\n")
	_, err := p.PullRequestPort(500)
	const want = "no host port is free for pull request 500: port 65000 and every 500th after it belong to rings; change container.pr_ports or host_port in the policy"
	if err == nil || err.Error() != want {
		t.Errorf("error = %v, want %s", err, want)
	}
}

func withSoak(rings string) string {
	return strings.ReplaceAll(rings, "{name", "{soak: {min: 1h}, name")
}
