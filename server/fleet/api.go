package fleet

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"dashcam/collectors/alert"
)

// API answers what a hub has beside the API of a host: API.md's table in PROTOCOL.md.
type API struct {
	Wall *Wall
	// Registry changes who belongs to the fleet; nil where nobody can, as in a simulation.
	Registry Registry
}

// Registry is what people change of a fleet.
type Registry interface {
	// Join takes a host up that has a token, and Leave lets one go that says so itself.
	Join(ctx context.Context, j joinBody, from netip.Addr) (id string, err error)
	Leave(ctx context.Context, l leaveBody) error
	// Remove ends the connection of a host and forgets its key.
	Remove(ctx context.Context, id string) error
	// Label sets labels; an empty value takes one away.
	Label(ctx context.Context, id string, labels map[string]string) error
	// Split makes a clone a host of its own.
	Split(ctx context.Context, id string) error
	// NewToken makes a join token for so many hosts and so long.
	NewToken(ctx context.Context, uses int, valid time.Duration) (text string, info TokenInfo, err error)
	Tokens() []TokenInfo
	RevokeToken(ctx context.Context, hash string) error
}

// apiError is a refusal, as every API of dashcam words it.
type apiError struct {
	Status   int    `json:"-"`
	Code     string `json:"code"`
	Message  string `json:"message"`
	Expected string `json:"expected,omitempty"`
}

func (e *apiError) Error() string { return e.Message + ": expected " + e.Expected }

func refused(status int, code, message, expected string) *apiError {
	return &apiError{Status: status, Code: code, Message: message, Expected: expected}
}

// Answer answers a request for a path behind api/v1/, by a status and JSON.
func (a *API) Answer(ctx context.Context, method, path string, query url.Values, body []byte, from netip.Addr) (status int, text []byte) {
	status, answer, err := a.answer(ctx, method, path, query, body, from)
	if err != nil {
		e := asAPIError(err)
		status, answer = e.Status, map[string]*apiError{"error": e}
	}
	text, err = json.Marshal(answer)
	if err != nil { // it is texts and finite numbers
		panic(err)
	}
	return status, append(text, '\n')
}

func asAPIError(err error) *apiError {
	if e, ok := err.(*apiError); ok { //nolint:errorlint // they are not wrapped
		return e
	}
	return refused(http.StatusServiceUnavailable, "registry", err.Error(), "another try in a moment")
}

// lists stand under hosts where else the id of a host stands.
var lists = []string{"strips", "events", "alerts", "tokens"}

func (a *API) answer(ctx context.Context, method, path string, query url.Values, body []byte, from netip.Addr) (int, any, error) {
	reads := method == http.MethodGet || method == http.MethodHead
	first, id, _ := strings.Cut(path, "/")
	switch {
	case first == "join" && id == "" && method == http.MethodPost:
		return a.join(ctx, body, from)
	case first == "leave" && id == "" && method == http.MethodPost:
		return a.leave(ctx, body)
	case first != "hosts":
	case id == "" && reads:
		return http.StatusOK, struct {
			Hosts  []HostInfo `json:"hosts"`
			PaceMs int64      `json:"paceMs"`
			NowMs  int64      `json:"nowMs"`
		}{a.Wall.Hosts(), a.Wall.PaceNow().Milliseconds(), time.Now().UnixMilli()}, nil
	case id == "strips" && reads:
		return a.strips(query)
	case id == "events" && reads:
		return a.events(query)
	case id == "alerts" && reads:
		return a.alerts(query)
	case id == "tokens" && reads && a.Registry != nil:
		return http.StatusOK, map[string][]TokenInfo{"tokens": a.Registry.Tokens()}, nil
	case id == "tokens" && method == http.MethodPost && a.Registry != nil:
		return a.newToken(ctx, body)
	case strings.HasPrefix(id, "tokens/") && method == http.MethodDelete && a.Registry != nil:
		return done(a.Registry.RevokeToken(ctx, strings.TrimPrefix(id, "tokens/")))
	case id != "" && reads:
		h, known := a.Wall.Host(id)
		if !known {
			return 0, nil, noHost(id)
		}
		return http.StatusOK, h, nil
	case id != "" && method == http.MethodDelete && a.Registry != nil:
		return done(a.Registry.Remove(ctx, id))
	case id != "" && method == http.MethodPatch:
		return a.change(ctx, id, body)
	}
	return 0, nil, refused(http.StatusMethodNotAllowed, "method", "this cannot be done with "+method, "another method or path")
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

func (a *API) strips(query url.Values) (int, any, error) {
	n, err := number(query, "steps", defaultSteps, 1, maxSteps)
	if err != nil {
		return 0, nil, err
	}
	// The last step is the one that is not over.
	from, err := number(query, "from", time.Now().UnixMilli()-(n-1)*stepMs, 0, maxMs)
	if err != nil {
		return 0, nil, err
	}
	use, err := number(query, "use", 0, 0, 1)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, a.Wall.Strips(from, int(n), use == 1, query["host"]), nil
}

func (a *API) events(query url.Values) (int, any, error) {
	from, err := number(query, "from", 0, 0, maxMs)
	if err != nil {
		return 0, nil, err
	}
	to, err := number(query, "to", 0, 0, maxMs)
	if err != nil {
		return 0, nil, err
	}
	limit, err := number(query, "limit", defaultEvents, 1, maxHostEvents)
	if err != nil {
		return 0, nil, err
	}
	after, err := number(query, "after", 0, 0, maxMs)
	if err != nil {
		return 0, nil, err
	}
	events, came := a.Wall.Events(EventQuery{FromMs: from, ToMs: to, After: after, Hosts: query["host"], Limit: int(limit)})
	return http.StatusOK, struct {
		Events []HostEvent `json:"events"`
		Came   int64       `json:"came"`
	}{events, came}, nil
}

func (a *API) alerts(query url.Values) (int, any, error) {
	limit, err := number(query, "limit", defaultEvents, 1, maxHostEvents)
	if err != nil {
		return 0, nil, err
	}
	phases, hosts := query["state"], query["host"]
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

func number(query url.Values, name string, otherwise, least, most int64) (int64, error) {
	text := query.Get(name)
	if text == "" {
		return otherwise, nil
	}
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil || v < least || v > most {
		return 0, refused(http.StatusBadRequest, "bad_parameter", fmt.Sprintf("%s is %.80q", name, text), fmt.Sprintf("a number from %d to %d", least, most))
	}
	return v, nil
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

func (a *API) join(ctx context.Context, body []byte, from netip.Addr) (int, any, error) {
	var j joinBody
	dec := json.NewDecoder(bytes.NewReader(body)) // a newer host may say more
	if dec.Decode(&j) != nil || a.Registry == nil {
		return 0, nil, refused(http.StatusBadRequest, "bad_body", "the body is not understood", "what dashcam join sends")
	}
	id, err := a.Registry.Join(ctx, j, from)
	return http.StatusOK, joinAnswer{Host: id}, err
}

func (a *API) leave(ctx context.Context, body []byte) (int, any, error) {
	var l leaveBody
	if json.Unmarshal(body, &l) != nil || a.Registry == nil {
		return 0, nil, refused(http.StatusBadRequest, "bad_body", "the body is not understood", "what dashcam leave sends")
	}
	return done(a.Registry.Leave(ctx, l))
}

// change sets labels of a host, or splits a clone from the host that it is one of.
func (a *API) change(ctx context.Context, id string, body []byte) (int, any, error) {
	var b struct {
		Labels  map[string]string `json:"labels"`
		CloneOf *string           `json:"cloneOf"`
	}
	const expected = `{"labels":{"role":"db"}}, an empty value takes a label away; or {"cloneOf":""}, which makes a clone a host of its own`
	if err := read(body, &b, expected); err != nil {
		return 0, nil, err
	}
	if b.CloneOf != nil && *b.CloneOf != "" {
		return 0, nil, refused(http.StatusBadRequest, "bad_body", fmt.Sprintf("cloneOf is %.80q", *b.CloneOf), expected)
	}
	if b.CloneOf != nil && a.Registry == nil { // the wall of a simulation is all there is
		if !a.Wall.Split(id) {
			return 0, nil, noHost(id)
		}
		return done(nil)
	}
	if a.Registry == nil {
		return 0, nil, refused(http.StatusMethodNotAllowed, "method", "the hosts are simulated", "a hub that hosts can join")
	}
	if b.CloneOf != nil {
		if err := a.Registry.Split(ctx, id); err != nil || b.Labels == nil {
			return done(err)
		}
	}
	return done(a.Registry.Label(ctx, id, b.Labels))
}

// The bounds of tokens.
const (
	maxTokenUses  = 10_000
	maxTokenValid = 365 * 24 * time.Hour
)

func (a *API) newToken(ctx context.Context, body []byte) (int, any, error) {
	b := struct {
		Uses         int   `json:"uses"`
		ValidSeconds int64 `json:"validSeconds"`
	}{1, 3600}
	expected := fmt.Sprintf(`{"uses":1,"validSeconds":3600}, at most %d and %d`, maxTokenUses, int64(maxTokenValid.Seconds()))
	if err := read(body, &b, expected); err != nil {
		return 0, nil, err
	}
	valid := time.Duration(b.ValidSeconds) * time.Second
	if b.Uses < 1 || b.Uses > maxTokenUses || b.ValidSeconds < 1 || b.ValidSeconds > int64(maxTokenValid.Seconds()) {
		return 0, nil, refused(http.StatusBadRequest, "bad_body", "the token cannot be like that", expected)
	}
	text, info, err := a.Registry.NewToken(ctx, b.Uses, valid)
	return http.StatusCreated, struct {
		Token string `json:"token"`
		TokenInfo
	}{text, info}, err
}
