package server

import (
	"regexp"
	"strings"

	"github.com/valyala/fasthttp"
)

// find returns the file at a path relative to the root, "" being the index.
func (a assets) find(rel string) *asset {
	switch rel {
	case "":
		return a[indexFile]
	case indexFile, wallFile, hostFile:
		return nil
	}
	return a[rel]
}

// ofHub returns what stands for the index at a hub: the wall, or the page of a host. A page
// that was built without a wall has none.
func (a assets) ofHub(host bool) *asset {
	if a[wallFile] == nil {
		return a[indexFile]
	}
	if host {
		return a[hostFile]
	}
	return a[wallFile]
}

// serve answers with the representation the client likes best, or 304.
func (a *asset) serve(ctx *fasthttp.RequestCtx) {
	rep := a.pick(string(ctx.Request.Header.Peek(fasthttp.HeaderAcceptEncoding)))
	h := &ctx.Response.Header
	h.Set(fasthttp.HeaderETag, rep.etag)
	h.Set(fasthttp.HeaderVary, fasthttp.HeaderAcceptEncoding)
	// Names never change: without the version of this page every use asks whether the content
	// has, and gets a 304. A page of another version may name other content so.
	h.Set(fasthttp.HeaderCacheControl, "no-cache")
	if a.version != "" && string(ctx.QueryArgs().Peek(versionParam)) == a.version {
		h.Set(fasthttp.HeaderCacheControl, forever)
	}
	if matches(string(ctx.Request.Header.Peek(fasthttp.HeaderIfNoneMatch)), rep.etag) {
		ctx.SetStatusCode(fasthttp.StatusNotModified)
		return
	}
	h.SetContentType(a.contentType)
	if rep.encoding != "" {
		h.Set(fasthttp.HeaderContentEncoding, rep.encoding)
	}
	ctx.Response.SetBodyRaw(rep.body)
}

func (a *asset) pick(accept string) *representation {
	br, gz := acceptable(accept, "br"), acceptable(accept, "gzip")
	switch {
	case a.br != nil && br > 0 && br >= gz:
		return a.br
	case a.gz != nil && gz > 0:
		return a.gz
	}
	return a.plain
}

// matches reports whether an If-None-Match header names the tag. The comparison is
// the weak one (RFC 9110, 13.1.2).
func matches(header, etag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimSpace(part)
		if part == "*" || strings.TrimPrefix(part, "W/") == etag {
			return true
		}
	}
	return false
}

// forever is said of what is asked for with the version of the page: another page asks for it
// by another address.
const forever = "max-age=31536000, immutable"

// versionParam is the parameter by which the files of a page name each other; a document
// does not have it.
const versionParam = "v"

var versioned = regexp.MustCompile(`="\./assets/[\w.-]+\?v=([0-9a-f]+)"`)
