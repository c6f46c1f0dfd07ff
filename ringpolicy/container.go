package ringpolicy

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/ringpolicy/internal/strict"
)

// A Container is how an image runs: for a pull request in a container of its own, or as the container of a ring
// (guide: Container Deployment).
type Container struct {
	App           string // last part of the image name
	Name          string // "aitherzero-pr-123", "aitherzero-ring0"
	Image         string // full reference
	HostPort      int    // 0: none is published
	ContainerPort int
	Env           map[string]string
	Health        Health
}

type containerPorts struct{ Port, Base, Size int }

var defaultPorts = containerPorts{Port: 8080, Base: 8000, Size: 1000}

const lastPort = 65535

// ports are those of the policy; the zero Policy has the default ones.
func (p *Policy) ports() containerPorts { return cmp.Or(p.container, defaultPorts) }

func (r *policyReader) containerPorts(n *strict.Node) {
	c := &r.out.container
	port := func(name string, to *int) strict.Field {
		return strict.Field{Name: name, Read: func(n *strict.Node) { *to = r.Int(n, 1, lastPort) }}
	}
	r.Object(n, port("port", &c.Port), strict.Field{Name: "pr_ports", Read: func(n *strict.Node) {
		r.Object(n, port("base", &c.Base), port("size", &c.Size))
		if c.Base+c.Size-1 > lastPort {
			r.Fail(n, "the range ends at port %d, expected at most %d", c.Base+c.Size-1, lastPort)
		}
	}})
}

// RingContainer returns the container of a ring: named app-ring without the dashes of the ring's name, on the ring's port.
func (p *Policy) RingContainer(ring Ring, app, image string) Container {
	return Container{
		App:           app,
		Name:          app + "-" + strings.ReplaceAll(ring.Name, "-", ""),
		Image:         image,
		HostPort:      ring.HostPort,
		ContainerPort: p.ports().Port,
		Env:           map[string]string{"DEPLOYMENT_RING": ring.Name},
		Health:        ring.Health,
	}
}

// PullRequestContainer returns the container of a pull request: named app-pr-number, on the port base + number mod size,
// moved up by size while that is the port of a ring. The error says that no port is free, or that the number is none.
func (p *Policy) PullRequestContainer(ring Ring, app, image string, number int) (Container, error) {
	if number < 1 {
		return Container{}, fmt.Errorf("%d is not the number of a pull request, expected 1 or more", number)
	}
	port, err := p.pullRequestPort(number)
	if err != nil {
		return Container{}, err
	}
	c := p.RingContainer(ring, app, image)
	c.Name = app + "-pr-" + strconv.Itoa(number)
	c.HostPort = port
	c.Env["PR_NUMBER"] = strconv.Itoa(number)
	return c, nil
}

func (p *Policy) pullRequestPort(number int) (int, error) {
	ports := p.ports()
	first := ports.Base + number%ports.Size
	for port := first; port <= lastPort; port += ports.Size {
		if !slices.ContainsFunc(p.rings, func(r Ring) bool { return r.HostPort == port }) {
			return port, nil
		}
	}
	return 0, fmt.Errorf("no host port is free for pull request %d: port %d and every %dth after it belong to rings; change container.pr_ports or host_port in the policy",
		number, first, ports.Size)
}

// LocalURL is where the container answers on its host; "" when no port is published.
func (c Container) LocalURL() string {
	if c.HostPort == 0 {
		return ""
	}
	return "http://localhost:" + strconv.Itoa(c.HostPort)
}

// DockerRun is the command that starts the container, as one line for a POSIX shell.
func (c Container) DockerRun() string {
	words := []string{"docker", "run", "-d", "--name", c.Name}
	if c.HostPort != 0 {
		words = append(words, "-p", c.published())
	}
	for _, v := range c.environment() {
		words = append(words, "-e", v.name+"="+v.value)
	}
	for _, f := range c.Health.fields() {
		words = append(words, "--health-"+strings.ReplaceAll(f.name, "_", "-"), f.value)
	}
	words = append(words, c.Image)
	for i, w := range words {
		words[i] = shellQuote(w)
	}
	return strings.Join(words, " ")
}

// Compose is a Compose file that starts the same container.
func (c Container) Compose() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "services:\n  %s:\n", composeText(c.App))
	fmt.Fprintf(&b, "    image: %s\n    container_name: %s\n", composeText(c.Image), composeText(c.Name))
	if c.HostPort != 0 {
		fmt.Fprintf(&b, "    ports:\n      - %s\n", composeText(c.published()))
	}
	b.WriteString(composeMap("environment", quoted(c.environment())))
	b.WriteString(composeMap("healthcheck", c.Health.fields()))
	return []byte(b.String())
}

// composeMap writes a map of a service; an empty one is left out, since Compose takes no null for it.
func composeMap(name string, fields []setting) string {
	if len(fields) == 0 {
		return ""
	}
	lines := "    " + name + ":\n"
	for _, f := range fields {
		lines += fmt.Sprintf("      %s: %s\n", f.name, f.value)
	}
	return lines
}

func quoted(settings []setting) []setting {
	for i, s := range settings {
		settings[i] = setting{composeText(s.name), composeText(s.value)}
	}
	return settings
}

// environment are the variables, sorted by name.
func (c Container) environment() []setting {
	var vars []setting
	for _, name := range slices.Sorted(maps.Keys(c.Env)) {
		vars = append(vars, setting{name, c.Env[name]})
	}
	return vars
}

func (c Container) published() string { return fmt.Sprintf("%d:%d", c.HostPort, c.ContainerPort) }

// A setting is a variable, or a part of a health check.
type setting struct{ name, value string }

// fields are those that the policy gives, by their names in a Compose file.
func (h Health) fields() []setting {
	var fields []setting
	span := func(name string, d time.Duration) {
		if d > 0 {
			fields = append(fields, setting{name, goDuration(d)})
		}
	}
	span("interval", h.Interval)
	span("timeout", h.Timeout)
	if h.Retries > 0 {
		fields = append(fields, setting{"retries", strconv.Itoa(h.Retries)})
	}
	span("start_period", h.StartPeriod)
	return fields
}

// goDuration writes a duration in the units that Docker reads, without parts that are zero: "30s", "1h", "1m30s".
func goDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// composeText quotes text for a Compose file: JSON is YAML, and "$" doubled is not a variable.
func composeText(s string) string {
	quoted, err := json.Marshal(strings.ReplaceAll(s, "$", "$$"))
	if err != nil {
		panic(err) // a string always has a JSON form
	}
	return string(quoted)
}

var shellPlain = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// shellQuote makes one word of s for a POSIX shell.
func shellQuote(s string) string {
	if shellPlain.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
