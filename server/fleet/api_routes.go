package fleet

import (
	"context"
	"encoding/json"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
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

// call is one request of the API; id is what stands behind the path of its route.
type call struct {
	ctx   context.Context //nolint:containedctx // that of the request
	id    string
	query url.Values
	body  []byte
	from  netip.Addr
	wrong error // with the first parameter that is
}

// Route is one route of the API: GET is that of HEAD, too. A path may end in {name}.
type Route struct {
	Method, Path string
	// changes says that there is none where the hosts are simulated.
	changes bool
	answer  func(a *API, c *call) (int, any, error)
}

// Routes are all routes behind api/v1/. The first that matches answers.
var Routes = []Route{
	{Method: http.MethodPost, Path: "join", answer: (*API).join},
	{Method: http.MethodPost, Path: "leave", answer: (*API).leave},
	{Method: http.MethodGet, Path: "hosts", answer: (*API).hosts},
	{Method: http.MethodGet, Path: "hosts/strips", answer: (*API).strips},
	{Method: http.MethodGet, Path: "hosts/events", answer: (*API).events},
	{Method: http.MethodGet, Path: "hosts/alerts", answer: (*API).alerts},
	{Method: http.MethodGet, Path: "hosts/tokens", changes: true, answer: (*API).tokens},
	{Method: http.MethodPost, Path: "hosts/tokens", changes: true, answer: (*API).newToken},
	{Method: http.MethodDelete, Path: "hosts/tokens/{hash}", changes: true, answer: (*API).revokeToken},
	{Method: http.MethodGet, Path: "hosts/{id}", answer: (*API).host},
	{Method: http.MethodDelete, Path: "hosts/{id}", changes: true, answer: (*API).remove},
	{Method: http.MethodPatch, Path: "hosts/{id}", answer: (*API).change},
}

// reserved reports whether a route stands under hosts where else the id of a host stands.
func reserved(id string) bool {
	return slices.ContainsFunc(Routes, func(r Route) bool { return r.Path == "hosts/"+id })
}

// match returns what a path has in place of the name at the end of that of the route.
func (r *Route) match(method, path string) (rest string, ok bool) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	before, _, named := strings.Cut(r.Path, "{")
	if !named {
		return "", method == r.Method && path == r.Path
	}
	rest, ok = strings.CutPrefix(path, before)
	return rest, ok && rest != "" && method == r.Method
}

func (a *API) answer(ctx context.Context, method, path string, query url.Values, body []byte, from netip.Addr) (int, any, error) {
	path = strings.TrimSuffix(path, "/")
	for i := range Routes {
		r := &Routes[i]
		if id, ok := r.match(method, path); ok && (a.Registry != nil || !r.changes) {
			return r.answer(a, &call{ctx, id, query, body, from, nil})
		}
	}
	return 0, nil, refused(http.StatusMethodNotAllowed, "method", "this cannot be done with "+method, "another method or path")
}
