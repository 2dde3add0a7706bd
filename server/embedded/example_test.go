package embedded_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

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

// A dashboard in a net/http program, with a collector of the program's own beside the
// built-in ones.
func ExampleDashcam_Handler() {
	cam, err := embedded.New(embedded.Config{
		Collectors: append(host.Collectors(host.Options{}), &jobs{waiting: 7}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- cam.Run(ctx) }()

	mux := http.NewServeMux()
	mux.Handle("/dashcam/", http.StripPrefix("/dashcam", cam.Handler()))
	server := httptest.NewServer(mux)
	for !observed(server.URL + "/dashcam/api/v1/series") {
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
