package cli

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"admit/internal/access"
	"admit/internal/config"
	"admit/internal/server"
)

// place is where a server has its things: the flags of the commands that do not
// speak to a server, but are one or open its database.
type place struct {
	file     string
	listen   string
	database string
	data     string
	url      string
}

func (s *session) serve() *cobra.Command {
	var p place
	cmd := command("serve", "Run the server", func(cmd *cobra.Command, _ []string) error {
		cfg, err := s.config(p)
		if err != nil {
			return err
		}
		return s.runServer(cmd.Context(), cfg)
	})
	cmd.Long = `Run the server until it is told to stop. Settings come from the config file,
then from the environment (ADMIT_LISTEN and so on), then from flags; the later
wins. On an empty database it prints a one-time link for the first admin.`
	f := cmd.Flags()
	f.StringVar(&p.file, "config", "", "YAML file with the settings")
	f.StringVar(&p.listen, "listen", "", "host:port to listen on")
	f.StringVar(&p.url, "url", "", "address at which people reach the server")
	p.flags(cmd)
	return cmd
}

// flags adds those that tell where the database is.
func (p *place) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.data, "data", "", "folder of the database and the key")
	cmd.Flags().StringVar(&p.database, "database-url", "", "file:PATH or postgres://...; without it DATA/admit.db")
}

func (s *session) demo() *cobra.Command {
	p := place{}
	cmd := command("demo", "Run a server with a small made-up company to try things out", func(cmd *cobra.Command, _ []string) error {
		cfg := config.Default()
		cfg.Demo, cfg.Data, cfg.Listen = true, p.data, p.listen
		if err := cfg.Finish(); err != nil {
			return access.Errorf(access.Invalid, "%v", err)
		}
		return s.runServer(cmd.Context(), cfg)
	})
	cmd.Long = `Run a server with a small made-up company, on this machine only. It prints who
is in it; one signs in as any of them without a password.`
	cmd.Flags().StringVar(&p.data, "data", "data/demo", "folder of the database and the key")
	cmd.Flags().StringVar(&p.listen, "listen", "127.0.0.1:8080", "host:port to listen on")
	return cmd
}

// config reads the settings; flags win over the environment, and that over the
// file.
func (s *session) config(p place) (config.Config, error) {
	cfg, err := config.Load(p.file, s.Env)
	if err != nil {
		return cfg, access.Errorf(access.Invalid, "%v", err)
	}
	for to, value := range map[*string]string{&cfg.Listen: p.listen, &cfg.URL: p.url, &cfg.Data: p.data, &cfg.DatabaseURL: p.database} {
		if value != "" {
			*to = value
		}
	}
	if err := cfg.Finish(); err != nil {
		return cfg, access.Errorf(access.Invalid, "%v", err)
	}
	return cfg, nil
}

func (s *session) runServer(ctx context.Context, cfg config.Config) error {
	log, err := s.logger(cfg)
	if err != nil {
		return err
	}
	srv, err := server.New(ctx, cfg, server.Options{Log: log, Version: s.Version, Out: s.Stdout})
	if err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	return srv.Run(ctx)
}

func (s *session) logger(cfg config.Config) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.LogLevel)); err != nil {
		return nil, access.Errorf(access.Invalid, "config: log_level must be debug, info, warn or error")
	}
	options := &slog.HandlerOptions{Level: level}
	if cfg.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(s.Stderr, options)), nil
	}
	return slog.New(slog.NewTextHandler(s.Stderr, options)), nil
}

func (s *session) createToken() *cobra.Command {
	var p place
	var user, name, expires string
	cmd := command("create", "Make an API token and print it", func(cmd *cobra.Command, _ []string) error {
		var wrong access.Problems
		if user == "" {
			wrong.Add("--user", "is required: the e-mail of whom the token acts for")
		}
		if name == "" {
			wrong.Add("--name", "is required: what the token is for")
		}
		ends := s.moments(&wrong, "--expires", expires)
		if err := wrong.Err(); err != nil {
			return err
		}
		if p.data != "" && p.database == "" {
			// A folder that is named is meant, whatever database the environment names.
			p.database = config.FileURL(filepath.Join(p.data, "admit.db"))
		}
		cfg, err := s.config(p)
		if err != nil {
			return err
		}
		token, err := server.IssueToken(cmd.Context(), cfg, user, name, ends)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.Stdout, token)
		return err
	})
	cmd.Long = `Make an API token straight in the database, while the server runs or not, and
print it. It is shown this once. Whoever can open the database may make tokens.`
	f := cmd.Flags()
	f.StringVar(&user, "user", "", "e-mail of the user the token acts for")
	f.StringVar(&name, "name", "", "what the token is for")
	f.StringVar(&expires, "expires", "", "when it ends: 90d, or a day such as 2027-01-31; without it never")
	f.StringVar(&p.file, "config", "", "YAML file with the server's settings")
	p.flags(cmd)
	s.complete(cmd, "user", named(userKind))
	return cmd
}

// moments reads an optional time from a flag.
func (s *session) moments(wrong *access.Problems, flag, text string) *time.Time {
	if text == "" {
		return nil
	}
	t, problem := parseMoment(text, s.Now())
	if problem != "" {
		wrong.Add(flag, "%s", problem)
	}
	return &t
}
