package server

import (
	_ "embed" // the description is files, for other tools to read
	"encoding/json"
	"sync"

	"github.com/gofiber/fiber/v2"
)

// openAPI describes the routes that every server has, in OpenAPI 3.1; openAPIPromQL those
// of one that answers PromQL, and openAPIHub those that a hub has beside them: each paths
// and schemas to add. Tests hold real answers against them.
var (
	//go:embed openapi.json
	openAPI []byte
	//go:embed openapi_promql.json
	openAPIPromQL []byte
	//go:embed openapi_hub.json
	openAPIHub []byte
)

// openAPIOf returns the description of a server with these routes. It is made when it is
// asked for first.
func openAPIOf(promQL, hub bool) func() []byte {
	type members = map[string]json.RawMessage
	return sync.OnceValue(func() []byte {
		var whole, components members
		mustUnmarshal(openAPI, &whole)
		mustUnmarshal(whole["components"], &components)
		paths, schemas := make(members), make(members)
		add := func(part []byte) {
			var p struct {
				Paths      *members
				Components struct{ Schemas *members }
			}
			p.Paths, p.Components.Schemas = &paths, &schemas
			mustUnmarshal(part, &p)
		}
		add(openAPI)
		if promQL {
			add(openAPIPromQL)
		}
		if hub {
			add(openAPIHub)
		}
		components["schemas"] = marshaled(schemas)
		whole["paths"], whole["components"] = marshaled(paths), marshaled(components)
		return marshaled(whole)
	})
}

func mustUnmarshal(text []byte, into any) {
	if err := json.Unmarshal(text, into); err != nil { // the files are those of the build
		panic(err)
	}
}

func marshaled(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil { // it is what was read before
		panic(err)
	}
	return text
}

// apiOpenAPI answers with the description. What a hub has is not below the path of a host.
func (s *Server) apiOpenAPI() func(c *fiber.Ctx) *apiError {
	text := openAPIOf(s.cfg.Questions != nil, s.cfg.Fleet != nil && !s.ofHost)
	return func(c *fiber.Ctx) *apiError {
		writeBody(c.Context(), "application/json", text())
		return nil
	}
}
