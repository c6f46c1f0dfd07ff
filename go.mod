module github.com/wizzense/deployment-rings

go 1.25.0

require (
	github.com/Masterminds/semver/v3 v3.5.0
	github.com/google/go-cmp v0.7.0
	github.com/google/go-containerregistry v0.22.1
	github.com/sethvargo/go-githubactions v1.4.0
	go.yaml.in/yaml/v3 v3.0.4
)

require github.com/opencontainers/go-digest v1.0.0 // indirect
