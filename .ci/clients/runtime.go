//go:build clients

package clients

import _ "github.com/oapi-codegen/runtime" // what is generated imports it
