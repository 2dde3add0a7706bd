package fleet

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"dashcam/collectors/alert"
)

func (a *API) hosts(*call) (int, any, error) {
	return http.StatusOK, struct {
		Hosts  []HostInfo `json:"hosts"`
		PaceMs int64      `json:"paceMs"`
		NowMs  int64      `json:"nowMs"`
	}{a.Wall.Hosts(), a.Wall.PaceNow().Milliseconds(), time.Now().UnixMilli()}, nil
}

func (a *API) host(c *call) (int, any, error) {
	h, known := a.Wall.Host(c.id)
	if !known {
		return 0, nil, noHost(c.id)
	}
	return http.StatusOK, h, nil
}

func (a *API) remove(c *call) (int, any, error) { return done(a.Registry.Remove(c.ctx, c.id)) }

func (a *API) tokens(*call) (int, any, error) {
	return http.StatusOK, map[string][]TokenInfo{"tokens": a.Registry.Tokens()}, nil
}

func (a *API) revokeToken(c *call) (int, any, error) {
	return done(a.Registry.RevokeToken(c.ctx, c.id))
}

func done(err error) (int, any, error) { return http.StatusOK, struct{}{}, err }

func noHost(id string) *apiError {
	return refused(http.StatusNotFound, "no_host", fmt.Sprintf("there is no host with the id %.80q", id), "an id of api/v1/hosts")
}

// The most that one question may ask for.
const (
	maxSteps      = 8640
	defaultSteps  = 90
	defaultEvents = 1000
)

func (a *API) strips(c *call) (int, any, error) {
	n := c.number("steps", defaultSteps, 1, maxSteps)
	// The last step is the one that is not over.
	from := c.number("from", time.Now().UnixMilli()-(n-1)*stepMs, 0, maxMs)
	use := c.number("use", 0, 0, 1)
	if c.wrong != nil {
		return 0, nil, c.wrong
	}
	return http.StatusOK, a.Wall.Strips(from, int(n), use == 1, c.query["host"]), nil
}

func (a *API) events(c *call) (int, any, error) {
	from := c.number("from", 0, 0, maxMs)
	to := c.number("to", 0, 0, maxMs)
	limit := c.number("limit", defaultEvents, 1, maxHostEvents)
	after := c.number("after", 0, 0, maxMs)
	if c.wrong != nil {
		return 0, nil, c.wrong
	}
	events, came := a.Wall.Events(EventQuery{FromMs: from, ToMs: to, After: after, Hosts: c.query["host"], Limit: int(limit)})
	return http.StatusOK, struct {
		Events []HostEvent `json:"events"`
		Came   int64       `json:"came"`
	}{events, came}, nil
}

func (a *API) alerts(c *call) (int, any, error) {
	limit := c.number("limit", defaultEvents, 1, maxHostEvents)
	if c.wrong != nil {
		return 0, nil, c.wrong
	}
	phases, hosts := c.query["state"], c.query["host"]
	for _, p := range phases {
		if p != string(alert.Firing) && p != string(alert.Pending) && p != string(alert.Resolved) {
			return 0, nil, refused(http.StatusBadRequest, "bad_parameter", fmt.Sprintf("state is %.80q", p), "firing, pending or resolved")
		}
	}
	wanted := func(host string, phase alert.Phase) bool {
		return (len(hosts) == 0 || slices.Contains(hosts, host)) && (len(phases) == 0 || slices.Contains(phases, string(phase)))
	}
	return http.StatusOK, struct {
		Alerts []HostAlert `json:"alerts"`
		NowMs  int64       `json:"nowMs"`
	}{a.Wall.Alerts(wanted, int(limit)), time.Now().UnixMilli()}, nil
}

// number is a parameter that is a number, and otherwise without it. The first one that is wrong
// is kept.
func (c *call) number(name string, otherwise, least, most int64) int64 {
	text := c.query.Get(name)
	if text == "" {
		return otherwise
	}
	v, err := strconv.ParseInt(text, 10, 64)
	if err == nil && v >= least && v <= most {
		return v
	}
	if c.wrong == nil {
		c.wrong = refused(http.StatusBadRequest, "bad_parameter", fmt.Sprintf("%s is %.80q", name, text), fmt.Sprintf("a number from %d to %d", least, most))
	}
	return otherwise
}

// read reads a JSON body. Unknown fields are mistakes: nothing is done half.
func read(body []byte, into any, expected string) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if dec.Decode(into) != nil || dec.More() {
		return refused(http.StatusBadRequest, "bad_body", "the body is not understood", expected)
	}
	return nil
}

func (a *API) join(c *call) (int, any, error) {
	var j joinBody
	dec := json.NewDecoder(bytes.NewReader(c.body)) // a newer host may say more
	if dec.Decode(&j) != nil || a.Registry == nil {
		return 0, nil, refused(http.StatusBadRequest, "bad_body", "the body is not understood", "what dashcam join sends")
	}
	id, err := a.Registry.Join(c.ctx, j, c.from)
	return http.StatusOK, joinAnswer{Host: id}, err
}

func (a *API) leave(c *call) (int, any, error) {
	var l leaveBody
	if json.Unmarshal(c.body, &l) != nil || a.Registry == nil {
		return 0, nil, refused(http.StatusBadRequest, "bad_body", "the body is not understood", "what dashcam leave sends")
	}
	return done(a.Registry.Leave(c.ctx, l))
}

// change sets labels of a host, or splits a clone from the host that it is one of.
func (a *API) change(c *call) (int, any, error) {
	var b struct {
		Labels  map[string]string `json:"labels"`
		CloneOf *string           `json:"cloneOf"`
	}
	const expected = `{"labels":{"role":"db"}}, an empty value takes a label away; or {"cloneOf":""}, which makes a clone a host of its own`
	if err := read(c.body, &b, expected); err != nil {
		return 0, nil, err
	}
	if b.CloneOf != nil && *b.CloneOf != "" {
		return 0, nil, refused(http.StatusBadRequest, "bad_body", fmt.Sprintf("cloneOf is %.80q", *b.CloneOf), expected)
	}
	if b.CloneOf != nil && a.Registry == nil { // the wall of a simulation is all there is
		if !a.Wall.Split(c.id) {
			return 0, nil, noHost(c.id)
		}
		return done(nil)
	}
	if a.Registry == nil {
		return 0, nil, refused(http.StatusMethodNotAllowed, "method", "the hosts are simulated", "a hub that hosts can join")
	}
	if b.CloneOf != nil {
		if err := a.Registry.Split(c.ctx, c.id); err != nil || b.Labels == nil {
			return done(err)
		}
	}
	return done(a.Registry.Label(c.ctx, c.id, b.Labels))
}

// The bounds of tokens.
const (
	maxTokenUses  = 10_000
	maxTokenValid = 365 * 24 * time.Hour
)

func (a *API) newToken(c *call) (int, any, error) {
	b := struct {
		Uses         int   `json:"uses"`
		ValidSeconds int64 `json:"validSeconds"`
	}{1, 3600}
	expected := fmt.Sprintf(`{"uses":1,"validSeconds":3600}, at most %d and %d`, maxTokenUses, int64(maxTokenValid.Seconds()))
	if err := read(c.body, &b, expected); err != nil {
		return 0, nil, err
	}
	valid := time.Duration(b.ValidSeconds) * time.Second
	if b.Uses < 1 || b.Uses > maxTokenUses || b.ValidSeconds < 1 || b.ValidSeconds > int64(maxTokenValid.Seconds()) {
		return 0, nil, refused(http.StatusBadRequest, "bad_body", "the token cannot be like that", expected)
	}
	text, info, err := a.Registry.NewToken(c.ctx, b.Uses, valid)
	return http.StatusCreated, struct {
		Token string `json:"token"`
		TokenInfo
	}{text, info}, err
}
