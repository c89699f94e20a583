package config

import (
	_ "embed"
	"strings"
)

// Example is the annotated configuration that `holdfast init` writes. It names
// every key there is.
//
//go:embed example.yaml
var Example string

//go:embed demo.yaml
var demo string

// Demo is the configuration of the simulated business, with its database and
// messages in a folder.
func Demo(dir string) string {
	// The path stands inside double quotes.
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(dir)
	return strings.ReplaceAll(demo, "%DIR%", quoted)
}
