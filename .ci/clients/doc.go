// Package clients tries the description of the API (api/v2/openapi.json): the clients
// that others generate from it have to compile and to read a running dashcam. The
// generators are dependencies of this module and of package.json beside it, so that those
// of the product stay free of them.
//
// The programs in testdata use what is generated, in Go by oapi-codegen and in TypeScript
// by openapi-typescript. They print what they read, and exit with an error where that is
// not what the description promised.
package clients
