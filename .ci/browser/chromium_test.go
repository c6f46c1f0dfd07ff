package browser

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience ends a test whose browser does not answer.
const patience = 2 * time.Minute

// A chromium is a browser that is told what to do over two pipes, in the DevTools protocol: messages of JSON that end
// with a zero byte.
type chromium struct {
	commands io.WriteCloser
	last     int
	mu       sync.Mutex
	answers  map[int]chan message
	events   map[string][]message // by session, until they are taken
	changed  chan struct{}        // closed at the next event
}

type message struct {
	ID        int             `json:"id,omitempty"`
	SessionID string          `json:"sessionId,omitempty"`
	Method    string          `json:"method,omitempty"`
	Params    json.RawMessage `json:"params,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
	Error     *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// browser is the program that systems have under one of two names.
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("there is neither chromium nor google-chrome: install one")
	return ""
}

// start opens a browser that sends whatever it asks for to a proxy.
func start(t *testing.T, proxy string) *chromium {
	t.Helper()
	theirs, commands := pipe(t)
	answers, ours := pipe(t)
	cmd := exec.Command(browser(t), "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
		"--no-first-run", "--hide-scrollbars", "--force-color-profile=srgb", "--remote-debugging-pipe", "--user-data-dir="+t.TempDir(),
		"--proxy-server="+proxy, "--proxy-bypass-list=<-loopback>")
	cmd.ExtraFiles = []*os.File{theirs, ours}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	ours.Close()
	c := &chromium{commands: commands, answers: map[int]chan message{}, events: map[string][]message{}, changed: make(chan struct{})}
	go c.listen(answers)
	t.Cleanup(func() {
		c.call(t, "", "Browser.close", nil, nil)
		cmd.Wait()
	})
	return c
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	return r, w
}

func (c *chromium) listen(answers io.Reader) {
	for r := bufio.NewReader(answers); ; {
		line, err := r.ReadBytes(0)
		var m message
		if err == nil {
			err = json.Unmarshal(line[:len(line)-1], &m)
		}
		if err != nil {
			return // whoever waits for an answer says that none came
		}
		c.mu.Lock()
		if m.ID != 0 {
			c.answers[m.ID] <- m
		} else {
			c.events[m.SessionID] = append(c.events[m.SessionID], m)
			close(c.changed)
			c.changed = make(chan struct{})
		}
		c.mu.Unlock()
	}
}

// call sends a command and waits for its answer.
func (c *chromium) call(t *testing.T, session, method string, params, result any) {
	t.Helper()
	if params == nil {
		params = struct{}{}
	}
	raw, err := json.Marshal(params)
	if err != nil {
		t.Fatal(err)
	}
	answer := make(chan message, 1)
	c.mu.Lock()
	c.last++
	command, _ := json.Marshal(message{ID: c.last, SessionID: session, Method: method, Params: raw})
	c.answers[c.last] = answer
	_, err = c.commands.Write(append(command, 0))
	c.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	select {
	case m := <-answer:
		if m.Error != nil {
			t.Fatalf("%s: %s", method, m.Error.Message)
		}
		if result != nil {
			if err := json.Unmarshal(m.Result, result); err != nil {
				t.Fatal(err)
			}
		}
	case <-time.After(patience):
		t.Fatalf("%s: the browser does not answer", method)
	}
}

// A tab is a page of the browser.
type tab struct {
	*chromium
	session string
	seen    []message // its events so far
}

func (c *chromium) open(t *testing.T) *tab {
	t.Helper()
	var target struct {
		TargetID string `json:"targetId"`
	}
	c.call(t, "", "Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	c.call(t, "", "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	tab := &tab{chromium: c, session: attached.SessionID}
	for _, domain := range []string{"Page", "Runtime", "Network", "Log"} {
		tab.do(t, domain+".enable", nil)
	}
	t.Cleanup(func() { c.call(t, "", "Target.closeTarget", target, nil) })
	return tab
}

func (p *tab) do(t *testing.T, method string, params map[string]any) {
	t.Helper()
	p.call(t, p.session, method, params, nil)
}

// size makes the window so many pixels wide.
func (p *tab) size(t *testing.T, width int) {
	t.Helper()
	p.do(t, "Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false})
}

// media shows the page on another medium, and to readers who prefer something.
func (p *tab) media(t *testing.T, medium string, features ...string) {
	t.Helper()
	all := []map[string]string{}
	for _, f := range features {
		name, value, _ := strings.Cut(f, ": ")
		all = append(all, map[string]string{"name": name, "value": value})
	}
	p.do(t, "Emulation.setEmulatedMedia", map[string]any{"media": medium, "features": all})
}

// visit opens a page and waits until it is there.
func (p *tab) visit(t *testing.T, url string) {
	t.Helper()
	p.events_() // of the page before
	p.seen = nil
	p.do(t, "Page.navigate", map[string]any{"url": url})
	late := time.After(patience)
	for {
		p.mu.Lock()
		changed := p.changed
		p.mu.Unlock()
		for _, e := range p.events_() {
			if e.Method == "Page.loadEventFired" {
				return
			}
		}
		select {
		case <-changed:
		case <-late:
			t.Fatalf("%s does not load", url)
		}
	}
}

// events_ are all events since the last visit.
func (p *tab) events_() []message {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, p.events[p.session]...)
	p.events[p.session] = nil
	return p.seen
}

// ask evaluates an expression in the page, and waits when it is a promise.
func (p *tab) ask(t *testing.T, expression string, into any) {
	t.Helper()
	var answer struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	p.call(t, p.session, "Runtime.evaluate", map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true}, &answer)
	if answer.ExceptionDetails != nil {
		t.Fatalf("%.200s: %s", expression, answer.ExceptionDetails)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(answer.Result.Value, into); err != nil {
		t.Fatalf("%v in %s", err, answer.Result.Value)
	}
}

// problems are what an expression finds; the page has none when it is empty.
func (p *tab) problems(t *testing.T, what, expression string) {
	t.Helper()
	var found []string
	p.ask(t, expression, &found)
	for _, f := range found {
		t.Errorf("%s: %s", what, f)
	}
}

// press presses and releases a key.
func (p *tab) press(t *testing.T, key string) {
	t.Helper()
	codes := map[string]int{"Tab": 9, "Enter": 13, " ": 32}
	text := map[string]string{"Enter": "\r", " ": " "}[key]
	event := map[string]any{"type": "keyDown", "key": key, "windowsVirtualKeyCode": codes[key], "text": text}
	p.do(t, "Input.dispatchKeyEvent", event)
	p.do(t, "Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": key, "windowsVirtualKeyCode": codes[key]})
}

// picture is what the page looks like, down to its end or a height.
func (p *tab) picture(t *testing.T, width, most int) []byte {
	t.Helper()
	var height int
	p.ask(t, "document.documentElement.scrollHeight", &height)
	var shot struct{ Data []byte }
	p.call(t, p.session, "Page.captureScreenshot", map[string]any{"captureBeyondViewport": true,
		"clip": map[string]any{"x": 0, "y": 0, "width": width, "height": min(height, most), "scale": 1}}, &shot)
	return shot.Data
}

// printed is the page on paper.
func (p *tab) printed(t *testing.T) []byte {
	t.Helper()
	var pdf struct{ Data []byte }
	p.call(t, p.session, "Page.printToPDF", map[string]any{"printBackground": true, "preferCSSPageSize": false}, &pdf)
	return pdf.Data
}

// said is what the page wrote to the console and what the browser complained about.
func (p *tab) said() []string {
	var all []string
	for _, e := range p.events_() {
		switch e.Method {
		case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded":
			all = append(all, fmt.Sprintf("%s %s", e.Method, e.Params))
		}
	}
	return all
}

// requested is what the page asked for.
func (p *tab) requested(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, e := range p.events_() {
		if e.Method != "Network.requestWillBeSent" {
			continue
		}
		var sent struct{ Request struct{ URL string } }
		if err := json.Unmarshal(e.Params, &sent); err != nil {
			t.Fatal(err)
		}
		all = append(all, sent.Request.URL)
	}
	return all
}
