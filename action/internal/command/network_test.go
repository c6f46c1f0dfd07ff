package command

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
)

// refusingNetwork reaches one host, and none beside it.
type refusingNetwork struct{ host string }

func (n refusingNetwork) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != n.host {
		return nil, errors.New("no route to host")
	}
	return http.DefaultTransport.RoundTrip(r)
}

// rowsIn are image, ring and digest of what runs by a status report, a line each.
func rowsIn(t *testing.T, object string) string {
	t.Helper()
	var r struct {
		Images []struct {
			Image string
			Rings []struct {
				Name string
				Runs *struct{ Digest string }
			}
		}
	}
	if err := json.Unmarshal([]byte(object), &r); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, image := range r.Images {
		for _, ring := range image.Rings {
			if ring.Runs != nil {
				lines = append(lines, image.Image+" "+ring.Name+" "+ring.Runs.Digest)
			}
		}
	}
	return strings.Join(lines, "\n")
}

// noTags is a registry that has nothing.
type noTags struct{}

func (noTags) RoundTrip(r *http.Request) (*http.Response, error) {
	code := http.StatusNotFound
	if r.URL.Path == "/v2/" {
		code = http.StatusOK
	}
	return &http.Response{StatusCode: code, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}
