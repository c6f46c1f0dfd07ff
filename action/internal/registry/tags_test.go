package registry_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/registry"
	"github.com/wizzense/deployment-rings/tagging"
)

// listing is a client of a registry that lists tags.
func listing(l http.Handler) (*registry.Client, *wire) {
	w := &wire{handler: l}
	return registry.New(registry.Options{Transport: w, Keychain: anonymous{}, Sleep: new(naps).sleep}), w
}

// all returns the tags of an image, sorted.
func all(ctx context.Context, c *registry.Client) ([]string, error) {
	tags, err := c.All(ctx, app)
	slices.Sort(tags)
	return slices.Compact(tags), err
}

// repositoryOf makes n tags as a repository has them: pull requests, branches, releases, commits and others.
func repositoryOf(n int, rnd *rand.Rand) []string {
	slugs := []string{"ring-0", "ring-0-integrations", "main", "z", "a.b", strings.Repeat("long-", 40)}
	seen := map[string]bool{}
	add := func(set tagging.Set, err error) {
		for _, tag := range set.All() {
			seen[tag.String()] = true
		}
	}
	for i := 0; len(seen) < n; i++ {
		slug, revision := slugs[rnd.IntN(len(slugs))], fmt.Sprintf("%016x%024x", rnd.Uint64(), 0)
		switch rnd.IntN(8) {
		case 0:
			add(tagging.Branch{Name: slug, Iteration: 1 + rnd.IntN(200), RingTag: "dev", Revision: revision}.Tags())
		case 1:
			add(tagging.Release{Version: fmt.Sprintf("%d.%d.%d", rnd.IntN(3), rnd.IntN(30), rnd.IntN(5)), Revision: revision}.Tags())
		case 2:
			seen[[]string{"Upper-", "PR-5-ring-0-v", "v1.", "_x", "buildcache", "Z", "v1.2.", "v", "V2.0."}[rnd.IntN(9)]+fmt.Sprint(rnd.IntN(50))] = true
		default:
			add(tagging.PullRequest{Number: 1 + rnd.IntN(1+n/50), Branch: slug, Iteration: 1 + rnd.IntN(150), RingTag: "ring-0", Revision: revision}.Tags())
		}
	}
	tags := make([]string, 0, len(seen))
	for tag := range seen {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	rnd.Shuffle(len(tags), func(i, j int) { tags[i], tags[j] = tags[j], tags[i] })
	return tags[:n]
}

func TestTagsAreNeverLost(t *testing.T) {
	for _, kind := range kinds {
		for _, n := range []int{0, 1, 2, 50, 100, 999, 1000, 1001, 2000, 2500} {
			t.Run(fmt.Sprintf("%s, %d tags", kind.name, n), func(t *testing.T) {
				rnd := rand.New(rand.NewPCG(1, uint64(n)))
				l := kind.lister
				l.tags = repositoryOf(n, rnd)
				l.order(kind.order, rnd)
				c, _ := listing(&l)
				got, err := all(t.Context(), c)
				want := slices.Sorted(slices.Values(l.tags))
				if err != nil || !slices.Equal(want, got) {
					t.Errorf("%d tags, %v, want %d", len(got), err, len(want))
				}
			})
		}
	}
}

// answers is a registry that answers one request after the other, the last one again and again.
func answers(pages ...string) http.HandlerFunc {
	i := 0
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v2/" {
			return
		}
		page := pages[min(i, len(pages)-1)]
		i++
		link, body, _ := strings.Cut(page, " ")
		if link != "-" {
			w.Header().Set("Link", "<"+link+`>; rel="next"`)
		}
		io.WriteString(w, body)
	}
}

// circle is a registry whose pages lead on to each other, the last one back to one of them, each time under
// another address.
func circle(back int, pages ...string) http.HandlerFunc {
	i := 0
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v2/" {
			return
		}
		if i > 1000 {
			w.WriteHeader(http.StatusTeapot) // nobody noticed
		}
		at := i
		if at >= len(pages) {
			at = back + (i-back)%(len(pages)-back)
		}
		i++
		w.Header().Set("Link", fmt.Sprintf("<%s?x=%d>; rel=next", r.URL.Path, i))
		fmt.Fprintf(w, `{"tags":[%q]}`, pages[at])
	}
}

func TestListsInCircles(t *testing.T) {
	for _, test := range []struct {
		back  int
		pages []string
	}{
		{0, []string{"a"}},
		{0, []string{"a", "b"}},
		{1, []string{"a", "b", "c"}},
		{3, []string{"a", "b", "c", "d", "e", "f", "g"}},
	} {
		c, w := listing(circle(test.back, test.pages...))
		tags, err := all(t.Context(), c)
		if err == nil || !strings.HasSuffix(err.Error(), "the registry gives the same page of the list again and again") {
			t.Errorf("%v, back to %d: %v, %v, want an error", test.pages, test.back, tags, err)
		}
		if most := 4 * len(test.pages); w.requests() > most {
			t.Errorf("%v, back to %d: %d requests, want at most %d", test.pages, test.back, w.requests(), most)
		}
	}
}

func TestListsThatAreErrors(t *testing.T) {
	const list = "/v2/owner/app/tags/list"
	for _, test := range []struct {
		name  string
		pages []string
		want  string
	}{
		{"a page links to itself", []string{list + `?n=1000 {"tags":["a"]}`}, "the registry gives the same page of the list again and again"},
		{"no list", []string{`- {"name":"x"}`}, "the answer is not a list of tags"},
		{"a page of a proxy", []string{"- <html>"}, "the answer is not a list of tags"},
		{"something else", []string{"- [1]"}, "the answer is not a list of tags"},
		{"tags that are no list", []string{`- {"tags":"a"}`}, "the answer is not a list of tags"},
		{"a tag that is no text", []string{`- {"tags":["a",1]}`}, "the answer is not a list of tags"},
		{"a list that ends early", []string{`- {"tags":["a","b`}, "the connection was lost: the list was cut short; tried 4 times"},
		{"a broken link", []string{`%zz {"tags":["a"]}`}, `the address of the next page is broken: parse "%zz": invalid URL escape "%zz"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, _ := listing(answers(test.pages...))
			tags, err := all(t.Context(), c)
			if want := "cannot list the tags of " + app + ": " + test.want; err == nil || err.Error() != want {
				t.Errorf("Tags = %v, %v\nwant %s", tags, err, want)
			}
		})
	}
}

// A page that fails makes the whole list an error, and so everything that is read from it.
func TestFailingPage(t *testing.T) {
	l := &lister{n: true, links: true, last: "ignored"}
	l.tags = repositoryOf(3500, rand.New(rand.NewPCG(1, 1)))
	for n := 1; n <= 4; n++ {
		c, w := listing(l)
		w.fault = func(_ int, req *http.Request, send func() *http.Response) (*http.Response, error) {
			if req.URL.Query().Get("offset") == fmt.Sprint(1000*(n-1)) || n == 1 {
				return answer(req, 500, nil, ""), nil
			}
			return send(), nil
		}
		if tags, err := all(t.Context(), c); err == nil {
			t.Errorf("page %d fails: %d tags, want an error", n, len(tags))
		}
		if versions, err := c.Versions(t.Context(), app); err == nil {
			t.Errorf("page %d fails: versions %v, want an error", n, versions)
		}
		if last, err := c.LastIteration(t.Context(), app, pullRequest(5, "ring-0")); err == nil {
			t.Errorf("page %d fails: last iteration %d, want an error", n, last)
		}
	}
}

// A page cut short is read again, and what came already comes again.
func TestPageCutShort(t *testing.T) {
	l := &lister{n: true, links: true, last: "bytes", tags: []string{"a", "b", "c"}}
	c, w := listing(l)
	w.fault = func(n int, req *http.Request, send func() *http.Response) (*http.Response, error) {
		resp := send()
		if n == 1 {
			resp.Body = cutBody{io.LimitReader(resp.Body, 35)}
		}
		return resp, nil
	}
	got, err := all(t.Context(), c)
	if diff := cmp.Diff(l.tags, got); err != nil || diff != "" || w.requests() != 3 {
		t.Errorf("Tags: %v, %d requests (-want +got):\n%s", err, w.requests(), diff)
	}
}

// Links are followed on the host that was asked, whatever host they name.
func TestLinksStayOnTheHost(t *testing.T) {
	c, w := listing(answers(`https://evil.example/v2/owner/app/tags/list?x=1 {"tags":["a"]}`, `- {"tags":["b"]}`, `- {"tags":[]}`))
	got, err := all(t.Context(), c)
	if diff := cmp.Diff([]string{"a", "b"}, got); err != nil || diff != "" {
		t.Errorf("Tags: %v (-want +got):\n%s", err, diff)
	}
	for _, req := range w.seen {
		if req.URL.Host != "127.0.0.1" {
			t.Errorf("asked %s", req.URL)
		}
	}
}

// A tag that is pushed while a registry without pages is read does not make a circle.
func TestTagPushedMeanwhile(t *testing.T) {
	l := &lister{last: "ignored", tags: []string{"a"}}
	c, w := listing(l)
	w.fault = func(n int, req *http.Request, send func() *http.Response) (*http.Response, error) {
		resp := send()
		if n == 1 {
			l.tags = append(l.tags, "b")
		}
		return resp, nil
	}
	got, err := all(t.Context(), c)
	if diff := cmp.Diff([]string{"a", "b"}, got); err != nil || diff != "" {
		t.Errorf("Tags: %v (-want +got):\n%s", err, diff)
	}
}

func pullRequest(number int, branch string) func(int) (tagging.Set, error) {
	return func(n int) (tagging.Set, error) {
		return tagging.PullRequest{Number: number, Branch: branch, Iteration: n, RingTag: "dev", Revision: strings.Repeat("a", 40)}.Tags()
	}
}

func branch(name string) func(int) (tagging.Set, error) {
	return func(n int) (tagging.Set, error) {
		return tagging.Branch{Name: name, Iteration: n, Revision: strings.Repeat("a", 40)}.Tags()
	}
}

// lastOf finds the last iteration in another way: by looking for the tag of each.
func lastOf(tags []string, build func(int) (tagging.Set, error)) int {
	last := 0
	for n := range 201 {
		if set, err := build(n); err == nil && slices.Contains(tags, set.Primary().String()) {
			last = n
		}
	}
	return last
}

var releaseTag = regexp.MustCompile(`^v?([0-9]+\.[0-9]+\.[0-9]+)$`)

func versionsOf(tags []string) []string {
	var versions []string
	for _, tag := range tags {
		if found := releaseTag.FindStringSubmatch(tag); found != nil {
			versions = append(versions, found[1])
		}
	}
	slices.Sort(versions)
	return slices.Compact(versions)
}

// farAway is a subject without neighbours. A registry that passes over tags is then asked for the whole list.
const farAway = "far away"

func TestIterationsAndVersions(t *testing.T) {
	subjects := map[string]func(int) (tagging.Set, error){
		"pull request":          pullRequest(5, "ring-0"),
		"other pull request":    pullRequest(1, "main"),
		"pull request, long":    pullRequest(2, strings.Repeat("long-", 40)),
		"first in the alphabet": pullRequest(1, "a.b"),
		"none yet":              pullRequest(5, "zz"),
		farAway:                 pullRequest(99999, "zz"),
		"branch":                branch("ring-0-integrations"),
		"last branch":           branch("z"),
		"unknown branch":        branch("a"),
	}
	for _, n := range []int{0, 1, 10, 1000, 10_000} {
		tags := repositoryOf(n, rand.New(rand.NewPCG(2, uint64(n))))
		versions, last := versionsOf(tags), map[string]int{}
		for name, build := range subjects {
			last[name] = lastOf(tags, build)
		}
		for _, kind := range kinds {
			t.Run(fmt.Sprintf("%s, %d tags", kind.name, n), func(t *testing.T) {
				t.Parallel()
				l := kind.lister
				l.tags = slices.Clone(tags)
				l.order(kind.order, rand.New(rand.NewPCG(3, uint64(n))))
				most, where := 0, "" // of iterations; of versions there are two parts
				for name, build := range subjects {
					c, w := listing(&l)
					got, err := c.LastIteration(t.Context(), app, build)
					if want := last[name]; err != nil || got != want {
						t.Errorf("%s: %d, %v, want %d", name, got, err, want)
					}
					if w.requests() > most && name != farAway {
						most, where = w.requests(), name
					}
				}
				c, w := listing(&l)
				got, err := c.Versions(t.Context(), app)
				if diff := cmp.Diff(versions, got); err != nil || diff != "" {
					t.Errorf("Versions: %v (-want +got):\n%s", err, diff)
				}
				if n == 10_000 {
					t.Logf("at most %d requests for an iteration (%s), %d for the versions", most, where, w.requests())
					if kind.most > 0 && (most > kind.most || w.requests() > kind.most) {
						t.Errorf("want at most %d", kind.most)
					}
				}
			})
		}
	}
}

// Iterations of which only a few are left, as after a clean-up, where it is easy to miss one.
func TestFewIterations(t *testing.T) {
	others := repositoryOf(1500, rand.New(rand.NewPCG(3, 3)))
	others = slices.DeleteFunc(others, func(tag string) bool { return strings.HasPrefix(tag, "pr-7-") })
	for _, own := range [][]string{
		{"pr-7-x-v3"},
		{"pr-7-x-v3", "PR-7-X-V80"},
		{"pr-7-x-v10", "pr-7-x-v9"},
		{"pr-7-x-latest", "pr-7-x-v10", "pr-7-x-v9"},
		{"pr-7-aaaaaaaa", "pr-7-x-v10", "pr-7-x-v9", "pr-7-xx-v99"},
		{"pr-7-x-v0", "pr-7-x-v010", "pr-7-x-v2", "pr-7-x-v2-v50", "pr-71-x-v60", "pr-7-x-v70.1", "PR-7-X-V80"},
	} {
		for _, kind := range kinds {
			for _, rest := range [][]string{nil, others} {
				l := kind.lister
				l.tags = slices.Concat(own, rest)
				l.order(kind.order, rand.New(rand.NewPCG(4, 4)))
				c, _ := listing(&l)
				got, err := c.LastIteration(t.Context(), app, pullRequest(7, "x"))
				if want := lastOf(l.tags, pullRequest(7, "x")); err != nil || got != want {
					t.Errorf("%s, %v and %d others: %d, %v, want %d", kind.name, own, len(rest), got, err, want)
				}
			}
		}
	}
}

// More than a page of tags in capitals, which some sort before all others and some between them.
func TestIterationBehindCapitals(t *testing.T) {
	tags := []string{"branch-x-v3", "zz", "zzz"}
	for i := range 1100 {
		tags = append(tags, fmt.Sprintf("Z%04d", i))
	}
	for _, kind := range kinds {
		l := kind.lister
		l.tags = slices.Clone(tags)
		l.order(kind.order, rand.New(rand.NewPCG(5, 5)))
		c, _ := listing(&l)
		if got, err := c.LastIteration(t.Context(), app, branch("x")); got != 3 || err != nil {
			t.Errorf("%s: %d, %v, want 3", kind.name, got, err)
		}
	}
}

// A version is known by every spelling that people push, and by no other tag.
func TestVersionsWithAV(t *testing.T) {
	tags := []string{
		"v2.0.0", "1.4.0", "v1.4.0", "v1.5.0-rc.1_b.7", "1.6.0_b", "latest", "stable", // and these are none:
		"V3.0.0", "vv4.0.0", "v5.0", "v6", "v7.0.0.1", "8.0.0.1", "v-9.0.0", "version-10.0.0", "v", "ver", "v01.0.0", "va1.0.0",
	}
	want := []string{"1.4.0", "1.5.0-rc.1+b.7", "1.6.0+b", "2.0.0"}
	for _, kind := range kinds {
		for _, rest := range [][]string{nil, {"v"}, {"sha-00000000", "z"}, repositoryOf(1500, rand.New(rand.NewPCG(8, 8)))} {
			l := kind.lister
			l.tags = slices.Concat(tags, slices.DeleteFunc(slices.Clone(rest), releaseTag.MatchString))
			l.order(kind.order, rand.New(rand.NewPCG(7, 7)))
			c, _ := listing(&l)
			got, err := c.Versions(t.Context(), app)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%s, and %d others: %v (-want +got):\n%s", kind.name, len(rest), err, diff)
			}
		}
	}
}

// More than a page of tags of small and capital letters before a version.
func TestVersionBehindCapitals(t *testing.T) {
	tags := []string{"1.0.0", "b", "c"}
	for i := range 600 {
		tags = append(tags, fmt.Sprintf("0-a%04d", i), fmt.Sprintf("0-B%04d", i))
	}
	for _, kind := range kinds {
		l := kind.lister
		l.tags = slices.Clone(tags)
		l.order(kind.order, rand.New(rand.NewPCG(6, 6)))
		c, _ := listing(&l)
		got, err := c.Versions(t.Context(), app)
		if diff := cmp.Diff([]string{"1.0.0"}, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", kind.name, err, diff)
		}
	}
}

func TestIterationOfASubjectWithoutOne(t *testing.T) {
	c, w := listing(&lister{})
	_, err := c.LastIteration(t.Context(), app, func(int) (tagging.Set, error) {
		return tagging.Release{Version: "1.0.0", Revision: strings.Repeat("a", 40)}.Tags()
	})
	if err == nil || err.Error() != "the subject has no iterations" {
		t.Errorf("LastIteration of a release = %v, want an error", err)
	}
	if _, err := c.LastIteration(t.Context(), app, pullRequest(0, "x")); err == nil || w.requests() != 0 {
		t.Errorf("LastIteration of pull request 0 = %v after %d requests, want an error and none", err, w.requests())
	}
}

// Whatever the tags and the registry, the last iteration is found.
func FuzzLastIteration(f *testing.F) {
	f.Add(uint64(1), uint16(30), uint8(0))
	f.Add(uint64(7), uint16(1200), uint8(3))
	f.Fuzz(func(t *testing.T, seed uint64, n uint16, kind uint8) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		k := kinds[int(kind)%len(kinds)]
		l := k.lister
		l.tags = repositoryOf(int(n)%3000, rnd)
		l.order(k.order, rnd)
		c, _ := listing(&l)
		build := pullRequest(1+rnd.IntN(5), []string{"ring-0", "main", "z"}[rnd.IntN(3)])
		got, err := c.LastIteration(context.Background(), app, build)
		if want := lastOf(l.tags, build); err != nil || got != want {
			t.Errorf("%s, seed %d, %d tags: %d, %v, want %d", k.name, seed, len(l.tags), got, err, want)
		}
	})
}
