// Package frontend carries the page inside the binary.
//
// The page is written in TypeScript under src and built into dist, which is
// committed, so that building or running dashcam needs Go alone. The Go half of
// this directory embeds dist and does nothing else: package server decides how the
// files are served.
//
//	srv, err := server.New(server.Config{Assets: frontend.FS()})
package frontend
