package githubtest

import (
	"net/http"
	"strings"
)

// A Fault makes requests fail.
type Fault struct {
	Route  string            `json:"route"`            // below the repository: "GET /commits/{sha}/check-runs"; "": all
	Query  string            `json:"query,omitempty"`  // that the query holds: "page=2"
	Times  int               `json:"times,omitempty"`  // how often; 0: always
	Status int               `json:"status,omitempty"` // that is answered
	Text   string            `json:"text,omitempty"`   // the message that comes with it
	Header map[string]string `json:"header,omitempty"`
	Stall  bool              `json:"stall,omitempty"` // there is no answer until the client leaves
	Drop   bool              `json:"drop,omitempty"`  // the connection breaks before the answer
	Cut    bool              `json:"cut,omitempty"`   // the connection breaks in the middle of the answer
	Field  string            `json:"field,omitempty"` // of GraphQL: it is null wherever a query asks for it, and an error beside the data says so
}

// Break adds a fault. Of several that fit a request the first that was added counts.
func (g *GitHub) Break(f Fault) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults = append(g.faults, &f)
}

// Mend takes all faults away.
func (g *GitHub) Mend() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults = nil
}

// fault is the one that a request meets, if any.
func (g *GitHub) fault(route string, r *http.Request) *Fault {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, f := range g.faults {
		if f.Route != "" && f.Route != route || !holds(r.URL.RawQuery, f.Query) {
			continue
		}
		if f.Times--; f.Times == 0 {
			g.faults = append(g.faults[:i:i], g.faults[i+1:]...)
		}
		return f
	}
	return nil
}

// holds tells whether a query has a parameter as it is written.
func holds(query, parameter string) bool {
	return parameter == "" || strings.Contains("&"+query+"&", "&"+parameter+"&")
}

// spoil answers in the place of the handler, or says that the handler shall answer and be cut.
func (f *Fault) spoil(w http.ResponseWriter, r *http.Request) bool {
	switch {
	case f.Stall:
		<-r.Context().Done()
		return true
	case f.Drop:
		panic(http.ErrAbortHandler)
	case f.Cut:
		return false
	}
	for name, value := range f.Header {
		w.Header().Set(name, value)
	}
	refuse(w, f.Status, f.Text)
	return true
}

// A cutter lets half of an answer through.
type cutter struct {
	http.ResponseWriter
}

func (c *cutter) Write(b []byte) (int, error) {
	n, err := c.ResponseWriter.Write(b[:len(b)/2])
	if flusher, ok := c.ResponseWriter.(http.Flusher); ok {
		flusher.Flush()
	}
	return n, err
}

// off breaks the connection.
func (c *cutter) off() { panic(http.ErrAbortHandler) }
