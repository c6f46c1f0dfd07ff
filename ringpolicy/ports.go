package ringpolicy

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/wizzense/deployment-rings/ringpolicy/internal/strict"
)

type containerPorts struct{ Port, Base, Size int }

var defaultPorts = containerPorts{Port: 8080, Base: 8000, Size: 1000}

const lastPort = 65535

// ports returns those of the policy; the zero Policy has the default ones.
func (p *Policy) ports() containerPorts { return cmp.Or(p.container, defaultPorts) }

// ContainerPort returns the port on which the program inside a container listens: 8080 unless the policy says another.
func (p *Policy) ContainerPort() int { return p.ports().Port }

// PullRequestPort returns the host port of the container of a pull request: base + number mod size of the policy's
// pr_ports, by default 8000 + number mod 1000, moved up by size while a ring has that port. The error says that the
// number is below 1, or that no port is free.
func (p *Policy) PullRequestPort(number int) (int, error) {
	if number < 1 {
		return 0, fmt.Errorf("%d is not the number of a pull request, expected 1 or more", number)
	}
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
