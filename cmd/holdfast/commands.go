package main

import "github.com/spf13/cobra"

// commands lists the subcommands in the order of the help.
func (p *program) commands() []*cobra.Command {
	return []*cobra.Command{
		p.demoCmd(), p.upCmd(), p.serveCmd(), p.workerCmd(), p.scheduleCmd(),
		p.initCmd(), p.migrateCmd(), p.checkConfigCmd(), p.doctorCmd(), p.versionCmd(),
		p.importCmd(), p.nightlyCmd(), p.listCmd(), p.backtestCmd(), p.modelCmd(), p.valueCmd(),
		p.explainCmd(), p.customerCmd(), p.userCmd(), p.tokenCmd(), p.jobCmd(), p.digestCmd(),
		p.backupCmd(), p.restoreCmd(), p.exportCmd(),
	}
}
