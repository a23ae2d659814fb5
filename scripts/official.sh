#!/usr/bin/env bash
# Fetches what vendors publish about their interfaces, for the tests that hold
# our fake servers to it: official clients and schemas from npm, at the versions
# of the lock file, into test/official. Says nothing and is quick when all is there.
set -euo pipefail
cd "$(dirname "$0")/../test/official"
source ../../scripts/lib.sh

done_file=node_modules/.package-lock.json
if [[ ! -f $done_file || package-lock.json -nt $done_file ]]; then
	say "Fetching the official clients and schemas the tests compare with."
	npm ci --no-audit --no-fund >/dev/null
	touch "$done_file"
fi
mkdir -p schema

# GitHub's OpenAPI document: one file of a package that unpacks to 385 MB.
package=@octokit/openapi@23.0.2
integrity=sha512-pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg==
if [[ ! -s schema/github.openapi.json || prune.mjs -nt schema/github.openapi.json || ../../scripts/official.sh -nt schema/github.openapi.json ]]; then
	tmp=$(mktemp -d)
	trap 'rm -rf "$tmp"' EXIT
	npm pack --silent --pack-destination "$tmp" "$package" >/dev/null
	[[ sha512-$(openssl dgst -sha512 -binary "$tmp"/*.tgz | base64 -w 0) == "$integrity" ]] || die "$package is not the one that is expected."
	tar -xzf "$tmp"/*.tgz -C "$tmp" package/generated/api.github.com.json
	repo='/repos/\{owner\}/\{repo\}'
	node prune.mjs "$tmp/package/generated/api.github.com.json" schema/github.openapi.json \
		/user /user/repos /search/users /rate_limit '/users/\{username\}' '/orgs/\{org\}/(issue-types|members)' \
		"$repo" "$repo/(issues|issue-types|assignees|labels|milestones|hooks|collaborators)" "$repo/(issues|assignees|labels|milestones|hooks|collaborators)/.*"
fi
if [[ ! -s schema/github.graphql || $done_file -nt schema/github.graphql ]]; then
	cp node_modules/@octokit/graphql-schema/schema.graphql schema/github.graphql
	touch schema/github.graphql
fi
