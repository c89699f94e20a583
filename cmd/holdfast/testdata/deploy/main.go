// Command lint reads what Holdfast is deployed with, each file by the package that
// its own tool is made of, and prints what is wrong.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/opencontainers/go-digest"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

func main() {
	dir := os.Args[1]
	container(filepath.Join(dir, "Containerfile"))
	compose(filepath.Join(dir, "compose.yaml"))
	_, errs := rulefmt.ParseFile(filepath.Join(dir, "alerts.yaml"), false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.Default())
	for _, err := range errs {
		fmt.Println("alerts.yaml:", err)
	}
}

// container runs BuildKit's checks, those of docker build --check.
func container(name string) {
	text, err := os.ReadFile(name)
	check(err)
	source := llb.NewSourceMap(nil, filepath.Base(name), "Dockerfile", text)
	source.Definition = &llb.Definition{}
	found, err := dockerfile2llb.DockerfileLint(context.Background(), text, dockerfile2llb.ConvertOpt{MetaResolver: images{}, SourceMap: source})
	check(err)
	if found.Error != nil {
		fmt.Println("Containerfile:", found.Error.Message)
	}
	for _, w := range found.Warnings {
		fmt.Println("Containerfile:", w.RuleName, w.Detail)
	}
}

// images knows of every image that it is there.
type images struct{}

func (images) ResolveImageConfig(_ context.Context, ref string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	return ref, "", []byte(`{"os":"linux","architecture":"amd64","config":{}}`), nil
}

// compose loads the file as docker compose does, with what must be set and without.
func compose(name string) {
	for _, env := range [][]string{{"POSTGRES_PASSWORD=secret"}, nil} {
		opts, err := cli.NewProjectOptions([]string{name}, cli.WithName("holdfast"), cli.WithEnv(env))
		check(err)
		p, err := opts.LoadProject(context.Background())
		switch {
		case env == nil && err == nil:
			fmt.Println("compose.yaml: it is taken without a password")
		case env != nil && err != nil:
			fmt.Println("compose.yaml:", err)
		case env != nil && len(p.Services) != 6:
			fmt.Println("compose.yaml: services", p.ServiceNames())
		}
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
