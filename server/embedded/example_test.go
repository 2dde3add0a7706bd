package embedded_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing/fstest"

	"github.com/fasthttp/websocket"
	"github.com/gofiber/fiber/v2"

	"dashcam/collectors"
	"dashcam/collectors/host"
	"dashcam/server/embedded"
)

// A dashboard below a path of an existing Fiber app.
func ExampleDashcam_Mount() {
	app := fiber.New()
	cam, err := embedded.New(embedded.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	cam.Mount(app, "/dashcam")
	// A real program also runs `go cam.Run(ctx)`, and waits for it to return.

	req := httptest.NewRequest(http.MethodGet, "/dashcam/healthz", nil)
	req.Host = "localhost" // any other name is answered with 421
	res, err := app.Test(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	fmt.Println(res.Status)
	// Output: 200 OK
}

// depth is a family of the program's own.
var depth = &collectors.Family{
	Name: "queue.depth", Help: "Jobs waiting.", Unit: collectors.Count,
	Kind: collectors.KindGauge, Labels: []string{"queue"}, Quantum: 1,
}

type jobs struct{ waiting int }

func (j *jobs) Describe() collectors.Description {
	return collectors.Description{Name: "jobs", Title: "Jobs", Families: []*collectors.Family{depth}}
}

func (j *jobs) Sample(_ context.Context, b *collectors.Batch) error {
	b.Gauge(b.Slot(depth, "mail"), float64(j.waiting))
	return nil
}

// A collector of the program's own beside the built-in ones.
func ExampleNew_ownCollector() {
	cam, err := embedded.New(embedded.Config{
		Collectors: append(host.Collectors(host.Options{}), &jobs{waiting: 7}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- cam.Run(ctx) }()

	server := httptest.NewServer(cam.Handler())
	for !observed(server.URL + "/api/v1/series") {
		continue // the first row is on its way
	}
	fmt.Println("queue.depth is observed")

	server.Close()
	cancel()
	fmt.Println(<-ended)
	// Output:
	// queue.depth is observed
	// <nil>
}

// A dashboard below a path of a net/http program, with a page that is live.
func ExampleDashcam_Handler() {
	cam, err := embedded.New(embedded.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- cam.Run(ctx) }()

	mux := http.NewServeMux()
	mux.Handle("/dashcam/", http.StripPrefix("/dashcam", cam.Handler()))
	server := httptest.NewServer(mux)

	// What the page does.
	dialer := websocket.Dialer{Subprotocols: []string{"dashcam.v1"}}
	socket, _, err := dialer.Dial("ws"+strings.TrimPrefix(server.URL, "http")+"/dashcam/ws", http.Header{"Origin": {server.URL}})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := socket.WriteMessage(websocket.TextMessage, []byte(`{"type":"subscribe","topics":["metrics"],"window":60}`)); err != nil {
		fmt.Println(err)
	}
	for _, want := range []string{"hello", "schema", "frame"} {
		for got := ""; got != want; {
			var message struct{ Type string }
			if err := socket.ReadJSON(&message); err != nil {
				fmt.Println(err)
				return
			}
			got = message.Type
		}
		fmt.Println(want)
	}

	cancel() // the page is told that it ends, and when to come back
	fmt.Println(<-ended)
	server.Close()
	// Output:
	// hello
	// schema
	// frame
	// <nil>
}

// A page of the program's own, which uses the API and the socket like the built-in one.
func ExampleNew_ownPage() {
	page := fstest.MapFS{ // or an embed.FS
		"index.html": {Data: []byte("<!doctype html><title>Ours</title><script src=app.js></script>")},
		"app.js":     {Data: []byte("new WebSocket('ws', 'dashcam.v1')")},
	}
	cam, err := embedded.New(embedded.Config{Assets: page})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- cam.Run(ctx) }()
	server := httptest.NewServer(cam.Handler())

	res, err := http.Get(server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	body, err := io.ReadAll(res.Body)
	res.Body.Close()
	fmt.Println(string(body), err)

	server.Close()
	cancel()
	fmt.Println(<-ended)
	// Output:
	// <!doctype html><title>Ours</title><script src=app.js></script> <nil>
	// <nil>
}

// observed reports whether the catalogue of series has one of the program's own.
func observed(url string) bool {
	res, err := http.Get(url)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	var catalogue struct {
		Series []struct{ Name string }
	}
	if err := json.NewDecoder(res.Body).Decode(&catalogue); err != nil {
		return false
	}
	for _, s := range catalogue.Series {
		if strings.HasPrefix(s.Name, "queue.") {
			return true
		}
	}
	return false
}
