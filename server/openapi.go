package server

import (
	_ "embed" // the description is a file, for other tools to read

	"github.com/gofiber/fiber/v2"
)

// openAPI describes every route, in OpenAPI 3.1. Tests hold real answers against it.
//
//go:embed openapi.json
var openAPI []byte

func (s *Server) apiOpenAPI(c *fiber.Ctx) *apiError {
	writeBody(c.Context(), "application/json", openAPI)
	return nil
}
