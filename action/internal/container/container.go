// Package container says how an image runs, for a pull request in a container of its own or as the container of a ring,
// and writes that as a docker run command and as a Compose file.
package container

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

// A Container is how an image runs.
type Container struct {
	App           string // last part of the image name
	Name          string // "aitherzero-pr-123", "aitherzero-ring0"
	Image         string // full reference
	HostPort      int    // 0: it publishes none
	ContainerPort int
	Env           map[string]string
	Health        ringpolicy.Health
}

// OfRing returns the container of a ring: named app-ring without the dashes of the ring's name, on the ring's port.
func OfRing(p *ringpolicy.Policy, ring ringpolicy.Ring, app, image string) Container {
	return Container{
		App:           app,
		Name:          app + "-" + strings.ReplaceAll(ring.Name, "-", ""),
		Image:         image,
		HostPort:      ring.HostPort,
		ContainerPort: p.ContainerPort(),
		Env:           map[string]string{"DEPLOYMENT_RING": ring.Name},
		Health:        ring.Health,
	}
}

// OfPullRequest returns the container of a pull request: named app-pr-number, on a port of its own. The error is that of
// [ringpolicy.Policy.PullRequestPort].
func OfPullRequest(p *ringpolicy.Policy, ring ringpolicy.Ring, app, image string, number int) (Container, error) {
	port, err := p.PullRequestPort(number)
	if err != nil {
		return Container{}, err
	}
	c := OfRing(p, ring, app, image)
	c.Name = app + "-pr-" + strconv.Itoa(number)
	c.HostPort = port
	c.Env["PR_NUMBER"] = strconv.Itoa(number)
	return c, nil
}

// LocalURL returns the URL at which the container answers on its host; "" when it publishes no port.
func (c Container) LocalURL() string {
	if c.HostPort == 0 {
		return ""
	}
	return "http://localhost:" + strconv.Itoa(c.HostPort)
}

// DockerRun returns the command that starts the container, as one line for a POSIX shell.
func (c Container) DockerRun() string {
	words := []string{"docker", "run", "-d", "--name", c.Name}
	if c.HostPort != 0 {
		words = append(words, "-p", c.published())
	}
	for _, v := range c.environment() {
		words = append(words, "-e", v.name+"="+v.value)
	}
	for _, f := range healthFields(c.Health) {
		words = append(words, "--health-"+strings.ReplaceAll(f.name, "_", "-"), f.value)
	}
	words = append(words, c.Image)
	for i, w := range words {
		words[i] = shellQuote(w)
	}
	return strings.Join(words, " ")
}

// Compose returns a Compose file that starts the same container.
func (c Container) Compose() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "services:\n  %s:\n", composeText(c.App))
	fmt.Fprintf(&b, "    image: %s\n    container_name: %s\n", composeText(c.Image), composeText(c.Name))
	if c.HostPort != 0 {
		fmt.Fprintf(&b, "    ports:\n      - %s\n", composeText(c.published()))
	}
	b.WriteString(composeMap("environment", quoted(c.environment())))
	b.WriteString(composeMap("healthcheck", healthFields(c.Health)))
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

// environment returns the variables, sorted by name.
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

// healthFields returns the settings that the policy gives, by their names in a Compose file.
func healthFields(h ringpolicy.Health) []setting {
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
